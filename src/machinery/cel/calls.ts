/**
 * Calls of functions. A call one of whose arguments fails fails as that argument does, but takes its steps all the same:
 * upstream evaluates both arguments of a call of two before it looks at them, and counts calls by what it then has. Of more
 * arguments it evaluates none behind the first that fails, and counts the call only where that is the last one.
 */
import { stepsOf } from "./call-steps.ts";
import { takes } from "./functions.ts";
import type { Overload } from "./functions.ts";
import { attempted } from "./run.ts";
import type { Code } from "./run.ts";
import { unanswered } from "./unanswered.ts";
import { CelError, noSuchOverload } from "./values.ts";

export interface Called {
  readonly name: string;
  /** All of the name. */
  readonly overloads: readonly Overload[];
  /** Those that the types of the arguments allow. */
  readonly fitting: readonly Overload[];
  readonly args: readonly Code[];
  /** Upstream has it as a call of any number of arguments: `format`, and what has its pattern read beforehand. */
  readonly sequence: boolean;
}

export function callOf({ name, overloads, fitting, args, sequence }: Called): Code {
  const steps = stepsOf(name, fitting);
  const all = args.length < 3 && !sequence;
  const patterned = sequence && name !== "format";
  // What an empty list is a list of is known by its type alone.
  const candidates = fitting.length === 1 ? [...fitting, ...overloads] : overloads;
  return (run) => {
    const values: unknown[] = [];
    let failed: CelError | undefined;
    for (const arg of args) {
      const value = attempted(arg, run);
      values.push(value);
      if (!(value instanceof CelError)) continue;
      failed ??= value;
      if (!all && values.length < args.length) throw failed;
    }
    const overload = failed === undefined ? overloadOf(candidates, values, !LOOSE.has(name)) : undefined;
    run.spend(steps(values));
    if (overload === undefined) throw failed ?? (patterned ? noSuchOverload() : unanswered(name, values));
    return overload.run(...values);
  };
}

/** What looks at the items of lists itself. */
const LOOSE: ReadonlySet<string> = new Set(["sort", "@sortByAssociatedKeys", "distinct", "flatten"]);

function overloadOf(overloads: readonly Overload[], values: readonly unknown[], deep: boolean): Overload | undefined {
  return overloads.find((each) => each.args.every((wanted, index) => takes(wanted, values[index], deep)));
}
