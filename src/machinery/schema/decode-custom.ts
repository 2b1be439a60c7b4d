/** Decoding custom resources: the shape decides what is kept, the values are whatever they are. */
import { copyJson, put } from "../json-tree.ts";
import { isObject, plain } from "./decode-context.ts";
import type { Context, Decode } from "./decode-context.ts";
import type { MessageSchema, Schema } from "./schema.ts";

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

export function customDecoder(schema: Schema, ofMessage: (schema: MessageSchema) => Decode): Decode {
  if (schema.form === "message") return (value, context) => ofMessage(schema)(value, context);
  if (schema.form === "json" && schema.prunes === true) return emptied;
  if (schema.form !== "list" && schema.form !== "map") return plain;
  // No known object is handed over for custom resources: their schemas may have changed since it was decoded.
  const inner = customDecoder(schema.form === "list" ? schema.item : schema.value, ofMessage);
  const { nulls } = schema;
  const instead = nulls === undefined || nulls.allowed ? undefined : nulls.default;
  const each: Decode = (value, context) => {
    if (value === null && instead === undefined) return null;
    return inner(value === null ? copyJson(instead) : value, context);
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
