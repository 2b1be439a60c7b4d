/**
 * The HTTPS door: HTTP/1.1 and HTTP/2 on one port, told apart by ALPN.
 *
 * Client certificates are asked for and checked against the cluster's CA. A connection with a certificate of somebody
 * else is not cut: the request is answered (401), as it is upstream.
 */
import type { Server as Http1Server } from "node:http";
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import type { Door } from "../../src/machinery/door.ts";
import { type Log, silent } from "../../src/machinery/log.ts";
import { http1Server } from "./http1.ts";
import { http2Server } from "./http2.ts";
import { Running } from "./running.ts";

export interface ListenOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default: 127.0.0.1. `0.0.0.0` and `::` listen everywhere. */
  readonly host?: string;
  /** Absent: plain HTTP/1.1, for loopback only. */
  readonly tls?: TlsFiles;
  readonly log?: Log;
}

/** PEM texts. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
  /** Signs the client certificates that are believed. Absent: none is asked for. */
  readonly clientCa?: string;
  /** Further certificates by the server name the client asks for. */
  readonly byName?: Readonly<Record<string, { readonly key: string; readonly cert: string }>>;
}

export interface Listener {
  readonly port: number;
  readonly host: string;
  /** Such as `https://127.0.0.1:6443`. */
  readonly url: string;
  /** Uses renewed certificates for new connections. */
  renew(tls: TlsFiles): void;
  /**
   * Stops listening, ends watches and streams, lets other requests finish for `graceMilliseconds` (default 2000) and
   * cuts what is left. Safe to call twice.
   */
  close(graceMilliseconds?: number): Promise<void>;
}

/** Rejects with node's error (`code` EADDRINUSE, EACCES …) when the port cannot be had. */
export async function listen(door: Door, options: ListenOptions): Promise<Listener> {
  const running = new Running(door, options.log ?? silent);
  const http1 = http1Server(running);
  // This sets up http's own timeouts, which hang on its being told that somebody listens.
  http1.emit("listening");
  const server = options.tls ? tlsServer(running, http1, options.tls) : plainServer(http1);
  server.on("connection", (socket: Socket) => {
    running.sockets.add(socket);
    socket.on("close", () => running.sockets.delete(socket));
  });
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port, host, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    port,
    host,
    url: `${options.tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`,
    renew: (tls) => (server as TlsServer).setSecureContext({ key: tls.key, cert: tls.cert, ca: tls.clientCa }),
    close: (grace = 2000) => (closing ??= close(running, server, http1, grace)),
  };
}

/** Milliseconds for the TLS handshake. */
const HANDSHAKE_TIMEOUT = 10_000;
/** Milliseconds without a byte until the peer is probed. */
const TCP_KEEP_ALIVE = 180_000;

const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE };

function tlsServer(running: Running, http1: Http1Server, tls: TlsFiles): Server {
  const http2 = http2Server(running);
  const server = createTlsServer({
    ...SOCKET_OPTIONS,
    key: tls.key,
    cert: tls.cert,
    ca: tls.clientCa,
    requestCert: tls.clientCa !== undefined,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    handshakeTimeout: HANDSHAKE_TIMEOUT,
    ALPNProtocols: ["h2", "http/1.1"],
  });
  for (const [name, pair] of Object.entries(tls.byName ?? {})) server.addContext(name, { ...pair, ca: tls.clientCa });
  server.on("secureConnection", (socket) => {
    (socket.alpnProtocol === "h2" ? http2 : http1).emit("connection", socket);
  });
  server.on("tlsClientError", (error, socket) => {
    running.log.debug("a TLS handshake failed", { error: error.message, peer: socket.remoteAddress });
    socket.destroy();
  });
  return server;
}

function plainServer(http1: Http1Server): Server {
  const server = createPlainServer(SOCKET_OPTIONS);
  server.on("connection", (socket) => http1.emit("connection", socket));
  return server;
}

async function close(running: Running, server: Server, http1: Http1Server, grace: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, grace);
  for (const session of running.sessions) session.close();
  http1.closeIdleConnections();
  await Promise.race([running.stop(), timeout.promise]);
  clearTimeout(timer);
  running.abortAll();
  // Answers that were just ended are still on their way through TLS.
  await new Promise((resolve) => setImmediate(resolve));
  for (const socket of running.sockets) socket.destroySoon();
  const last = setTimeout(() => {
    for (const socket of running.sockets) socket.destroy();
  }, 200);
  await closed;
  clearTimeout(last);
  http1.close();
}
