/** What looks at its second operand only where the first does not decide. */
import { attempted } from "./run.ts";
import type { Code, Run } from "./run.ts";
import { CelError, Optional, noSuchOverload } from "./values.ts";

/** `a && b` is false where one is, whatever becomes of the other; so `a || b` with true. */
export function lazyBool(left: Code, right: Code, decisive: boolean): Code {
  const side = (code: Code, run: Run): boolean | CelError => {
    const value = attempted(code, run);
    return typeof value === "boolean" || value instanceof CelError ? value : noSuchOverload();
  };
  return (run) => {
    const a = side(left, run);
    if (a === decisive) return decisive;
    const b = side(right, run);
    if (b === decisive) return decisive;
    if (a instanceof CelError) throw a;
    if (b instanceof CelError) throw b;
    return !decisive;
  };
}

/** `a.or(b)` and `a.orValue(b)` look at `b` where `a` is nothing. Both are free. */
export function either(left: Code, right: Code, name: "or" | "orValue"): Code {
  return (run) => {
    const a = left(run);
    if (!(a instanceof Optional)) {
      if (name === "orValue") return a;
      throw noSuchOverload();
    }
    if (a.value === undefined) return right(run);
    return name === "or" ? a : a.value;
  };
}
