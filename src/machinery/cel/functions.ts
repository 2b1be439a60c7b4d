/**
 * What expressions can call. A function is said once, as a line with types; the checker and the evaluator read the same
 * line. `string.startsWith(string): bool` is called on a value, `size(string): int` is not.
 */
import { readType } from "./types.ts";
import type { CelType } from "./types.ts";
import { isList, typeNameOf } from "./values.ts";

export interface Overload {
  readonly name: string;
  readonly member: boolean;
  /** With a member's own value first. */
  readonly args: readonly CelType[];
  readonly result: CelType;
  /** Its types have parameters. */
  readonly generic: boolean;
  run(...args: unknown[]): unknown;
}

export type Library = readonly Overload[];

/** `line` as above; operators by their names: `_+_(int, int): int`. */
export function fn(line: string, run: (...args: never[]) => unknown): Overload {
  const open = line.indexOf("(");
  const dot = line.lastIndexOf(".", open);
  const member = dot >= 0 && !line.slice(0, open).startsWith("_") && !isNamespaced(line.slice(0, open));
  const name = member ? line.slice(dot + 1, open) : line.slice(0, open);
  const close = line.lastIndexOf("): ");
  const args = splitTypes(line.slice(open + 1, close));
  const types = member ? [line.slice(0, dot), ...args] : args;
  return {
    name,
    member,
    args: types.map(readType),
    result: readType(line.slice(close + 3)),
    generic: /\b[A-Z]\b/.test(line),
    run: run as Overload["run"],
  };
}

/** Functions whose names have a dot although they are called on nothing. */
const NAMESPACES: ReadonlySet<string> = new Set([
  "optional",
  "sets",
  "lists",
  "strings",
  "format",
  "ip",
  "jsonpatch",
  "cel",
]);

function isNamespaced(name: string): boolean {
  const parts = name.split(".");
  return parts.length === 2 && NAMESPACES.has(parts[0]!);
}

function splitTypes(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    if (text[at] === "<") depth++;
    else if (text[at] === ">") depth--;
    else if ((text[at] === "," || at === text.length) && depth === 0) {
      const piece = text.slice(from, at).trim();
      if (piece !== "") found.push(piece);
      from = at + 1;
    }
  }
  return found;
}

/** Functions by name, for quick look-up. */
export class FunctionTable {
  readonly #byName = new Map<string, Overload[]>();

  constructor(libraries: readonly Library[]) {
    for (const overload of libraries.flat()) {
      const known = this.#byName.get(overload.name);
      if (known === undefined) this.#byName.set(overload.name, [overload]);
      else known.push(overload);
    }
  }

  /** All that a call may mean; `count` includes a member's own value. */
  named(name: string, member: boolean, count: number): readonly Overload[] {
    const known = this.#byName.get(name) ?? [];
    return known.filter((each) => each.member === member && each.args.length === count);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }
}

/** True where a run-time value can be the argument. `deep`: of a list's items the first is looked at. */
export function takes({ name, params }: CelType, value: unknown, deep: boolean): boolean {
  if (name === "dyn" || name === "param") return true;
  const given = typeNameOf(value);
  if (name !== given) return name === "object" && given === "map";
  if (!deep || !isList(value) || value.size === 0 || params === undefined) return true;
  return takes(params[0]!, value.at(0), deep);
}
