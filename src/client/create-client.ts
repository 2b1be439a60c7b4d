/**
 * The client over any door.
 *
 *     const client = createClient(door, { userAgent: "kube-scheduler", user: { username: "system:kube-scheduler", groups: [] } });
 *     const pod = await client.get(Pod, "web", "default");
 *
 * Through an in-process door (one that is told its `user`) bodies are objects and answers are the very objects of
 * the store. Without a user bodies are JSON bytes.
 */
import { toJson } from "../machinery/exact-json.ts";
import { sleep } from "../machinery/clock.ts";
import type { Clock } from "../machinery/clock.ts";
import type { ApiRequest, ApiResponse, Cause, Door, Peer, RequestBody, UserInfo } from "../machinery/door.ts";
import type { Kind, KubeObject } from "../machinery/kind.ts";
import { apiVersionOf } from "../machinery/scheme.ts";
import { answerOf, eventsOf, nameItems } from "./answers.ts";
import type {
  Client,
  DeleteOptions,
  GetOptions,
  ListOptions,
  NewObject,
  ObjectEvent,
  ObjectList,
  Patch,
  WatchOptions,
  WriteOptions,
} from "./client.ts";
import { PATCH_TYPES, deleteBody, listQuery, resourcePath, watchQuery, writeQuery } from "./requests.ts";

export interface ClientOptions {
  /** Also the default field manager: what stands before the first `/`. */
  readonly userAgent: string;
  /** Who calls, through in-process doors. */
  readonly user?: UserInfo;
  /** How bodies are handed over: objects where `user` is given, else JSON bytes. */
  readonly bodies?: RequestBody["form"];
  /** With it, requests turned away with a Retry-After are sent again, up to 10 times, as client-go does. */
  readonly clock?: Clock;
}

export function createClient(door: Door, options: ClientOptions): Client {
  return new DoorClient(door, options);
}

/** How often a request that is turned away is sent. */
const ATTEMPTS = 10;

/** One for all requests nobody wants to break off. */
const NEVER = new AbortController().signal;

const encoder = new TextEncoder();

class DoorClient implements Client {
  private readonly door: Door;
  private readonly peer: Peer;
  private readonly bodies: RequestBody["form"];
  private readonly headers: Readonly<Record<string, string>>;
  private readonly clock: Clock | undefined;

  constructor(door: Door, { userAgent, user, bodies, clock }: ClientOptions) {
    this.door = door;
    this.clock = clock;
    this.peer = { address: userAgent, ...(user !== undefined && { user }) };
    this.bodies = bodies ?? (user === undefined ? "bytes" : "object");
    this.headers = { "user-agent": userAgent, accept: "application/json" };
  }

  async get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string, options?: GetOptions): Promise<T> {
    const path = resourcePath(kind, namespace, name);
    const version = options?.resourceVersion;
    const query = version === undefined ? "" : `resourceVersion=${version}`;
    return (await this.call("GET", path, query, undefined, options)) as T;
  }

  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<ObjectList<T>> {
    const path = resourcePath(kind, options.namespace);
    const list = (await this.call("GET", path, listQuery(options), undefined, options)) as ObjectList<T>;
    return { metadata: list.metadata, items: this.itemsOf(list, kind) };
  }

  async *watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions): AsyncIterable<readonly ObjectEvent<T>[]> {
    // Its own signal: leaving the loop must end the request even where nobody else can abort it.
    const stop = new AbortController();
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
    try {
      const response = await this.request({
        method: "GET",
        path: resourcePath(kind, options.namespace),
        query: watchQuery(options),
        signal,
      });
      for await (const batch of eventsOf(response)) yield batch as readonly ObjectEvent<T>[];
    } finally {
      stop.abort();
    }
  }

  async create<T extends KubeObject>(kind: Kind<T>, object: NewObject<T>, options?: WriteOptions): Promise<T> {
    const { namespace } = object.metadata;
    const path = resourcePath(kind, namespace, undefined, options?.subresource);
    return (await this.call("POST", path, writeQuery(options), named(kind, object), options)) as T;
  }

  async update<T extends KubeObject>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T> {
    const { name, namespace } = object.metadata;
    const path = resourcePath(kind, namespace, name, options?.subresource);
    return (await this.call("PUT", path, writeQuery(options), named(kind, object), options)) as T;
  }

  async patch<T extends KubeObject>(
    kind: Kind<T>,
    name: string,
    namespace: string | undefined,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T> {
    const path = resourcePath(kind, namespace, name, options?.subresource);
    const type = PATCH_TYPES[patch.type];
    return (await this.call("PATCH", path, writeQuery(options), patch.body, options, type)) as T;
  }

  async delete(kind: Kind, name: string, namespace?: string, options?: DeleteOptions): Promise<void> {
    await this.call("DELETE", resourcePath(kind, namespace, name), "", deleteBody(options), options);
  }

  async deleteCollection(kind: Kind, options: ListOptions & DeleteOptions): Promise<void> {
    const path = resourcePath(kind, options.namespace);
    await this.call("DELETE", path, listQuery(options), deleteBody(options), options);
  }

  async subresource<R>(
    kind: Kind,
    name: string,
    namespace: string | undefined,
    subresource: string,
    body?: unknown,
    options?: WriteOptions,
  ): Promise<R> {
    const path = resourcePath(kind, namespace, name, subresource);
    const method = body === undefined ? "GET" : "POST";
    return (await this.call(method, path, writeQuery(options), body, options)) as R;
  }

  request(request: Partial<ApiRequest> & Pick<ApiRequest, "method" | "path">): Promise<ApiResponse> {
    return this.door({
      query: "",
      peer: this.peer,
      signal: NEVER,
      ...request,
      headers: request.headers === undefined ? this.headers : { ...this.headers, ...request.headers },
    });
  }

  private async call(
    method: string,
    path: string,
    query: string,
    body: unknown,
    options: { readonly signal?: AbortSignal; readonly cause?: Cause } | undefined,
    type = "application/json",
  ): Promise<unknown> {
    const response = await this.send({
      method,
      path,
      query,
      headers: body === undefined ? this.headers : { ...this.headers, "content-type": type },
      peer: this.peer,
      signal: options?.signal ?? NEVER,
      ...(body !== undefined && { body: this.bodyOf(body) }),
      ...(options?.cause !== undefined && { cause: options.cause }),
    });
    return answerOf(response);
  }

  /** A server that is too busy says when to come back. */
  private async send(request: ApiRequest): Promise<ApiResponse> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.door(request);
      const seconds = Number(response.headers["retry-after"]);
      const busy = response.status === 429 || response.status >= 500;
      if (!busy || !(seconds > 0) || this.clock === undefined || attempt >= ATTEMPTS) return response;
      await sleep(this.clock, seconds * 1000, request.signal);
    }
  }

  private bodyOf(value: unknown): RequestBody {
    if (this.bodies === "object") return { form: "object", object: value };
    return { form: "bytes", bytes: encoder.encode(toJson(value)) };
  }

  private itemsOf<T extends KubeObject>(list: ObjectList<T>, kind: Kind<T>): readonly T[] {
    if (this.bodies === "object") return list.items ?? [];
    return nameItems(list, kind) as readonly T[];
  }
}

/** With apiVersion and kind, which the caller may leave out. */
function named(kind: Kind, object: object): object {
  if ((object as { kind?: string }).kind !== undefined) return object;
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object };
}
