/** Each schema compiled once into closures: messages, lists, maps and free values. */
import { copyJson, ownValue, put } from "../json-tree.ts";
import { canonicalResource } from "../quantity.ts";
import { Context, DecodeError, isObject, plain, recordOf } from "./decode-context.ts";
import type { Decode, Json } from "./decode-context.ts";
import { customDecoder } from "./decode-custom.ts";
import { quantityDecoder, scalarDecoder } from "./decode-scalars.ts";
import { jsonType, structName } from "./go-names.ts";
import type { Field, FreeSchema, ListSchema, MapSchema, MessageSchema, Schema } from "./schema.ts";

const compiled = new WeakMap<MessageSchema, Decode>();

export function decoderOf(schema: MessageSchema): Decode {
  let made = compiled.get(schema);
  if (made === undefined) {
    made = messageDecoder(schema);
    compiled.set(schema, made);
  }
  return made;
}

interface FieldDecoder {
  readonly name: string;
  /** Every object of JavaScript has something of this name, set or not. */
  readonly inherited: boolean;
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
    for (const field of fills) {
      const given = field.inherited ? ownValue(out, field.name) : out[field.name];
      if (given === undefined) put(out, field.name, field.fill!());
    }
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
      context.known = ownValue(known, name);
      if (given !== undefined && given === context.known) {
        if (typeof given === "object" && fields.get(name)?.kept !== true) put(out, name, copyJson(given));
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
    inherited: name in Object.prototype,
    decode: custom
      ? customDecoder(schema, decoderOf)
      : message.custom === true
        ? afresh(decoder(schema))
        : decoder(schema),
    dropsEmpty: !custom && field.keepEmpty !== true && DROPPED.has(schema.form),
    fill: filler(field),
    keepsNull: custom && field.nullable === true,
    kept: field.kept === true,
  };
}

/** The metadata of a custom resource is read for itself: errors know nothing of what it lies in. */
function afresh(decode: Decode): Decode {
  return (value, context) => {
    const { struct } = context;
    const fields = context.fields.splice(0);
    context.struct = "";
    const decoded = decode(value, context);
    context.fields.push(...fields);
    context.struct = struct;
    return decoded;
  };
}

/** Forms whose empty value is as good as absent where nothing else is said; messages and free values are not. */
const DROPPED = new Set(["string", "bool", "int32", "int64", "double", "bytes", "list", "map", "intOrString"]);

/** The value of an absent field: its default, else what Go writes for an empty one that is always written. */
function filler(field: Field): (() => unknown) | undefined {
  const { schema, default: value } = field;
  const kept = field.always === true || field.keepEmpty === true;
  if (value !== undefined && (kept || !isEmpty(value) || schema.form === "message")) {
    if (schema.form === "message") return () => decoded(schema, value);
    return typeof value === "object" ? () => copyJson(value) : () => value;
  }
  if (field.always !== true) return undefined;
  if (field.nullable === true) return () => null;
  if (schema.form === "message") return () => decoded(schema, {});
  const zero = ZERO[schema.form] ?? null;
  return () => zero;
}

/** A default, or what it is filled up from. */
const decoded = (schema: MessageSchema, value: unknown): unknown =>
  decoderOf(schema)(value, new Context(undefined, false));

export const ZERO: Readonly<Record<string, unknown>> = {
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
        out[i] = copyJson(given);
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
      context.known = ownValue(known, key);
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
