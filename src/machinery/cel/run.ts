/** One run of an expression: where names stand for values, and how many steps were taken. */
import { CelError } from "./values.ts";

/** The run took more steps than it may. */
export class CostExceeded extends Error {
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

export type Code = (run: Run) => unknown;

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
      throw error instanceof RangeError ? new CelError(error.message) : error;
    }
  }

  spend(steps: number): void {
    this.cost += steps;
    if (this.cost > this.#limit) throw new CostExceeded();
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

  valueOf(name: string): unknown {
    const index = this.#names.lastIndexOf(name);
    return index >= 0 ? this.#values[index] : this.#outer(name);
  }
}
