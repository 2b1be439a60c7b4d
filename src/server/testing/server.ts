/** A server over a store in memory, and a client of a few lines, for the tests of this folder. */
import { builtinKinds } from "../../api/index.ts";
import type { ApiResponse, Door, UserInfo, WatchEvent } from "../../machinery/door.ts";
import type { Kind } from "../../machinery/kind.ts";
import { silent } from "../../machinery/log.ts";
import { createScheme } from "../../machinery/scheme.ts";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { openStore } from "../../store/local-store.ts";
import type { Store } from "../../store/store.ts";
import { objectCodec } from "../encoding/json.ts";
import { createApiServer } from "../server.ts";
import type { ApiServer, ApiServerOptions } from "../server.ts";

export const ADMIN: UserInfo = { username: "admin", groups: ["system:masters", "system:authenticated"] };

export interface TestServer {
  readonly server: ApiServer;
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly door: Door;
  /** Sends a request as the admin; a body that is no string goes as JSON. */
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Opens a watch. */
  watch(path: string, headers?: Readonly<Record<string, string>>): Promise<TestWatch>;
}

export interface Answer {
  readonly status: number;
  readonly headers: ApiResponse["headers"];
  readonly text: string;
  // Tests look into answers as they please.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export interface TestWatch {
  readonly response: ApiResponse;
  /** The next `count` events as they go over the wire. */
  next(count: number): Promise<{ type: string; object: any }[]>;
  stop(): void;
}

export async function testServer(
  options: Partial<ApiServerOptions> & { readonly kinds?: readonly Kind[]; readonly user?: UserInfo } = {},
): Promise<TestServer> {
  const { kinds = builtinKinds, user = ADMIN, ...given } = options;
  const clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const scheme = createScheme(kinds);
  const store = given.store ?? (await openStore({ clock, codec: objectCodec(scheme) }));
  const server = createApiServer({
    scheme,
    clock,
    random: new SeededRandom(1),
    log: silent,
    authenticators: [{ authenticate: (request) => request.peer.user }],
    authorizer: { authorize: () => ({ verdict: "allow" }) },
    ...given,
    store,
  });
  const { door } = server;

  const open = (
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ApiResponse> => {
    const [plain, query = ""] = path.split(/\?(.*)/s);
    const bytes =
      body === undefined ? undefined : new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    return door({
      method,
      path: decodeURIComponent(plain!),
      query,
      headers: { "user-agent": "test/1.0", ...(bytes && { "content-type": "application/json" }), ...headers },
      ...(bytes && { body: { form: "bytes", bytes } }),
      peer: { address: "test", user },
      signal,
    });
  };

  return {
    server,
    store,
    clock,
    door,
    async send(method, path, body, headers = {}) {
      const response = await open(method, path, body, headers, new AbortController().signal);
      const text = await textOf(response);
      return { status: response.status, headers: response.headers, text, json: parsed(text) };
    },
    async watch(path, headers = {}) {
      const controller = new AbortController();
      const response = await open("GET", path, undefined, headers, controller.signal);
      if (response.body.form !== "watch") throw new Error(`no watch but ${response.status} ${await textOf(response)}`);
      return watchOf(response, response.body.events, controller);
    },
  };
}

function watchOf(
  response: ApiResponse,
  events: AsyncIterable<readonly WatchEvent[]>,
  controller: AbortController,
): TestWatch {
  const iterator = events[Symbol.asyncIterator]();
  const waiting: WatchEvent[] = [];
  return {
    response,
    async next(count) {
      while (waiting.length < count) {
        const { done, value } = await iterator.next();
        if (done) break;
        waiting.push(...value);
      }
      return waiting.splice(0, count).map((event) => parsed(new TextDecoder().decode(event.bytes())) as never);
    },
    stop: () => controller.abort(),
  };
}

export async function textOf({ body }: ApiResponse): Promise<string> {
  const decoder = new TextDecoder();
  if (body.form === "object") return decoder.decode(body.bytes());
  if (body.form === "bytes") return decoder.decode(body.bytes);
  let text = "";
  if (body.form === "list") for (const chunk of body.chunks()) text += decoder.decode(chunk, { stream: true });
  if (body.form === "stream") for await (const chunk of body.chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
