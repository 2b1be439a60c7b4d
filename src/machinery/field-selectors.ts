/** Field selectors: `metadata.name=web,status.phase!=Running`. Parse errors are upstream's, answered as 400. */
import { badRequest } from "./errors.ts";
import { quote } from "./go-text.ts";
import type { Kind, KubeObject } from "./kind.ts";

export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Throws a 400 with upstream's text. Backslashes escape `,`, `=` and themselves in values. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).toSorted()) {
    if (term === "") continue;
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field, operator, value] = match;
    requirements.push({ field: field!, operator: operator === "!=" ? "!=" : "=", value: unescape(value!) });
  }
  return requirements;
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function unescape(value: string): string {
  let plain = "";
  for (let i = 0; i < value.length; i++) {
    const char = value[i]!;
    if (char === "," || char === "=") {
      throw badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    }
    if (char !== "\\") {
      plain += char;
      continue;
    }
    const next = value[++i];
    if (next !== "\\" && next !== "," && next !== "=") {
      throw badRequest(`invalid field selector: invalid escape sequence: \\${next ?? ""}`);
    }
    plain += next;
  }
  return plain;
}

/** How to read the fields a kind can be selected by. */
export type FieldReader<T> = (object: T) => string;

/** The reader of one field; throws a 400 for one that the kind cannot be selected by. */
export function fieldReader<T extends KubeObject>(
  kind: Pick<Kind<T>, "selectableFields">,
  field: string,
): FieldReader<T> {
  if (field === "metadata.name") return (object) => object.metadata.name;
  if (field === "metadata.namespace") return (object) => object.metadata.namespace ?? "";
  const fields = kind.selectableFields;
  if (Object.hasOwn(fields, field)) return fields[field]!;
  if (Object.keys(fields).length > 0) throw badRequest(`field label not supported: ${field}`);
  throw badRequest(`${quote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

/** A matcher that holds where all requirements do. Throws a 400 for unknown fields. */
export function compileFields<T extends KubeObject>(
  kind: Pick<Kind<T>, "selectableFields">,
  requirements: readonly FieldRequirement[],
): (object: T) => boolean {
  const tests = requirements.map(({ field, operator, value }) => {
    const read = fieldReader(kind, field);
    return operator === "=" ? (object: T) => read(object) === value : (object: T) => read(object) !== value;
  });
  return (object) => tests.every((test) => test(object));
}
