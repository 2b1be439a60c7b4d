/**
 * Writes an {@link ApiResponse} to either version of HTTP.
 *
 * Whatever is complete goes out in one piece with its length. Watches are written a batch at a time, and the next
 * batch is only taken when the connection has drained, so a slow client holds up nobody and fills no memory.
 */
import { createGzip, gzip } from "node:zlib";
import type { ApiResponse, WatchEvent } from "../../src/machinery/door.ts";
import { statusOf } from "../../src/machinery/errors.ts";

/** One answer of either HTTP version. */
export interface Sink {
  /** Starts the answer: names and values in turn. `length` undefined: unknown. */
  head(status: number, headers: HeaderList, length: number | undefined): void;
  /** False when the connection should drain first. */
  write(bytes: Uint8Array): boolean;
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

/** Lists up to this size go out in one piece with their length; larger ones in pieces of {@link PIECE}. */
const WHOLE_LIST = 8 * 1024 * 1024;
const PIECE = 256 * 1024;

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
  for (const name in headers) all.push(name, headers[name]!);
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

async function list(
  sink: Sink,
  response: ApiResponse,
  chunks: Iterable<Uint8Array>,
  encodings: string | undefined,
): Promise<void> {
  const iterator = chunks[Symbol.iterator]();
  const first = gather(iterator, WHOLE_LIST);
  if (first.done) return whole(sink, response, first.bytes, encodings, false);
  if (accepts(encodings, response.headers)) return listZipped(sink, response, first.bytes, iterator);
  sink.head(response.status, listed(response.headers), undefined);
  for (let part = first; ; part = gather(iterator, PIECE)) {
    if (!sink.write(part.bytes)) await sink.drained();
    if (part.done || sink.gone) break;
  }
  sink.end();
}

async function listZipped(
  sink: Sink,
  { status, headers }: ApiResponse,
  first: Uint8Array,
  rest: Iterator<Uint8Array>,
): Promise<void> {
  sink.head(status, [...listed(headers), "content-encoding", "gzip", "vary", "Accept-Encoding"], undefined);
  const zip = createGzip({ level: GZIP_LEVEL });
  const feed = async (): Promise<void> => {
    for (let bytes = first, done = false; ;) {
      await new Promise<void>((resolve) => zip.write(bytes, () => resolve()));
      if (done || sink.gone) break;
      ({ bytes, done } = gather(rest, PIECE));
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

/** Joins chunks until there are `size` bytes or no more chunks. */
function gather(chunks: Iterator<Uint8Array>, size: number): { readonly bytes: Uint8Array; readonly done: boolean } {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const next = chunks.next();
    if (next.done) return { bytes: joined(parts, total), done: true };
    parts.push(next.value);
    total += next.value.length;
    if (total >= size) return { bytes: joined(parts, total), done: false };
  }
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
