/**
 * Whether the operations on each key have an order that explains every answer and keeps to the clock: what had returned before
 * another began comes before it.
 *
 * The search of Wing and Gong: of the operations that could be next, one whose answer fits the register's value is taken, and so
 * on until all are; where none fits, the last choice is taken back. What was found hopeless once (the same operations done, the
 * same value) is not tried again, after Lowe. Operations with an unknown outcome may be taken at any time after they began, or never.
 */
import type { Operation, Value } from "./concurrent-history.ts";

/** So many states a key's search looks at before it gives up, which counts as an anomaly: it was not shown that there is none. */
const PATIENCE = 2_000_000;

/** A sentence for each key whose operations have no such order. */
export function unlinearizable(operations: readonly Operation[], patience = PATIENCE): string[] {
  const found: string[] = [];
  for (const [key, ofKey] of Map.groupBy(operations, (operation) => operation.key)) {
    const fault = new Search(ofKey, patience).fault();
    if (fault !== undefined) found.push(`${key}: ${fault}`);
  }
  return found;
}

/** What has been done so far, and what the register holds by it. */
interface State {
  /** Of the operations with a known outcome, all before this one are done, */
  readonly low: number;
  /** and these beyond it, in order. */
  readonly beyond: readonly number[];
  /** Of those with an unknown outcome, these, in order. */
  readonly maybe: readonly number[];
  readonly value: Value;
  /** The revision of the last write that is known to have one. */
  readonly revision: number;
}

class Search {
  readonly #known: readonly Operation[];
  readonly #maybe: readonly Operation[];
  readonly #patience: number;
  /** Of the values somebody saw, or was told to have written, the revision. */
  readonly #revisions = new Map<string, number>();
  readonly #seen = new Set<string>();
  /** The furthest that any order came, for the message. */
  #furthest = 0;

  constructor(operations: readonly Operation[], patience: number) {
    const inOrder = operations.toSorted((a, b) => a.invoked - b.invoked);
    this.#known = inOrder.filter(({ outcome }) => outcome.type !== "unknown");
    this.#maybe = inOrder.filter(({ call, outcome }) => outcome.type === "unknown" && call.type !== "read");
    this.#patience = patience;
    for (const { call, outcome } of this.#known) {
      if (outcome.type !== "done" || outcome.revision === undefined) continue;
      const value = call.type === "read" ? outcome.value : call.value;
      if (value !== undefined) this.#revisions.set(value, outcome.revision);
    }
  }

  fault(): string | undefined {
    const path: State[] = [{ low: 0, beyond: [], maybe: [], value: undefined, revision: 0 }];
    while (path.length > 0) {
      const state = path.pop()!;
      if (state.low === this.#known.length) return undefined;
      this.#furthest = Math.max(this.#furthest, state.low);
      if (this.#seen.size >= this.#patience) return `no order was found among ${this.#seen.size} states`;
      // The last one put there is tried first: those that surely happened before those that may have.
      for (const next of [...this.#nextMaybe(state), ...this.#nextKnown(state).toReversed()]) {
        const name = nameOf(next);
        if (this.#seen.has(name)) continue;
        this.#seen.add(name);
        path.push(next);
      }
    }
    const stuck = this.#known[this.#furthest]!;
    return `no order of the operations explains all answers; none comes beyond ${describe(stuck)}`;
  }

  #nextKnown(state: State): State[] {
    const { low, beyond } = state;
    const done = new Set(beyond);
    const open: number[] = [];
    let firstReturn = Number.POSITIVE_INFINITY;
    for (let i = low; i < this.#known.length && this.#known[i]!.invoked <= firstReturn; i++) {
      if (done.has(i)) continue;
      open.push(i);
      firstReturn = Math.min(firstReturn, this.#known[i]!.returned);
    }
    const next: State[] = [];
    for (const i of open) {
      const operation = this.#known[i]!;
      const after = operation.invoked <= firstReturn ? this.#apply(operation, state) : undefined;
      if (after !== undefined) next.push({ ...state, ...after, ...withDone(low, beyond, i) });
    }
    return next;
  }

  /** What may have happened by now: it was begun before something that is not done yet returned. */
  #nextMaybe(state: State): State[] {
    const done = new Set(state.beyond);
    let firstReturn = Number.POSITIVE_INFINITY;
    for (let i = state.low; i < this.#known.length && this.#known[i]!.invoked <= firstReturn; i++) {
      if (!done.has(i)) firstReturn = Math.min(firstReturn, this.#known[i]!.returned);
    }
    const next: State[] = [];
    for (const [i, operation] of this.#maybe.entries()) {
      if (operation.invoked > firstReturn) break;
      if (state.maybe.includes(i)) continue;
      const after = this.#apply(operation, state);
      if (after === undefined) continue;
      next.push({ ...state, ...after, maybe: [...state.maybe, i].toSorted((a, b) => a - b) });
    }
    return next;
  }

  /** The register after the operation was done in `state`; undefined where its answer would have been another one. */
  #apply({ call, outcome }: Operation, state: State): Pick<State, "value" | "revision"> | undefined {
    if (call.type === "read") return outcome.type === "done" && outcome.value === state.value ? state : undefined;
    if (call.type === "compare-and-set") {
      if ((outcome.type === "conflict") === (call.expected === state.value)) return undefined;
      if (outcome.type === "conflict") return state;
    }
    const { value } = call;
    const told = outcome.type === "done" ? outcome.revision : undefined;
    const revision = told ?? (value === undefined ? undefined : this.#revisions.get(value));
    if (revision === undefined) return { value, revision: state.revision };
    return revision > state.revision ? { value, revision } : undefined;
  }
}

function withDone(low: number, beyond: readonly number[], done: number): Pick<State, "low" | "beyond"> {
  if (done !== low) return { low, beyond: [...beyond, done].toSorted((a, b) => a - b) };
  let at = low + 1;
  let used = 0;
  while (beyond[used] === at) {
    at++;
    used++;
  }
  return { low: at, beyond: beyond.slice(used) };
}

function nameOf({ low, beyond, maybe, value, revision }: State): string {
  return `${low} ${beyond.join()} ${maybe.join()} ${revision} ${value === undefined ? "" : `=${value}`}`;
}

function describe({ process, invoked, returned, call, outcome }: Operation): string {
  const did =
    call.type === "read"
      ? `read ${outcome.type === "done" ? outcome.value : ""}`
      : `${call.type} ${call.type === "put" ? "" : `${call.expected} to `}${call.value}: ${outcome.type}`;
  return `"${did}" of ${process}, from ${invoked} to ${returned}`;
}
