/**
 * What `all`, `exists`, `map` and their like do with each item. Upstream unrolls them into loops over an accumulator; the
 * steps that its loops take beside what the author wrote are counted here.
 *
 * Worked example: `[1, 2, 3].exists(x, x > 1)` takes 4 + 2 steps for each of 1 and 2, 3 to find before the third that it
 * is decided, and 1 for the result.
 */
import type { Comprehension } from "./ast.ts";
import { CREATE } from "./call-cost.ts";
import type { Code, Run } from "./run.ts";
import { CelError, List, MapValue, isList, isMap, noSuchOverload } from "./values.ts";

type Visit = (key: unknown, item: unknown, evaluate: (code: Code) => unknown) => boolean | void;

export interface Folding {
  readonly run: Run;
  /** Until `visit` gives false, which is before the next item. */
  readonly each: (visit: Visit) => void;
  readonly body: Code;
  readonly filter: Code | undefined;
  /** Of the list or map that the accumulator is at first. */
  readonly begin: { readonly list: number; readonly map: number };
  /** Of the list with the body's one value. */
  readonly wrapping: number;
}

/** Reading the accumulator, and adding the list of one item to it. */
const ADD = 2;
/** Reading the accumulator and the key, and inserting. An entry brings its own map. */
const INSERT = { value: 3, entry: 2 };
/** What is read at last. */
const RESULT = 1;

export const FOLDS: Readonly<Record<Comprehension["macro"], (folding: Folding) => unknown>> = {
  all: (folding) => quantified(folding, false),
  exists: (folding) => quantified(folding, true),
  exists_one({ run, each, body }) {
    let count = 0;
    each((_key, _item, evaluate) => {
      if (!truth(evaluate(body))) return;
      run.spend(2);
      count++;
    });
    run.spend(RESULT + 1);
    return count === 1;
  },
  filter({ run, each, body, begin }) {
    run.spend(begin.list);
    const kept: unknown[] = [];
    each((_key, item, evaluate) => {
      if (!truth(evaluate(body))) return;
      run.spend(ADD + CREATE.list + 1);
      kept.push(item);
    });
    run.spend(RESULT);
    return new List(kept);
  },
  map: collected,
  transformList: collected,
  transformMap({ run, each, body, filter, begin }) {
    run.spend(begin.map);
    const entries: [unknown, unknown][] = [];
    each((key, _item, evaluate) => {
      if (filter !== undefined && !truth(evaluate(filter))) return;
      run.spend(INSERT.value);
      entries.push([key, evaluate(body)]);
    });
    run.spend(RESULT);
    return new MapValue(entries);
  },
  transformMapEntry({ run, each, body, filter, begin }) {
    run.spend(begin.map);
    const entries: [unknown, unknown][] = [];
    each((_key, _item, evaluate) => {
      if (filter !== undefined && !truth(evaluate(filter))) return;
      run.spend(INSERT.entry);
      const entry = evaluate(body);
      if (!isMap(entry)) throw noSuchOverload();
      for (const key of entry.keys()) {
        if (new MapValue(entries).get(key) !== undefined)
          throw new CelError(`insert failed: key ${String(key)} already exists`);
        entries.push([key, entry.get(key)]);
      }
    });
    run.spend(RESULT);
    return new MapValue(entries);
  },
};

function collected({ run, each, body, filter, begin, wrapping }: Folding): List {
  run.spend(begin.list);
  const found: unknown[] = [];
  each((_key, _item, evaluate) => {
    if (filter !== undefined && !truth(evaluate(filter))) return;
    run.spend(ADD + wrapping);
    found.push(evaluate(body));
  });
  run.spend(RESULT);
  return new List(found);
}

/** One item decides; errors of others count only where none does. */
function quantified({ run, each, body }: Folding, decisive: boolean): boolean {
  // `exists` turns the accumulator around before it looks at it.
  const asking = decisive ? 3 : 2;
  let failed: unknown;
  let result = !decisive;
  each((_key, _item, evaluate) => {
    run.spend(asking);
    if (result === decisive) return false;
    run.spend(RESULT);
    try {
      if (truth(evaluate(body)) === decisive) result = decisive;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failed ??= error;
    }
    return undefined;
  });
  run.spend(RESULT);
  if (result !== decisive && failed !== undefined) throw failed;
  return result;
}

function truth(value: unknown): boolean {
  if (typeof value !== "boolean") throw noSuchOverload();
  return value;
}

export function* pairs(over: unknown): Iterable<readonly [key: unknown, item: unknown]> {
  if (isList(over)) {
    let index = 0n;
    for (const item of over) yield [index++, item];
  } else if (isMap(over)) {
    for (const key of over.keys()) yield [key, over.get(key)];
  } else throw noSuchOverload();
}
