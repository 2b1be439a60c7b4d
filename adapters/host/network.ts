/** Probes and HTTP hooks from the node to its pods; failures are worded as Go's net package does. */
import { Client as GrpcClient, credentials, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { request as http } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as https } from "node:https";
import { connect, isIPv6 } from "node:net";
import { promisify } from "node:util";
import type { HttpProbe, ProbeNetwork } from "../../src/kubelet/host.ts";
import { formatDuration } from "../../src/machinery/time.ts";

const MAX_BODY = 10 * 1024;
const MAX_REDIRECTS = 10;
/** Names of grpc.health.v1's ServingStatus by number. */
const SERVING = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

export function machineNetwork(): ProbeNetwork {
  return {
    http: (probe, signal) => get(probe, signal, MAX_REDIRECTS),
    tcp: dial,
    grpc: checkHealth,
  };
}

type Answer = { readonly status: number; readonly body: string };

async function get(probe: HttpProbe, signal: AbortSignal | undefined, redirects: number): Promise<Answer> {
  const { scheme, host, port, path } = probe;
  const url = `${scheme}://${authority(host, port)}${path}`;
  const { status, body, location } = await send(probe, url, signal);
  if (status < 300 || status >= 400 || location === undefined) return { status, body };
  const next = new URL(location, url);
  // A redirect to another host says that this one is up.
  if (next.hostname !== new URL(url).hostname || redirects === 0) return { status, body };
  const scheme2 = next.protocol === "https:" ? "https" : "http";
  const port2 = Number(next.port) || (scheme2 === "https" ? 443 : 80);
  return get({ ...probe, scheme: scheme2, port: port2, path: next.pathname + next.search }, signal, redirects - 1);
}

function send(
  probe: HttpProbe,
  url: string,
  signal: AbortSignal | undefined,
): Promise<Answer & { readonly location?: string }> {
  const { scheme, host, port, path, headers, timeoutMilliseconds } = probe;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`Get "${url}": ${why}`));
    const options = {
      host,
      port,
      path,
      method: "GET",
      agent: false,
      signal,
      // A pod's certificate is for its clients; the probe only asks whether it serves.
      rejectUnauthorized: false,
      headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
    };
    const request = (scheme === "https" ? https : http)(options, (response) => {
      readBody(response).then(
        (body) => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, body, location: response.headers.location });
          request.destroy();
        },
        (error: Error) => fail(error.message),
      );
    });
    const timer = setTimeout(() => {
      fail("context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
      request.destroy();
    }, timeoutMilliseconds);
    request.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(dialText(error, host, port));
    });
    request.end();
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    size += piece.length;
    if (size >= MAX_BODY) break;
  }
  return Buffer.concat(pieces).subarray(0, MAX_BODY).toString();
}

function dial(host: string, port: number, timeoutMilliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`dial tcp ${authority(host, port)}: i/o timeout`));
    }, timeoutMilliseconds);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(new Error(dialText(error, host, port)));
    });
  });
}

const ERRNO: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

function dialText({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === "ECONNRESET") return "EOF";
  const known = code === undefined ? undefined : ERRNO[code];
  return known ? `dial tcp ${authority(host, port)}: ${known}` : message;
}

function authority(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** grpc.health.v1.Health/Check; both messages have one field, so their bytes are written and read here. */
async function checkHealth(host: string, port: number, service: string, timeoutMilliseconds: number): Promise<string> {
  const address = authority(host, port);
  const client = new GrpcClient(address, credentials.createInsecure(), {
    "grpc.primary_user_agent": "kube-probe/1.36",
  });
  const deadline = Date.now() + timeoutMilliseconds;
  const within = `within ${formatDuration(timeoutMilliseconds)}`;
  try {
    // Who does not take connections yet gets all the time there is.
    await promisify(client.waitForReady.bind(client))(deadline).catch(() => {
      throw new Error(`timeout: failed to connect service "${address}" ${within}: context deadline exceeded`);
    });
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/${HEALTH}/Check`,
        encodeRequest,
        (bytes: Buffer) => SERVING[bytes.length >= 2 ? bytes[1]! : 0] ?? "UNKNOWN",
        service,
        { deadline },
        (error, state) => (error ? reject(new Error(healthFailure(error, within))) : resolve(state ?? "UNKNOWN")),
      );
    });
  } finally {
    client.close();
  }
}

const HEALTH = "grpc.health.v1.Health";

function healthFailure({ code, details }: ServiceError, within: string): string {
  if (code === status.UNIMPLEMENTED) {
    return `error: this server does not implement the grpc health protocol (${HEALTH}): ${details}`;
  }
  if (code === status.DEADLINE_EXCEEDED) return `timeout: health rpc did not complete ${within}`;
  return `error: health rpc probe failed: rpc error: code = ${codeName(code)} desc = ${details}`;
}

/** Go's name of a code: `NOT_FOUND` is NotFound. */
function codeName(code: status): string {
  if (code === status.CANCELLED) return "Canceled";
  return status[code].toLowerCase().replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

/** Field 1, a string; its length in base 128. */
function encodeRequest(service: string): Buffer {
  const name = Buffer.from(service);
  if (name.length === 0) return Buffer.alloc(0);
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7];
  return Buffer.concat([Buffer.from([0x0a, ...length]), name]);
}
