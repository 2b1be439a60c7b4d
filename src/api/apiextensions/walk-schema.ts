/** Going through a schema with all that is in it, whether structural or not. */
import type { JSONSchemaProps } from "./json-schema-props.ts";

export const isSchema = (value: unknown): value is JSONSchemaProps =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether the schema or one inside of it is such a one. */
export function schemaHas(schema: JSONSchemaProps, such: (schema: JSONSchemaProps) => boolean): boolean {
  return such(schema) || innerSchemas(schema).some((inner) => schemaHas(inner, such));
}

function innerSchemas(schema: JSONSchemaProps): readonly JSONSchemaProps[] {
  const { items, allOf = [], anyOf = [], oneOf = [], not, additionalProperties, additionalItems } = schema;
  const { properties = {}, patternProperties = {}, definitions = {}, dependencies = {} } = schema;
  return [
    ...[items ?? []].flat(),
    ...allOf,
    ...anyOf,
    ...oneOf,
    not,
    ...Object.values(properties),
    additionalProperties,
    ...Object.values(patternProperties),
    additionalItems,
    ...Object.values(definitions),
    ...Object.values(dependencies),
  ].filter(isSchema);
}
