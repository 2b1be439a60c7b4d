/**
 * Just enough of an API server for tests of the client: one flat map of objects by path, merge patches, list and watch
 * of a collection. It validates nothing and knows no kind.
 */
import type { ApiRequest, ApiResponse, Door, WatchEvent } from "../../machinery/door.ts";
import { StatusError, alreadyExists, conflict, expired, notFound } from "../../machinery/errors.ts";

interface Stored {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; namespace?: string; resourceVersion: string; uid: string; [more: string]: unknown };
  [more: string]: unknown;
}

interface Watcher {
  readonly collection: string;
  readonly push: (events: readonly WatchEvent[]) => void;
  readonly end: () => void;
}

export class TinyServer {
  revision = 100;
  readonly objects = new Map<string, Stored>();
  readonly requests: ApiRequest[] = [];
  /** Thrown for the next requests whose `METHOD path` matches. */
  readonly failures: { readonly match: RegExp; readonly error: StatusError; times: number }[] = [];
  /** Watches from before this revision are refused with 410. */
  oldest = 0;
  private readonly watchers = new Set<Watcher>();
  private readonly log: { readonly path: string; readonly revision: number; readonly event: WatchEvent }[] = [];

  readonly door: Door = async (request) => {
    this.requests.push(request);
    await undefined;
    try {
      return this.answer(request);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return { status: error.code, headers: {}, body: object(error.status) };
    }
  };

  /** Ends all watches, as a restarting server does. */
  hangUp(): void {
    for (const watcher of this.watchers) watcher.end();
    this.watchers.clear();
  }

  /** Changes an object without telling any watcher. */
  putSilently(path: string, value: object): void {
    this.revision++;
    this.objects.set(path, this.stamped(path, value));
  }

  private answer(request: ApiRequest): ApiResponse {
    const { method, path } = request;
    const failure = this.failures.find(({ match, times }) => times > 0 && match.test(`${method} ${path}`));
    if (failure !== undefined) {
      failure.times--;
      throw failure.error;
    }
    const query = new URLSearchParams(request.query);
    if (method === "GET" && query.get("watch") === "true") return this.watch(path, query, request.signal);
    if (method === "GET" && this.isCollection(path)) return this.list(path, query);
    if (method === "GET") return ok(this.existing(path));
    if (method === "POST") return this.create(path, bodyOf(request) as Stored);
    if (method === "PUT") return this.replace(path.replace(/\/status$/, ""), bodyOf(request) as Stored);
    if (method === "PATCH")
      return ok(this.write(path, merge(this.existing(path), bodyOf(request)) as Stored, "MODIFIED"));
    const old = this.existing(path);
    this.revision++;
    this.objects.delete(path);
    this.tell(path, "DELETED", { ...old, metadata: { ...old.metadata, resourceVersion: String(this.revision) } });
    return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" });
  }

  private create(collection: string, body: Stored): ApiResponse {
    const path = `${collection}/${body.metadata.name}`;
    if (this.objects.has(path)) throw alreadyExists(resource(path), body.metadata.name);
    return ok(this.write(path, body, "ADDED"), 201);
  }

  private replace(path: string, body: Stored): ApiResponse {
    const old = this.existing(path);
    const { resourceVersion } = body.metadata;
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
      throw conflict(resource(path), old.metadata.name);
    return ok(this.write(path, body, "MODIFIED"));
  }

  private existing(path: string): Stored {
    const found = this.objects.get(path);
    if (found === undefined) throw notFound(resource(path), path.slice(path.lastIndexOf("/") + 1));
    return found;
  }

  private list(collection: string, query: URLSearchParams): ApiResponse {
    const limit = Number(query.get("limit") ?? 0);
    const after = query.get("continue") ?? "";
    const all = [...this.objects.keys()].filter((path) => inside(path, collection) && path > after).toSorted();
    const page = limit > 0 ? all.slice(0, limit) : all;
    const more = page.length < all.length ? { continue: page.at(-1)! } : {};
    const items = page.map((path) => this.objects.get(path)!);
    const list = {
      kind: "List",
      apiVersion: "v1",
      metadata: { resourceVersion: String(this.revision), ...more },
      items,
    };
    return { status: 200, headers: {}, body: { form: "list", object: list, chunks: () => [] } };
  }

  private watch(collection: string, query: URLSearchParams, signal: AbortSignal): ApiResponse {
    const after = Number(query.get("resourceVersion"));
    if (after < this.oldest) throw expired("too old resource version");
    const missed = this.log.filter(({ path, revision }) => revision > after && inside(path, collection));
    const queue: (readonly WatchEvent[])[] = missed.map(({ event }) => [event]);
    let wake = (): void => {};
    let ended = false;
    const watcher: Watcher = {
      collection,
      push: (events) => {
        queue.push(events);
        wake();
      },
      end: () => {
        ended = true;
        wake();
      },
    };
    this.watchers.add(watcher);
    signal.addEventListener("abort", () => watcher.end(), { once: true });
    async function* events(): AsyncIterable<readonly WatchEvent[]> {
      while (true) {
        if (queue.length > 0) yield queue.splice(0).flat();
        else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    return { status: 200, headers: {}, body: { form: "watch", events: events() } };
  }

  private write(path: string, body: Stored, type: "ADDED" | "MODIFIED"): Stored {
    this.revision++;
    const stored = this.stamped(path, body);
    this.objects.set(path, stored);
    this.tell(path, type, stored);
    return stored;
  }

  private stamped(path: string, body: object): Stored {
    const { metadata } = body as Stored;
    const uid = metadata.uid ?? `uid-${path}-${this.revision}`;
    return { ...body, metadata: { ...metadata, uid, resourceVersion: String(this.revision) } };
  }

  private tell(path: string, type: WatchEvent["type"], value: Stored): void {
    const event: WatchEvent = { type, object: value, bytes: () => new Uint8Array() };
    this.log.push({ path, revision: this.revision, event });
    for (const watcher of this.watchers) if (inside(path, watcher.collection)) watcher.push([event]);
  }

  private isCollection(path: string): boolean {
    const parts = path.split("/").filter((part) => part !== "");
    const rest = parts.slice(parts[0] === "api" ? 2 : 3);
    return rest.length === 1 || (rest[0] === "namespaces" && rest.length === 3);
  }
}

function inside(path: string, collection: string): boolean {
  if (path.startsWith(`${collection}/`)) return true;
  const at = collection.lastIndexOf("/");
  const [prefix, plural] = [collection.slice(0, at), collection.slice(at)];
  return path.startsWith(`${prefix}/namespaces/`) && path.slice(0, path.lastIndexOf("/")).endsWith(plural);
}

function resource(path: string): { group: string; resource: string } {
  return { group: "", resource: path.split("/").at(-2) ?? "" };
}

function bodyOf({ body }: ApiRequest): unknown {
  if (body?.form === "object") return body.object;
  return JSON.parse(new TextDecoder().decode(body?.bytes));
}

function merge(before: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(before as object) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(result[name], value);
  }
  return result;
}

const object = (value: unknown) => ({ form: "object", object: value, bytes: () => new Uint8Array() }) as const;

function ok(value: unknown, status = 200): ApiResponse {
  return { status, headers: {}, body: object(value) };
}
