/**
 * The kinds that a CustomResourceDefinition adds: one for each served version, all over one storage. They are kinds
 * like any other, so every part of the system treats them alike.
 */
import { ALL_VERBS } from "../../machinery/define-kind.ts";
import { age } from "../../machinery/duration.ts";
import { jsonPath } from "../../machinery/json-path.ts";
import type { Column, Draft, FieldReader, Kind, KubeObject, Subresource } from "../../machinery/kind.ts";
import { decode } from "../../machinery/schema/decode.ts";
import { definitionName, objectSchemaFromOpenAPI } from "../../machinery/schema/from-openapi.ts";
import { nameColumn } from "../columns.ts";
import type { CustomResourceDefinition } from "./custom-resource-definition.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";

type Version = CustomResourceDefinition["spec"]["versions"][number];

/** Throws where a printer column or a selectable field has a path that is none. */
export function customKinds({ spec }: CustomResourceDefinition): Kind[] {
  const stored = spec.versions.find(({ storage }) => storage)?.name ?? "";
  return spec.versions.filter(({ served }) => served).map((version) => customKind(spec, version, stored));
}

function customKind(spec: CustomResourceDefinition["spec"], version: Version, stored: string): Kind {
  const { group, names } = spec;
  const preserve: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const shape = spec.preserveUnknownFields === true ? preserve : version.schema?.openAPIV3Schema;
  const schema = objectSchemaFromOpenAPI(definitionName(group, version.name, names.kind), shape);
  const relabelled = (object: KubeObject, to: string): KubeObject => ({ ...object, apiVersion: `${group}/${to}` });
  return {
    group,
    version: version.name,
    kind: names.kind,
    names: {
      plural: names.plural,
      singular: names.singular || names.kind.toLowerCase(),
      list: names.listKind || `${names.kind}List`,
      ...(names.shortNames && { short: names.shortNames }),
      ...(names.categories && { categories: names.categories }),
    },
    scope: spec.scope === "Cluster" ? "Cluster" : "Namespaced",
    ...(shape?.description !== undefined && { doc: shape.description }),
    schema: schema as Kind["schema"],
    storage: { group, resource: names.plural, version: stored },
    verbs: ALL_VERBS,
    subresources: subresourcesOf(version),
    selectableFields: selectableFieldsOf(version),
    columns: columnsOf(version),
    generation: true,
    allowUnconditionalUpdate: false,
    ...(version.subresources?.status !== undefined && { prepareForCreate: dropStatus }),
    // The strategy None: versions differ in nothing but their name.
    ...(version.name !== stored && {
      convert: {
        toStorage: (object: KubeObject) => ({ ...relabelled(object, stored) }) as Draft<KubeObject>,
        fromStorage: (object: KubeObject) => decode(schema, relabelled(object, version.name)) as Draft<KubeObject>,
      },
    }),
  };
}

function dropStatus(draft: object): void {
  delete (draft as { status?: unknown }).status;
}

const READ_AND_WRITE = ["get", "patch", "update"];

function subresourcesOf({ subresources }: Version): Record<string, Subresource> {
  const found: Record<string, Subresource> = {};
  if (subresources?.status !== undefined) found["status"] = { verbs: READ_AND_WRITE };
  if (subresources?.scale !== undefined) {
    const { specReplicasPath, statusReplicasPath, labelSelectorPath } = subresources.scale;
    found["scale"] = {
      verbs: READ_AND_WRITE,
      speaks: { group: "autoscaling", version: "v1", kind: "Scale" },
      scale: {
        wanted: dotted(specReplicasPath),
        actual: dotted(statusReplicasPath),
        ...(labelSelectorPath !== undefined && { selector: dotted(labelSelectorPath) }),
      },
    };
  }
  return found;
}

/** `.spec.replicas` as paths are written here: `spec.replicas`. */
const dotted = (path: string): string => path.replace(/^\./, "");

function selectableFieldsOf({ selectableFields }: Version): Record<string, FieldReader<KubeObject>> {
  const readers = (selectableFields ?? []).map(({ jsonPath: path }) => {
    const read = jsonPath(path);
    return [dotted(path), (object: KubeObject) => String(read(object)[0] ?? "")] as const;
  });
  return Object.fromEntries(readers);
}

/** Custom resources that name no columns show their age. */
const AGE = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" } as const;

function columnsOf({ additionalPrinterColumns }: Version): Column[] {
  return [nameColumn, ...(additionalPrinterColumns ?? [AGE]).map(columnOf)];
}

interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

function columnOf({ name, type, jsonPath: path, format, description, priority }: PrinterColumn): Column {
  const read = jsonPath(path);
  return {
    name,
    type: type as Column["type"],
    doc: description ?? `Custom resource definition column (in JSONPath format): ${path}`,
    ...(format !== undefined && { format }),
    ...(priority !== undefined && { priority }),
    value: (object, now) => cell(type, read(object)[0], now),
  };
}

/** A value of another type than the column's shows as nothing. */
function cell(type: string, value: unknown, now: number): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return Number.isNaN(Date.parse(String(value))) ? "<invalid>" : age(String(value), now);
    default:
      return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}
