/** Going through a schema with all that is in it, whether structural or not. */
import type { JSONSchemaProps } from "./json-schema-props.ts";

export const isSchema = (value: unknown): value is JSONSchemaProps =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether the schema or one inside of it is such a one. */
export function schemaHas(schema: JSONSchemaProps, such: (schema: JSONSchemaProps) => boolean): boolean {
  if (such(schema)) return true;
  const one = (inner: unknown): boolean => isSchema(inner) && schemaHas(inner, such);
  const any = (inner: unknown): boolean => (Array.isArray(inner) ? inner.some(one) : one(inner));
  const { properties, patternProperties, definitions, dependencies } = schema;
  for (const map of [properties, patternProperties, definitions, dependencies]) {
    for (const name in map) if (any(map[name])) return true;
  }
  return (
    any(schema.items) ||
    one(schema.additionalProperties) ||
    any(schema.allOf) ||
    any(schema.anyOf) ||
    any(schema.oneOf) ||
    one(schema.not) ||
    one(schema.additionalItems)
  );
}
