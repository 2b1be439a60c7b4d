/**
 * JSON as values of expressions, read where it lies. A schema says what a number or string stands for (double or int,
 * time, duration, bytes) and which lists have no order; without one, whole numbers are ints.
 */
import { toJson } from "../exact-json.ts";
import { fromBase64 } from "../base64.ts";
import { keysOf } from "../structural/correlation.ts";
import { itemsOf, memberOf, valuesOf } from "../structural/schema.ts";
import type { Json, StructuralSchema } from "../structural/schema.ts";
import { durationOfText, timestampOfText } from "./library/time-text.ts";
import { mostOf } from "./schema-sizes.ts";
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP, listOf, mapOf } from "./types.ts";
import type { CelType } from "./types.ts";
import { Timestamp } from "./values.ts";
import type { CelList, CelMap } from "./values.ts";

/** `value` is never changed. */
export function valueOfJson(value: unknown, schema?: StructuralSchema): unknown {
  switch (typeof value) {
    case "number":
      return schema?.type !== "number" && isInt(value) ? BigInt(value) : value;
    case "bigint":
      return schema?.type === "number" ? Number(value) : value;
    case "string":
      return schema?.format === undefined || schema.type !== "string" ? value : formatted(value, schema.format);
    case "object":
      if (value === null) return null;
      return Array.isArray(value) ? new JsonList(value, schema) : new JsonObject(value as Json, schema);
    default:
      return value;
  }
}

const INTS = 2 ** 63;
/** What is larger is a double, as in Go. */
const isInt = (value: number): boolean => Number.isInteger(value) && value >= -INTS && value < INTS;

function formatted(text: string, format: string): unknown {
  try {
    if (format === "duration") return durationOfText(text);
    if (format === "date") return new Timestamp(BigInt(Date.parse(`${text}T00:00:00Z`)) * 1_000_000n);
    if (format === "date-time") return timestampOfText(text);
    if (format === "byte") return fromBase64(text);
  } catch {
    // What does not fit its format stays text; the schema's own check says so.
  }
  return text;
}

class JsonList implements CelList {
  readonly #items: readonly unknown[];
  readonly #schema: StructuralSchema | undefined;
  readonly #item: StructuralSchema | undefined;

  constructor(items: readonly unknown[], schema: StructuralSchema | undefined) {
    this.#items = items;
    this.#schema = schema;
    this.#item = schema && itemsOf(schema);
  }
  get size(): number {
    return this.#items.length;
  }
  at(index: number): unknown {
    return index in this.#items ? valueOfJson(this.#items[index], this.#item) : undefined;
  }
  *[Symbol.iterator](): Iterator<unknown> {
    for (const item of this.#items) yield valueOfJson(item, this.#item);
  }
  get listType(): "set" | "map" | undefined {
    const type = this.#schema?.["x-kubernetes-list-type"];
    return type === "set" || type === "map" ? type : undefined;
  }
  get keyOf(): ((item: unknown) => string) | undefined {
    const keys = this.#schema?.["x-kubernetes-list-map-keys"];
    if (keys === undefined) return undefined;
    return (item) => toJson(item instanceof JsonObject ? keysOf(item.json, keys) : null);
  }
}

export class JsonObject implements CelMap {
  readonly json: Json;
  readonly #schema: StructuralSchema | undefined;

