/** How conformance specs talk to a server: plain paths and JSON, so that what is checked is what goes over the wire. */
import assert from "node:assert/strict";
import type { Client } from "../../src/client/index.ts";
import type { WatchEvent } from "../../src/machinery/door.ts";

/** Any JSON object: specs look at fields of all kinds. */
export type Json = Record<string, any>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Json;
}

export interface Sent {
  readonly body?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  readonly type?: string;
  readonly accept?: string;
  /** Another user, impersonated. */
  readonly as?: string;
}

const PATCHES = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
  json: "application/json-patch+json",
} as const;

/** The most a spec waits for something, in milliseconds; far above what it takes. */
const PATIENCE = 20_000;

export class Caller {
  readonly #client: Client;
  #names = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** A name that no other spec has. */
  name(stem: string): string {
    return `${stem}-${++this.#names}`;
  }

  /** A namespace of the spec's own. */
  async namespace(labels: Json = {}): Promise<string> {
    const name = this.name("e2e");
    await this.post("/api/v1/namespaces", { metadata: { name, labels } });
    return name;
  }

  async call(method: string, target: string, { body, text, type, accept, as }: Sent = {}): Promise<Answer> {
    const [path, query = ""] = split(target);
    const bytes = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await this.#client.request({
      method,
      path,
      query,
      headers: {
        ...(type && { "content-type": type }),
        ...(accept && { accept }),
        ...(as && { "impersonate-user": as }),
      },
      ...(bytes !== undefined && { body: { form: "bytes", bytes: Buffer.from(bytes) } }),
    });
    const { status, headers } = response;
    if (response.body.form === "object") return { status, headers, body: response.body.object as Json };
    assert.ok(response.body.form === "bytes", `${method} ${target} answers with a ${response.body.form}`);
    return { status, headers, body: { text: Buffer.from(response.body.bytes).toString() } };
  }

  /** A call that must succeed. */
  async ok(method: string, target: string, sent?: Sent): Promise<Json> {
    const { status, body } = await this.call(method, target, sent);
    assert.ok(status < 300, `${method} ${target}: ${status} ${JSON.stringify(body.message ?? body)}`);
    return body;
  }

  /** A call that must fail with this status; gives the Status. */
  async refused(status: number, method: string, target: string, sent?: Sent): Promise<Json> {
    const answer = await this.call(method, target, sent);
    assert.equal(answer.status, status, `${method} ${target}: ${JSON.stringify(answer.body.message ?? answer.body)}`);
    return answer.body;
  }

  get(target: string, accept?: string): Promise<Json> {
    return this.ok("GET", target, { accept });
  }

  post(target: string, body: Json): Promise<Json> {
    return this.ok("POST", target, { body });
  }

  put(target: string, body: Json): Promise<Json> {
    return this.ok("PUT", target, { body });
  }

  delete(target: string, options?: Json): Promise<Json> {
    return this.ok("DELETE", target, { body: options });
  }

  patch(target: string, body: unknown, how: keyof typeof PATCHES = "merge"): Promise<Json> {
    return this.ok("PATCH", target, { body, type: PATCHES[how] });
  }

  /** Reads, changes and replaces, again where somebody else was faster. */
  async update(target: string, change: (object: Json) => Json): Promise<Json> {
    for (;;) {
      const answer = await this.call("PUT", target, { body: change(await this.get(target)) });
      if (answer.status < 300) return answer.body;
      assert.equal(answer.status, 409, `PUT ${target}: ${answer.body.message}`);
    }
  }

  /** Items of a list. */
  async items(target: string): Promise<Json[]> {
    return (await this.get(target)).items as Json[];
  }

  gone(target: string): Promise<Json> {
    return this.refused(404, "GET", target);
  }

  /** The first answer that is right; nothing of it is a failure until patience is at its end. */
  async until(target: string, right: (found: Json) => unknown): Promise<Json> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const { body } = await this.call("GET", target);
      if (right(body)) return body;
      assert.ok(
        performance.now() < deadline,
        `GET ${target} did not come to what is waited for: ${JSON.stringify(body)}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** A watch, which runs until the spec leaves it with `await using`. */
  async watch(target: string): Promise<Watch> {
    const [path, query = ""] = split(target);
    const end = new AbortController();
    const response = await this.#client.request({
      method: "GET",
      path,
      query: query ? `${query}&watch=true` : "watch=true",
      signal: end.signal,
    });
    assert.ok(response.body.form === "watch", `no watch of ${target}: ${response.status}`);
    return new Watch(response.body.events, end);
  }
}

function split(target: string): [string, string?] {
  const at = target.indexOf("?");
  return at < 0 ? [target] : [target.slice(0, at), target.slice(at + 1)];
}

export interface Seen {
  readonly type: WatchEvent["type"];
  readonly object: Json;
}

/** Events of a watch, one at a time. */
export class Watch implements AsyncDisposable {
  readonly #events: AsyncIterator<readonly WatchEvent[]>;
  readonly #end: AbortController;
  #batch: WatchEvent[] = [];

  constructor(events: AsyncIterable<readonly WatchEvent[]>, end: AbortController) {
    this.#events = events[Symbol.asyncIterator]();
    this.#end = end;
  }

  async next(): Promise<Seen> {
    while (this.#batch.length === 0) {
      const late = AbortSignal.timeout(PATIENCE);
      const { value, done } = await Promise.race([
        this.#events.next(),
        new Promise<never>((_, reject) => {
          late.addEventListener("abort", () => reject(new Error("the watch shows nothing more")), { once: true });
        }),
      ]);
      assert.ok(done !== true, "the watch ended");
      this.#batch = [...value];
    }
    return this.#batch.shift() as Seen;
  }

  /** The next of this type that is right; the others are passed over, as a client does that waits for a change. */
  async seen(type: Seen["type"], right: (object: Json) => unknown = () => true): Promise<Json> {
    for (;;) {
      const event = await this.next();
      if (event.type === type && right(event.object)) return event.object;
    }
  }

  /** The next few as they come: types and what `tell` says of each object. */
  async told(count: number, tell: (object: Json) => unknown = ({ metadata }) => metadata.name): Promise<unknown[]> {
    const all: unknown[] = [];
    while (all.length < count) {
      const { type, object } = await this.next();
      all.push([type, tell(object)]);
    }
    return all;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#events.return?.().catch(() => {});
  }
}
