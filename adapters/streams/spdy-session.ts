/**
 * One SPDY/3.1 connection over any byte stream, either side of it.
 *
 * Flow control is the transport's: the peers of Kubernetes (kubectl, containerd, kubelets) neither send
 * WINDOW_UPDATE nor wait for it, so neither does this. Instead the reader stops taking bytes from the transport
 * while a `data` listener's promise is open, and writers wait for the transport to drain.
 */
import type { Duplex } from "node:stream";
import { HeaderReader, HeaderWriter, type Headers } from "./spdy-headers.ts";

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const HEADERS = 8;

const FLAG_FIN = 1;
const VERSION = 0x8003;
/** RST_STREAM's CANCEL. */
const CANCEL = 5;

/** Control frames are headers and numbers: larger ones are an attack or a mistake. */
const MAX_CONTROL = 64 * 1024;
/** Streams one connection may have open: kubectl port-forward uses two for each connection it carries. */
const MAX_STREAMS = 4096;
/** How long the peer may take to close its side after us, in milliseconds. */
const LINGER = 1000;
/** Data is cut into frames of this size so that streams take turns. */
const MAX_DATA = 32 * 1024;

export interface SpdyListener {
  /** The peer opened a stream; the session has replied already. */
  stream(stream: SpdyStream): void;
  /** Bytes of a stream. An open promise stops reading from the transport. */
  data(stream: SpdyStream, bytes: Uint8Array, end: boolean): Promise<void> | undefined;
  /** The peer reset the stream. */
  reset(stream: SpdyStream): void;
  /** Both directions of the stream are over; its id means nothing any more. */
  done(stream: SpdyStream): void;
  /** The connection is over; nothing else is called after this. */
  closed(failure: Error | undefined): void;
}

export interface SpdyStream {
  readonly id: number;
  readonly headers: Headers;
  /** Resolves when the transport took the bytes. */
  send(bytes: Uint8Array, end?: boolean): Promise<void>;
  reset(): void;
}

interface OpenStream extends SpdyStream {
  sent: boolean;
  received: boolean;
}

export class SpdySession {
  readonly #transport: Duplex;
  readonly #listener: SpdyListener;
  readonly #streams = new Map<number, OpenStream>();
  readonly #writer = new HeaderWriter();
  readonly #reader = new HeaderReader();
  #nextId: number;
  #closed = false;
  #goingAway = false;

  constructor(transport: Duplex, side: "client" | "server", listener: SpdyListener) {
    this.#transport = transport;
    this.#listener = listener;
    this.#nextId = side === "client" ? 1 : 2;
    // The reading loop sees errors and the end too, after what came before them; this only keeps them from being thrown.
    transport.on("error", () => {});
  }

  /** Reads until the connection ends. `head` are bytes that came with the upgrade. */
  async run(head: Uint8Array): Promise<void> {
    const parser = new FrameParser();
    try {
      if (head.length > 0) await this.#take(parser, Buffer.from(head));
      for await (const chunk of this.#transport) await this.#take(parser, chunk as Buffer);
      this.#finish(undefined);
    } catch (error) {
      this.#finish(error as Error);
    }
  }

  open(headers: Headers): SpdyStream {
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = this.#add(id, headers);
    const prefix = Buffer.alloc(10);
    prefix.writeUInt32BE(id, 0);
    this.#control(SYN_STREAM, 0, Buffer.concat([prefix, this.#writer.block(headers)]));
    return stream;
  }

  /** Says GOAWAY, lets what is written go out, and closes. */
  async close(): Promise<void> {
    if (this.#closed) return;
    if (!this.#goingAway) {
      this.#goingAway = true;
      this.#control(GOAWAY, 0, Buffer.alloc(8));
    }
    const transport = this.#transport;
    this.#finish(undefined);
    if (transport.destroyed) return;
    // Destroying at once could reset the connection under bytes that the peer has not read yet.
    const timer = setTimeout(() => transport.destroy(), LINGER).unref();
    transport.once("close", () => clearTimeout(timer));
    await new Promise<void>((resolve) => {
      transport.once("close", resolve);
      transport.end(resolve);
    });
  }

  async #take(parser: FrameParser, chunk: Buffer): Promise<void> {
    for (const frame of parser.feed(chunk)) {
      const waits = frame.control ? this.#onControl(frame) : this.#onData(frame);
      if (waits) await waits;
      if (this.#closed) return;
    }
  }

  #onData(frame: DataFrame): Promise<void> | undefined {
    const stream = this.#streams.get(frame.id);
    // Data of a stream that was reset may still be on its way.
    if (!stream) return undefined;
    if (frame.end) stream.received = true;
    const waits = this.#listener.data(stream, frame.bytes, frame.end);
    this.#forget(stream);
    return waits;
  }

  async #onControl({ type, flags, bytes }: ControlFrame): Promise<void> {
    const id = bytes.length >= 4 ? bytes.readUInt32BE(0) & 0x7fffffff : 0;
    switch (type) {
      case SYN_STREAM:
        return this.#onSynStream(id, flags, bytes);
      case SYN_REPLY:
      case HEADERS:
        // Nothing here reads them, but the compression state must follow.
        await this.#reader.block(bytes.subarray(4));
        return;
      case RST_STREAM: {
        const stream = this.#streams.get(id);
        if (!stream) return;
        stream.sent = true;
        stream.received = true;
        this.#listener.reset(stream);
        this.#forget(stream);
        return;
      }
      case PING:
        // Ours have the parity of our stream ids: an answer to one of them needs no answer.
        if (id % 2 !== this.#nextId % 2) this.#control(PING, 0, bytes.subarray(0, 4));
        return;
      case GOAWAY:
        this.#goingAway = true;
        return;
      default:
        // SETTINGS, WINDOW_UPDATE and what may come: see the note at the top.
        return;
    }
  }

  async #onSynStream(id: number, flags: number, bytes: Buffer): Promise<void> {
    const headers = await this.#reader.block(bytes.subarray(10));
    if (this.#goingAway || this.#streams.has(id) || this.#streams.size >= MAX_STREAMS) return this.#reset(id);
    const stream = this.#add(id, headers);
    const reply = Buffer.alloc(4);
    reply.writeUInt32BE(id);
    this.#control(SYN_REPLY, 0, Buffer.concat([reply, this.#writer.block({})]));
    this.#listener.stream(stream);
    if (flags & FLAG_FIN) {
      stream.received = true;
      await this.#listener.data(stream, new Uint8Array(0), true);
    }
  }

  #add(id: number, headers: Headers): OpenStream {
    const stream: OpenStream = {
      id,
      headers,
      sent: false,
      received: false,
      send: (bytes, end = false) => this.#send(stream, bytes, end),
      reset: () => this.#reset(id),
    };
    this.#streams.set(id, stream);
    return stream;
  }

