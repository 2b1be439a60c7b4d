/**
 * From parsed JSON to a fresh object of a schema: types checked with Go's words, unknown fields left out (and named
 * where asked), empty values and nulls treated as Go treats them, quantities and times in their canonical form,
 * defaults filled in. See the table at `Field` for what becomes of empty values.
 *
 * Each schema is compiled once into closures. The input is never changed, but free parts of it (`json`,
 * `rawExtension`) become parts of the result.
 */
import { canonicalQuantity, canonicalResource } from "../quantity.ts";
import type { Draft } from "../kind.ts";
import { canonicalMicroTime, canonicalTime } from "../time.ts";
import { goType, jsonType, structName } from "./go-names.ts";
import { NumberText, countKeys, isTooDeep, keyPositions, parseKeepingNumbers, skim } from "./json-text.ts";
import type { Field, FreeSchema, ListSchema, MapSchema, MessageSchema, Schema } from "./schema.ts";
import { syntaxError } from "./json-syntax.ts";

/** The value does not fit the schema. The message is Go's, such as `json: cannot unmarshal …`. */
export class DecodeError extends Error {}

/**
 * Makes a fresh draft of `value`. `unknown` collects the paths of fields the schema does not have. What `value` shares with
 * `known`, an object that this made before, is only copied, or taken as it is where the schema says that nobody changes it.
 */
export function decode<T>(schema: MessageSchema<T>, value: unknown, unknown?: string[], known?: T): Draft<T> {
  const context = new Context(unknown, false);
  context.known = known;
  return decodeIn(schema, value, context) as Draft<T>;
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
  const object = decodeIn(schema, kept, context) as Draft<T>;
  if (!strict) return { object, problems: [] };
  if (found.keys === countKeys(value)) return { object, problems: unknown.map(unknownField) };
  return { object, problems: orderedProblems(text, unknown) };
}

/** Keys that the JSON text of `value` sets twice, among the fields that are `unknown` anyway. */
export function problemsOfText(text: string, value: unknown, unknown: readonly string[] = []): string[] {
  if (skim(text).keys === countKeys(value)) return unknown.map(unknownField);
  return orderedProblems(text, unknown);
}

/** JSON.parse with Go's words when it fails. */
export function parseText(text: string): unknown {
  let value: unknown;
  let wrong = false;
  try {
    value = HALVES.test(text) ? JSON.parse(text, (_, part: unknown) => wellFormed(part)) : JSON.parse(text);
  } catch {
    wrong = true;
  }
  if (isTooDeep(text)) throw new DecodeError("exceeded max depth");
  if (wrong) throw new DecodeError(syntaxError(text));
  return value;
}

/** Escapes of surrogates, of which one alone is no character: Go takes U+FFFD for it. */
const HALVES = /\\u[dD][89a-fA-F]/;

const wellFormed = (part: unknown): unknown => (typeof part === "string" ? part.toWellFormed() : part);

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

type Json = Readonly<Record<string, unknown>>;
type Decode = (value: unknown, context: Context) => unknown;

/** Where decoding is, for the words of errors. */
class Context {
  readonly unknown: string[] | undefined;
  /** Some numbers are {@link NumberText}. */
  readonly oddNumbers: boolean;
  /** The way from the root: field names and list indices, and map keys. */
  readonly path: (string | number)[] = [];
  /** The names of fields only, as Go's errors have them. */
  readonly fields: string[] = [];
  struct = "";
  /** What stands in this place of an object that was decoded before. Whoever decodes parts sets it for each of them. */
  known: unknown;

  constructor(unknown: string[] | undefined, oddNumbers: boolean) {
    this.unknown = unknown;
    this.oddNumbers = oddNumbers;
  }

  unknownField(name: string): void {
    if (this.unknown === undefined) return;
    let text = "";
    for (const part of this.path) text += typeof part === "number" ? `[${part}]` : text === "" ? part : `.${part}`;
    this.unknown.push(text === "" ? name : `${text}.${name}`);
  }

  mismatch(value: unknown, schema: Schema): DecodeError {
    const literal = value instanceof NumberText || typeof value === "number";
    const integers = schema.form === "int32" || schema.form === "int64";
    const what = literal ? (integers ? `number ${numberText(value)}` : "number") : jsonType(value);
    const into = this.struct === "" ? "value" : `struct field ${this.struct}.${this.fields.join(".")}`;
    return new DecodeError(`json: cannot unmarshal ${what} into Go ${into} of type ${goType(schema)}`);
  }
}

