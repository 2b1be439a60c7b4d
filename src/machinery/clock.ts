/**
 * Time, as a port. The core never asks the platform for it, so a cluster on a virtual clock runs as
 * fast as it can compute and in the same order every time.
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `action` once after `milliseconds` (0 and below: as soon as possible). Cancel by calling the result. */
  after(milliseconds: number, action: () => void): () => void;
}

/** Waits on `clock`; rejects with the signal's reason when it aborts first. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(milliseconds, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    signal?.addEventListener("abort", stop, { once: true });
  });
}
