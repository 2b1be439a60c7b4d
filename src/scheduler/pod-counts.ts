/**
 * How many pods that match a selector are on each node, kept current as pods come and go. Counts are made when a plugin
 * first asks for them and shared by all pods that ask for the same.
 */
import type { LabelSelector } from "../machinery/selectors.ts";
import { compileSelector } from "../machinery/selectors.ts";
import type { Cluster } from "./cluster.ts";
import type { PodState } from "./pod-state.ts";

/** By node index; nodes without such pods may be missing. */
export type Counts = readonly (number | undefined)[];

/** Counts that nobody asked for lately are dropped beyond this many. */
const KEPT = 512;

export class PodCounts {
  readonly #cluster: Cluster;
  readonly #counts = new Map<string, { readonly matches: (pod: PodState) => boolean; readonly byNode: number[] }>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe({
      placed: (pod, node) => this.#change(pod, node.index, 1),
      removed: (pod, node) => this.#change(pod, node.index, -1),
    });
  }

  /** Pods of these namespaces that match; pods being deleted do not count. */
  of(namespaces: readonly string[], selector: LabelSelector | undefined): Counts {
    const key = JSON.stringify([namespaces, selector]);
    const known = this.#counts.get(key);
    if (known) {
      // Put last: the first are the ones to drop.
      this.#counts.delete(key);
      this.#counts.set(key, known);
      return known.byNode;
    }
    const compiled = compileSelector(selector);
    const matches = ({ pod: { metadata } }: PodState): boolean =>
      metadata.deletionTimestamp === undefined && namespaces.includes(metadata.namespace!) && compiled(metadata.labels);
    const byNode: number[] = [];
    for (const { pod, node } of this.#cluster.pods())
      if (matches(pod)) byNode[node.index] = (byNode[node.index] ?? 0) + 1;
    if (this.#counts.size >= KEPT) this.#counts.delete(this.#counts.keys().next().value!);
    this.#counts.set(key, { matches, byNode });
    return byNode;
  }

  #change(pod: PodState, index: number, by: 1 | -1): void {
    for (const { matches, byNode } of this.#counts.values())
      if (matches(pod)) byNode[index] = (byNode[index] ?? 0) + by;
  }
}

const ofCluster = new WeakMap<Cluster, PodCounts>();

/** The counts that belong to a cluster. */
export function podCounts(cluster: Cluster): PodCounts {
  let counts = ofCluster.get(cluster);
  if (!counts) ofCluster.set(cluster, (counts = new PodCounts(cluster)));
  return counts;
}
