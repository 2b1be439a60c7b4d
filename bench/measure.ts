/** What the measurements of the store have in common. */
import type { Store } from "../src/store/store.ts";

const record = { user: "bench", verb: "update", path: "/api/v1/namespaces/default/pods/p", received: 1 };

/** Writes over whatever is there. */
export function put(store: Store, key: string, object: object): Promise<unknown> {
  return store.commit([{ key, expected: store.head(key)?.revision ?? 0, object: () => object }], record);
}

/** How often a second `write` is done where so many do it at once, each one after the other. */
export async function perSecond(
  writers: number,
  seconds: number,
  write: (writer: number) => Promise<unknown>,
): Promise<number> {
  let done = 0;
  const began = performance.now();
  const end = began + seconds * 1000;
  const one = async (writer: number): Promise<void> => {
    for (; performance.now() < end; done++) await write(writer);
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => one(writer)));
  return done / ((performance.now() - began) / 1000);
}

/** MiB held now, outside of what the garbage collector would free. */
export function memory(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
