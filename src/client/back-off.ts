/** How long to wait before trying again: client-go's rate limiters, on a Clock. */
import type { Clock } from "../machinery/clock.ts";
import type { Random } from "../machinery/random.ts";

export interface BackOffOptions {
  /** Milliseconds. */
  readonly initial: number;
  readonly maximum: number;
  /** Each wait is this many times the one before. Default 2. */
  readonly factor?: number;
  /** Up to this share is added at random, so that many clients do not come back at once. Default 0. */
  readonly jitter?: number;
  /** After this long without a call it begins anew. Default: never. */
  readonly resetAfter?: number;
}

/** Waits that grow. `next()` gives the one to wait now. */
export class BackOff {
  private readonly options: BackOffOptions;
  private readonly clock: Clock;
  private readonly random: Random;
  private wait: number;
  private last = -Infinity;

  constructor(options: BackOffOptions, clock: Clock, random: Random) {
    this.options = options;
    this.clock = clock;
    this.random = random;
    this.wait = options.initial;
  }

  next(): number {
    const { maximum, factor = 2, jitter = 0, resetAfter = Infinity } = this.options;
    const now = this.clock.now();
    if (now - this.last > resetAfter) this.wait = this.options.initial;
    this.last = now;
    const wait = this.wait;
    this.wait = Math.min(maximum, wait * factor);
    return wait * (1 + jitter * this.random.next());
  }

  reset(): void {
    this.wait = this.options.initial;
  }
}

/** So many calls at once, and so many a second: a token bucket. */
export class TokenBucket {
  private readonly clock: Clock;
  private readonly perSecond: number;
  private readonly burst: number;
  private tokens: number;
  private at: number;

  constructor(clock: Clock, perSecond: number, burst: number) {
    this.clock = clock;
    this.perSecond = perSecond;
    this.burst = burst;
    this.tokens = burst;
    this.at = clock.now();
  }

  /** True and one fewer, or false where there is none. */
  take(): boolean {
    this.refill();
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }

  /** Takes one in advance; gives the milliseconds until it is there. */
  reserve(): number {
    this.refill();
    this.tokens--;
    return this.tokens >= 0 ? 0 : (-this.tokens / this.perSecond) * 1000;
  }

  private refill(): void {
    const now = this.clock.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.at) / 1000) * this.perSecond);
    this.at = now;
  }
}
