/** A revision in the form in which it is told outside: see machinery/told-change.ts. */
import type { Note } from "../../machinery/door.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import type { ToldChange, ToldEvent, ToldObject } from "../../machinery/told-change.ts";
import type { Change, StoredRecord } from "../../store/store.ts";
import { changedFields, headlines } from "./fields.ts";
import type { Changed } from "./fields.ts";
import type { Past, Row } from "./history.ts";
import { aboutOf, controllerOf, inferCauses, keyOf, objectOf } from "./infer.ts";

const LONGEST_MESSAGE = 1024;

/** Undefined where the log has forgotten it. */
export function tell(row: Row, past: Past, scheme: Scheme): ToldChange | undefined {
  const { record } = row;
  if (record === undefined) return undefined;
  const { user = "", userAgent = "", verb = "", path = "", committed, received = committed, trace } = record;
  const given = record.causes?.filter((revision) => revision < row.revision) ?? [];
  const inferred = given.length === 0 ? inferCauses(row, past, scheme) : [];
  return {
    revision: row.revision,
    received,
    committed,
    user,
    userAgent,
    verb,
    path,
    stages: stagesOf(record),
    causes: given.length > 0 ? given : inferred,
    ...(inferred.length > 0 && { inferred: true as const }),
    ...(trace !== undefined && { trace }),
    notes: (record.notes ?? []) as readonly Note[],
    ...(record.audit !== undefined && { audit: record.audit }),
    objects: row.changes.map((change) => told(change, scheme)),
  };
}

/**
 * Up to the moment the revision was durable. A journal's record is made when `store` begins, so that its end follows
 * from the commit; `serve` is around all others.
 */
function stagesOf({ stages, received, committed }: StoredRecord): ToldChange["stages"] {
  if (stages === undefined || received === undefined) return [];
  const total = committed - received;
  const told = stages.filter(([name, began]) => name !== "serve" && name !== "store" && began <= total);
  return [...told, ["store", Math.min(told.at(-1)?.[2] ?? 0, total), total]];
}

function told(change: Change, scheme: Scheme): ToldObject {
  const { key, before, after } = change;
  const object = objectOf(change);
  const { apiVersion, kind } = object;
  const { name, namespace, uid } = object.metadata;
  const { fields, more } = fieldsOf(change, object);
  const [old, now] = [generationOf(before?.object), generationOf(after?.object)];
  const owner = ownerOf(object, scheme);
  const event = eventOf(object);
  return {
    key,
    verb: before === undefined ? "create" : after === undefined ? "delete" : "update",
    apiVersion,
    kind,
    ...(namespace !== undefined && { namespace }),
    name,
    uid,
    ...(before !== undefined && { before: before.revision }),
    ...(after !== undefined && { after: after.revision }),
    ...(old !== now && { generation: { before: old, after: now } }),
    ...(owner !== undefined && { owner }),
    ...(event !== undefined && { event }),
    fields,
    ...(more > 0 && { more }),
  };
}

const generationOf = (object: object | undefined): number | undefined =>
  (object as KubeObject | undefined)?.metadata.generation;

function fieldsOf({ before, after }: Change, object: KubeObject): Changed {
  // An Event is told by what it says.
  if (object.kind === "Event") return { fields: [], more: 0 };
  if (after === undefined) {
    const { deletionTimestamp } = object.metadata;
    const from = JSON.stringify(deletionTimestamp);
    return { fields: deletionTimestamp === undefined ? [] : [{ path: "metadata.deletionTimestamp", from }], more: 0 };
  }
  if (before === undefined) return { fields: headlines(object), more: 0 };
  return changedFields(before.object, after.object);
}

function ownerOf(object: KubeObject, scheme: Scheme): ToldObject["owner"] {
  const reference = controllerOf(object);
  if (reference === undefined) return undefined;
  const { kind, name, uid } = reference;
  const namespaced = scheme.byApiVersion(reference.apiVersion, kind)?.scope === "Namespaced";
  const key = keyOf(scheme, reference, namespaced ? object.metadata.namespace : undefined);
  return { kind, name, uid, ...(key !== undefined && { key }) };
}

function eventOf(object: KubeObject): ToldEvent | undefined {
  const about = aboutOf(object);
  if (about === undefined) return undefined;
  const { type, reason, message, note, count, series } = object as unknown as Readonly<Record<string, unknown>>;
  return {
    type: String(type ?? ""),
    reason: String(reason ?? ""),
    message: String(message ?? note ?? "").slice(0, LONGEST_MESSAGE),
    count: Number(count ?? (series as { count?: number } | undefined)?.count ?? 1),
    about: {
      kind: about.kind ?? "",
      ...(about.namespace !== undefined && { namespace: about.namespace }),
      name: about.name ?? "",
      ...(about.uid !== undefined && { uid: about.uid }),
    },
  };
}
