/**
 * Paths to fields as rules and selectable fields have them, read along the schema: `.a['b.c'].d` is the field `d` of what
 * is under `b.c`, which is a field where the schema of `a` names it and else the key of a map.
 */
import type { Path } from "../field-errors.ts";
import { path } from "../field-errors.ts";
import { valuesOf } from "./schema.ts";
import type { StructuralSchema } from "./schema.ts";

interface Step {
  readonly name: string;
  /** A field by its name; else the key of a map. */
  readonly field: boolean;
}

export interface FieldPath {
  readonly steps: readonly Step[];
  /** That of the last step; undefined where anything goes. */
  readonly schema: StructuralSchema | undefined;
}

/** A quoted text up to its end, a delimiter, or what is between delimiters. */
const TOKEN = /'[^']*?(?:\\'[^']*?)*(?:'|$)|[.[\]]|[^.[\]]+/gy;
const END = "unexpected end of JSON path";
const NOWHERE = "does not refer to a valid field";

/** The steps, or in upstream's words why there are none. `brackets`: keys may stand in them. */
export function fieldPathOf(text: string, schema: StructuralSchema, brackets = true): FieldPath | string {
  const tokens = (text.match(TOKEN) ?? []).values();
  const steps: Step[] = [];
  let at: StructuralSchema | undefined = schema;
  for (const token of tokens) {
    let name: string | undefined;
    if (token === "[") {
      if (!brackets) return "array notation is not allowed";
      const quoted = tokens.next().value;
      if (quoted === undefined) return END;
      if (!/^'.*'$/s.test(quoted) || quoted.length < 2) return `expected single quoted string but got ${quoted}`;
      const key = unescaped(quoted.slice(1, -1));
      if (key.wrong !== undefined) return `invalid string literal: invalid escape char ${key.wrong}`;
      name = key.text;
    } else if (token === ".") {
      name = tokens.next().value;
      if (name === undefined) return END;
    } else return `expected [ or . but got: ${token}`;
    const next = into(at, name);
    if (next === undefined) return NOWHERE;
    steps.push(next.step);
    at = next.schema;
    if (token !== "[") continue;
    const close = tokens.next().value;
    if (close === undefined) return END;
    if (close !== "]") return `expected ] but got ${close}`;
  }
  return { steps, schema: at };
}

function into(
  schema: StructuralSchema | undefined,
  name: string,
): { readonly step: Step; readonly schema: StructuralSchema | undefined } | undefined {
  const { properties = {}, additionalProperties } = schema ?? {};
  if (Object.keys(properties).length > 0) {
    return Object.hasOwn(properties, name) ? { step: { name, field: true }, schema: properties[name] } : undefined;
  }
  if (additionalProperties === undefined) return undefined;
  return { step: { name, field: false }, schema: valuesOf({ additionalProperties }) };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};

function unescaped(text: string): { readonly text: string; readonly wrong?: string } {
  let wrong: string | undefined;
  const plain = text.replace(/\\(.)/g, (whole, char: string) => {
    if (!(char in ESCAPES)) wrong = whole;
    return ESCAPES[char] ?? "";
  });
  return { text: plain, ...(wrong !== undefined && { wrong }) };
}

/** The field of a value at `at` that a path of its schema points to; the value itself where it is no path. */
export function pathBehind(at: Path | undefined, text: string, schema: StructuralSchema): Path | undefined {
  const found = fieldPathOf(text, schema);
  if (typeof found === "string") return at;
  return found.steps.reduce(
    (where: Path | undefined, { name, field }) => (field ? where?.child(name) : where?.key(name)) ?? path(name),
    at,
  );
}
