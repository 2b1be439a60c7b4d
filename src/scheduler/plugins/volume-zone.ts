import { claimsOf } from "../../api/core/claims-of.ts";
import type { PersistentVolume } from "../../api/core/index.ts";
import { ownValue } from "../../machinery/json-tree.ts";
import type { Cluster } from "../cluster.ts";
import { SKIP, definePlugin, never } from "../framework.ts";
import type { PodState } from "../pod-state.ts";

/** Labels that say where a volume or a node is, each with its newer name. */
const PLACES: Readonly<Record<string, string>> = {
  "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region": "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
};

/** A label of a volume, and the values it lets a node have. */
interface Place {
  readonly key: string;
  readonly values: readonly string[];
}

/** Keeps a pod in the zones of its volumes, where these say so by their labels. */
export const volumeZone = definePlugin<readonly Place[]>({
  name: "VolumeZone",
  dependsOn: "all pods",
  retryOn: ["volumes/change", "node/add", "node/update-labels"],
  prepare: (pod, cluster) => {
    const places = volumesOf(pod, cluster).flatMap(placesOf);
    return places.length === 0 ? SKIP : places;
  },
  filter: ({ node: { node }, state: places }) => {
    const { labels = {} } = node.metadata;
    // Nodes that say nothing of where they are can be anywhere.
    if (!Object.keys(PLACES).some((key) => Object.hasOwn(labels, key))) return undefined;
    const fits = places.every(({ key, values }) => {
      const value = ownValue(labels, key) ?? ownValue(labels, PLACES[key]!);
      return value !== undefined && values.includes(value);
    });
    return fits ? undefined : never("node(s) had no available volume zone");
  },
});

function volumesOf({ pod }: PodState, { volumes }: Cluster): PersistentVolume[] {
  if (pod.spec.volumes === undefined) return [];
  return claimsOf(pod).flatMap((name) => {
    const claim = volumes.claims.get(`${pod.metadata.namespace}/${name}`);
    return (claim?.spec.volumeName && volumes.volumes.get(claim.spec.volumeName)) || [];
  });
}

/** A volume that is in several has their names in one: `a__b`. */
function placesOf({ metadata: { labels = {} } }: PersistentVolume): Place[] {
  return Object.keys(PLACES).flatMap((key) => {
    const value = ownValue(labels, key);
    return value === undefined ? [] : [{ key, values: value.split("__") }];
  });
}
