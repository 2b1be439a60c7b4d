/** Versions and schemas as upstream's errors print them: its internal types in JSON, every field by its Go name. */
import { printedRule } from "../../machinery/structural/rule-compile-errors.ts";
import type { CustomResourceDefinitionVersion } from "./custom-resource-definition.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import { isSchema } from "./walk-schema.ts";

/** What Go prints for a field that is not set. */
type Zero = "" | false | null;

/** The fields of a schema in the order of the Go struct. */
const SCHEMA_FIELDS: readonly (readonly [go: string, name: keyof JSONSchemaProps, zero: Zero])[] = [
  ["ID", "id", ""],
  ["Schema", "$schema", ""],
  ["Ref", "$ref", null],
  ["Description", "description", ""],
  ["Type", "type", ""],
  ["Nullable", "nullable", false],
  ["Format", "format", ""],
  ["Title", "title", ""],
  ["Default", "default", null],
  ["Maximum", "maximum", null],
  ["ExclusiveMaximum", "exclusiveMaximum", false],
  ["Minimum", "minimum", null],
  ["ExclusiveMinimum", "exclusiveMinimum", false],
  ["MaxLength", "maxLength", null],
  ["MinLength", "minLength", null],
  ["Pattern", "pattern", ""],
  ["MaxItems", "maxItems", null],
  ["MinItems", "minItems", null],
  ["UniqueItems", "uniqueItems", false],
  ["MultipleOf", "multipleOf", null],
  ["Enum", "enum", null],
  ["MaxProperties", "maxProperties", null],
  ["MinProperties", "minProperties", null],
  ["Required", "required", null],
  ["Items", "items", null],
  ["AllOf", "allOf", null],
  ["OneOf", "oneOf", null],
  ["AnyOf", "anyOf", null],
  ["Not", "not", null],
  ["Properties", "properties", null],
  ["AdditionalProperties", "additionalProperties", null],
  ["PatternProperties", "patternProperties", null],
  ["Dependencies", "dependencies", null],
  ["AdditionalItems", "additionalItems", null],
  ["Definitions", "definitions", null],
  ["ExternalDocs", "externalDocs", null],
  ["Example", "example", null],
  ["XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", null],
  ["XEmbeddedResource", "x-kubernetes-embedded-resource", false],
  ["XIntOrString", "x-kubernetes-int-or-string", false],
  ["XListMapKeys", "x-kubernetes-list-map-keys", null],
  ["XListType", "x-kubernetes-list-type", null],
  ["XMapType", "x-kubernetes-map-type", null],
  ["XValidations", "x-kubernetes-validations", null],
];

/** The Go names of the fields that are set, in their order. */
export function* setFields(schema: JSONSchemaProps): Iterable<string> {
  for (const [go, name, zero] of SCHEMA_FIELDS) {
    const value = schema[name];
    if (value !== undefined && value !== null && value !== zero) yield go;
  }
}

export function goSchema(schema: JSONSchemaProps): object {
  return Object.fromEntries(SCHEMA_FIELDS.map(([go, name, zero]) => [go, goField(go, schema[name]) ?? zero]));
}

function goField(go: string, value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  switch (go) {
    case "Not":
      return goSchema(value);
    case "AllOf":
    case "OneOf":
    case "AnyOf":
      return (value as readonly JSONSchemaProps[]).map(goSchema);
    case "Properties":
    case "PatternProperties":
    case "Definitions":
      return goMap(value as Readonly<Record<string, JSONSchemaProps>>, goSchema);
    case "Dependencies":
      return goMap(value as NonNullable<JSONSchemaProps["dependencies"]>, (each) =>
        isSchema(each) ? { Schema: goSchema(each), Property: null } : { Schema: null, Property: each },
      );
    case "Items":
      return goItems(value as NonNullable<JSONSchemaProps["items"]>);
    case "AdditionalProperties":
    case "AdditionalItems":
      return isSchema(value) ? { Allows: true, Schema: goSchema(value) } : { Allows: value, Schema: null };
    case "ExternalDocs": {
      const { description = "", url = "" } = value as NonNullable<JSONSchemaProps["externalDocs"]>;
      return { Description: description, URL: url };
    }
    case "XValidations":
      return (value as NonNullable<JSONSchemaProps["x-kubernetes-validations"]>).map(printedRule);
    default:
      return value;
  }
}

/** Go prints maps by their keys in order. */
function goMap<T>(map: Readonly<Record<string, T>>, print: (value: T) => unknown): object {
  return Object.fromEntries(
    Object.keys(map)
      .toSorted()
      .map((key) => [key, print(map[key]!)]),
  );
}

export function goItems(items: NonNullable<JSONSchemaProps["items"]>): object {
  return isSchema(items)
    ? { Schema: goSchema(items), JSONSchemas: null }
    : { Schema: null, JSONSchemas: (items as readonly JSONSchemaProps[]).map(goSchema) };
}

export function goVersion(version: CustomResourceDefinitionVersion): object {
  const { schema, subresources, additionalPrinterColumns: columns, selectableFields: selectable } = version;
  const { scale } = subresources ?? {};
  return {
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: schema
      ? { OpenAPIV3Schema: schema.openAPIV3Schema === undefined ? null : goSchema(schema.openAPIV3Schema) }
      : null,
    Subresources: subresources
      ? {
          Status: subresources.status ? {} : null,
          Scale: scale
            ? {
                SpecReplicasPath: scale.specReplicasPath,
                StatusReplicasPath: scale.statusReplicasPath,
                LabelSelectorPath: scale.labelSelectorPath ?? null,
              }
            : null,
        }
      : null,
    AdditionalPrinterColumns:
      columns?.map(({ name, type, format = "", description = "", priority = 0, jsonPath }) => ({
        Name: name,
        Type: type,
        Format: format,
        Description: description,
        Priority: priority,
        JSONPath: jsonPath,
      })) ?? null,
    SelectableFields: selectable?.map(({ jsonPath }) => ({ JSONPath: jsonPath })) ?? null,
  };
}
