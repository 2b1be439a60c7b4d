/**
 * How soon a daemon pod that failed may be replaced: at once the first time, then later each time it happens on the same node
 * again, so that a pod a kubelet will not take is not made and killed without end.
 */
const FIRST = 1000;
const LONGEST = 15 * 60_000;
/** Who went well for so long begins anew; nobody is remembered for longer. */
const FORGOTTEN = 2 * LONGEST;

interface Failed {
  wait: number;
  at: number;
}

export class FailedPods {
  readonly #failed = new Map<string, Failed>();

  /** Whether the failed pod of `key` (a set on a node) may go now, which is remembered; if not, when it may. */
  mayGo(key: string, now: number): true | number {
    this.#forget(now);
    const known = this.#failed.get(key);
    if (known === undefined) {
      this.#failed.set(key, { wait: FIRST, at: now });
      return true;
    }
    if (known.at + known.wait > now) return known.at + known.wait;
    // Put last: the first are those that are forgotten first.
    this.#failed.delete(key);
    this.#failed.set(key, { wait: Math.min(LONGEST, known.wait * 2), at: now });
    return true;
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#failed) {
      if (now - at < FORGOTTEN) return;
      this.#failed.delete(key);
    }
  }
}
