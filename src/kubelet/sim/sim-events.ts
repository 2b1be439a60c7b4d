/** Tells whoever listens what happens in the simulated runtime. */
import type { RuntimeEvent } from "../runtime.ts";

/** Events that may wait for a slow reader. */
const MAX_EVENTS = 10_000;

export class SimEvents {
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();

  tell(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async *follow(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    let waiting: RuntimeEvent[] = [];
    let wake: (() => void) | undefined;
    const listener = (event: RuntimeEvent): void => {
      // A reader that is this far behind relists anyway; memory stays bounded.
      if (waiting.length < MAX_EVENTS) waiting.push(event);
      wake?.();
    };
    const stop = (): void => wake?.();
    this.#listeners.add(listener);
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const batch = waiting;
        waiting = [];
        yield* batch;
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener("abort", stop);
    }
  }
}
