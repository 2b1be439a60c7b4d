/** Objects as something else: their metadata alone, or rows of a table. */
import { notRepresentable, unknownError } from "../../machinery/errors.ts";
import type { KubeObject, ObjectMeta } from "../../machinery/kind.ts";
import type { Exchange } from "../exchange.ts";
import type { Resource } from "../resource.ts";
import type { Transform } from "./negotiate.ts";
import { tableOf } from "./table.ts";

/** One object in the form of `as`. */
export function transformed(exchange: Exchange, resource: Resource, as: Transform, object: KubeObject): object {
  if (as.kind === "PartialObjectMetadata") return partialOf(object, as.version);
  if (as.kind === "Table") {
    const { resourceVersion } = object.metadata;
    return tableOf(exchange, resource, as.version, { resourceVersion }, [object]);
  }
  // A custom object could be a list for all its Go type says.
  if (resource.kind.schema.custom) throw unknownError("content is not a list");
  throw notRepresentable(
    `you requested PartialObjectMetadataList, but the requested object is not a list (*${packageOf(resource)}.${resource.kind.kind})`,
  );
}

/** A list in the form of `as`. `meta` is the ListMeta. */
export function transformedList(
  exchange: Exchange,
  resource: Resource,
  as: Transform,
  meta: object,
  objects: readonly KubeObject[],
): object {
  if (as.kind === "Table") {
    const { continue: next, ...rest } = meta as { continue?: string };
    return tableOf(exchange, resource, as.version, next ? meta : rest, objects);
  }
  if (as.kind === "PartialObjectMetadata")
    throw notRepresentable(
      `you requested PartialObjectMetadata, but the requested object is a list (*${listType(resource)})`,
    );
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: `meta.k8s.io/${as.version}`,
    metadata: meta,
    items: objects.map((object) => partialOf(object, as.version)),
  };
}

function listType(resource: Resource): string {
  if (resource.kind.schema.custom) return "unstructured.UnstructuredList";
  return `${packageOf(resource)}.${resource.listKind}`;
}

/** The name of upstream's internal package of a group. */
function packageOf({ kind: { group } }: Resource): string {
  return group === "" ? "core" : group.split(".")[0]!;
}

/** On the wire this annotation stands for a field of its kind, which metadata alone does not show. */
export const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

export function partialOf(object: KubeObject, version: string): KubeObject {
  const metadata = object.kind === "DaemonSet" ? withoutTemplateGeneration(object.metadata) : object.metadata;
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata };
}

function withoutTemplateGeneration(metadata: ObjectMeta): ObjectMeta {
  const { annotations, ...rest } = metadata;
  if (annotations?.[TEMPLATE_GENERATION] === undefined) return metadata;
  const { [TEMPLATE_GENERATION]: _, ...others } = annotations;
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}
