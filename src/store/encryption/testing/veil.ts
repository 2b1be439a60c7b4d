/** A transformer for tests: turns bytes around, binds them to their key, and may need something fetched before it opens. */
import { CannotOpen } from "../transformer.ts";
import type { Transformer } from "../transformer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `generation` is sealed with; older ones open as stale. `fetch`: what each generation waits for when it is first met. */
export function veil(generation: number, fetch?: (generation: number) => Promise<void>): Transformer {
  const fetched = new Set([generation]);
  const parse = (stored: Uint8Array): [generation: number, key: string, plain: string] => {
    const [first, key, ...rest] = decoder.decode(stored).split("|");
    return [Number(first), key!, [...rest.join("|")].toReversed().join("")];
  };
  return {
    seal: (plain, key) => encoder.encode(`${generation}|${key}|${[...decoder.decode(plain)].toReversed().join("")}`),
    open(stored, key) {
      const [by, bound, plain] = parse(stored);
      if (bound !== key) throw new CannotOpen(key, `it belongs to ${bound}`);
      if (!fetched.has(by)) throw new CannotOpen(key, "it was opened before its key was there");
      return { plain: encoder.encode(plain), stale: by !== generation };
    },
    ...(fetch && {
      prepare(all: Iterable<Uint8Array>) {
        const missing = new Set([...all].map((stored) => parse(stored)[0]).filter((by) => !fetched.has(by)));
        if (missing.size === 0) return undefined;
        return Promise.all([...missing].map((by) => fetch(by).then(() => fetched.add(by)))).then(() => {});
      },
    }),
  };
}
