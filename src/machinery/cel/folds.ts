/**
 * What `all`, `exists`, `map` and their like do with each item. Upstream unrolls them into loops over an accumulator; the
 * steps that its loops take beside what the author wrote are counted here.
 *
 * An accumulator can be a failure. Loops go on with it and take the steps of each round, and what fails later changes it
 * only where it decides whether a round counts at all.
 *
 * Worked example: `[1, 2, 3].exists(x, x > 1)` takes 4 + 2 steps for each of 1 and 2, 3 to find before the third that it
 * is decided, and 1 for the result.
 */
import type { Comprehension } from "./ast.ts";
import { CREATE } from "./call-cost.ts";
import { attempted } from "./run.ts";
import type { Code, Run } from "./run.ts";
import { CelError, List, MapValue, goTypeOf, isList, isMap, noSuchOverload } from "./values.ts";

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

/** Reading the accumulator. */
const READ = 1;
/** Adding to it, inserting into it. */
const CALL = 1;
/** What is read at last. */
const RESULT = 1;

export const FOLDS: Readonly<Record<Comprehension["macro"], (folding: Folding) => unknown>> = {
  all: (folding) => quantified(folding, false),
  exists: (folding) => quantified(folding, true),
  exists_one({ run, each, body }) {
    let count = 0;
    const gathered = new Gathered();
    each((_key, _item, evaluate) => {
      if (!gathered.counts(body, evaluate)) return;
      run.spend(READ + CALL);
      count++;
    });
    run.spend(RESULT + CALL);
    gathered.check();
    return count === 1;
  },
  filter({ run, each, body, begin }) {
    run.spend(begin.list);
    const kept: unknown[] = [];
    const gathered = new Gathered();
    each((_key, item, evaluate) => {
      if (!gathered.counts(body, evaluate)) return;
      run.spend(READ + 1 + CREATE.list + CALL);
      kept.push(item);
    });
    run.spend(RESULT);
    gathered.check();
    return new List(kept);
  },
  map: collected,
  transformList: collected,
  transformMap({ run, each, body, filter, begin }) {
    run.spend(begin.map);
    const entries: [unknown, unknown][] = [];
    const gathered = new Gathered();
    each((key, _item, evaluate) => {
      if (!gathered.counts(filter, evaluate)) return;
      run.spend(READ);
      // Of three arguments none behind a failure is looked at.
      if (gathered.failed) return;
      run.spend(1);
      const value = attempted(() => evaluate(body), run);
      run.spend(CALL);
      if (!gathered.fail(value)) entries.push([key, value]);
    });
    run.spend(RESULT);
    gathered.check();
    return new MapValue(entries);
  },
  transformMapEntry({ run, each, body, filter, begin }) {
    run.spend(begin.map);
    const inserted = new Inserted();
    const gathered = new Gathered();
    each((_key, _item, evaluate) => {
      if (!gathered.counts(filter, evaluate)) return;
      run.spend(READ);
      const entry = attempted(() => evaluate(body), run);
      run.spend(CALL);
      if (gathered.failed || gathered.fail(entry)) return;
      gathered.fail(inserted.all(entry));
    });
    run.spend(RESULT);
    gathered.check();
    return new MapValue(inserted.entries);
  },
};

/** Whether what was gathered is a failure. */
class Gathered {
  #failed: CelError | undefined;

  get failed(): boolean {
    return this.#failed !== undefined;
  }

  /** Does the round count? A condition that fails is what is gathered from then on. */
  counts(condition: Code | undefined, evaluate: (code: Code) => unknown): boolean {
    if (condition === undefined) return true;
    try {
      return truth(evaluate(condition));
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      this.#failed = error;
      return false;
    }
  }

  /** Is it a failure? The first one stays. */
  fail(value: unknown): boolean {
    if (!(value instanceof CelError)) return false;
    this.#failed ??= value;
    return true;
  }

  check(): void {
    if (this.#failed !== undefined) throw this.#failed;
  }
}

/** Maps put into one; no key may be there twice. */
class Inserted {
  readonly entries: [unknown, unknown][] = [];

  all(map: unknown): CelError | undefined {
    if (!isMap(map)) return noSuchOverload();
    for (const key of map.keys()) {
      if (new MapValue(this.entries).get(key) !== undefined) {
        return new CelError(`insert failed: key ${String(key)} already exists`);
      }
      this.entries.push([key, map.get(key)]);
    }
    return undefined;
  }
}

function collected({ run, each, body, filter, begin, wrapping }: Folding): List {
  run.spend(begin.list);
  const found: unknown[] = [];
  const gathered = new Gathered();
  each((_key, _item, evaluate) => {
    if (!gathered.counts(filter, evaluate)) return;
    run.spend(READ);
    const value = attempted(() => evaluate(body), run);
    run.spend(wrapping + CALL);
    if (!gathered.fail(value)) found.push(value);
  });
  run.spend(RESULT);
  gathered.check();
  return new List(found);
}

/** One item decides; errors of others count only where none does. */
function quantified({ run, each, body }: Folding, decisive: boolean): boolean {
  // `exists` turns the accumulator around before it looks at it.
  const asking = decisive ? 3 : 2;
  const gathered = new Gathered();
  let result = !decisive;
  each((_key, _item, evaluate) => {
    run.spend(asking);
    if (result === decisive) return false;
    run.spend(READ);
    const value = attempted(() => truth(evaluate(body)), run);
    if (!gathered.fail(value) && value === decisive) result = decisive;
    return undefined;
  });
  run.spend(RESULT);
  if (result !== decisive) gathered.check();
  return result;
}

function truth(value: unknown): boolean {
  if (typeof value !== "boolean") throw noSuchOverload();
  return value;
}

/** `two`: for a loop with two names. */
export function* pairs(over: unknown, two: boolean): Iterable<readonly [key: unknown, item: unknown]> {
  if (isList(over)) {
    let index = 0n;
    for (const item of over) yield [index++, item];
  } else if (isMap(over)) {
    for (const key of over.keys()) yield [key, over.get(key)];
  } else {
    const type = goTypeOf(over);
    throw new CelError(two ? `unsupported comprehension range type: ${type}` : `got '${type}', expected iterable type`);
  }
}
