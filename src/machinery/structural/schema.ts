/**
 * Custom resources against their structural schema: values, list types, embedded objects. All texts are upstream's.
 *
 * What the schema's shape alone decides (pruning, defaults) happens when decoding; the rules written in CEL are in
 * `machinery/cel`. Worked example: `spec.size` with `type: integer` and the value `"x"` gives
 * `spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"`.
 */
import type { OpenAPISchema } from "../schema/from-openapi.ts";

/** apiextensions' JSONSchemaProps, as far as values are checked against it. */
export interface StructuralSchema extends OpenAPISchema {
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly items?: StructuralSchema | readonly StructuralSchema[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
}

/** One of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema of a list's items; nothing where none is said. */
export function itemsOf({ items }: StructuralSchema): StructuralSchema | undefined {
  return items === undefined || Array.isArray(items) ? undefined : (items as StructuralSchema);
}

/** The schema of a map's values; nothing where any value goes. */
export function valuesOf({ additionalProperties }: StructuralSchema): StructuralSchema | undefined {
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

/** The schema of one member of an object. */
export function memberOf(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const { properties } = schema;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : valuesOf(schema);
}
