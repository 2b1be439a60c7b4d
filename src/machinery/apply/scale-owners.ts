/**
 * Who owns the replicas of an object, as whoever writes its Scale sees it, and back. Between the two the Scale is an object
 * of its own, with owners of its own.
 *
 * Worked example: `m1` applied a Deployment with `spec.replicas`. Its Scale has one owner, `m1`, of `spec.replicas`. `m2`
 * updates the Scale: there `m2` owns it, so `m1` loses it in the Deployment, and an entry of `m2` for `scale` comes in.
 *
 * An applier is the same in both, whatever its version; an updater is told apart by the version it wrote, which is another
 * one there: it loses its path and gets it back in an entry by itself, without a time.
 */
import type { ManagedFieldsEntry } from "../kind.ts";
import type { FieldSet } from "./field-set.ts";
import { difference, fieldSet, intersection, isEmpty } from "./field-set.ts";
import type { Manager, Managers } from "./managers.ts";
import { encodeManagers, setManager, startingManagers } from "./managers.ts";

const SCALE = "autoscaling/v1";
const REPLICAS = fieldSet("spec.replicas");

export interface Scaled {
  readonly managedFields: readonly ManagedFieldsEntry[] | undefined;
  /** Of the object, in the version of the request. */
  readonly apiVersion: string;
  /** The dotted path of what its Scale calls `spec.replicas`. */
  readonly replicas: string;
}

/** The owners of an object's Scale. */
export function ownersOfScale(scaled: Scaled): readonly ManagedFieldsEntry[] | undefined {
  const path = fieldSet(scaled.replicas);
  const owners: Managers = new Map();
  for (const [id, { entry, set }] of managersOf(scaled)) {
    if (holds(set, path)) owners.set(id, { entry: { ...entry, apiVersion: SCALE }, set: REPLICAS });
  }
  return encodeManagers(owners, undefined);
}

/** The owners of the object after `scale`, the owners of its Scale, have become these. */
export function ownersOfScaled(
  scaled: Scaled,
  scale: readonly ManagedFieldsEntry[] | undefined,
): readonly ManagedFieldsEntry[] | undefined {
  const path = fieldSet(scaled.replicas);
  const ofScale = startingManagers(scale, scale, true);
  const owners: Managers = new Map();
  for (const [id, manager] of managersOf(scaled)) {
    if (!holds(manager.set, path) || ofScale.delete(id)) owners.set(id, manager);
    else setManager(owners, id, manager.entry, difference(manager.set, path));
  }
  for (const [id, { entry, set }] of ofScale) {
    if (holds(set, REPLICAS)) owners.set(id, { entry: ofParent(entry, scaled.apiVersion), set: path });
  }
  return encodeManagers(owners, scaled.managedFields);
}

function ofParent(entry: ManagedFieldsEntry, apiVersion: string): ManagedFieldsEntry {
  const { time: _, ...timeless } = entry;
  return { ...timeless, apiVersion };
}

/** Those that wrote in a version of the object's group: what others own is not known to be replicas. */
function managersOf({ managedFields, apiVersion }: Scaled): readonly (readonly [id: string, manager: Manager])[] {
  const group = apiVersion.slice(0, apiVersion.lastIndexOf("/") + 1);
  return [...startingManagers(managedFields, managedFields, true)].filter(([, { entry }]) => {
    const version = entry.apiVersion ?? "";
    return version.slice(0, version.lastIndexOf("/") + 1) === group;
  });
}

const holds = (set: FieldSet, path: FieldSet): boolean => !isEmpty(intersection(set, path));
