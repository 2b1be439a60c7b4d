/** Tables, which `kubectl get` prints: the kind's columns, or name and creation time where it has none. */
import { defaultColumns } from "../../api/columns.ts";
import { badRequest } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Column, Kind, KubeObject } from "../../machinery/kind.ts";
import type { Exchange } from "../exchange.ts";
import type { Resource } from "../resource.ts";
import { emptyObject } from "./bookmarks.ts";
import { partialOf } from "./transform.ts";

export const NAME_DOC =
  "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
export const CREATED_DOC =
  "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/** A metav1.Table of `objects`. `includeObject` of the query says what of the object goes with each row. */
export function tableOf(
  exchange: Exchange,
  resource: Resource,
  version: string,
  meta: object,
  objects: readonly KubeObject[],
): object {
  const { kind } = resource;
  const { rowOrder } = kind;
  return tableOfRows(exchange, kind, version, meta, rowOrder === undefined ? objects : objects.toSorted(rowOrder));
}

/** A table whose one row is a bookmark: an object of which nothing is set but how far it has come. */
export function bookmarkTable(exchange: Exchange, resource: Resource, version: string, bookmark: KubeObject): object {
  const { resourceVersion } = bookmark.metadata;
  // Upstream prints what it keeps, in whichever version it is asked for.
  const kind = exchange.parts.scheme.stored(resource.kind.storage) ?? resource.kind;
  const printed = { ...emptyObject(kind), metadata: { ...bookmark.metadata, name: "" } } as KubeObject;
  return tableOfRows(exchange, kind, version, { resourceVersion }, [printed], bookmark);
}

function tableOfRows(
  exchange: Exchange,
  kind: Kind,
  version: string,
  meta: object,
  objects: readonly KubeObject[],
  shown?: KubeObject,
): object {
  const columns = kind.columns ?? defaultColumns;
  const now = exchange.parts.clock.now();
  const include = includeOf(exchange);
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata: meta,
    columnDefinitions: columns.filter((column) => column.unlisted !== true).map(definitionOf),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.value(object, now)),
      conditions: kind.rowConditions?.(object),
      object: rowObject(shown ?? object, include, version),
    })),
  };
}

function rowObject(object: KubeObject, include: string, version: string): KubeObject | null {
  const endsBeginning = object.metadata.annotations?.["k8s.io/initial-events-end"] === "true";
  if (include === "None" && !endsBeginning) return null;
  return include === "Object" ? object : partialOf(object, version);
}

/** As upstream, an unknown value is refused. */
export function includeOf(exchange: Exchange): string {
  const include = exchange.query.get("includeObject");
  if (include === "" || include === "Metadata" || include === "None" || include === "Object") return include;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${quote(include)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

function definitionOf({ name, type, format = "", doc = "", priority = 0 }: Column): object {
  return { name, type, format, description: doc, priority };
}