  async #send(stream: OpenStream, bytes: Uint8Array, end: boolean): Promise<void> {
    if (this.#closed || stream.sent) throw new Error("the stream is closed");
    let at = 0;
    do {
      const piece = bytes.subarray(at, at + MAX_DATA);
      at += piece.length;
      const header = Buffer.alloc(8);
      header.writeUInt32BE(stream.id, 0);
      header.writeUInt32BE(piece.length, 4);
      if (end && at >= bytes.length) header[4] = FLAG_FIN;
      this.#transport.cork();
      this.#transport.write(header);
      const ready = piece.length === 0 || this.#transport.write(piece);
      this.#transport.uncork();
      if (end && at >= bytes.length) stream.sent = true;
      if (!ready || this.#transport.writableNeedDrain) await this.#drained();
    } while (at < bytes.length && !stream.sent);
    this.#forget(stream);
  }

  #drained(): Promise<void> {
    const transport = this.#transport;
    return new Promise((resolve, reject) => {
      const drain = (): void => {
        transport.off("close", close);
        resolve();
      };
      const close = (): void => {
        transport.off("drain", drain);
        reject(new Error("the connection is closed"));
      };
      transport.once("drain", drain);
      transport.once("close", close);
    });
  }

  #reset(id: number): void {
    const stream = this.#streams.get(id);
    if (stream) {
      stream.sent = true;
      stream.received = true;
      this.#forget(stream);
    }
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(id, 0);
    bytes.writeUInt32BE(CANCEL, 4);
    this.#control(RST_STREAM, 0, bytes);
  }

  #forget(stream: OpenStream): void {
    if (stream.sent && stream.received && this.#streams.delete(stream.id)) this.#listener.done(stream);
  }

  #control(type: number, flags: number, bytes: Uint8Array): void {
    if (this.#closed || !this.#transport.writable) return;
    const frame = Buffer.alloc(8 + bytes.length);
    frame.writeUInt16BE(VERSION, 0);
    frame.writeUInt16BE(type, 2);
    frame.writeUInt32BE(bytes.length, 4);
    frame[4] = flags;
    frame.set(bytes, 8);
    this.#transport.write(frame);
  }

  #finish(failure: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#streams.clear();
    this.#reader.close();
    if (failure) this.#transport.destroy();
    this.#listener.closed(failure);
  }
}

interface DataFrame {
  readonly control: false;
  readonly id: number;
  readonly bytes: Buffer;
  readonly end: boolean;
}

interface ControlFrame {
  readonly control: true;
  readonly type: number;
  readonly flags: number;
  readonly bytes: Buffer;
}

/** Cuts bytes into frames. Control frames come whole; data comes as it arrives, its FIN with the last piece. */
class FrameParser {
  #rest: Buffer = Buffer.alloc(0);
  /** The data frame being passed on: its stream, the bytes still to come, its FIN. */
  #data: { id: number; left: number; end: boolean } | undefined;

  *feed(chunk: Buffer): Generator<DataFrame | ControlFrame> {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      if (this.#data) {
        const data = this.#data;
        const piece = bytes.subarray(0, data.left);
        if (piece.length === 0 && data.left > 0) break;
        bytes = bytes.subarray(piece.length);
        data.left -= piece.length;
        if (data.left === 0) this.#data = undefined;
        yield { control: false, id: data.id, bytes: piece, end: data.end && data.left === 0 };
        continue;
      }
      if (bytes.length < 8) break;
      const length = bytes.readUIntBE(5, 3);
      const flags = bytes[4]!;
      if (bytes[0]! & 0x80) {
        if (bytes.readUInt16BE(0) !== VERSION) throw new Error("the peer speaks another version of SPDY than 3.1");
        if (length > MAX_CONTROL) throw new Error(`a SPDY control frame of ${length} bytes is too large`);
        if (bytes.length < 8 + length) break;
        const frame = bytes.subarray(8, 8 + length);
        const type = bytes.readUInt16BE(2);
        bytes = bytes.subarray(8 + length);
        yield { control: true, type, flags, bytes: frame };
      } else {
        this.#data = { id: bytes.readUInt32BE(0), left: length, end: (flags & FLAG_FIN) !== 0 };
        bytes = bytes.subarray(8);
      }
    }
    this.#rest = bytes;
  }
}
