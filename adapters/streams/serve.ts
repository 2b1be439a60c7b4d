/**
 * The asked side of an upgraded connection: makes an {@link Upgrade} of an HTTP/1.1 request with `Upgrade: websocket`
 * or `Upgrade: SPDY/3.1`. The handler looks at the offered protocols, and accepts one or answers as usual; nothing is
 * written before it does.
 */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import type { Channels, Upgrade } from "../../src/machinery/door.ts";
import { type Purpose, serveSpdy } from "./spdy-channels.ts";
import { WebSocketChannels } from "./websocket-channels.ts";

/** kubectl's way to carry SPDY through proxies that only know WebSocket. */
const TUNNEL = "SPDY/3.1+";
/** Browsers cannot set headers on a WebSocket, so a token may stand among the protocols; it is never chosen. */
const BEARER = "base64url.bearer.authorization.k8s.io.";

/** The largest message taken, in bytes; as upstream. */
const MAX_MESSAGE = 32 * 1024 * 1024;

export interface UpgradeRequest {
  readonly upgrade: Upgrade;
  /** Whether a protocol was accepted: the socket then belongs to the channels. */
  readonly accepted: boolean;
  /** Accepts as a WebSocket without channels, one message a piece: watches and logs. Absent for SPDY. */
  readonly acceptMessages?: () => Promise<WebSocket>;
}

/** Undefined for an `Upgrade` header that asks for something else. */
export function upgradeRequest(request: IncomingMessage, socket: Duplex, head: Buffer): UpgradeRequest | undefined {
  const wanted = request.headers.upgrade?.toLowerCase();
  if (wanted === "websocket") return webSocketUpgrade(request, socket, head);
  if (wanted === "spdy/3.1") return spdyUpgrade(request, socket, head);
  return undefined;
}

function spdyUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): UpgradeRequest {
  const protocols = list(request.headersDistinct["x-stream-protocol-version"]?.join(","));
  let accepted = false;
  return {
    get accepted() {
      return accepted;
    },
    upgrade: {
      protocols,
      async accept(protocol) {
        accepted = true;
        const version = protocol ? `X-Stream-Protocol-Version: ${protocol}\r\n` : "";
        socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n${version}\r\n`);
        return serveSpdy(socket, head, purposeOf(request));
      },
    },
  };
}

function webSocketUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): UpgradeRequest {
  const protocols = list(request.headers["sec-websocket-protocol"]);
  let accepted = false;
  return {
    get accepted() {
      return accepted;
    },
    async acceptMessages() {
      accepted = true;
      return handshake(request, socket, head, protocols.find((protocol) => !protocol.startsWith(BEARER)) ?? "");
    },
    upgrade: {
      protocols,
      async accept(protocol) {
        accepted = true;
        const webSocket = await handshake(request, socket, head, protocol);
        if (protocol.startsWith(TUNNEL)) return tunnel(webSocket, request);
        const channels = new WebSocketChannels(webSocket, protocol, "server", () => socket.end());
        await (purposeOf(request) === "portforward" ? announcePorts(channels, request) : greet(channels, request));
        return channels;
      },
    },
  };
}

let servers: { readonly server: WebSocketServer; readonly chosen: WeakMap<IncomingMessage, string> } | undefined;

/**
 * `ws` refuses protocols that are no HTTP tokens, such as `SPDY/3.1+portforward.k8s.io`, so the header is kept from it
 * and the answer's is written here.
 */
async function handshake(request: IncomingMessage, socket: Duplex, head: Buffer, protocol: string): Promise<WebSocket> {
  if (!servers) {
    const ws = await import("ws");
    const chosen = new WeakMap<IncomingMessage, string>();
    const server = new ws.WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
    server.on("headers", (headers, asking) => {
      const name = chosen.get(asking);
      if (name) headers.push(`Sec-WebSocket-Protocol: ${name}`);
    });
    servers = { server, chosen };
  }
  const { server, chosen } = servers;
  chosen.set(request, protocol);
  delete request.headers["sec-websocket-protocol"];
  return new Promise((resolve, reject) => {
    socket.once("close", () => reject(new Error("the connection was closed during the WebSocket handshake")));
    server.handleUpgrade(request, socket, head, resolve);
  });
}

async function tunnel(webSocket: WebSocket, request: IncomingMessage): Promise<Channels> {
  const { createWebSocketStream } = await import("ws");
  return serveSpdy(createWebSocketStream(webSocket), Buffer.alloc(0), purposeOf(request));
}

/** Upstream's first message: empty, on the lowest channel the server writes, so that clients know it stands. */
async function greet(channels: Channels, request: IncomingMessage): Promise<void> {
  const query = queryOf(request);
  const asked = (name: string): boolean => ["1", "true"].includes(query.get(name) ?? "");
  const channel = asked("stdout") ? 1 : asked("stderr") ? 2 : 3;
  await channels.send({ channel, bytes: new Uint8Array(0) });
}

/**
 * Port-forward with plain channels has its ports in the query. The server begins each channel with its port, two bytes
 * little-endian; the handler sees the ports as first frames.
 */
async function announcePorts(channels: WebSocketChannels, request: IncomingMessage): Promise<void> {
  const ports = list(queryOf(request).getAll("ports").join(",")).map(Number);
  for (const [pair, port] of ports.entries()) {
    const bytes = Uint8Array.of(port & 0xff, port >> 8);
    await channels.send({ channel: 2 * pair, bytes });
    await channels.send({ channel: 2 * pair + 1, bytes });
    void channels.frames.push({ channel: 2 * pair, bytes: new Uint8Array(0), port });
  }
}

function purposeOf(request: IncomingMessage): Purpose {
  return /\/portforward(\/|\?|$)/i.test(request.url ?? "") ? "portforward" : "command";
}

function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? "";
  const at = url.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
}

function list(header: string | undefined): string[] {
  if (!header) return [];
  return header
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** An ordinary answer on a connection that asked for an upgrade and did not get it. */
export function refuse(
  socket: Duplex,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): void {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
  socket.write(`${head}content-length: ${body.length}\r\nconnection: close\r\n\r\n`);
  socket.end(body);
}
