/**
 * Channels over SPDY, for remote commands and for port-forward, as server (kubectl's upgrade) and as client (a
 * container runtime's streaming server, or an API server).
 *
 * Remote commands have one stream a channel, told apart by its `streamType` header. Port-forward has two streams a
 * carried connection, an error and a data stream with the same `requestID`; the n-th connection's are the channels
 * 2n+1 and 2n.
 */
import type { Duplex } from "node:stream";
import { FrameQueue } from "../../src/machinery/channels.ts";
import type { Channels, Frame } from "../../src/machinery/door.ts";
import { SpdySession, type SpdyStream } from "./spdy-session.ts";

export type Purpose = "command" | "portforward";

/** Which streams a remote command has; the error stream is always there, the resize stream with a terminal. */
export interface CommandStreams {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tty?: boolean;
}

/** Channel number by position, as door.ts has them. */
const COMMAND_CHANNELS = ["stdin", "stdout", "stderr", "error", "resize"];

/** How long a sender waits for the peer to open a stream it needs, in milliseconds; as upstream's kubelet. */
const STREAM_CREATION_TIMEOUT = 30_000;

const NOTHING = new Uint8Array(0);

/** The side that was asked: streams come from the peer. */
export function serveSpdy(transport: Duplex, head: Uint8Array, purpose: Purpose): Channels {
  const channels = purpose === "command" ? new CommandServer(transport) : new PortForwardServer(transport);
  channels.start(head);
  return channels;
}

/** The side that asks for a command: opens its streams at once, in upstream's order. */
export function openCommand(transport: Duplex, head: Uint8Array, streams: CommandStreams): Channels {
  const channels = new CommandClient(transport);
  channels.openAll(streams);
  channels.start(head);
  return channels;
}

/** The side that asks for forwarding: the first frame of each pair names the port and opens its streams. */
export function openPortForward(transport: Duplex, head: Uint8Array): Channels {
  const channels = new PortForwardClient(transport);
  channels.start(head);
  return channels;
}

abstract class SpdyChannels implements Channels {
  readonly frames = new FrameQueue();
  protected readonly session: SpdySession;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #channels = new Map<SpdyStream, number>();

  constructor(transport: Duplex, side: "client" | "server") {
    this.session = new SpdySession(transport, side, {
      stream: (stream) => this.streamOpened(stream),
      data: (stream, bytes, end) => this.#received(stream, bytes, end),
      reset: (stream) => void this.#received(stream, NOTHING, true),
      done: (stream) => this.#done(stream),
      closed: () => {
        this.frames.end();
        this.connectionClosed();
      },
    });
  }

  start(head: Uint8Array): void {
    void this.session.run(head);
  }

  async send(frame: Frame): Promise<void> {
    const stream = this.#streams.get(frame.channel) ?? (await this.streamFor(frame));
    // The frame that names a port is there to open the streams; it need not carry bytes.
    if (frame.bytes.length > 0 || frame.end) await stream.send(frame.bytes, frame.end);
  }

  close(): Promise<void> {
    return this.session.close();
  }

  protected bind(channel: number, stream: SpdyStream): void {
    this.#streams.set(channel, stream);
    this.#channels.set(stream, channel);
  }

  protected bound(channel: number): SpdyStream | undefined {
    return this.#streams.get(channel);
  }

  /** The peer opened a stream: bind it to its channel or reset it. */
  protected abstract streamOpened(stream: SpdyStream): void;
  /** The stream for a frame whose channel has none yet; throws where there can be none. */
  protected abstract streamFor(frame: Frame): Promise<SpdyStream> | SpdyStream;
  /** Whether what the peer sends on a channel is for the other side. */
  protected wanted(_channel: number): boolean {
    return true;
  }
  protected connectionClosed(): void {}

  #received(stream: SpdyStream, bytes: Uint8Array, end: boolean): Promise<void> | undefined {
    const channel = this.#channels.get(stream);
    if (channel === undefined || !this.wanted(channel)) return undefined;
    return this.frames.push(end ? { channel, bytes, end } : { channel, bytes });
  }

  #done(stream: SpdyStream): void {
    const channel = this.#channels.get(stream);
    if (channel === undefined) return;
    this.#channels.delete(stream);
    this.#streams.delete(channel);
  }
}

