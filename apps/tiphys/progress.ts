/** What `tiphys up` is doing, for people: one line when a step begins to take long, one with its time when it is done. */

export interface Progress {
  /** Runs a step and says so. */
  step<T>(what: string, run: () => Promise<T> | T): Promise<T>;
  say(text: string): void;
}

/** A step that takes longer than this is named while it runs, in milliseconds. */
const LONG = 1000;

export function progressOn(
  stream: { write(text: string): unknown },
  now: () => number = () => performance.now(),
): Progress {
  const say = (text: string): void => void stream.write(`${text}\n`);
  return {
    say,
    async step(what, run) {
      const began = now();
      const timer = setTimeout(() => say(`  … ${what}`), LONG);
      try {
        const result = await run();
        const took = Math.round(now() - began);
        say(`  ✓ ${what} (${took < 1000 ? `${took} ms` : `${(took / 1000).toFixed(1)} s`})`);
        return result;
      } catch (error) {
        say(`  ✗ ${what}`);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
