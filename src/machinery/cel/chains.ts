/**
 * Reading into values: `a.b[c]` is one chain. Upstream counts a step for the chain and one for each link, and none for
 * the chain where it is a branch of `c ? a.b : d` or an index; so both are kept apart here.
 */
import { afterwards, attempted } from "./run.ts";
import type { Code } from "./run.ts";
import { CelError, Optional, Uint, isList, isMap, typeNameOf } from "./values.ts";

/** A part of an expression, ready to run. */
export interface Piece {
  readonly code: Code;
  /** What was made of it before any run: running it is free. */
  readonly constant?: { readonly value: unknown };
  /** Where it is a chain. `own`: steps that the chain itself takes; `links` is the same code without them. */
  readonly chain?: { readonly own: number; readonly links: Code };
}

export const plain = (code: Code): Piece => ({ code });
export const constant = (value: unknown): Piece => ({ code: () => value, constant: { value } });

export function chain(own: number, links: Code): Piece {
  return { code: own === 0 ? links : afterwards(own, links), chain: { own, links } };
}

/** What a branch of a condition, or an index, runs. */
export const linksOf = ({ code, chain: known }: Piece): Code => known?.links ?? code;

/** One link more. `read` gives undefined where nothing is. */
export function linked(
  operand: Piece,
  optional: boolean,
  at: Code,
  read: (value: unknown, at: unknown, probing: boolean) => unknown,
): Piece {
  const before = linksOf(operand);
  return chain(operand.chain?.own ?? 1, (run) => {
    const value = before(run);
    if (!optional && !(value instanceof Optional)) {
      const key = attempted(at, run);
      run.spend(1);
      if (key instanceof CelError) throw key;
      const found = read(value, key, false);
      if (found === undefined) throw missing(value, key);
      return found;
    }
    const inner = value instanceof Optional ? value.value : value;
    const found = inner === undefined ? undefined : read(inner, at(run), true);
    if (found === undefined) return Optional.none;
    run.spend(1);
    return new Optional(found);
  });
}

/** `has(a.b)`: its link is a step, the question none. */
export function present(operand: Piece, field: string): Piece {
  const before = linksOf(operand);
  return chain(0, (run) => {
    const value = before(run);
    run.spend(1);
    const inner = value instanceof Optional ? value.value : value;
    return inner !== undefined && memberOf(inner, field, true) !== undefined;
  });
}

const missing = (value: unknown, key: unknown): CelError =>
  new CelError(isList(value) ? `index out of bounds: ${shown(key)}` : `no such key: ${shown(key)}`);

const shown = (value: unknown): string => String(value instanceof Uint ? value.value : value);

/** `probing`: what has no members is as good as one without this. */
export function memberOf(value: unknown, field: unknown, probing: boolean): unknown {
  if (isMap(value)) return value.get(field);
  if (isList(value)) throw new CelError(`unsupported index type '${typeNameOf(field)}' in list`);
  if (probing) return undefined;
  throw missing(value, field);
}

export function itemAt(value: unknown, at: unknown, probing: boolean): unknown {
  if (!isList(value)) return memberOf(value, at, probing);
  const index = at instanceof Uint ? at.value : at;
  if (typeof index !== "bigint" && typeof index !== "number") return memberOf(value, at, probing);
  if (!Number.isInteger(Number(index))) throw new CelError(`unsupported index value ${index} in list`);
  return index < 0 ? undefined : value.at(Number(index));
}
