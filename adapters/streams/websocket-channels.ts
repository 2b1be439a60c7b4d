/**
 * Channels over a WebSocket: each message is a channel number and bytes. Binary protocols have the number as the first
 * byte; base64 ones are text, the number as a digit and the rest base64. From v5 on, a client's message of channel 255
 * closes the channel that its one byte names; servers send none, since clients know of none.
 */
import type { RawData, WebSocket } from "ws";
import { FrameQueue } from "../../src/machinery/channels.ts";
import type { Channels, Frame } from "../../src/machinery/door.ts";

const CLOSE_SIGNAL = 255;

/** Bytes the transport may hold before senders wait. */
const SEND_BUFFER = 64 * 1024;

/** How long the other end may take to answer a close, in milliseconds. */
const CLOSE_TIMEOUT = 1000;

const NOTHING = new Uint8Array(0);

export class WebSocketChannels implements Channels {
  readonly frames = new FrameQueue();
  readonly #socket: WebSocket;
  readonly #base64: boolean;
  readonly #halfClose: boolean;
  readonly #side: "client" | "server";
  readonly #closing: () => void;

  /**
   * `side`: which end of the connection this is. `closing` is called when nothing more is to be sent: servers end the
   * connection there, as Go's do. Python's client waits for the socket itself, not for what TLS has decrypted already,
   * so that it would sleep on the close until there is an end.
   */
  constructor(socket: WebSocket, protocol: string, side: "client" | "server", closing: () => void = () => {}) {
    this.#socket = socket;
    this.#base64 = protocol.includes("base64.");
    this.#halfClose = protocol.startsWith("v5.");
    this.#side = side;
    this.#closing = closing;
    socket.on("message", (data) => this.#message(data));
    socket.on("close", () => this.frames.end());
    socket.on("error", () => this.frames.end());
  }

  async send(frame: Frame): Promise<void> {
    if (frame.bytes.length > 0 || !frame.end) await this.#write(frame.channel, frame.bytes);
    if (frame.end && this.#halfClose && this.#side === "client")
      await this.#write(CLOSE_SIGNAL, Uint8Array.of(frame.channel));
  }

  close(): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState === socket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      // A paused socket would never read the answer to the close.
      socket.resume();
      socket.close(1000);
      this.#closing();
    });
  }

  #write(channel: number, bytes: Uint8Array): Promise<void> | void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) throw new Error("the connection is closed");
    const message = this.#base64 ? `${channel}${Buffer.from(bytes).toString("base64")}` : prefixed(channel, bytes);
    if (socket.bufferedAmount < SEND_BUFFER) return socket.send(message);
    return new Promise((resolve, reject) => {
      socket.send(message, (error) => (error ? reject(error) : resolve()));
    });
  }

  #message(data: RawData): void {
    const message = data as Buffer;
    if (message.length === 0) return;
    const frame = this.#decode(message);
    const waits = this.frames.push(frame);
    if (!waits) return;
    this.#socket.pause();
    void waits.then(() => this.#socket.resume());
  }

  #decode(message: Buffer): Frame {
    if (this.#base64) {
      return { channel: message[0]! - 0x30, bytes: Buffer.from(message.toString("latin1", 1), "base64") };
    }
    const channel = message[0]!;
    if (channel === CLOSE_SIGNAL && this.#halfClose) return { channel: message[1] ?? 0, bytes: NOTHING, end: true };
    return { channel, bytes: message.subarray(1) };
  }
}

function prefixed(channel: number, bytes: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(1 + bytes.length);
  message[0] = channel;
  message.set(bytes, 1);
  return message;
}
