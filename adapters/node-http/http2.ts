/** HTTP/2 over node's stream interface: cheaper than its imitation of HTTP/1 objects. */
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Peer } from "../../src/machinery/door.ts";
import { drainedOf, fail, send } from "./http1.ts";

import { apiRequest, GONE, peerOf, readBody } from "./request.ts";
import type { HeaderList, Sink } from "./response.ts";
import type { Running } from "./running.ts";

/** As upstream; a client with more watches opens another connection. */
const MAX_STREAMS = 250;
const MAX_HEADER = 1024 * 1024;
/** What a client may send before it is read, in bytes a stream; request bodies are at most 3 MiB. */
const WINDOW = 256 * 1024;

const PEER = Symbol("peer");
type PeerSession = ServerHttp2Session & { [PEER]?: Peer };

/** Connection-specific headers do not exist in HTTP/2. */
const DROPPED = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"]);

export function http2Server(running: Running): Http2Server {
  const server = createServer({
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER, initialWindowSize: WINDOW },
    maxSessionMemory: 64,
  });
  server.on("session", (session: PeerSession) => {
    session[PEER] = peerOf(session.socket as TLSSocket);
    running.sessions.add(session);
    session.on("close", () => running.sessions.delete(session));
    session.on("error", (error) => running.log.debug("an HTTP/2 connection failed", { error: String(error) }));
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags, raw: string[]) => {
    void serve(running, stream, headers, raw);
  });
  return server;
}

async function serve(
  running: Running,
  stream: ServerHttp2Stream,
  incoming: IncomingHttpHeaders,
  raw: readonly string[],
): Promise<void> {
  const controller = new AbortController();
  const method = incoming[":method"]!;
  const sink = new Http2Sink(stream, method === "HEAD");
  stream.on("error", () => {});
  stream.on("aborted", () => controller.abort(GONE));
  stream.on("close", () => {
    if (!stream.writableFinished) controller.abort(GONE);
    running.finished(controller);
  });
  // A stream that nobody reads would never be told of its end.
  if (stream.endAfterHeaders) stream.resume();
  running.started(controller);
  try {
    const headers = incoming as Record<string, string>;
    headers["host"] ??= incoming[":authority"] ?? "";
    // A stream that is gone has no session any more.
    const from = (stream.session as PeerSession)[PEER]!;
    const body = stream.endAfterHeaders ? undefined : await readBody(stream);
    await running.whenRead();
    const answer = await running.door(
      apiRequest(
        method,
        incoming[":path"]!,
        headers,
        raw,
        body?.length === 0 ? undefined : body,
        from,
        controller.signal,
      ),
    );
    await send(running, sink, answer, headers["accept-encoding"], controller);
  } catch (error) {
    fail(running, sink, error);
  }
}

class Http2Sink implements Sink {
  readonly #stream: ServerHttp2Stream;
  readonly #bodiless: boolean;

  constructor(stream: ServerHttp2Stream, bodiless: boolean) {
    this.#stream = stream;
    this.#bodiless = bodiless;
  }

  get gone(): boolean {
    return this.#stream.destroyed;
  }

  get begun(): boolean {
    return this.#stream.headersSent;
  }

  head(status: number, headers: HeaderList, length: number | undefined): void {
    if (this.#stream.destroyed) throw GONE;
    const all: Record<string, string | number | string[]> = { ":status": status };
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      if (!DROPPED.has(name)) all[name] = headers[i + 1] as string | string[];
    }
    if (length !== undefined) all["content-length"] = length;
    this.#stream.respond(all, { endStream: this.#bodiless });
  }

  write(bytes: Uint8Array, done?: () => void): boolean {
    return bytes.length === 0 || this.#stream.write(bytes, done);
  }

  end(bytes?: Uint8Array): void {
    if (this.#bodiless || this.#stream.destroyed) return;
    this.#stream.end(bytes);
  }

  drained(): Promise<void> {
    return drainedOf(this.#stream);
  }

  cut(): void {
    this.#stream.destroy();
  }
}
