/** Expressions of admission policies: their variables, the objects they make for patches, and JSON out of values. */
import { toBase64 } from "../base64.ts";
import { exactInteger } from "../exact-json.ts";
import { quote } from "../go-text.ts";
import { ownValue } from "../json-tree.ts";
import { NAMESPACE, REQUEST } from "./admission-types.ts";
import { fn } from "./functions.ts";
import type { Library } from "./functions.ts";
import { compile } from "./index.ts";
import type { Program } from "./index.ts";
import { JsonObject } from "./json-values.ts";
import { AUTHORIZER } from "./library/authorizer.ts";
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, NULL, STRING, TIMESTAMP, UINT, oncePerType } from "./types.ts";
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
  /** The types of the policy's variables that stand before this expression. Absent: there is no `variables`. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** The type of `object` and `oldObject` where it is known. */
  readonly object?: CelType;
  /** The policy names a kind of parameters, or of what type they are. */
  readonly params?: boolean | CelType;
  /** There is an `authorizer`. */
  readonly authorizer?: boolean;
  /** It makes a patch: there are `Object` and `JSONPatch`. */
  readonly patch?: boolean;
}

const PATCH_FIELDS: Readonly<Record<string, CelType>> = { op: STRING, path: STRING, from: STRING, value: DYN };

/** `Object{…}` and `Object.spec{…}` take any fields: which there are depends on the object that comes. */
function structs(): (name: string) => CelType | undefined {
  const made = new Map<string, CelType>();
  return (name) => {
    if (name !== "JSONPatch" && name !== "Object" && !name.startsWith("Object.")) return undefined;
    let type = made.get(name);
    if (type === undefined) {
      const field =
        name === "JSONPatch" ? (key: string): CelType | undefined => ownValue(PATCH_FIELDS, key) : (): CelType => DYN;
      made.set(name, (type = { name: "object", title: name, field }));
    }
    return type;
  };
}

const patches: Library = [
  fn("jsonpatch.escapeKey(string): string", (key: string) => key.replaceAll("~", "~0").replaceAll("/", "~1")),
];

/** Throws CompileError. */
export function compileAdmission(
  source: string,
  { variables, object = DYN, params = false, authorizer = false, patch = false }: AdmissionExpression,
): Program {
  return compile(source, {
    variables: {
      object,
      oldObject: object,
      request: REQUEST,
      namespaceObject: NAMESPACE,
      ...(variables && { variables: typeOfVariables(variables) }),
      ...(params !== false && { params: params === true ? DYN : params }),
      ...(authorizer && { authorizer: AUTHORIZER }),
    },
    ...(patch && { libraries: [patches] }),
    ...(patch && { struct: structs(), makeStruct: (name, given) => new Struct(name, [...given]) }),
  });
}

/** What `Object.spec{…}` makes, with the name it was made by. */
class Struct extends MapValue {
  readonly title: string;

  constructor(title: string, fields: readonly (readonly [key: unknown, value: unknown])[]) {
    super(fields);
    this.title = title;
  }
}

/** What is made by a name that is not that of its place: each `Object.spec` may only stand in an `Object`'s `spec`. */
export function misplaced(value: unknown): string[] {
  return value instanceof Struct ? misplacedIn(value, [value.title]) : [];
}

function misplacedIn(value: unknown, path: readonly string[]): string[] {
  const errors: string[] = [];
  if (value instanceof Struct) {
    const expected = path.join(".");
    if (value.title !== expected) {
      const names = `${quote(value.title)}, expected ${quote(expected)}`;
      errors.push(`unexpected type name ${names}, which matches field name path from root Object type`);
    }
    for (const key of value.keys()) errors.push(...misplacedIn(value.get(key), [...path, String(key)]));
  } else if (value instanceof MapValue) {
    for (const key of value.keys()) errors.push(...misplacedIn(value.get(key), path));
  } else if (isList(value)) for (const each of value) errors.push(...misplacedIn(each, path));
  return errors;
}

const typeOfVariables = (variables: Readonly<Record<string, CelType>>): CelType => ({
  name: "object",
  title: "kubernetes.variables",
  field: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
});

/** What other expressions see of a variable's type: of values of libraries' own types, nothing. */
export const typeOfVariable: (type: CelType) => CelType = oncePerType((type) => {
  if (PLAIN.has(type.name)) return type;
  if (type.name !== "list" && type.name !== "map") return DYN;
  return { name: type.name, params: type.params!.map(typeOfVariable) };
});

const PLAIN: ReadonlySet<string> = new Set(
  [BOOL, BYTES, DOUBLE, DURATION, INT, NULL, STRING, TIMESTAMP, UINT].map(({ name }) => name),
);

/** Values inside of one that becomes JSON. A list that has the same one twice, and so on, has more than can be written. */
const MOST_VALUES = 1_000_000;

/** A value as JSON. Throws {@link CelError} for what JSON cannot say. */
export function jsonOf(value: unknown): unknown {
  let left = MOST_VALUES;
  const inner = (each: unknown): unknown => {
    if (--left < 0) throw new CelError("value is too large for JSON");
    return shallowJsonOf(each, inner);
  };
  return inner(value);
}

/** `jsonOf`: of what is in it. */
function shallowJsonOf(value: unknown, jsonOf: (value: unknown) => unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
    return value;
  if (typeof value === "bigint") return exactInteger(Number(value), String(value));
  if (value instanceof Uint) return exactInteger(Number(value.value), String(value.value));
  if (value instanceof Uint8Array) return toBase64(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof JsonObject) return value.json;
  if (value instanceof Optional) return value.value === undefined ? null : jsonOf(value.value);
  if (isList(value)) return [...value].map(jsonOf);
  if (isMap(value)) return Object.fromEntries([...value.keys()].map((key) => [String(key), jsonOf(value.get(key))]));
  throw new CelError("unsupported conversion to JSON");
}
