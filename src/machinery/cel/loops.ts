/** What gives names to values and runs a part of an expression with them: loops, and names for one value. */
import type { Comprehension, OptionalMap } from "./ast.ts";
import { FOLDS, pairs } from "./folds.ts";
import type { Folding } from "./folds.ts";
import { afterwards, attempted } from "./run.ts";
import type { Code } from "./run.ts";
import { CelError, Optional, isMap, noSuchOverload } from "./values.ts";

/** What making the empty list or map costs that upstream's loops begin with. */
export type Begin = Folding["begin"];

interface Parts extends Pick<Folding, "body" | "filter" | "begin" | "wrapping"> {
  readonly range: Code;
}

export function loop({ macro, names }: Comprehension, { range, ...parts }: Parts): Code {
  const fold = FOLDS[macro];
  const [first, second] = names as [string, string | undefined];
  return (run) => {
    const over = range(run);
    const each: Folding["each"] = (visit) => {
      for (const [key, item] of pairs(over, second !== undefined)) {
        const single = isMap(over) ? key : item;
        const evaluate = (code: Code): unknown =>
          second === undefined
            ? run.with(first, single, () => code(run))
            : run.with(first, key, () => run.with(second, item, () => code(run)));
        if (visit(key, second === undefined ? single : item, evaluate) === false) return;
      }
    };
    return fold({ run, each, ...parts });
  };
}

/** Upstream writes it as a loop over an empty list. */
export function named({ list }: Begin, name: string, value: Code, body: Code): Code {
  return (run) => {
    run.spend(list);
    return run.withLater(name, value, () => body(run));
  };
}

/**
 * `x.hasValue() ? optional.of(bind v to x.value() in e) : optional.none()`: what `x` costs it costs twice, where its value
 * is read at all.
 */
export function optionalMap({ list }: Begin, { name, flat }: OptionalMap, operand: Code, body: Code): Code {
  return (run) => {
    const before = run.cost;
    const value = attempted(operand, run);
    const again = run.cost - before + 1;
    run.spend(1);
    if (value instanceof CelError) throw value;
    if (!(value instanceof Optional)) throw noSuchOverload();
    if (value.value === undefined) {
      run.spend(1);
      return Optional.none;
    }
    run.spend(list);
    const inner = afterwards(again, () => value.value);
    const mapped = (): unknown => run.withLater(name, inner, () => body(run));
    return flat ? mapped() : new Optional(afterwards(1, mapped)(run));
  };
}
