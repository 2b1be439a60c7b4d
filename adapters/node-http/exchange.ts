/**
 * One HTTP request to a server, over HTTP/2 where the server speaks it and HTTP/1.1 otherwise. All requests share one
 * HTTP/2 connection, made on first use and made again after it is lost.
 */
import { Agent, type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { Agent as TlsAgent, request as httpsRequest } from "node:https";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import type { Readable } from "node:stream";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { headerToText } from "./header-text.ts";

export interface Call {
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  /** Several values of one name go out as several headers. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly stream: Readable;
}

export interface Exchange {
  send(call: Call): Promise<Reply>;
  close(): void;
}

/** Milliseconds: until a connection must stand; between pings of a used one; until a ping must be answered. */
const CONNECT_TIMEOUT = 30_000;
const PING_EVERY = 30_000;
const PING_TIMEOUT = 15_000;

export function exchangeWith(server: URL, tls: ConnectionOptions): Exchange {
  if (server.protocol !== "https:") return http1Exchange(server, undefined);
  let chosen: Promise<Exchange> | undefined;
  let closed = false;
  const choose = async (): Promise<Exchange> => {
    const socket = await tlsSocket(server, tls);
    if (socket.alpnProtocol === "h2") return http2Exchange(server, tls, socket);
    socket.destroy();
    return http1Exchange(server, tls);
  };
  return {
    async send(call) {
      if (closed) throw new Error("the connection to the API server is closed");
      chosen ??= choose().catch((error: unknown) => {
        chosen = undefined;
        throw error;
      });
      return (await chosen).send(call);
    },
    close() {
      closed = true;
      void chosen?.then(
        (exchange) => exchange.close(),
        () => {},
      );
    },
  };
}

function tlsSocket(server: URL, tls: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const host = server.hostname.replace(/^\[|\]$/g, "");
    const socket = connectTls({
      host,
      port: Number(server.port) || 443,
      servername: /^[\d.]+$|:/.test(host) ? undefined : host,
      ALPNProtocols: ["h2", "http/1.1"],
      ...tls,
    });
    socket.setTimeout(CONNECT_TIMEOUT, () => socket.destroy(new Error(`${server.host} does not answer`)));
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      socket.off("error", reject);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function http1Exchange(server: URL, tls: ConnectionOptions | undefined): Exchange {
  const agent = tls ? new TlsAgent({ ...tls, keepAlive: true }) : new Agent({ keepAlive: true });
  const make = tls ? httpsRequest : httpRequest;
  return {
    send: ({ method, target, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const length = body ? { "content-length": String(body.length) } : {};
        const options = { method, path: target, headers: { ...headers, ...length }, agent, signal };
        const request = make(server, options, (response) => {
          resolve({ status: response.statusCode!, headers: plain(response.headers), stream: response });
        });
        request.on("error", reject);
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function http2Exchange(server: URL, tls: ConnectionOptions, first: TLSSocket): Exchange {
  let session: Promise<ClientHttp2Session> | undefined = Promise.resolve(open(server, first));
  const current = async (): Promise<ClientHttp2Session> => {
    const known = await session?.catch(() => undefined);
    if (known && !known.closed && !known.destroyed) return known;
    const renewed = (session = tlsSocket(server, tls).then((socket) => open(server, socket)));
    return renewed;
  };
  return {
    async send(call) {
      call.signal.throwIfAborted();
      return exchange2(await current(), call);
    },
    close() {
      void session?.then(
        (open) => open.destroy(),
        () => {},
      );
      session = undefined;
    },
  };
}

function open(server: URL, socket: TLSSocket): ClientHttp2Session {
  const session = connectHttp2(server, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: 1024 * 1024 },
  });
  // Each stream is told of the connection's end itself.
  session.on("error", () => {});
  const timer = setInterval(() => ping(session), PING_EVERY).unref();
  session.on("close", () => clearInterval(timer));
  return session;
}

/** A peer that vanished without a word is found out this way, not by hanging for ever. */
function ping(session: ClientHttp2Session): void {
  const timer = setTimeout(() => session.destroy(new Error("the API server does not answer")), PING_TIMEOUT).unref();
  const sent = session.ping(() => clearTimeout(timer));
  if (!sent) clearTimeout(timer);
}

function exchange2(session: ClientHttp2Session, { method, target, headers, body, signal }: Call): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ...headers, ":method": method, ":path": target }, { endStream: !body });
    const abort = (): void => {
      stream.close(constants.NGHTTP2_CANCEL);
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    stream.once("close", () => {
      signal.removeEventListener("abort", abort);
      reject(new Error("the API server closed the connection without an answer"));
    });
    stream.once("error", reject);
    stream.once("response", (answer) => {
      // After the head, errors are the reader's.
      stream.on("error", () => {});
      const { ":status": status, ...rest } = answer;
      resolve({ status: status ?? 0, headers: plain(rest as IncomingHttpHeaders), stream });
    });
    if (body) stream.end(body);
  });
}

function plain(headers: IncomingHttpHeaders): Record<string, string | readonly string[]> {
  const all: Record<string, string | readonly string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (typeof value !== "string") all[name] = value.map(headerToText);
    else all[name] = name === "warning" ? splitWarnings(headerToText(value)) : headerToText(value);
  }
  return all;
}

/** `299 - "a", 299 - "b"`: commas within the quotes do not separate. */
function splitWarnings(header: string): string[] {
  return header.match(/\d{3} \S+ "(?:[^"\\]|\\.)*"(?: "[^"]*")?/g) ?? [header];
}
