/**
 * Writes an {@link ApiResponse} to either version of HTTP.
 *
 * Whatever is complete goes out with its length. Watches are written a batch at a time, and the next
 * batch is only taken when the connection has drained, so a slow client holds up nobody and fills no memory.
 */
import { createGzip, gzip } from "node:zlib";
import type { ApiResponse, WatchEvent } from "../../src/machinery/door.ts";
import { statusOf } from "../../src/machinery/errors.ts";
import { textToHeader } from "./header-text.ts";

/** One answer of either HTTP version. */
export interface Sink {
  /** Starts the answer: names and values in turn. `length` undefined: unknown. */
  head(status: number, headers: HeaderList, length: number | undefined): void;
  /** False when the connection should drain first. `done` is called when the bytes are not needed any more. */
  write(bytes: Uint8Array, done?: () => void): boolean;
  end(bytes?: Uint8Array): void;
  /** Resolves when there is room again, or the connection is gone. */
  drained(): Promise<void>;
  readonly gone: boolean;
}

/** Names and values in turn: what node writes fastest. */
export type HeaderList = (string | readonly string[])[];

/** Smaller answers are not worth compressing; as upstream. */
const GZIP_FROM = 128 * 1024;
const GZIP_LEVEL = 1;

/** Lists go out in pieces of this size, so that a slow client's list does not lie in memory twice. */
const PIECE = 1024 * 1024;
/** Lists up to this size go out at once. */
const WHOLE = 64 * 1024;
/** Buffers of pieces kept for the next list: new ones cost more (page faults, collection) than filling them. */
const MOST_FREE = 8;
const free: Buffer[] = [];

const NONE = new Uint8Array(0);

/** Compressed forms of answers whose bytes are kept, such as OpenAPI. */
const compressed = new WeakMap<Uint8Array, Promise<Uint8Array>>();

export async function respond(sink: Sink, response: ApiResponse, encodings: string | undefined): Promise<void> {
  const { body, status } = response;
  switch (body.form) {
    case "object":
      return whole(sink, response, body.bytes(), encodings, false);
    case "bytes":
      return whole(sink, response, body.bytes, encodings, true);
    case "list":
      return list(sink, response, body.chunks(), encodings);
    case "watch":
      return watch(sink, response, body.events);
    case "stream":
      return stream(sink, response, body.chunks);
    case "none":
      sink.head(status, listed(response.headers), status === 304 || status === 204 ? undefined : 0);
      sink.end();
  }
}

/** The answer to a request that no handler could take, or whose handler failed. */
export function failure(error: unknown): ApiResponse {
  const status = statusOf(error);
  const bytes = Buffer.from(`${JSON.stringify(status)}\n`);
  return {
    status: status.code ?? 500,
    headers: { "content-type": "application/json", "cache-control": "no-cache, private" },
    body: { form: "bytes", bytes },
  };
}

function listed(headers: ApiResponse["headers"]): HeaderList {
  const all: HeaderList = [];
  for (const name in headers) {
    const value = headers[name]!;
    all.push(name, typeof value === "string" ? textToHeader(value) : value.map(textToHeader));
  }
  return all;
}

function accepts(encodings: string | undefined, headers: ApiResponse["headers"]): boolean {
  return encodings !== undefined && encodings.includes("gzip") && headers["content-encoding"] === undefined;
}

function whole(
  sink: Sink,
  { status, headers }: ApiResponse,
  bytes: Uint8Array,
  encodings: string | undefined,
  kept: boolean,
): void | Promise<void> {
  if (bytes.length > GZIP_FROM && accepts(encodings, headers)) return zipped(sink, status, headers, bytes, kept);
  sink.head(status, listed(headers), bytes.length);
  sink.end(bytes);
}

async function zipped(
  sink: Sink,
  status: number,
  headers: ApiResponse["headers"],
  bytes: Uint8Array,
  kept: boolean,
): Promise<void> {
  let made = compressed.get(bytes);
  if (!made) {
    made = compress(bytes);
    if (kept) compressed.set(bytes, made);
  }
  const small = await made;
  sink.head(status, [...listed(headers), "content-encoding", "gzip", "vary", "Accept-Encoding"], small.length);
  sink.end(small);
}

