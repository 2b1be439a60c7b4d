/** Tables, which `kubectl get` prints: the kind's columns, or name and creation time where it has none. */
import { badRequest } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Column, KubeObject } from "../../machinery/kind.ts";
import type { Exchange } from "../exchange.ts";
import type { Resource } from "../resource.ts";
import { partialOf } from "./transform.ts";

export const NAME_DOC =
  "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
export const CREATED_DOC =
  "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

const DEFAULT_COLUMNS: readonly Column[] = [
  { name: "Name", type: "string", format: "name", doc: NAME_DOC, value: (object) => object.metadata.name },
  {
    name: "Created At",
    type: "date",
    doc: CREATED_DOC,
    value: (object) => object.metadata.creationTimestamp ?? null,
  },
];

/**
 * A metav1.Table of `objects`. `includeObject` of the query says what of the object goes with each row; `beside` are the
 * objects it says it of.
 */
export function tableOf(
  exchange: Exchange,
  resource: Resource,
  version: string,
  meta: object,
  objects: readonly KubeObject[],
  beside = objects,
): object {
  const { kind } = resource;
  const columns = kind.columns ?? DEFAULT_COLUMNS;
  const now = exchange.parts.clock.now();
  const include = includeOf(exchange);
  const rows = objects.map((object, at) => ({ object, shown: beside[at]! }));
  const { rowOrder } = kind;
  if (rowOrder !== undefined) rows.sort((a, b) => rowOrder(a.object, b.object));
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata: meta,
    columnDefinitions: columns.filter((column) => column.unlisted !== true).map(definitionOf),
    rows: rows.map(({ object, shown }) => ({
      cells: columns.map((column) => column.value(object, now)),
      conditions: kind.rowConditions?.(object),
      object: rowObject(shown, include, version),
    })),
  };
}

function rowObject(object: KubeObject, include: string, version: string): KubeObject | null {
  if (include === "None") return null;
  return include === "Object" ? object : partialOf(object, version);
}

/** As upstream, an unknown value is refused. */
function includeOf(exchange: Exchange): string {
  const include = exchange.query.get("includeObject");
  if (include === "" || include === "Metadata" || include === "None" || include === "Object") return include;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${quote(include)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

function definitionOf({ name, type, format = "", doc = "", priority = 0 }: Column): object {
  return { name, type, format, description: doc, priority };
}
