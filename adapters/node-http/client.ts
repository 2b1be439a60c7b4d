/**
 * The door to a remote API server (or kubelet): what an in-process caller asks goes out over HTTPS, and the answer
 * comes back in the same form as from a server in the process.
 */
import { fromJson, toJson } from "../../src/machinery/exact-json.ts";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import { joinChannels } from "../../src/machinery/channels.ts";
import type { ApiRequest, ApiResponse, Door, ResponseBody, WatchEvent } from "../../src/machinery/door.ts";
import { connectRemote, UpgradeRefused } from "../streams/index.ts";
import { remoteUserHeaders } from "./front-proxy.ts";
import { type Exchange, exchangeWith, type Reply } from "./exchange.ts";

export interface RemoteServer {
  /** Such as `https://10.0.0.1:6443`; a path prefix is kept. */
  readonly url: string;
  /** PEM. Absent: the system's authorities. */
  readonly ca?: string;
  /** A client certificate, PEM. */
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  /** Read again every minute: tokens of service accounts are renewed in place. Wins over `token`. */
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  /** The name the server's certificate must have, where it is not the URL's host. */
  readonly serverName?: string;
  readonly insecure?: boolean;
  /** As front proxy: `peer.user` of each request goes along in the headers X-Remote-User and so on. */
  readonly frontProxy?: boolean;
  readonly userAgent?: string;
}

export interface RemoteDoor {
  readonly door: Door;
  /** Ends all requests. */
  close(): void;
}

/** How long a token file's content is used, in milliseconds. */
const TOKEN_AGE = 60_000;

/** Answers longer than this are handed on as a stream where they are not JSON. */
const WHOLE_ANSWER = 16 * 1024 * 1024;

/** Upgrades for remote commands: what is offered to the server, best first. */
const COMMAND_PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

export function remoteDoor(server: RemoteServer): RemoteDoor {
  const base = new URL(server.url);
  const prefix = base.pathname.replace(/\/$/, "");
  const tls: ConnectionOptions = {
    ca: server.ca,
    cert: server.cert,
    key: server.key,
    servername: server.serverName,
    rejectUnauthorized: !server.insecure,
  };
  for (const name of Object.keys(tls) as (keyof ConnectionOptions)[]) if (tls[name] === undefined) delete tls[name];
  const exchange = exchangeWith(base, tls);
  const credentials = credentialsOf(server);
  const headersFor = (request: ApiRequest): RequestHeaders => ({
    accept: "application/json",
    ...(server.userAgent ? { "user-agent": server.userAgent } : {}),
    ...credentials.header(),
    ...causeHeader(request),
    ...repeated(request.headers),
    ...(server.frontProxy && remoteUserHeaders(request.peer.user)),
  });
  const door: Door = async (request) => {
    const target = prefix + encodePath(request.path) + (request.query ? `?${request.query}` : "");
    const headers = headersFor(request);
    if (request.upgrade) return upgraded(request, new URL(target, base), headers, tls);
    return ask(exchange, request, target, headers, credentials);
  };
  return { door, close: () => exchange.close() };
}

type RequestHeaders = Record<string, string | string[]>;

/** Values that the door has line by line go out as several headers. */
function repeated(headers: ApiRequest["headers"]): Readonly<RequestHeaders> {
  let all: RequestHeaders | undefined;
  for (const name in headers) {
    if (headers[name]?.includes("\n")) (all ??= { ...headers })[name] = headers[name].split("\n");
  }
  return all ?? headers;
}

interface Credentials {
  header(): Readonly<Record<string, string>>;
  /** The server did not accept them: a token file is read again at once. */
  refused(): void;
}

function credentialsOf({ token, tokenFile, username, password }: RemoteServer): Credentials {
  let readAt = -Infinity;
  let header: Record<string, string> = {};
  if (token !== undefined) header = { authorization: `Bearer ${token}` };
  else if (username !== undefined) {
    header = { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` };
  }
  return {
    header() {
      if (tokenFile !== undefined && performance.now() - readAt > TOKEN_AGE) {
        header = { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` };
        readAt = performance.now();
      }
      return header;
    },
    refused: () => (readAt = -Infinity),
  };
}

async function ask(
  exchange: Exchange,
  request: ApiRequest,
  target: string,
  headers: RequestHeaders,
  credentials: Credentials,
): Promise<ApiResponse> {
  const { method, body, signal } = request;
  const bytes = body?.form === "object" ? Buffer.from(toJson(body.object)) : body?.bytes;
  if (bytes) headers["content-type"] ??= "application/json";
  const reply = await exchange.send({ method, target, headers, body: bytes, signal });
  if (reply.status === 401) credentials.refused();
  const watching = reply.status === 200 && /(^|&)watch=(1|true|True|TRUE|t|T)(&|$)/.test(request.query);
  return { status: reply.status, headers: reply.headers, body: await bodyOf(reply, method, watching) };
}