function compress(bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gzip(bytes, { level: GZIP_LEVEL }, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** The length is known before the first byte goes out; the pieces are only joined when their turn comes. */
async function list(
  sink: Sink,
  response: ApiResponse,
  chunks: Iterable<Uint8Array>,
  encodings: string | undefined,
): Promise<void> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (const chunk of chunks) {
    parts.push(chunk);
    total += chunk.length;
  }
  if (total <= WHOLE) return whole(sink, response, joined(parts, total), encodings, false);
  if (accepts(encodings, response.headers)) return listZipped(sink, response, parts);
  sink.head(response.status, listed(response.headers), total);
  for (const { bytes, release } of pieces(parts)) {
    if (!sink.write(bytes, release)) await sink.drained();
    if (sink.gone) return;
  }
  sink.end();
}

async function listZipped(sink: Sink, { status, headers }: ApiResponse, parts: readonly Uint8Array[]): Promise<void> {
  sink.head(status, [...listed(headers), "content-encoding", "gzip", "vary", "Accept-Encoding"], undefined);
  const zip = createGzip({ level: GZIP_LEVEL });
  const feed = async (): Promise<void> => {
    for (const { bytes, release } of pieces(parts)) {
      if (sink.gone) break;
      await new Promise<void>((resolve) => zip.write(bytes, () => resolve()));
      release();
    }
    zip.end();
  };
  const feeding = feed();
  for await (const part of zip) {
    if (sink.gone) break;
    if (!sink.write(part as Buffer)) await sink.drained();
  }
  await feeding;
  sink.end();
}

interface Piece {
  readonly bytes: Buffer;
  /** The bytes are not needed any more. */
  release(): void;
}

/** The parts joined to pieces of {@link PIECE} bytes, the last one shorter. */
function* pieces(parts: readonly Uint8Array[]): Generator<Piece> {
  let buffer = free.pop() ?? Buffer.allocUnsafeSlow(PIECE);
  let used = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const taken = at === 0 && part.length <= PIECE - used ? part : part.subarray(at, at + PIECE - used);
      buffer.set(taken, used);
      at += taken.length;
      used += taken.length;
      if (used < PIECE) continue;
      yield pieceOf(buffer, used);
      buffer = free.pop() ?? Buffer.allocUnsafeSlow(PIECE);
      used = 0;
    }
  }
  if (used > 0) yield pieceOf(buffer, used);
  else pieceOf(buffer, 0).release();
}

function pieceOf(buffer: Buffer, used: number): Piece {
  return {
    bytes: used === PIECE ? buffer : buffer.subarray(0, used),
    release: () => void (free.length < MOST_FREE && free.push(buffer)),
  };
}

function joined(parts: readonly Uint8Array[], total: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = Buffer.allocUnsafe(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function watch(
  sink: Sink,
  { status, headers }: ApiResponse,
  events: AsyncIterable<readonly WatchEvent[]>,
): Promise<void> {
  sink.head(status, listed(headers), undefined);
  // An empty write sends the head: clients wait for it before the first event.
  sink.write(NONE);
  for await (const batch of events) {
    if (sink.gone) break;
    if (!sink.write(batchBytes(batch))) await sink.drained();
    if (sink.gone) break;
  }
  sink.end();
}

/** A batch in one piece: one write, one TLS record. */
function batchBytes(batch: readonly WatchEvent[]): Uint8Array {
  if (batch.length === 1) return batch[0]!.bytes();
  const parts: Uint8Array[] = [];
  let total = 0;
  for (const event of batch) {
    const bytes = event.bytes();
    parts.push(bytes);
    total += bytes.length;
  }
  return joined(parts, total);
}

async function stream(sink: Sink, { status, headers }: ApiResponse, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  sink.head(status, listed(headers), undefined);
  sink.write(NONE);
  for await (const chunk of chunks) {
    if (sink.gone) break;
    if (!sink.write(chunk)) await sink.drained();
    if (sink.gone) break;
  }
  sink.end();
}