const numberText = (value: unknown): string => (value instanceof NumberText ? value.text : String(value));

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

const recordOf = (value: unknown): Json | undefined => (isObject(value) ? value : undefined);

function decodeIn(schema: MessageSchema, value: unknown, context: Context): unknown {
  return decoderOf(schema)(value, context);
}

const compiled = new WeakMap<MessageSchema, Decode>();

function decoderOf(schema: MessageSchema): Decode {
  let made = compiled.get(schema);
  if (made === undefined) {
    made = messageDecoder(schema);
    compiled.set(schema, made);
  }
  return made;
}

interface FieldDecoder {
  readonly name: string;
  readonly decode: Decode;
  /** Empty values are as good as absent. */
  readonly dropsEmpty: boolean;
  /** What a field that is absent gets; undefined where that is nothing. */
  readonly fill: (() => unknown) | undefined;
  /** Custom resources: an explicit null is kept. */
  readonly keepsNull: boolean;
  /** A part that was decoded before is taken as it is. */
  readonly kept: boolean;
}

type Fields = ReadonlyMap<string, FieldDecoder>;

/** Compiling waits for the first use, so that messages may contain themselves. */
function messageDecoder(schema: MessageSchema): Decode {
  let fields: Fields | undefined;
  let fills: FieldDecoder[] = [];
  const struct = structName(schema.name);
  const compile = (): Fields => {
    const entries = Object.entries(schema.fields).map(([name, field]) => fieldDecoder(name, field, schema));
    fills = entries.filter((field) => field.fill !== undefined);
    return new Map(entries.map((field) => [field.name, field]));
  };
  return (value, context) => {
    if (!isObject(value)) {
      if (schema.custom === true) return plain(value, context);
      throw context.mismatch(value, schema);
    }
    fields ??= compile();
    const outer = context.struct;
    context.struct = struct;
    const known = recordOf(context.known);
    context.known = undefined;
    const out = known === undefined ? decodedOf(value, fields, context) : changedFrom(known, value, fields, context);
    for (const field of fills) if (out[field.name] === undefined) out[field.name] = field.fill!();
    context.struct = outer;
    return out;
  };

  function decodedOf(value: Json, fields: Fields, context: Context): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const name in value) {
      const decoded = decodeField(fields.get(name), name, value[name], context);
      if (decoded !== undefined) put(out, name, decoded);
    }
    return out;
  }

  /** What is as it was in `known` has been decoded before; so only the rest is to be done in a copy. */
  function changedFrom(known: Json, value: Json, fields: Fields, context: Context): Record<string, unknown> {
    const out: Record<string, unknown> = { ...value };
    for (const name in value) {
      const given = value[name];
      context.known = known[name];
      if (given !== undefined && given === context.known) {
        if (typeof given === "object" && fields.get(name)?.kept !== true) put(out, name, copied(given));
        continue;
      }
      const decoded = decodeField(fields.get(name), name, given, context);
      if (decoded === undefined) delete out[name];
      else put(out, name, decoded);
    }
    return out;
  }

  /** Undefined: as good as absent. */
  function decodeField(field: FieldDecoder | undefined, name: string, given: unknown, context: Context): unknown {
    if (field === undefined) {
      if (schema.preserveUnknownFields === true) return plain(given, context);
      context.unknownField(name);
      return undefined;
    }
    if (given === null || given === undefined) return field.keepsNull && given === null ? null : undefined;
    context.path.push(name);
    context.fields.push(name);
    const decoded = field.decode(given, context);
    context.path.pop();
    context.fields.pop();
    return field.dropsEmpty && isEmpty(decoded) ? undefined : decoded;
  }
}

function fieldDecoder(name: string, field: Field, message: MessageSchema): FieldDecoder {
  const { schema } = field;
  const custom = message.custom === true && !(schema.form === "message" && schema.custom !== true);
  return {
    name,
    decode: custom ? customDecoder(schema) : decoder(schema),
    dropsEmpty: !custom && field.keepEmpty !== true && DROPPED.has(schema.form),
    fill: filler(field),
    keepsNull: custom && field.nullable === true,
    kept: field.kept === true,
  };
}

/** Forms whose empty value is as good as absent where nothing else is said; messages and free values are not. */
const DROPPED = new Set(["string", "bool", "int32", "int64", "double", "bytes", "list", "map", "intOrString"]);

