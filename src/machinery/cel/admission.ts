/** Expressions of admission policies: their variables, the objects they make for patches, and JSON out of values. */
import { fn } from "./functions.ts";
import type { Library } from "./functions.ts";
import { compile } from "./index.ts";
import type { Program } from "./index.ts";
import { JsonObject } from "./json-values.ts";
import { DYN, STRING } from "./types.ts";
import type { CelType } from "./types.ts";
import {
  CelError,
  Duration,
  MapValue,
  Optional,
  Timestamp,
  Uint,
  durationText,
  isList,
  isMap,
  timestampText,
} from "./values.ts";

export interface AdmissionExpression {
  /** Names of the policy's variables that stand before this expression. */
  readonly variables?: readonly string[];
  /** The policy names a kind of parameters. */
  readonly params?: boolean;
}

const JSON_PATCH: CelType = {
  name: "object",
  field: (name) => (name === "value" ? DYN : ["op", "path", "from"].includes(name) ? STRING : undefined),
};

/** `Object{…}` and `Object.spec{…}` take any fields: which there are depends on the object that comes. */
function struct(name: string): CelType | undefined {
  if (name === "JSONPatch") return JSON_PATCH;
  return name === "Object" || name.startsWith("Object.") ? DYN : undefined;
}

const patches: Library = [
  fn("jsonpatch.escapeKey(string): string", (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1")),
];

/** Throws CompileError. */
export function compileAdmission(source: string, { variables = [], params = false }: AdmissionExpression): Program {
  const fields: ReadonlySet<string> = new Set(variables);
  return compile(source, {
    variables: {
      object: DYN,
      oldObject: DYN,
      request: DYN,
      namespaceObject: DYN,
      variables: { name: "object", field: (name) => (fields.has(name) ? DYN : undefined) },
      ...(params && { params: DYN }),
    },
    libraries: [patches],
    struct,
    makeStruct: (_name, given) => new MapValue([...given]),
  });
}

/** A value as JSON. Throws {@link CelError} for what JSON cannot say. */
export function jsonOf(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
    return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value));
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof JsonObject) return value.json;
  if (value instanceof Optional) return value.value === undefined ? null : jsonOf(value.value);
  if (isList(value)) return [...value].map(jsonOf);
  if (isMap(value)) return Object.fromEntries([...value.keys()].map((key) => [String(key), jsonOf(value.get(key))]));
  throw new CelError("unsupported conversion to JSON");
}
