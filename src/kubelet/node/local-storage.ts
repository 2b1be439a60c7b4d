/**
 * Pods that use more of the node's disk than they may have to go, whatever room the node has: a volume past its size, a pod or
 * a container past its limit of ephemeral storage.
 */
import type { Pod } from "../../api/core/index.ts";
import { podResources } from "../../api/core/pod-resources.ts";
import { formatQuantity, quantityValue } from "../../machinery/quantity.ts";
import { quantityBytes } from "../pod/quantity.ts";
import { members } from "../pod/spec.ts";

const RESOURCE = "ephemeral-storage";

/** Bytes by name: what containers wrote into their layers and logs, and what emptyDir volumes on disk hold. */
export interface StorageUse {
  readonly containers: ReadonlyMap<string, number>;
  readonly volumes: ReadonlyMap<string, number>;
}

/** Names of the pod's emptyDir volumes on disk. Those in memory count as memory and have a size that the kernel keeps. */
export function diskVolumes(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ name, emptyDir }) =>
    emptyDir && emptyDir.medium !== "Memory" ? [name] : [],
  );
}

/** Whether anything of the pod is limited; nothing is measured where not. */
export function isStorageLimited(pod: Pod): boolean {
  return (
    pod.spec.volumes?.some(({ emptyDir }) => quantityBytes(emptyDir?.sizeLimit) > 0) === true ||
    members(pod).some(({ container }) => container.resources?.limits?.[RESOURCE] !== undefined)
  );
}

/** What the evicted pod is told; undefined where it keeps within its limits. */
export function storageProblem(pod: Pod, { containers, volumes }: StorageUse): string | undefined {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    if (limit === undefined || quantityBytes(limit) === 0 || (volumes.get(name) ?? 0) <= quantityBytes(limit)) continue;
    return `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(limit)}. `;
  }
  const total = [...containers.values(), ...volumes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const allowed = podResources(pod.spec, "limits").get(RESOURCE);
  if (allowed !== undefined && total > quantityValue(allowed)) {
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(allowed)}. `;
  }
  for (const { name, resources } of pod.spec.containers) {
    const limit = resources?.limits?.[RESOURCE];
    if (quantityBytes(limit) === 0 || (containers.get(name) ?? 0) <= quantityBytes(limit)) continue;
    return `Container ${name} exceeded its local ephemeral storage limit ${JSON.stringify(limit)}. `;
  }
  return undefined;
}
