import type { Pod } from "../../api/core/index.ts";
import type { Cluster } from "../cluster.ts";
import { SKIP, definePlugin, unless } from "../framework.ts";
import type { PodState } from "../pod-state.ts";

const ONE_POD = "ReadWriteOncePod";
const IN_USE =
  "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";

/** A claim that is for one pod alone has no second one. */
export const volumeRestrictions = definePlugin<true>({
  name: "VolumeRestrictions",
  dependsOn: "all pods",
  retryOn: ["pod/delete", "node/add", "volumes/change"],
  prepare: ({ pod }, cluster) => {
    if (pod.spec.volumes === undefined) return SKIP;
    const inUse = claimsInUse(cluster);
    const alone = claimKeys(pod).filter((key) =>
      cluster.volumes.claims.get(key)?.spec.accessModes?.some((mode) => mode === ONE_POD),
    );
    return alone.some((key) => inUse.has(key)) ? true : SKIP;
  },
  filter: () => unless(IN_USE),
});

function claimKeys({ metadata: { namespace }, spec: { volumes = [] } }: Pod): string[] {
  return volumes.flatMap(({ persistentVolumeClaim: claim }) => (claim ? [`${namespace}/${claim.claimName}`] : []));
}

const ofCluster = new WeakMap<Cluster, Map<string, number>>();

/** Claims of placed pods, with how many use them. */
function claimsInUse(cluster: Cluster): ReadonlyMap<string, number> {
  const known = ofCluster.get(cluster);
  if (known) return known;
  const used = new Map<string, number>();
  ofCluster.set(cluster, used);
  const count = ({ pod }: PodState, by: 1 | -1): void => {
    for (const key of claimKeys(pod)) {
      const left = (used.get(key) ?? 0) + by;
      if (left > 0) used.set(key, left);
      else used.delete(key);
    }
  };
  for (const { pod } of cluster.pods()) count(pod, 1);
  cluster.observe({ placed: (pod) => count(pod, 1), removed: (pod) => count(pod, -1) });
  return used;
}
