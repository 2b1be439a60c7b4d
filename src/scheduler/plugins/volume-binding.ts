import type { PersistentVolume } from "../../api/core/index.ts";
import { claimsOf } from "../../api/core/claims-of.ts";
import { SKIP, definePlugin, never } from "../framework.ts";
import type { Rejection } from "../framework.ts";
import type { PodState } from "../pod-state.ts";
import { isBound, isReachable } from "../volumes.ts";
import type { OpenClaim, Volumes } from "../volumes.ts";

interface Wanted {
  readonly volumes: Volumes;
  /** Of bound claims; undefined for one that is gone. */
  readonly bound: readonly (PersistentVolume | undefined)[];
  readonly open: readonly OpenClaim[];
}

/**
 * Lets a pod wait until its claims have volumes, keeps it on nodes from which these can be reached, and where volumes are
 * chosen together with the node, on nodes that have some that are free or can be made.
 */
export const volumeBinding = definePlugin<Wanted>({
  name: "VolumeBinding",
  // Volumes are promised from one pod to the next.
  dependsOn: "all pods",
  retryOn: ["volumes/change", "node/add", "node/update-labels"],
  prepare: (pod, { volumes }) => wantedOf(pod, volumes),
  filter: ({ node: { node }, state: { volumes, bound, open } }) => {
    const reasons: string[] = [];
    if (bound.includes(undefined)) {
      reasons.push("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");
    }
    if (bound.some((volume) => volume !== undefined && !isReachable(volume, node))) {
      reasons.push("node(s) didn't match PersistentVolume's node affinity");
    }
    if (open.length > 0 && volumes.choose(open, node) === undefined) {
      reasons.push("node(s) didn't find available persistent volumes to bind");
    }
    return reasons.length === 0 ? undefined : never(...reasons);
  },
});

function wantedOf({ pod }: PodState, volumes: Volumes): Wanted | Rejection | typeof SKIP {
  const names = claimsOf(pod);
  if (names.length === 0) return SKIP;
  const bound: (PersistentVolume | undefined)[] = [];
  const open: OpenClaim[] = [];
  let unbound = false;
  for (const name of names) {
    const claim = volumes.claims.get(`${pod.metadata.namespace}/${name}`);
    if (claim === undefined) return never(missing(pod, name));
    if (claim.status.phase === "Lost") {
      return never(
        `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ""}"`,
      );
    }
    if (claim.metadata.deletionTimestamp !== undefined)
      return never(`persistentvolumeclaim "${name}" is being deleted`);
    const waits = isBound(claim) ? undefined : volumes.open(claim);
    if (isBound(claim)) bound.push(volumes.volumes.get(claim.spec.volumeName!));
    else if (waits !== undefined) open.push(waits);
    else unbound = true;
  }
  return unbound ? never("pod has unbound immediate PersistentVolumeClaims") : { volumes, bound, open };
}

function missing({ metadata, spec }: PodState["pod"], name: string): string {
  const made = spec.volumes?.some(({ name: volume, ephemeral }) => ephemeral && `${metadata.name}-${volume}` === name);
  return made
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
    : `persistentvolumeclaim "${name}" not found`;
}