class CommandServer extends SpdyChannels {
  readonly #opened = new Set<number>();
  readonly #waiting = new Map<number, (stream: SpdyStream | undefined) => void>();
  #closed = false;

  constructor(transport: Duplex) {
    super(transport, "server");
  }

  protected override streamOpened(stream: SpdyStream): void {
    const channel = COMMAND_CHANNELS.indexOf(stream.headers["streamtype"] ?? "");
    if (channel < 0 || this.#opened.has(channel)) return stream.reset();
    this.#opened.add(channel);
    this.bind(channel, stream);
    this.#waiting.get(channel)?.(stream);
  }

  /** The peer opens its streams right after the upgrade, so the first sender may be a moment early. */
  protected override streamFor({ channel }: Frame): Promise<SpdyStream> {
    return new Promise((resolve, reject) => {
      if (this.#closed || this.#opened.has(channel)) return reject(new Error("the stream is closed"));
      const settle = (stream: SpdyStream | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(channel);
        if (stream) resolve(stream);
        else reject(new Error(`the client did not open the ${COMMAND_CHANNELS[channel]} stream`));
      };
      const timer = setTimeout(settle, STREAM_CREATION_TIMEOUT, undefined);
      this.#waiting.set(channel, settle);
    });
  }

  protected override connectionClosed(): void {
    this.#closed = true;
    for (const settle of this.#waiting.values()) settle(undefined);
  }
}

class CommandClient extends SpdyChannels {
  constructor(transport: Duplex) {
    super(transport, "client");
  }

  openAll({ stdin, stdout, stderr, tty }: CommandStreams): void {
    const wanted = ["error", stdin && "stdin", stdout && "stdout", stderr && !tty && "stderr", tty && "resize"];
    for (const type of wanted) {
      if (type) this.bind(COMMAND_CHANNELS.indexOf(type), this.session.open({ streamtype: type }));
    }
  }

  protected override streamOpened(stream: SpdyStream): void {
    stream.reset();
  }

  protected override streamFor({ channel }: Frame): SpdyStream {
    throw new Error(`the ${COMMAND_CHANNELS[channel] ?? channel} stream is closed or was not asked for`);
  }
}

class PortForwardServer extends SpdyChannels {
  /** Streams whose other half is not there yet, by their connection's key. */
  readonly #halves = new Map<string, SpdyStream>();
  #next = 0;

  constructor(transport: Duplex) {
    super(transport, "server");
  }

  protected override streamOpened(stream: SpdyStream): void {
    const { streamtype, port, requestid } = stream.headers;
    const number = Number(port);
    const error = streamtype === "error";
    if ((!error && streamtype !== "data") || !Number.isInteger(number) || number < 1 || number > 65535) {
      return stream.reset();
    }
    // Old clients send no request id: there the data stream follows its error stream.
    const key = requestid ?? String(error ? stream.id : stream.id - 2);
    const other = this.#halves.get(key);
    if (!other) return void this.#halves.set(key, stream);
    if (other.headers["streamtype"] === streamtype) return stream.reset();
    this.#halves.delete(key);
    // Numbered when complete: of connections opened side by side, the first error stream's is not the first complete.
    const channel = 2 * this.#next++;
    this.bind(channel, error ? other : stream);
    this.bind(channel + 1, error ? stream : other);
    void this.frames.push({ channel, bytes: NOTHING, port: number });
  }

  /** Clients close their side of the error stream at once, even before the data stream is there. */
  protected override wanted(channel: number): boolean {
    return channel % 2 === 0;
  }

  protected override streamFor(): SpdyStream {
    throw new Error("the stream is closed");
  }
}

class PortForwardClient extends SpdyChannels {
  #next = 0;

  constructor(transport: Duplex) {
    super(transport, "client");
  }

  protected override streamOpened(stream: SpdyStream): void {
    stream.reset();
  }

  protected override streamFor({ channel, port }: Frame): SpdyStream {
    const pair = channel >> 1;
    if (pair < this.#next || port === undefined) throw new Error("the stream is closed");
    this.#next = pair + 1;
    const headers = { port: String(port), requestid: String(pair) };
    const error = this.session.open({ streamtype: "error", ...headers });
    this.bind(2 * pair + 1, error);
    const data = this.session.open({ streamtype: "data", ...headers });
    this.bind(2 * pair, data);
    // Only the other side ever says what went wrong.
    void error.send(NOTHING, true).catch(() => {});
    return data;
  }
}
