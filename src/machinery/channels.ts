/**
 * Tools for {@link Channels}: a bounded queue of frames, two ends joined in memory, and the joining of two
 * connections into one.
 */
import type { Channels, Frame } from "./door.ts";

/** Bytes that may wait before a producer is asked to wait too. One frame above is always taken. */
const HIGH_WATER = 256 * 1024;

/** What a frame counts beside its bytes, so that empty frames are bounded as well. */
const FRAME_COST = 64;

/**
 * Frames from one producer to one consumer. `push` answers a promise when the producer should wait
 * (back-pressure); after `end` what is queued is still delivered. The consumer leaving its loop ends the queue.
 */
export class FrameQueue implements AsyncIterable<Frame> {
  #frames: Frame[] = [];
  #waiting = 0;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #drained: (() => void)[] = [];

  push(frame: Frame): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#frames.push(frame);
    this.#waiting += frame.bytes.length + FRAME_COST;
    this.#wake?.();
    if (this.#waiting <= HIGH_WATER) return undefined;
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** No more frames come. With `failure` the consumer's loop throws it after the queued frames. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wake?.();
    this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Frame, void, undefined> {
    try {
      for (;;) {
        const frames = this.#frames;
        this.#frames = [];
        for (const frame of frames) {
          yield frame;
          this.#waiting -= frame.bytes.length + FRAME_COST;
          if (this.#waiting <= HIGH_WATER) this.#release();
        }
        if (this.#frames.length > 0) continue;
        if (this.#ended) break;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
      if (this.#failure) throw this.#failure;
    } finally {
      this.#frames = [];
      this.end();
    }
  }

  #release(): void {
    const drained = this.#drained;
    this.#drained = [];
    for (const resolve of drained) resolve();
  }
}

/** Two ends of one connection in memory: what one sends the other receives. */
export function channelPair(): [Channels, Channels] {
  const toLeft = new FrameQueue();
  const toRight = new FrameQueue();
  const close = async (): Promise<void> => {
    toLeft.end();
    toRight.end();
  };
  const side = (incoming: FrameQueue, outgoing: FrameQueue): Channels => ({
    frames: incoming,
    async send(frame) {
      if (outgoing.ended) throw new Error("the connection is closed");
      await outgoing.push(frame);
    },
    close,
  });
  return [side(toLeft, toRight), side(toRight, toLeft)];
}

/**
 * Passes frames on between two connections, both ways, until either is over; then closes both. A frame that one
 * channel does not take any more is dropped: the other channels go on.
 */
export async function joinChannels(left: Channels, right: Channels): Promise<void> {
  const pass = async (from: Channels, to: Channels): Promise<void> => {
    try {
      for await (const frame of from.frames) await to.send(frame).catch(() => {});
    } catch {
      // One side broke: closing both below is what tells the other.
    }
  };
  await Promise.race([pass(left, right), pass(right, left)]);
  await Promise.all([left.close(), right.close()]);
}
