/** Lets a volume that is being deleted go only when no claim is bound to it any more. */
import { PersistentVolume } from "../../api/core/index.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { update } from "../runtime/plan.ts";
import type { Plan } from "../runtime/plan.ts";

const FINALIZER = "kubernetes.io/pv-protection";

export const pvProtectionController = defineController<PersistentVolume, object>({
  name: "pv-protection-controller",
  kind: PersistentVolume,
  rbac: [right("get list update watch", "core", "persistentvolumes"), tellsEvents],
  observe: () => ({}),
  decide,
});

export function decide({ object: volume }: Observed<PersistentVolume>): Plan {
  const { finalizers = [], deletionTimestamp } = volume.metadata;
  const held = finalizers.includes(FINALIZER);
  if (deletionTimestamp === undefined) return held ? { writes: [] } : set(volume, [...finalizers, FINALIZER]);
  if (!held || volume.status.phase === "Bound") return { writes: [] };
  return set(
    volume,
    finalizers.filter((finalizer) => finalizer !== FINALIZER),
  );
}

function set(volume: PersistentVolume, finalizers: readonly string[]): Plan {
  return { writes: [update(PersistentVolume, { ...volume, metadata: { ...volume.metadata, finalizers } })] };
}
