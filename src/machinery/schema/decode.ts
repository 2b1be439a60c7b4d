/**
 * From parsed JSON to a fresh object of a schema: types checked with Go's words, unknown fields left out (and named
 * where asked), empty values and nulls treated as Go treats them, quantities and times in their canonical form,
 * defaults filled in. See the table at `Field` for what becomes of empty values.
 *
 * Each schema is compiled once into closures. The input is never changed, but free parts of it (`json`,
 * `rawExtension`) become parts of the result.
 */
import { fromJson } from "../exact-json.ts";
import type { Draft } from "../kind.ts";
import { Context, DecodeError } from "./decode-context.ts";
import { decoderOf } from "./decoders.ts";
import { countKeys, isTooDeep, keyPositions, parseKeepingNumbers, skim } from "./json-text.ts";
import { syntaxError } from "./json-syntax.ts";
import type { MessageSchema } from "./schema.ts";

export { DecodeError } from "./decode-context.ts";

/**
 * Makes a fresh draft of `value`. `unknown` collects the paths of fields the schema does not have. What `value` shares with
 * `known`, an object that this made before, is only copied, or taken as it is where the schema says that nobody changes it.
 */
export function decode<T>(schema: MessageSchema<T>, value: unknown, unknown?: string[], known?: T): Draft<T> {
  const context = new Context(unknown, false);
  context.known = known;
  return decoderOf(schema)(value, context) as Draft<T>;
}

export interface DecodedText<T> {
  readonly object: Draft<T>;
  /** `unknown field "spec.x"`, `duplicate field "data.k"`, in the order they come in the text. */
  readonly problems: readonly string[];
}

/**
 * The same from JSON text. `strict` false saves looking for problems. Who has parsed the text already hands the value over.
 * Throws {@link DecodeError}, also for bad JSON.
 */
export function decodeText<T>(
  schema: MessageSchema<T>,
  text: string,
  strict: boolean,
  value: unknown = parseText(text),
): DecodedText<T> {
  const found = skim(text);
  const unknown: string[] = [];
  const context = new Context(strict ? unknown : undefined, found.oddNumbers);
  const kept = found.oddNumbers ? parseKeepingNumbers(text) : value;
  const object = decoderOf(schema)(kept, context) as Draft<T>;
  if (!strict) return { object, problems: [] };
  if (found.keys === countKeys(value)) return { object, problems: unknown.map(unknownField) };
  return { object, problems: orderedProblems(text, unknown) };
}

/** Keys that the JSON text of `value` sets twice, among the fields that are `unknown` anyway. */
export function problemsOfText(text: string, value: unknown, unknown: readonly string[] = []): string[] {
  if (skim(text).keys === countKeys(value)) return unknown.map(unknownField);
  return orderedProblems(text, unknown);
}

/** fromJson with Go's words when it fails. */
export function parseText(text: string): unknown {
  let value: unknown;
  let wrong = false;
  try {
    value = fromJson(text);
  } catch {
    wrong = true;
  }
  if (isTooDeep(text)) throw new DecodeError("exceeded max depth");
  if (wrong) throw new DecodeError(syntaxError(text));
  return HALVES.test(text) ? wellFormed(value) : value;
}

/** Escapes of surrogates, of which one alone is no character: Go takes U+FFFD for it. */
const HALVES = /\\u[dD][89a-fA-F]/;

function wellFormed(part: unknown): unknown {
  if (typeof part === "string") return part.toWellFormed();
  if (Array.isArray(part)) return part.map(wellFormed);
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key.toWellFormed(), wellFormed(value)]));
}

export const unknownField = (path: string): string => `unknown field ${JSON.stringify(path)}`;

/** With repeated keys the places in the text say what comes first. */
function orderedProblems(text: string, unknown: readonly string[]): string[] {
  const positions = keyPositions(text);
  const problems: [number, string][] = unknown.map((path) => [positions.get(path)?.[0] ?? 0, unknownField(path)]);
  for (const [path, places] of positions) {
    for (const place of places.slice(1)) problems.push([place, `duplicate field ${JSON.stringify(path)}`]);
  }
  return problems.toSorted(([a], [b]) => a - b).map(([, problem]) => problem);
}
