/**
 * What nearly every request asks for and hardly any changes, such as the LimitRanges of a namespace: read from the store once, and
 * again after a change that a watch has told of.
 *
 *     const ranges = standing<LimitRange>(store, "/core/limitranges/");
 *     ranges("default/")  // those below /core/limitranges/default/
 *     ranges()            // all of them
 */
import type { Store } from "../../store/store.ts";

/** So many places are remembered; beyond that all are read anew. */
const MOST = 10_000;

export function standing<T>(store: Store, prefix: string): (place?: string) => readonly T[] {
  const known = new Map<string, readonly T[]>();
  store.watch(prefix, store.revision, {
    changes(changes) {
      for (const { key } of changes) forget(known, key.slice(prefix.length));
    },
  });
  return (place = "") => {
    let found = known.get(place);
    if (found === undefined) {
      if (known.size >= MOST) known.clear();
      found = [...store.snapshot().range(prefix + place)].map(({ object }) => object as T);
      known.set(place, found);
    }
    return found;
  };
}

function forget(known: Map<string, unknown>, name: string): void {
  known.delete("");
  known.delete(name.slice(0, name.indexOf("/") + 1));
}
