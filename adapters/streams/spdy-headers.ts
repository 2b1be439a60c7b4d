/**
 * SPDY/3.1 header blocks: name-value pairs under one zlib stream a direction, primed with the dictionary that the
 * SPDY/3 draft prints (1423 bytes, Adler-32 e3c6a7c2).
 */
import { constants, createInflate } from "node:zlib";

/** Each word of the dictionary's first part stands behind its length in 32 bits. */
const WORDS =
  "options|head|post|put|delete|trace|accept|accept-charset|accept-encoding|accept-language|accept-ranges|age|allow|" +
  "authorization|cache-control|connection|content-base|content-encoding|content-language|content-length|" +
  "content-location|content-md5|content-range|content-type|date|etag|expect|expires|from|host|if-match|" +
  "if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|location|max-forwards|pragma|" +
  "proxy-authenticate|proxy-authorization|range|referer|retry-after|server|te|trailer|transfer-encoding|upgrade|" +
  "user-agent|vary|via|warning|www-authenticate|method|get|status|200 OK|version|HTTP/1.1|url|public|set-cookie|" +
  "keep-alive|origin";

const TAIL =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized" +
  "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable" +
  "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" +
  "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain," +
  "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

export const DICTIONARY = Buffer.from(
  WORDS.split("|")
    .map((word) => `\0\0${String.fromCharCode(word.length >> 8, word.length & 0xff)}${word}`)
    .join("") + TAIL,
  "latin1",
);

/** zlib's header: deflate with a 32 KiB window, a preset dictionary, and that dictionary's Adler-32. */
const ZLIB_HEADER = Buffer.from([0x78, 0xbb, 0xe3, 0xc6, 0xa7, 0xc2]);

/** The most one header block may unfold to; far above what any stream of Kubernetes carries. */
const MAX_BLOCK = 64 * 1024;

export type Headers = Readonly<Record<string, string>>;

/**
 * Writes blocks as stored deflate blocks, each followed by the empty one that a sync flush ends with. Valid zlib
 * without compressing: header blocks here are some 40 bytes, and it needs no asynchronous compressor.
 */
export class HeaderWriter {
  #first = true;

  block(headers: Headers): Buffer {
    const raw = encodePairs(headers);
    if (raw.length > 0xffff) throw new Error("the stream's headers are larger than 64 KiB");
    const length = Buffer.alloc(5);
    length.writeUInt16LE(raw.length, 1);
    length.writeUInt16LE(~raw.length & 0xffff, 3);
    const parts = [length, raw, Buffer.from([0, 0, 0, 0xff, 0xff])];
    if (this.#first) parts.unshift(ZLIB_HEADER);
    this.#first = false;
    return Buffer.concat(parts);
  }
}

/** Reads blocks in order; one zlib stream for the whole connection. */
export class HeaderReader {
  readonly #inflate = createInflate({ dictionary: DICTIONARY, flush: constants.Z_SYNC_FLUSH });
  #parts: Buffer[] = [];
  #size = 0;
  #fail: ((error: Error) => void) | undefined;

  constructor() {
    this.#inflate.on("data", (part: Buffer) => {
      this.#parts.push(part);
      this.#size += part.length;
      if (this.#size > MAX_BLOCK) this.#fail?.(new Error("a header block is larger than 64 KiB"));
    });
    this.#inflate.on("error", (error) => this.#fail?.(error));
  }

  async block(compressed: Uint8Array): Promise<Headers> {
    this.#parts = [];
    this.#size = 0;
    await new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      this.#inflate.write(compressed, (error) => (error ? reject(error) : resolve()));
    });
    return decodePairs(Buffer.concat(this.#parts));
  }

  close(): void {
    this.#fail = undefined;
    this.#inflate.destroy();
  }
}

function encodePairs(headers: Headers): Buffer {
  const entries = Object.entries(headers);
  const parts = [uint32(entries.length)];
  for (const [name, value] of entries) {
    for (const text of [name.toLowerCase(), value]) {
      const bytes = Buffer.from(text);
      parts.push(uint32(bytes.length), bytes);
    }
  }
  return Buffer.concat(parts);
}

function decodePairs(bytes: Buffer): Headers {
  let at = 0;
  const number = (): number => {
    if (at + 4 > bytes.length) throw new Error("a header block ends too early");
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > bytes.length) throw new Error("a header block ends too early");
    at += length;
    return bytes.toString("utf8", at - length, at);
  };
  const headers: Record<string, string> = {};
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    headers[name] = text();
  }
  return headers;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
