/** What JSON says that it is: upstream looks for that first, with a reader and words of its own. */
import { jsonType } from "../machinery/schema/go-names.ts";

/** How it begins to say that it found no type. */
export const NO_TYPE = "couldn't get version/kind; json parse error:";

export interface SaidType {
  readonly apiVersion?: string;
  readonly kind?: string;
}

const FIELDS: ReadonlyMap<string, keyof SaidType> = new Map([
  ["apiVersion", "apiVersion"],
  ["apiversion", "apiVersion"],
  ["kind", "kind"],
]);

/** That reader takes `Kind` for `kind`, too. Throws an error with Go's words. */
export function typeIn(value: unknown): SaidType {
  const wrong = noObject(value);
  if (wrong !== undefined) throw new Error(`${NO_TYPE} ${wrong}`);
  const said: { -readonly [Name in keyof SaidType]: SaidType[Name] } = {};
  const object = (value ?? {}) as Readonly<Record<string, unknown>>;
  for (const name in object) {
    const field = FIELDS.get(name) ?? FIELDS.get(name.toLowerCase());
    const part = object[name];
    if (field === undefined || part === null) continue;
    if (typeof part !== "string") {
      const why = `json: cannot unmarshal ${jsonType(part)} into Go struct field .${field} of type string`;
      throw new Error(`${NO_TYPE} ${why}`);
    }
    said[field] = part;
  }
  const { apiVersion = "" } = said;
  if (apiVersion.split("/").length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
  return said;
}

/** Go's words for JSON in which it looks for a type and that cannot have one; null has none and is fine. */
export function noObject(value: unknown): string | undefined {
  if (typeof value === "object" && !Array.isArray(value)) return undefined;
  const struct =
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  return `json: cannot unmarshal ${jsonType(value)} into Go value of type ${struct}`;
}