async function bodyOf(reply: Reply, method: string, watching: boolean): Promise<ResponseBody> {
  const { stream, headers, status } = reply;
  const type = String(headers["content-type"] ?? "");
  if (method === "HEAD" || status === 204 || status === 304) {
    stream.resume();
    return { form: "none" };
  }
  const json = /^application\/json\b/.test(type);
  if (watching && json) return { form: "watch", events: watchEvents(stream) };
  if (json) return objectBody(await whole(stream));
  const length = Number(headers["content-length"] ?? Number.NaN);
  if (length <= WHOLE_ANSWER) return { form: "bytes", bytes: await whole(stream) };
  return { form: "stream", chunks: stream };
}

/** What says it is JSON and is not comes from something between: its text is what the caller should see. */
function objectBody(bytes: Uint8Array): ResponseBody {
  try {
    return { form: "object", object: fromJson(Buffer.from(bytes).toString()), bytes: () => bytes };
  } catch {
    return { form: "bytes", bytes };
  }
}

async function whole(stream: Readable): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

const NEWLINE = 10;

/** Whole lines of what arrived together form a batch. Ends when the server ends it or the connection is lost. */
export async function* watchEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<readonly WatchEvent[]> {
  let rest: Uint8Array[] = [];
  for await (const chunk of stream) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest.push(chunk);
      continue;
    }
    const complete = Buffer.concat([...rest, chunk.subarray(0, end + 1)]);
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    const batch: WatchEvent[] = [];
    for (let from = 0; from < complete.length;) {
      const to = complete.indexOf(NEWLINE, from) + 1;
      if (to - from > 1) batch.push(eventOf(complete.subarray(from, to)));
      from = to;
    }
    if (batch.length > 0) yield batch;
  }
}

function eventOf(line: Buffer): WatchEvent {
  const { type, object } = fromJson(line.toString()) as Pick<WatchEvent, "type" | "object">;
  return { type, object, bytes: () => line };
}

/** Letters that stand in a path as they are. */
const PLAIN_PATH = /^[\w/.\-~:@!$&'()*+,;=]*$/;

function encodePath(path: string): string {
  if (PLAIN_PATH.test(path)) return path;
  return path.split("/").map(encodeURIComponent).join("/");
}

/** Connects, lets the caller accept, and joins both; the answer comes when both stand. */
async function upgraded(
  request: ApiRequest,
  url: URL,
  headers: RequestHeaders,
  tls: ConnectionOptions,
): Promise<ApiResponse> {
  const { protocols, accept } = request.upgrade!;
  const forwarding = /\/portforward(\/|$)/i.test(request.path);
  const query = new URLSearchParams(request.query);
  const asked = (name: string): boolean => ["1", "true"].includes(query.get(name) ?? "");
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_HEADERS.test(name)));
  try {
    const remote = await connectRemote(url, {
      ...(forwarding
        ? { protocols: ["portforward.k8s.io"], method: "POST" }
        : {
            protocols: COMMAND_PROTOCOLS,
            carrier: "websocket",
            command: { stdin: asked("stdin"), stdout: asked("stdout"), stderr: asked("stderr"), tty: asked("tty") },
          }),
      headers: kept,
      tls,
      signal: request.signal,
    });
    const local = await accept(protocols[0] ?? "").catch(async (error: unknown) => {
      await remote.channels.close();
      throw error;
    });
    void joinChannels(local, remote.channels);
    return { status: 101, headers: {}, body: { form: "none" } };
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
    const json = /^application\/json\b/.test(error.headers["content-type"] ?? "");
    const body: ResponseBody = json ? objectBody(error.body) : { form: "bytes", bytes: error.body };
    return { status: error.status, headers: error.headers, body };
  }
}

/** These speak of the caller's own connection. */
const HOP_HEADERS = /^(connection|upgrade|host|content-length|sec-websocket-.*|x-stream-protocol-version)$/;

/** What made the sender act, for the story of a server that understands it; others pass over the header. */
function causeHeader({ cause }: ApiRequest): Record<string, string> {
  return cause?.revisions.length ? { "tiphys-cause": cause.revisions.slice(-MOST_CAUSES).join(",") } : {};
}

const MOST_CAUSES = 16;
