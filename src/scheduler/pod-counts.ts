/**
 * How many pods that match a selector are on each node, kept current as pods come and go. Counts are made when a plugin
 * first asks for them and shared by all pods that ask for the same.
 */
import type { LabelSelector } from "../machinery/selectors.ts";
import { compileSelector } from "../machinery/selectors.ts";
import type { Cluster } from "./cluster.ts";
import type { PodState } from "./pod-state.ts";

/** Which pods are meant. */
export interface Selection {
  readonly namespaces: readonly string[];
  readonly selector: LabelSelector | undefined;
}

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

  /** Pods that all of these mean; whether pods that are being deleted count is for the asker to say. */
  of(selections: readonly Selection[], { leaving }: { readonly leaving: boolean }): Counts {
    const key = JSON.stringify([leaving, selections.map(({ namespaces, selector }) => [namespaces, selector])]);
    const known = this.#counts.get(key);
    if (known) {
      // Put last: the first are the ones to drop.
      this.#counts.delete(key);
      this.#counts.set(key, known);
      return known.byNode;
    }
    const matchers = selections.map(matcherOf);
    const matches = (pod: PodState): boolean =>
      (leaving || pod.pod.metadata.deletionTimestamp === undefined) && matchers.every((each) => each(pod));
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

export function matcherOf({ namespaces, selector }: Selection): (pod: PodState) => boolean {
  const compiled = compileSelector(selector);
  return ({ pod: { metadata } }) => namespaces.includes(metadata.namespace!) && compiled(metadata.labels);
}

const ofCluster = new WeakMap<Cluster, PodCounts>();

/** The counts that belong to a cluster. */
export function podCounts(cluster: Cluster): PodCounts {
  let counts = ofCluster.get(cluster);
  if (!counts) ofCluster.set(cluster, (counts = new PodCounts(cluster)));
  return counts;
}
