/** What is said where no function of a name takes the values: upstream has four ways to say it, by who finds it out. */
import { CelError, Duration, Timestamp, noSuchOverload, typeNameOf, typeTitleOf } from "./values.ts";

const NUMBERS = ["int", "uint", "double"];
const TIMES = ["timestamp", "duration"];
const ORDERED = ["bool", "bytes", "string", ...NUMBERS, ...TIMES];

/** Operators by what their left operand has to be able to do: it is asked itself, and says no more than that. */
const ABLE: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["_+_", new Set(["string", "bytes", "list", ...NUMBERS, ...TIMES])],
  ["_-_", new Set([...NUMBERS, ...TIMES])],
  ["_*_", new Set(NUMBERS)],
  ["_/_", new Set(NUMBERS)],
  ["_%_", new Set(["int", "uint"])],
  ["-_", new Set(["int", "double"])],
  ["size", new Set(["string", "bytes", "list", "map"])],
  ["matches", new Set(["string"])],
  ...["_<_", "_<=_", "_>_", "_>=_"].map((name) => [name, new Set(ORDERED)] as const),
]);

/** Functions that ask nobody. */
const PLAIN: ReadonlySet<string> = new Set(["!_", "_==_", "_!=_", "@in", "contains", "startsWith", "endsWith"]);

export function unanswered(name: string, values: readonly unknown[]): CelError {
  const [target] = values;
  const able = ABLE.get(name);
  // Texts and times are asked for any function.
  const asked = typeof target === "string" || target instanceof Timestamp || target instanceof Duration;
  if (PLAIN.has(name) || (able !== undefined && (asked || able.has(typeNameOf(target))))) return noSuchOverload();
  if (able !== undefined || name === "sort") return new CelError(`no such overload: ${name}`);
  const types = values.map(typeTitleOf);
  if (name !== "flatten") return new CelError(`no such overload: ${name}(${types.join(", ")})`);
  const [list, ...depth] = types;
  return new CelError(`no such overload: ${list === "map" ? "map(dyn, dyn)" : list}.flatten(${depth.join(", ")})`);
}
