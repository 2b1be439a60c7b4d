/** One run of an expression: where names stand for values, and how many steps were taken. */
import { Breakdown, CelError } from "./values.ts";

/** The run took more steps than it may. */
export class CostExceeded extends Error {
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

export type Code = (run: Run) => unknown;

/** The value, or why there is none. */
export function attempted(code: Code, run: Run): unknown {
  try {
    return code(run);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/** What takes its steps when it is done, or has failed. */
export const afterwards =
  (steps: number, code: Code): Code =>
  (run) => {
    const value = attempted(code, run);
    run.spend(steps);
    if (value instanceof CelError) throw value;
    return value;
  };

/** What a name stands for that is worked out when it is first read, among the names that there were when it was given. */
class Later {
  readonly code: Code;
  readonly depth: number;
  constructor(code: Code, depth: number) {
    this.code = code;
    this.depth = depth;
  }
}

export class Run {
  cost = 0;
  readonly #limit: number;
  readonly #outer: (name: string) => unknown;
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];

  /** `lookUp` gives undefined for names it does not know. */
  constructor(lookUp: (name: string) => unknown, limit: number) {
    this.#outer = lookUp;
    this.#limit = limit;
  }

  /** Gives what `code` makes. What is too long for a text or too deep for the stack is the expression's own failure. */
  of(code: Code): unknown {
    try {
      return code(this);
    } catch (error) {
      throw error instanceof RangeError || error instanceof Breakdown ? new CelError(error.message) : error;
    }
  }

  spend(steps: number): void {
    this.cost += steps;
    // Less than nothing is more than anything: upstream's numbers have no sign.
    if (this.cost > this.#limit || this.cost < 0) throw new CostExceeded();
  }

  /** Runs `body` with a name more. */
  with<T>(name: string, value: unknown, body: () => T): T {
    this.#names.push(name);
    this.#values.push(value);
    try {
      return body();
    } finally {
      this.#names.pop();
      this.#values.pop();
    }
  }

  /** The same, with a value that is worked out when it is first read. It may fail each time it is read. */
  withLater<T>(name: string, code: Code, body: () => T): T {
    return this.with(name, new Later(code, this.#names.length), body);
  }

  valueOf(name: string): unknown {
    const index = this.#names.lastIndexOf(name);
    if (index < 0) return this.#outer(name);
    const value = this.#values[index];
    const known = value instanceof Later ? (this.#values[index] = this.#found(value)) : value;
    if (known instanceof CelError) throw known;
    return known;
  }

  #found({ code, depth }: Later): unknown {
    const [names, values] = [this.#names.splice(depth), this.#values.splice(depth)];
    try {
      return attempted(code, this);
    } finally {
      this.#names.push(...names);
      this.#values.push(...values);
    }
  }
}
