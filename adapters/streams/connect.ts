/**
 * The asking side of an upgraded connection: exec, attach and port-forward towards a container runtime's streaming
 * server, a kubelet or an API server.
 *
 * ```ts
 * const { channels } = await connectRemote(url, {
 *   protocols: ["v4.channel.k8s.io"],
 *   command: { stdout: true, stderr: true },
 * });
 * for await (const { channel, bytes } of channels.frames) …
 * ```
 */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import type { Channels } from "../../src/machinery/door.ts";
import { type CommandStreams, openCommand, openPortForward } from "./spdy-channels.ts";

export interface RemoteOptions {
  /** Protocols to offer, best first. */
  readonly protocols: readonly string[];
  /** The streams of a command. Absent: this is a port-forward. */
  readonly command?: CommandStreams;
  /** What carries the streams. WebSocket is for commands only. Default: SPDY, which every server speaks. */
  readonly carrier?: "spdy" | "websocket";
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Certificates for https URLs. */
  readonly tls?: ConnectionOptions;
  readonly signal?: AbortSignal;
}

export interface Remote {
  /** The protocol the server chose; empty when it named none. */
  readonly protocol: string;
  readonly channels: Channels;
}

/** The server answered something else than "switching protocols". */
export class UpgradeRefused extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  constructor(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array) {
    super(`unable to upgrade connection: ${Buffer.from(body).toString().trim() || `status ${status}`}`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** The most that is read of a refusal's body. */
const MAX_REFUSAL = 1024 * 1024;

/** Connects, upgrades and opens the streams. Throws {@link UpgradeRefused}, or the transport's error. */
export function connectRemote(url: string | URL, options: RemoteOptions): Promise<Remote> {
  return options.carrier === "websocket" ? connectWebSocket(url, options) : connectSpdy(url, options);
}

async function connectSpdy(url: string | URL, options: RemoteOptions): Promise<Remote> {
  const { response, socket, head } = await upgrade(url, options, {
    connection: "Upgrade",
    upgrade: "SPDY/3.1",
    "x-stream-protocol-version": [...options.protocols],
  });
  const protocol = String(response.headers["x-stream-protocol-version"] ?? "");
  const channels = options.command ? openCommand(socket, head, options.command) : openPortForward(socket, head);
  return { protocol, channels };
}

/** `ws` is loaded on first use: most processes never ask over WebSocket. */
async function connectWebSocket(url: string | URL, options: RemoteOptions): Promise<Remote> {
  const { WebSocket } = await import("ws");
  const { WebSocketChannels } = await import("./websocket-channels.ts");
  const socket = new WebSocket(url, [...options.protocols], {
    ...options.tls,
    // Lists are node's several headers of one name; the types of ws do not know of them.
    headers: options.headers as Record<string, string> | undefined,
    maxPayload: 32 * 1024 * 1024,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    const abort = (): void => socket.terminate();
    options.signal?.addEventListener("abort", abort, { once: true });
    socket.on("close", () => options.signal?.removeEventListener("abort", abort));
    socket.once("open", () => {
      resolve({ protocol: socket.protocol, channels: new WebSocketChannels(socket, socket.protocol, "client") });
    });
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) => refusal(response).then(reject, reject));
  });
}

interface Upgraded {
  readonly response: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Uint8Array;
}

/** One HTTP/1.1 request on a connection of its own that is to become a byte stream. */
export function upgrade(
  url: string | URL,
  options: Pick<RemoteOptions, "method" | "headers" | "tls" | "signal">,
  headers: NonNullable<RequestOptions["headers"]>,
): Promise<Upgraded> {
  const target = new URL(url);
  const secure = target.protocol === "https:";
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)(target, {
      method: options.method ?? "POST",
      headers: { ...options.headers, ...headers },
      agent: false,
      ...(secure ? { ...options.tls, ALPNProtocols: ["http/1.1"] } : {}),
      signal: options.signal,
    });
    request.on("upgrade", (response, socket, head) => {
      const abort = (): void => void socket.destroy();
      options.signal?.addEventListener("abort", abort, { once: true });
      socket.once("close", () => options.signal?.removeEventListener("abort", abort));
      resolve({ response, socket, head });
    });
    request.on("response", (response) => refusal(response).then(reject, reject));
    request.on("error", reject);
    request.end();
  });
}

async function refusal(response: IncomingMessage): Promise<UpgradeRefused> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > MAX_REFUSAL) break;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return new UpgradeRefused(response.statusCode ?? 0, headers, Buffer.concat(parts));
}
