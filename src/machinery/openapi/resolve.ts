/** Schemas as OpenAPI v3 documents publish them, with what they refer to put in its place. */
import { ownValue } from "../json-tree.ts";
import { titled } from "../cel/json-values.ts";
import { isObject } from "../structural/schema.ts";
import type { StructuralSchema } from "../structural/schema.ts";
import type { GroupVersionKind, Json } from "./definitions.ts";
import { V3 } from "./definitions.ts";

/** Schemas inside of one; what comes after them is not looked into. References of references can multiply without end. */
const MOST = 100_000;

/** What a message is that contains itself: something, and nothing is known of it. */
const AGAIN: StructuralSchema = { type: "object" };

/**
 * The schema of a kind's objects, as expressions are checked against it; undefined where the document has none. Its types
 * are named by where they stand: `Deployment.spec.template`.
 */
export function resolvedSchema(document: unknown, wanted: GroupVersionKind): StructuralSchema | undefined {
  const { schemas } = (document as { components?: { schemas?: Readonly<Record<string, Json>> } }).components ?? {};
  const found = Object.entries(schemas ?? {}).find(([, schema]) => describes(schema, wanted));
  if (schemas === undefined || found === undefined) return undefined;
  const [name, schema] = found;
  return new Resolver(schemas, new Set([name])).resolved(schema, wanted.kind);
}

function describes(schema: Json, { group, version, kind }: GroupVersionKind): boolean {
  const kinds = (schema["x-kubernetes-group-version-kind"] ?? []) as readonly GroupVersionKind[];
  return kinds.some((each) => each.group === group && each.version === version && each.kind === kind);
}

class Resolver {
  readonly #schemas: Readonly<Record<string, Json>>;
  /** Those that the schema in hand is inside of. */
  readonly #around: Set<string>;
  #left = MOST;

  constructor(schemas: Readonly<Record<string, Json>>, around: Set<string>) {
    this.#schemas = schemas;
    this.#around = around;
  }

  resolved(schema: Json, title: string): StructuralSchema {
    if (--this.#left < 0) return AGAIN;
    const name = referenceOf(schema);
    if (name === undefined) return this.#inside(schema, title);
    const target = ownValue(this.#schemas, name);
    if (target === undefined || this.#around.has(name)) return AGAIN;
    this.#around.add(name);
    const found = this.resolved(target, title);
    this.#around.delete(name);
    return found;
  }

  #inside(schema: Json, title: string): StructuralSchema {
    const { properties, items, additionalProperties: values } = schema;
    const made = {
      ...schema,
      ...(isObject(properties) && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, each]) => [name, this.resolved(each as Json, `${title}.${name}`)]),
        ),
      }),
      ...(isObject(items) && { items: this.resolved(items, `${title}.@idx`) }),
      ...(isObject(values) && { additionalProperties: this.resolved(values, `${title}.@elem`) }),
      // Built-in types say it by their format.
      ...(schema["format"] === "int-or-string" && { "x-kubernetes-int-or-string": true }),
    } as StructuralSchema;
    return titled(title, made);
  }
}

/** The definition that a schema refers to, itself or, to say more beside it, in `allOf`. */
function referenceOf({ $ref, allOf }: Json): string | undefined {
  if (typeof $ref === "string") return $ref.startsWith(V3.prefix) ? $ref.slice(V3.prefix.length) : $ref;
  if (!Array.isArray(allOf)) return undefined;
  for (const each of allOf) {
    const name = referenceOf(each as Json);
    if (name !== undefined) return name;
  }
  return undefined;
}