/** The value of an absent field: its default, else what Go writes for an empty one that is always written. */
function filler(field: Field): (() => unknown) | undefined {
  const { schema, default: value } = field;
  const kept = field.always === true || field.keepEmpty === true;
  if (value !== undefined && (kept || !isEmpty(value) || schema.form === "message")) {
    if (schema.form === "message") return () => decode(schema, value);
    return typeof value === "object" ? () => structuredCopy(value) : () => value;
  }
  if (field.always !== true) return undefined;
  if (field.nullable === true) return () => null;
  if (schema.form === "message") return () => decode(schema, {});
  const zero = ZERO[schema.form] ?? null;
  return () => zero;
}

const ZERO: Readonly<Record<string, unknown>> = {
  string: "",
  bool: false,
  int32: 0,
  int64: 0,
  double: 0,
  quantity: "0",
  intOrString: 0,
};

function isEmpty(value: unknown): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}

/** Of a part that was decoded before. */
function copied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items: unknown[] = value.slice();
    for (let i = 0; i < items.length; i++) items[i] = copied(items[i]);
    return items;
  }
  const copy: Record<string, unknown> = {};
  for (const key in value) put(copy, key, copied((value as Json)[key]));
  return copy;
}

function structuredCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, structuredCopy(inner)]));
}

/** `__proto__` is a key like others. */
function put(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") out[key] = value;
  else Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
}

function decoder(schema: Schema): Decode {
  switch (schema.form) {
    case "message":
      return (value, context) => decoderOf(schema)(value, context);
    case "list":
      return listDecoder(schema);
    case "map":
      return mapDecoder(schema);
    case "json":
    case "rawExtension":
    case "fieldsV1":
      return freeDecoder(schema);
    default:
      return scalarDecoder(schema);
  }
}

function listDecoder(schema: ListSchema): Decode {
  const item = decoder(schema.item);
  const zero = () => filler({ tag: 0, schema: schema.item, always: true })?.() ?? null;
  return (value, context) => {
    if (!Array.isArray(value)) throw context.mismatch(value, schema);
    const known = Array.isArray(context.known) ? (context.known as readonly unknown[]) : undefined;
    // A copy is as long as it is; one that grew has room for sixteen more, which every object in the store would keep.
    const out: unknown[] = value.slice();
    for (let i = 0; i < out.length; i++) {
      const given = out[i];
      context.known = known?.[i];
      if (known !== undefined && given === context.known && given !== null) {
        out[i] = copied(given);
        continue;
      }
      context.path.push(i);
      out[i] = given === null || given === undefined ? zero() : item(given, context);
      context.path.pop();
    }
    return out;
  };
}

function mapDecoder(schema: MapSchema): Decode {
  // Maps of quantities are upstream's ResourceList: no amount is finer than a thousandth.
  const each = schema.value.form === "quantity" ? quantityDecoder(canonicalResource) : decoder(schema.value);
  // No bytes are stored as empty ones are.
  const nothing = schema.value.form === "bytes" ? "" : null;
  const zero = () => filler({ tag: 0, schema: schema.value, always: true })?.() ?? nothing;
  return (value, context) => {
    if (!isObject(value)) throw context.mismatch(value, schema);
    const known = recordOf(context.known);
    const out: Record<string, unknown> = {};
    for (const key in value) {
      const given = value[key];
      context.known = known?.[key];
      context.path.push(key);
      put(out, key, given === null || given === undefined ? zero() : each(given, context));
      context.path.pop();
    }
    return out;
  };
}

function freeDecoder(schema: FreeSchema): Decode {
  if (schema.or === undefined) return plain;
  const items: ListSchema = { form: "list", item: schema.or === "array" ? schema.message! : { form: "string" } };
  const list = decoder(items);
  return (value, context) => {
    if (isObject(value)) return decoderOf(schema.message!)(value, context);
    if (Array.isArray(value) && schema.or !== "bool") return list(value, context);
    if (typeof value === "boolean" && schema.or === "bool") return value;
    throw new DecodeError(
      schema.or === "bool"
        ? "boolean or JSON schema expected"
        : `cannot unmarshal ${jsonType(value)} into a JSON schema`,
    );
  };
}

/** Free values as they came, with numbers as numbers. */
function plain(value: unknown, context: Context): unknown {
  if (!context.oddNumbers || typeof value !== "object" || value === null) return value;
  if (value instanceof NumberText) return value.valueOf();
  if (Array.isArray(value)) return value.map((item) => plain(item, context));
  const out: Record<string, unknown> = {};
  for (const key in value) put(out, key, plain((value as Json)[key], context));
  return out;
}

