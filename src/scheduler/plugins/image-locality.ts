import type { Cluster } from "../cluster.ts";
import { MAX_SCORE, definePlugin, SKIP } from "../framework.ts";

const MIB = 1024 * 1024;
/** Smaller images are quick to pull anyway; beyond the larger size a container gains nothing more. */
const LEAST = 23 * MIB;
const MOST_PER_CONTAINER = 1000 * MIB;

/** Prefers nodes that have the images already, the more so the larger and the more widely spread they are. */
export const imageLocality = definePlugin<ReadonlyMap<string, number>>({
  name: "ImageLocality",
  dependsOn: "node",
  retryOn: [],
  prepare: ({ images }, cluster) => {
    const spread = spreadOf(images, cluster);
    return spread.size > 0 ? spread : SKIP;
  },
  score: ({ pod, node, state: spread }) => {
    let sum = 0;
    for (const [name, share] of spread) sum += (node.images.get(name) ?? 0) * share;
    const most = MOST_PER_CONTAINER * pod.images.length;
    const within = Math.min(Math.max(sum, LEAST), most);
    return Math.floor((MAX_SCORE * (within - LEAST)) / (most - LEAST));
  },
});

/** Image → share of the nodes that have it, so that one warm node does not draw all pods. */
function spreadOf(images: readonly string[], cluster: Cluster): Map<string, number> {
  const spread = new Map<string, number>();
  for (const name of new Set(images.map(normalized))) {
    let count = 0;
    for (const node of cluster.nodes) if (node?.images.has(name)) count++;
    if (count > 0) spread.set(name, count / cluster.size);
  }
  return spread;
}

/** An image without a tag is the latest one. */
function normalized(name: string): string {
  return name.lastIndexOf(":") <= name.lastIndexOf("/") && !name.includes("@") ? `${name}:latest` : name;
}
