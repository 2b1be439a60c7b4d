/** The kinds a CustomResourceDefinition adds: one for each version that is served. */
import { toJson } from "../../machinery/exact-json.ts";
import type { CustomResourceDefinition } from "../../api/index.ts";
import type { Cell, Column, Conversion, Draft, Kind, KubeObject, Subresource } from "../../machinery/kind.ts";
import { age } from "../../machinery/duration.ts";
import { decode } from "../../machinery/schema/decode.ts";
import { definitionName, objectSchemaFromOpenAPI } from "../../machinery/schema/from-openapi.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { apiVersionOf, parseApiVersion } from "../../machinery/scheme.ts";
import { timeOf } from "../../machinery/time.ts";
import { CREATED_DOC, NAME_DOC } from "../encoding/table.ts";
import { conditionOf } from "./conditions.ts";
import { jsonPath } from "./json-path.ts";
import type { StructuralSchema } from "../../machinery/structural/schema.ts";
import { rulesOf } from "./rules.ts";

type Version = CustomResourceDefinition["spec"]["versions"][number];

/** In the order in which upstream's discovery lists them. */
const VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
/** The same, of a definition that goes. */
const LAST_VERBS = ["delete", "deletecollection", "get", "list", "watch"];

/** `ask` converts for a definition whose strategy is Webhook. */
export function customKinds(crd: CustomResourceDefinition, ask?: AskWebhook): Kind[] {
  const { metadata, spec } = crd;
  const changed = (metadata.generation ?? 1) > 1;
  const storage = spec.versions.find((version) => version.storage);
  if (storage === undefined) return [];
  const convert = ask && throughWebhook(spec, ask);
  const names = servedNames(crd);
  const going = conditionOf(crd, "Terminating")?.status === "True";
  return spec.versions
    .filter((version) => version.served)
    .map((version) => ({
      ...customKind(spec, names, version, storage.name, changed, convert),
      ...(going && { toldVerbs: LAST_VERBS }),
    }));
}

type Names = CustomResourceDefinition["spec"]["names"];

/** The names that it was given, which others of the group have not; as long as it has none, those that it asks for. */
export function servedNames({ spec, status }: CustomResourceDefinition): Names {
  const given = status?.acceptedNames;
  return given?.kind ? { ...given, plural: spec.names.plural } : spec.names;
}

type AskWebhook = NonNullable<Conversion["ask"]>;

function customKind(
  spec: CustomResourceDefinition["spec"],
  names: Names,
  version: Version,
  stored: string,
  changed: boolean,
  convert: ((schema: MessageSchema) => Conversion) | undefined,
): Kind {
  const { group, scope } = spec;
  const shape = shapeOf(spec, version);
  const schema = schemaOf(spec, version);
  return {
    group,
    version: version.name,
    kind: names.kind,
    names: {
      plural: names.plural,
      singular: names.singular ?? names.kind.toLowerCase(),
      list: names.listKind ?? `${names.kind}List`,
      ...(names.shortNames && { short: names.shortNames }),
      ...(names.categories && { categories: names.categories }),
    },
    scope: scope === "Cluster" ? "Cluster" : "Namespaced",
    schema: schema as Kind["schema"],
    storage: { group, resource: names.plural, version: stored },
    verbs: VERBS,
    subresources: subresourcesOf(version),
    selectableFields: selectableFieldsOf(version),
    columns: columnsOf(version),
    generation: true,
    allowUnconditionalUpdate: false,
    ...rulesOf(shape, version.subresources?.scale),
    ...(version.deprecated && { deprecated: deprecationOf(group, version, names.kind) }),
    ...(version.subresources?.status && { prepareForCreate: dropStatus }),
    ...(convert
      ? { convert: convert(schema) }
      : (version.name !== stored || changed) && { convert: sameShape(schema, group, version.name, stored) }),
  };
}

function shapeOf({ preserveUnknownFields }: CustomResourceDefinition["spec"], version: Version) {
  return preserveUnknownFields ? undefined : (version.schema?.openAPIV3Schema as StructuralSchema | undefined);
}

function schemaOf(spec: CustomResourceDefinition["spec"], version: Version): MessageSchema {
  const name = definitionName(spec.group, version.name, spec.names.kind);
  return objectSchemaFromOpenAPI(name, shapeOf(spec, version));
}

/**
 * Versions differ in shape, and a webhook knows how. What it is asked to convert is pruned and defaulted by the version in
 * which it is; what it answers by the one it is to be in.
 */