function scalarDecoder(schema: Schema): Decode {
  switch (schema.form) {
    case "string":
      return (value, context) => {
        if (typeof value !== "string") throw context.mismatch(value, schema);
        return value;
      };
    case "bool":
      return (value, context) => {
        if (typeof value !== "boolean") throw context.mismatch(value, schema);
        return value;
      };
    case "int32":
      return integerDecoder(schema, -0x80000000, 0x7fffffff);
    case "int64":
      return integerDecoder(schema, -(2 ** 63), 2 ** 63);
    case "double":
      return (value, context) => {
        if (value instanceof NumberText) return value.valueOf();
        if (typeof value !== "number") throw context.mismatch(value, schema);
        return value;
      };
    case "bytes":
      return decodeBytes;
    case "time":
      return textDecoder(canonicalTime);
    case "microTime":
      return textDecoder(canonicalMicroTime);
    case "quantity":
      return quantityDecoder(canonicalQuantity);
    default:
      return decodeIntOrString;
  }
}

function integerDecoder(schema: Schema, least: number, most: number): Decode {
  return (value, context) => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      throw context.mismatch(value, schema);
    }
    return value;
  };
}

function quantityDecoder(canonical: (text: string) => string): Decode {
  return (value) => rewritten(canonical, typeof value === "string" ? value : numberText(value));
}

function textDecoder(canonical: (text: string) => string): Decode {
  return (value) => {
    if (typeof value !== "string") {
      throw new DecodeError(`json: cannot unmarshal ${jsonType(asNumber(value))} into Go value of type string`);
    }
    return rewritten(canonical, value);
  };
}

function rewritten(canonical: (text: string) => string, text: string): string {
  try {
    return canonical(text);
  } catch (error) {
    throw new DecodeError((error as Error).message);
  }
}

const asNumber = (value: unknown): unknown => (value instanceof NumberText ? value.valueOf() : value);

function decodeIntOrString(value: unknown): unknown {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 0x7fffffff) return value;
  const what =
    typeof value === "number" || value instanceof NumberText ? `number ${numberText(value)}` : jsonType(value);
  throw new DecodeError(`json: cannot unmarshal ${what} into Go value of type int32`);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeBytes(value: unknown, context: Context): unknown {
  if (typeof value !== "string") throw context.mismatch(value, { form: "bytes" });
  // Go's decoder takes line breaks in between.
  const text = value.includes("\n") || value.includes("\r") ? value.replaceAll(/[\r\n]/g, "") : value;
  if (text.length % 4 === 0 && BASE64.test(text)) return text;
  const bad = /[^A-Za-z0-9+/]/.exec(text);
  throw new DecodeError(`illegal base64 data at input byte ${bad?.index ?? text.length - (text.length % 4)}`);
}

/** Leaves nothing in objects. */
function emptied(value: unknown, context: Context): unknown {
  if (isObject(value)) {
    for (const name in value) context.unknownField(name);
    return {};
  }
  if (!Array.isArray(value)) return plain(value, context);
  return value.map((item, index) => {
    context.path.push(index);
    const out = emptied(item, context);
    context.path.pop();
    return out;
  });
}

/** Custom resources: the shape decides what is kept, the values are whatever they are. */
function customDecoder(schema: Schema): Decode {
  if (schema.form === "message") return (value, context) => decoderOf(schema)(value, context);
  if (schema.form === "json" && schema.prunes === true) return emptied;
  if (schema.form !== "list" && schema.form !== "map") return plain;
  // No known object is handed over for custom resources: their schemas may have changed since it was decoded.
  const inner = customDecoder(schema.form === "list" ? schema.item : schema.value);
  const { nulls } = schema;
  const instead = nulls === undefined || nulls.allowed ? undefined : nulls.default;
  const each: Decode = (value, context) => {
    if (value === null && instead === undefined) return null;
    return inner(value === null ? structuredCopy(instead) : value, context);
  };
  if (schema.form === "list") {
    return (value, context) => {
      if (!Array.isArray(value)) return plain(value, context);
      return value.map((item, index) => {
        context.path.push(index);
        const out = each(item, context);
        context.path.pop();
        return out;
      });
    };
  }
  return (value, context) => {
    if (!isObject(value)) return plain(value, context);
    const out: Record<string, unknown> = {};
    for (const key in value) {
      if (value[key] === null && nulls?.allowed === false && instead === undefined) continue;
      context.path.push(key);
      put(out, key, each(value[key], context));
      context.path.pop();
    }
    return out;
  };
}
