/**
 * One group version that another API server serves: how to reach it, whether it answers, and what it says it has.
 *
 * It is asked for its resources in intervals, and at once when its Service changes. What it last said stays known
 * while it is away, so that clients see a version that is stale and not one that never was.
 */
import { fromJson } from "../../machinery/exact-json.ts";
import type { APIService } from "../../api/index.ts";
import type { ApiRequest, ApiResponse, Door, UserInfo } from "../../machinery/door.ts";
import type { Parts } from "../parts.ts";
import type { Backend } from "../services/ends.ts";
import { type Problem, backendsOf } from "./backend.ts";

/** Milliseconds between checks of one that answers, and of one that does not. */
const CHECK_EVERY = 30_000;
const RETRY_AFTER = 5000;
/** Milliseconds the server may take to answer a check. */
const CHECK_TIMEOUT = 5000;

/** Who asks for the resources: extension servers let this group in. */
const AGGREGATOR: UserInfo = { username: "system:kube-aggregator", groups: ["system:masters"] };

/** A resource as the version's own document describes it. */
export interface ListedResource {
  readonly name: string;
  readonly singularName?: string;
  readonly namespaced?: boolean;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

interface OpenApiIndex {
  readonly paths?: Readonly<Record<string, { readonly serverRelativeURL?: string }>>;
}

/** `parameters` are those that operations refer to. */
export type OpenApiV2 = Readonly<
  Record<"paths" | "definitions" | "parameters", Readonly<Record<string, unknown>> | undefined>
>;

export class Extension {
  readonly service: APIService;
  /** Undefined until the first check has ended. */
  problem: Problem | undefined;
  checked = false;
  resources: readonly ListedResource[] = [];
  openApiV2: OpenApiV2 | undefined;
  /** Where its OpenAPI v3 document lies, by the server's index. */
  openApiV3: string | undefined;
  readonly #parts: Parts;
  readonly #told: (extension: Extension) => void;
  readonly #doors = new Map<string, { readonly door: Door; close(): void }>();
  #running: Promise<void> | undefined;
  #again = false;
  #cancel: () => void = () => {};
  #stopped = false;

  /** `told` is called after each check. */
  constructor(service: APIService, parts: Parts, told: (extension: Extension) => void) {
    this.service = service;
    this.#parts = parts;
    this.#told = told;
  }

  get name(): string {
    const { group, version } = this.service.spec;
    return `${group}/${version}`;
  }

  get available(): boolean {
    return this.checked && this.problem === undefined;
  }

  /** Looks now, or once more after the look that is under way. */
  check(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#cancel();
    this.#running = this.#check().then(() => {
      this.#running = undefined;
      if (this.#stopped) return;
      if (this.#again) {
        this.#again = false;
        this.check();
      } else {
        const pause = this.available ? CHECK_EVERY : RETRY_AFTER;
        this.#cancel = this.#parts.clock.after(pause, () => this.check());
      }
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    for (const { close } of this.#doors.values()) close();
    this.#doors.clear();
  }

  /** One of its ends, in turn by chance. Undefined where there is none. */
  door(): Door | undefined {
    const backends = this.#backends();
    if ("reason" in backends) return undefined;
    return this.#doorTo(backends[Math.floor(this.#parts.random.next() * backends.length)]!);
  }

  #backends(): readonly Backend[] | Problem {
    return backendsOf(this.#parts.store.snapshot(), this.service.spec.service!);
  }

  #doorTo({ host, port }: Backend): Door {
    const address = `${host}:${port}`;
    const known = this.#doors.get(address);
    if (known !== undefined) return known.door;
    const { service, caBundle, insecureSkipTLSVerify } = this.service.spec;
    const opened = this.#parts.extensions!({
      host,
      port,
      serverName: `${service!.name}.${service!.namespace}.svc`,
      ca: caBundle ? atob(caBundle) : undefined,
      insecure: insecureSkipTLSVerify === true,
    });
    this.#doors.set(address, opened);
    return opened.door;
  }

  /** Ends that are no more are let go. */
  #forget(backends: readonly Backend[]): void {
    const current = new Set(backends.map(({ host, port }) => `${host}:${port}`));
    for (const [address, { close }] of this.#doors) {
      if (current.has(address)) continue;
      this.#doors.delete(address);
      close();
    }
  }

  async #check(): Promise<void> {
    const problem = await this.#look();
    if (this.#stopped) return;
    this.problem = problem;
    this.checked = true;
    this.#told(this);
  }

  async #look(): Promise<Problem | undefined> {
    const backends = this.#backends();
    if ("reason" in backends) return backends;
    this.#forget(backends);
    if (this.#parts.extensions === undefined) return failed("", "this server has no way to reach other API servers");
    const [{ host, port }] = backends as readonly [Backend];
    const door = this.#doorTo({ host, port });
    const path = `/apis/${this.name}`;
    const url = `https://${host.includes(":") ? `[${host}]` : host}:${port}${path}`;
    try {
      const list = (await this.#ask(door, path)) as { resources?: readonly ListedResource[] };
      this.resources = list.resources ?? [];
    } catch (error) {
      return failed(url, error instanceof Error ? error.message : String(error));
    }
    await this.#lookAtOpenApi(door);
    return undefined;
  }

  /** A server without OpenAPI serves all the same. */
  async #lookAtOpenApi(door: Door): Promise<void> {
    const [v2, v3] = await Promise.all([
      this.#ask(door, "/openapi/v2").catch(() => undefined),
      this.#ask(door, "/openapi/v3").catch(() => undefined),
    ]);
    this.openApiV2 = v2 as OpenApiV2 | undefined;
    this.openApiV3 = (v3 as OpenApiIndex | undefined)?.paths?.[`apis/${this.name}`]?.serverRelativeURL;
  }

  async #ask(door: Door, path: string): Promise<object> {
    const controller = new AbortController();
    const cancel = this.#parts.clock.after(CHECK_TIMEOUT, () => controller.abort(new Error("it took too long")));
    try {
      const headers = { accept: "application/json", "user-agent": "kube-aggregator" };
      const request: ApiRequest = {
        method: "GET",
        path,
        query: "",
        headers,
        peer: { address: "kube-aggregator", user: AGGREGATOR },
        signal: controller.signal,
      };
      const answer = await door(request);
      if (answer.status < 200 || answer.status > 299) throw new Error(`bad status: ${answer.status}`);
      return await objectOf(answer);
    } finally {
      cancel();
    }
  }
}

function failed(url: string, text: string): Problem {
  return { reason: "FailedDiscoveryCheck", message: `failing or missing response from ${url}: ${text}` };
}

/** The most a document of another server may have, in bytes. */
const MOST = 32 * 1024 * 1024;

async function objectOf({ body }: ApiResponse): Promise<object> {
  if (body.form === "object" || body.form === "list") return body.object as object;
  const decoder = new TextDecoder();
  let text = "";
  if (body.form === "bytes") text = decoder.decode(body.bytes);
  else if (body.form === "stream") {
    for await (const chunk of body.chunks) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > MOST) throw new Error("the answer is too long");
    }
  }
  return fromJson(text) as object;
}