function throughWebhook(
  spec: CustomResourceDefinition["spec"],
  ask: AskWebhook,
): (schema: MessageSchema) => Conversion {
  const schemas = new Map(spec.versions.map((version) => [version.name, schemaOf(spec, version)]));
  const shaped = (object: KubeObject): KubeObject => {
    const schema = schemas.get(parseApiVersion(object.apiVersion).version);
    return schema === undefined ? object : (decode(schema, object) as unknown as KubeObject);
  };
  return (schema) => ({
    toStorage: (object) => object as Draft<KubeObject>,
    fromStorage: (object) => decode(schema, object) as never,
    ask: async (objects, apiVersion) => (await ask(objects.map(shaped), apiVersion)).map(shaped),
  });
}

/**
 * Versions differ in their name alone (conversion strategy None). What is read is pruned and defaulted by the version
 * as it is now, for it may have been stored under another one.
 */
function sameShape(schema: MessageSchema, group: string, version: string, stored: string): Kind["convert"] {
  const named = (object: KubeObject, as: string) => ({ ...object, apiVersion: apiVersionOf({ group, version: as }) });
  return {
    toStorage: (object) => named(object, stored) as never,
    fromStorage: (object) => decode(schema, named(object, version)) as never,
  };
}

function subresourcesOf({ subresources }: Version): Readonly<Record<string, Subresource>> {
  const verbs = ["get", "patch", "update"];
  const scale = subresources?.scale;
  const path = (jsonPathText: string): string => jsonPathText.replace(/^\./, "");
  return {
    ...(subresources?.status && { status: { verbs } }),
    ...(scale && {
      scale: {
        verbs,
        speaks: { group: "autoscaling", version: "v1", kind: "Scale" },
        scale: {
          wanted: path(scale.specReplicasPath),
          actual: path(scale.statusReplicasPath),
          ...(scale.labelSelectorPath && { selector: path(scale.labelSelectorPath) }),
        },
      },
    }),
  };
}

function selectableFieldsOf({ selectableFields = [] }: Version): Kind["selectableFields"] {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath: path }) => {
      const read = jsonPath(path);
      return [path.replace(/^\./, ""), (object: KubeObject) => String(read?.(object)[0] ?? "")];
    }),
  );
}

const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  doc: NAME_DOC,
  value: (object) => object.metadata.name,
};

function columnsOf({ additionalPrinterColumns }: Version): readonly Column[] {
  const own = additionalPrinterColumns ?? [
    { name: "Age", type: "date", description: CREATED_DOC, jsonPath: ".metadata.creationTimestamp" },
  ];
  const columns = own.map(columnOf);
  // Upstream gives up at the first path that it cannot read, and shows the columns before it.
  const unreadable = columns.indexOf(undefined);
  return [nameColumn, ...(columns.slice(0, unreadable < 0 ? undefined : unreadable) as Column[])];
}

interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

function columnOf({ name, type, format, description, priority, jsonPath: path }: PrinterColumn): Column | undefined {
  const read = jsonPath(path);
  if (read === undefined) return undefined;
  return {
    name,
    type: type as Column["type"],
    ...(format && { format }),
    doc: description || `Custom resource definition column (in JSONPath format): ${path}`,
    ...(priority && { priority }),
    value: (object, now) => cellOf(type, read(object)[0], now),
  };
}

function ageCell(time: string, now: number): string {
  return timeOf(time) === undefined ? "<invalid>" : age(time, now);
}

/** The cell where the value is of the column's type; else nothing, as upstream. */
function cellOf(type: string, value: unknown, now: number): Cell {
  if (value === undefined) return null;
  // As Go prints nothing.
  if (value === null) return type === "string" ? "<no value>" : null;
  if (type === "date") return typeof value === "string" ? ageCell(value, now) : null;
  if (typeof value === "bigint" && (type === "integer" || type === "number")) return value;
  if (type === "integer") return typeof value === "number" ? Math.trunc(value) : null;
  if (type === "number") return typeof value === "number" ? value : null;
  if (type === "boolean") return typeof value === "boolean" ? value : null;
  return typeof value === "string" ? value : toJson(value);
}

function deprecationOf(group: string, { name, deprecationWarning }: Version, kind: string): string {
  return deprecationWarning || `${group}/${name} ${kind} is deprecated`;
}

/** A status endpoint means that nobody else sets status. */
function dropStatus(draft: Draft<KubeObject>): void {
  delete (draft as { status?: unknown }).status;
}
