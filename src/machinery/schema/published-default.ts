import type { Field } from "./schema.ts";

const ZERO: Readonly<Record<string, unknown>> = { string: "", bool: false, int32: 0, int64: 0, double: 0, message: {} };

/**
 * The default that OpenAPI tells, or the empty value of what Go always writes; undefined where there is none. `custom`:
 * whether the field is of a custom resource, where nothing is written that is not there.
 */
export function publishedDefault(field: Field, custom: boolean): unknown {
  if (field.default !== undefined && field.defaultUnpublished !== true) return field.default;
  const pointer = field.keepEmpty === true || field.nullable === true;
  return field.always === true && !pointer && !custom ? ZERO[field.schema.form] : undefined;
}
