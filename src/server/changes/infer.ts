/**
 * Why somebody wrote who did not say why: a controller, scheduler or kubelet that comes in from outside, upstream's own
 * for example.
 *
 * - What was created or deleted has its owner's last change of spec for a cause.
 * - A status, and what a kubelet writes, answers the object's last change by somebody else.
 * - Any other update answers whichever of the two is newer.
 * - An Event names the version of the object that it is about.
 *
 * People act of their own accord: nothing is inferred for them.
 */
import type { KubeObject, OwnerReference } from "../../machinery/kind.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import type { Change } from "../../store/store.ts";
import { resourceOf } from "../resource.ts";
import type { Past, Row } from "./history.ts";

export const objectOf = ({ before, after }: Change): KubeObject => (after ?? before)!.object as KubeObject;

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** Where in the store the object lies that `apiVersion`, `kind` and the rest name. */
export function keyOf(
  scheme: Scheme,
  { apiVersion, kind, name }: { readonly apiVersion: string; readonly kind: string; readonly name: string },
  namespace: string | undefined,
): string | undefined {
  const known = scheme.byApiVersion(apiVersion, kind);
  return known === undefined ? undefined : resourceOf(known).keyOf(namespace ?? "", name);
}

/** Whether a change is one of what is wanted of the object: created, new generation, or going to be deleted. */
export function isDriving({ before, after }: Change): boolean {
  if (before === undefined || after === undefined) return true;
  const [a, b] = [(before.object as KubeObject).metadata, (after.object as KubeObject).metadata];
  return a.generation !== b.generation || a.deletionTimestamp !== b.deletionTimestamp;
}

/** Programs, by their names: everything of the system's but its certificates of people. */
export function isProgram(user: string): boolean {
  return user.startsWith("system:") && user !== "system:admin" && user !== "system:anonymous";
}

export function inferCauses(row: Row, past: Past, scheme: Scheme): number[] {
  const { user = "", path = "" } = row.record ?? {};
  const change = row.changes[0]!;
  const object = objectOf(change);
  const event = aboutOf(object);
  if (event !== undefined) return list(ofEvent(row, event, past, scheme));
  if (!isProgram(user)) return [];
  const owner = ofOwner(row, object, past, scheme);
  if (change.before === undefined || change.after === undefined) return list(owner ?? ofOther(row, change, past, user));
  const other = ofOther(row, change, past, user);
  const reports = path.endsWith("/status") || user.startsWith("system:node:");
  if (reports || owner === undefined) return list(other);
  return list(other === undefined ? owner : Math.max(owner, other));
}

const list = (revision: number | undefined): number[] => (revision === undefined ? [] : [revision]);

function ofOwner(row: Row, object: KubeObject, past: Past, scheme: Scheme): number | undefined {
  const reference = controllerOf(object);
  if (reference === undefined) return undefined;
  const namespaced = scheme.byApiVersion(reference.apiVersion, reference.kind)?.scope === "Namespaced";
  const key = keyOf(scheme, reference, namespaced ? object.metadata.namespace : undefined);
  if (key === undefined) return undefined;
  for (const { row: earlier, change } of past.before(key, row.revision)) {
    if (isDriving(change)) return earlier.revision;
  }
  return undefined;
}

function ofOther(row: Row, { key }: Change, past: Past, user: string): number | undefined {
  for (const { row: earlier } of past.before(key, row.revision)) {
    if (earlier.record?.user !== user) return earlier.revision;
  }
  return undefined;
}

interface About {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** What an Event is about; undefined for other objects. */
export function aboutOf(object: KubeObject): About | undefined {
  if (object.kind !== "Event") return undefined;
  const { involvedObject, regarding } = object as { involvedObject?: About; regarding?: About };
  return involvedObject ?? regarding;
}

function ofEvent(row: Row, { apiVersion, kind, name, namespace, resourceVersion }: About, past: Past, scheme: Scheme) {
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined;
  const key = keyOf(scheme, { apiVersion, kind, name }, namespace);
  if (key === undefined) return undefined;
  for (const { row: earlier } of past.before(key, row.revision)) {
    if (resourceVersion === undefined || earlier.revision <= Number(resourceVersion)) return earlier.revision;
  }
  return undefined;
}
