/** What the HTTP/1.1 and HTTP/2 sides of the listener share on the way in: the peer, the path and the body. */
import type { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { ApiRequest, Peer, RequestBody, Upgrade } from "../../src/machinery/door.ts";
import { badRequest, requestEntityTooLarge } from "../../src/machinery/errors.ts";
import { headersToText } from "./header-text.ts";

/** The most a request body may have, in bytes; as upstream. */
export const MAX_BODY = 3 * 1024 * 1024;

/** A larger body is read on and dropped up to this size, so that its sender gets to read the answer. */
const MAX_DROPPED = 8 * MAX_BODY;

/** Why a request's signal aborts; one object for all, since making an error costs more than the rest of a request. */
export const GONE = new Error("the client went away");
export const STOPPING = new Error("the server is shutting down");

/** Asked once a connection. */
export function peerOf(socket: TLSSocket): Peer {
  const address = `${socket.remoteAddress}:${socket.remotePort}`;
  // A plain socket has none of the methods.
  const subject = socket.getPeerCertificate?.()?.subject;
  if (!subject) return { address };
  if (!socket.authorized) return { address, certificateError: String(socket.authorizationError) };
  const organizations = subject.O as string | readonly string[] | undefined;
  return {
    address,
    certificate: {
      commonName:
        typeof subject.CN === "string" ? subject.CN : ((subject.CN as readonly string[] | undefined)?.[0] ?? ""),
      organizations:
        organizations === undefined ? [] : typeof organizations === "string" ? [organizations] : organizations,
    },
  };
}

/** The request as the door takes it. Throws a StatusError for a target that is no path. */
export function apiRequest(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  rawHeaders: readonly string[],
  body: Uint8Array | undefined,
  peer: Peer,
  signal: AbortSignal,
  upgrade?: Upgrade,
): ApiRequest {
  const from = target.charCodeAt(0) === 47 ? 0 : pathStart(target);
  const mark = target.indexOf("?", from);
  const raw = mark < 0 ? (from === 0 ? target : target.slice(from)) : target.slice(from, mark);
  return {
    method,
    path: raw.includes("%") ? decode(raw) : raw === "" ? "/" : raw,
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers: headersToText(separated(headers, rawHeaders)),
    body: body && bodyOf(body),
    peer,
    signal,
    upgrade,
  };
}

/** Node joins values by commas; the door wants those that may have some apart. `raw`: name, value, name, value … */
function separated(
  headers: Readonly<Record<string, string>>,
  raw: readonly string[],
): Readonly<Record<string, string>> {
  let all: Record<string, string> | undefined;
  for (const name in headers) {
    if (!name.startsWith("impersonate-")) continue;
    const values = raw.filter((_, at) => at % 2 === 1 && raw[at - 1]!.toLowerCase() === name);
    (all ??= { ...headers })[name] = values.join("\n");
  }
  return all ?? headers;
}

function bodyOf(bytes: Uint8Array): RequestBody {
  return { form: "bytes", bytes };
}

/** Proxies may send the whole URL. */
function pathStart(target: string): number {
  const scheme = target.indexOf("://");
  if (scheme < 0) return 0;
  const slash = target.indexOf("/", scheme + 3);
  return slash < 0 ? target.length : slash;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`the path ${path} is not correctly percent-encoded`);
  }
}

/** The whole body. Rejects with a 413 StatusError when it is too large, with {@link GONE} when it breaks off. */
export function readBody(stream: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    stream.on("data", (part: Buffer) => {
      size += part.length;
      if (size <= MAX_BODY) parts.push(part);
      else if (size > MAX_DROPPED) stream.pause();
      else return;
      if (size > MAX_DROPPED) reject(requestEntityTooLarge(MAX_BODY));
    });
    stream.on("end", () => {
      if (size > MAX_BODY) reject(requestEntityTooLarge(MAX_BODY));
      else resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts, size));
    });
    stream.on("error", () => reject(GONE));
    stream.on("aborted", () => reject(GONE));
  });
}
