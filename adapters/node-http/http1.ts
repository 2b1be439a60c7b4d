/** HTTP/1.1: requests, and upgrades to WebSocket and SPDY. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { WebSocket } from "ws";
import type { ApiResponse, Peer } from "../../src/machinery/door.ts";
import { refuse, upgradeRequest, type UpgradeRequest } from "../streams/index.ts";
import { apiRequest, GONE, peerOf, readBody } from "./request.ts";
import { failure, type HeaderList, respond, type Sink } from "./response.ts";
import type { Running } from "./running.ts";

/** Request line and headers, in bytes; as upstream's, since selectors in a query may be long. */
const MAX_HEADER = 1024 * 1024;
/** Milliseconds: for the headers, for a whole request, and between requests of one connection. */
const HEADERS_TIMEOUT = 32_000;
const REQUEST_TIMEOUT = 60_000;
const KEEP_ALIVE = 90_000;

const PEER = Symbol("peer");
type PeerSocket = Duplex & { [PEER]?: Peer };

type Headers = Readonly<Record<string, string>>;

export function http1Server(running: Running): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE,
    shouldUpgradeCallback: (request) => /^(websocket|spdy\/3\.1)$/i.test(request.headers.upgrade ?? ""),
  });
  server.on("request", (request, response) => void serve(running, request, response));
  server.on("clientError", refuseText);
  server.on("upgrade", (request, socket, head) => void serveUpgrade(running, request, socket, head));
  return server;
}

/** How long the rest of a refused request is read and dropped, in milliseconds, so that its sender gets the answer. */
const DROP_FOR = 1000;

const REFUSALS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** What is no HTTP, or too much of it, is answered in plain text as Go's server does: nobody has been named yet. */
function refuseText(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writableEnded) return;
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const line = REFUSALS[error.code ?? ""] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${line}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n${line}`);
  socket.resume();
  setTimeout(() => socket.destroy(), DROP_FOR).unref();
}

function peer(socket: PeerSocket): Peer {
  return (socket[PEER] ??= peerOf(socket as TLSSocket));
}

async function serve(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const controller = new AbortController();
  const sink = new Http1Sink(response, request.method === "HEAD");
  response.on("close", () => {
    if (!response.writableFinished) controller.abort(GONE);
    running.finished(controller);
  });
  running.started(controller);
  const headers = request.headers as Headers;
  try {
    // A connection that is gone does not say any more whose it was.
    const from = peer(request.socket);
    const length = headers["content-length"];
    const hasBody = (length !== undefined && length !== "0") || headers["transfer-encoding"] !== undefined;
    const body = hasBody ? await readBody(request) : undefined;
    await running.whenRead();
    const answer = await running.door(
      apiRequest(request.method!, request.url!, headers, request.rawHeaders, body, from, controller.signal),
    );
    await send(running, sink, answer, headers["accept-encoding"], controller);
  } catch (error) {
    fail(running, sink, error);
  }
}

export async function send(
  running: Running,
  sink: Sink,
  answer: ApiResponse,
  encodings: string | undefined,
  controller: AbortController,
): Promise<void> {
  const { form } = answer.body;
  if (form === "watch" || form === "stream") running.streaming(controller);
  await respond(sink, answer, encodings);
}

/** Answers with the failure's Status, or cuts the connection when the answer has begun. */
export function fail(running: Running, sink: Sink & { readonly begun: boolean; cut(): void }, error: unknown): void {
  if (sink.gone || error === GONE) return sink.cut();
  if (sink.begun) {
    running.log.warn("an answer broke off", { error: String(error) });
    return sink.cut();
  }
  void respond(sink, failure(error), undefined).catch(() => sink.cut());
}

class Http1Sink implements Sink {
  readonly #response: ServerResponse;
  readonly #bodiless: boolean;

  constructor(response: ServerResponse, bodiless: boolean) {
    this.#response = response;
    this.#bodiless = bodiless;
  }

  get gone(): boolean {
    return this.#response.destroyed;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  head(status: number, headers: HeaderList, length: number | undefined): void {
    if (length !== undefined) headers.push("content-length", String(length));
    // A body that was too large is not read to its end: what follows on the connection cannot be told apart.
    if (status === 413) headers.push("connection", "close");
    this.#response.writeHead(status, headers as string[]);
  }

  write(bytes: Uint8Array, done?: () => void): boolean {
    if (bytes.length > 0) return this.#response.write(bytes, done);
    this.#response.flushHeaders();
    return true;
  }

  end(bytes?: Uint8Array): void {
    this.#response.end(this.#bodiless ? undefined : bytes);
  }

  drained(): Promise<void> {
    return drainedOf(this.#response);
  }

  cut(): void {
    this.#response.destroy();
  }
}

export function drainedOf(stream: {
  once(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done);
      stream.off("close", done);
      resolve();
    };
    stream.once("drain", done);
    stream.once("close", done);
  });
}

async function serveUpgrade(running: Running, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const controller = new AbortController();
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    controller.abort(GONE);
    running.finished(controller);
  });
  running.started(controller);
  running.streaming(controller);
  controller.signal.addEventListener("abort", () => setTimeout(() => socket.destroy(), 100).unref(), { once: true });
  const asked = upgradeRequest(request, socket, head);
  const headers = request.headers as Headers;
  let answer: ApiResponse;
  try {
    answer = await running.door(
      apiRequest(
        request.method!,
        request.url!,
        headers,
        request.rawHeaders,
        undefined,
        peer(socket as PeerSocket),
        controller.signal,
        asked?.upgrade,
      ),
    );
  } catch (error) {
    answer = failure(error);
  }
  if (asked?.accepted) return;
  try {
    await (asked?.acceptMessages && messagesOf(answer) ? sendMessages(asked, answer) : answerPlainly(socket, answer));
  } catch (error) {
    running.log.debug("an upgraded connection broke off", { error: String(error) });
    socket.destroy();
  }
}

/** Watches and logs go over a WebSocket as messages. */
async function sendMessages(asked: UpgradeRequest, { body }: ApiResponse): Promise<void> {
  const base64 = asked.upgrade.protocols.includes("base64.binary.k8s.io");
  const socket = await asked.acceptMessages!();
  if (body.form === "watch") {
    for await (const batch of body.events) {
      for (const event of batch) if (!(await message(socket, event.bytes(), false, false))) return;
    }
  } else if (body.form === "stream") {
    for await (const chunk of body.chunks) if (!(await message(socket, chunk, true, base64))) return;
  }
  socket.close(1000);
}

function messagesOf({ status, body }: ApiResponse): boolean {
  return status === 200 && (body.form === "watch" || body.form === "stream");
}

/** False when the other end is gone. */
function message(socket: WebSocket, bytes: Uint8Array, binary: boolean, base64: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    if (base64) socket.send(Buffer.from(bytes).toString("base64"), (error) => resolve(!error));
    else socket.send(bytes, { binary }, (error) => resolve(!error));
  });
}

/** The handler did not take the upgrade: its answer goes out as usual, and the connection ends. */
async function answerPlainly(socket: Duplex, { status, headers, body }: ApiResponse): Promise<void> {
  const parts: Uint8Array[] = [];
  if (body.form === "object") parts.push(body.bytes());
  else if (body.form === "bytes") parts.push(body.bytes);
  else if (body.form === "list") parts.push(...body.chunks());
  else if (body.form === "stream") for await (const chunk of body.chunks) parts.push(chunk);
  refuse(socket, status, flat(headers), Buffer.concat(parts));
}

function flat(headers: ApiResponse["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : value.join(", ")]),
  );
}