  constructor(json: Json, schema: StructuralSchema | undefined) {
    this.json = json;
    this.#schema = schema;
  }
  get size(): number {
    return Object.keys(this.json).length;
  }
  get(key: unknown): unknown {
    if (typeof key !== "string") return undefined;
    const name = this.#schema?.properties === undefined ? key : unescapeName(key);
    if (!Object.hasOwn(this.json, name)) return undefined;
    const value = this.json[name];
    // A field that is null is as good as absent; in maps a null is a value.
    if (value === null && this.#schema?.properties !== undefined) return undefined;
    return value === undefined ? undefined : valueOfJson(value, this.#schema && memberOf(this.#schema, name));
  }
  *keys(): Iterable<unknown> {
    yield* Object.keys(this.json);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { underscores: "__", dot: ".", dash: "-", slash: "/" };
const RESERVED: ReadonlySet<string> = new Set(
  "true,false,null,in,as,break,const,continue,else,for,function,if,import,let,loop,package,namespace,return,var,void,while".split(
    ",",
  ),
);

/** A property's name from how rules write it: `foo__dash__bar`, `__namespace__`. */
function unescapeName(name: string): string {
  if (!name.includes("__")) return name;
  const word = /^__(.*)__$/.exec(name)?.[1];
  if (word !== undefined && RESERVED.has(word)) return word;
  return name.replace(/__(underscores|dot|dash|slash)__/g, (_, what: string) => ESCAPES[what]!);
}

/** How rules write a property's name; undefined where they cannot. */
export function escapeName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  const text = name.replace(/__|[./-]/g, (what) =>
    what === "__" ? "__underscores__" : what === "." ? "__dot__" : what === "-" ? "__dash__" : "__slash__",
  );
  return IDENTIFIER.test(text) ? text : undefined;
}

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;

/** Can it be the name of a variable? */
export const isIdentifier = (name: string): boolean => IDENTIFIER.test(name) && !RESERVED.has(name);

const declared = new WeakMap<StructuralSchema, CelType>();

/** The type that expressions see for values of a schema. `root`: it is that of a whole object. */
export function typeOfSchema(schema: StructuralSchema, root = false): CelType {
  return declaredType(schema, root) ?? DYN;
}

/** Undefined where a schema does not say the type: expressions do not know such values. */
function declaredType(schema: StructuralSchema, root = false): CelType | undefined {
  let type = declared.get(schema);
  if (type === undefined || root) {
    type = makeType(schema, root);
    if (!root && type !== undefined) declared.set(schema, type);
  }
  return type;
}

function makeType(schema: StructuralSchema, root: boolean): CelType | undefined {
  if (schema["x-kubernetes-int-or-string"] === true) return limited(DYN, mostOf(schema));
  switch (schema.type) {
    case "boolean":
      return BOOL;
    case "integer":
      return INT;
    case "number":
      return DOUBLE;
    case "string":
      return stringType(schema);
    case "array": {
      const items = itemsOf(schema);
      const item = items && declaredType(items);
      return item && limited(listOf(item), mostOf(schema));
    }
    case "object":
      return objectType(schema, root);
    default:
      return root ? objectType(schema, root) : undefined;
  }
}

const limited = (type: CelType, most: number): CelType => ({ ...type, most });

const FORMATS: Readonly<Record<string, CelType>> = {
  byte: BYTES,
  date: TIMESTAMP,
  "date-time": TIMESTAMP,
  duration: DURATION,
};

const stringType = (schema: StructuralSchema): CelType =>
  limited(FORMATS[schema.format ?? ""] ?? STRING, mostOf(schema));

const NAME = limited(STRING, mostOf({ type: "string" }));
const META: CelType = {
  name: "object",
  field: (name) => (name === "name" || name === "generateName" ? NAME : undefined),
};

function objectType(schema: StructuralSchema, root: boolean): CelType | undefined {
  const values = valuesOf(schema);
  if (values !== undefined) {
    const value = declaredType(values);
    return value && limited(mapOf(STRING, value), mostOf(schema));
  }
  const { properties = {} } = schema;
  const whole = (root || schema["x-kubernetes-embedded-resource"] === true) && !describesWhole(properties);
  const field = (name: string): CelType | undefined => {
    const plain = unescapeName(name);
    if (whole && (plain === "apiVersion" || plain === "kind")) return NAME;
    if (whole && plain === "metadata") return META;
    return Object.hasOwn(properties, plain) ? declaredType(properties[plain]!) : undefined;
  };
  const title = titles.get(schema);
  return { name: "object", field, ...(title !== undefined && { title }) };
}

const titles = new WeakMap<StructuralSchema, string>();

/** A schema of ours whose type has a name in errors. */
export function titled(title: string, schema: StructuralSchema): StructuralSchema {
  titles.set(schema, title);
  return schema;
}

/** Whether a schema says itself what the type and metadata of its objects look like. */
function describesWhole({ kind, apiVersion, metadata }: Readonly<Record<string, StructuralSchema>>): boolean {
  const texts = kind?.type === "string" && apiVersion?.type === "string";
  return texts && metadata?.type === "object" && Object.keys(metadata.properties ?? {}).length > 0;
}
