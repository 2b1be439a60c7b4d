/**
 * What a scheduler plugin is. A plugin costs its file, its test and one line in plugins/index.ts.
 *
 * A pod is first `prepare`d for (once for all nodes), then each node is asked by `filter` whether the pod may run
 * there, and the nodes that remain are ranked by `score`. What a plugin looks at decides how much of its work is kept
 * between pods of the same shape (see placement.ts), so it says so in `dependsOn`.
 */
import type { Cluster } from "./cluster.ts";
import type { NodeState } from "./node-state.ts";
import type { PodState } from "./pod-state.ts";

/** The best score a plugin gives; scores are whole or broken numbers from 0 to this. */
export const MAX_SCORE = 100;

export type DependsOn =
  /** The pod's shape and the Node object alone: kept until a node changes. */
  | "node"
  /** Also the pods on that node: worked out again for the nodes where pods came or went. */
  | "node and its pods"
  /** Pods on other nodes too: worked out again for each pod. */
  | "all pods";

/** `S` is what `prepare` found out for one pod; plugins without `prepare` get undefined. */
export interface Plugin<S = unknown> {
  readonly name: string;
  readonly dependsOn: DependsOn;
  /** Changes of the cluster after which a pod that this plugin rejected is worth trying again. */
  readonly retryOn: readonly ClusterEvent[];
  /** `skip`: nothing to do for this pod, neither filter nor score. A {@link Rejection} rejects it on every node. */
  prepare?(pod: PodState, cluster: Cluster): S | Rejection | typeof SKIP;
  filter?(view: View<S>): Rejection | undefined;
  score?(view: View<S>): number;
  /** Whether a pod that this plugin rejected may be helped by another one that was placed. Default: it may. */
  helpedBy?(pod: PodState, placed: PodState, cluster: Cluster): boolean;
  /**
   * Raw scores are brought to 0…100 over the nodes that remain: `highest` against the highest, `lowest` the same turned
   * round, `fewest` too, but so that the lowest of them gets all, `range` between the lowest (which may be negative) and the highest. Default: they are 0…100 already.
   * NaN is a node that compares with none: it gets 0.
   */
  readonly prefer?: Preference;
  /** How much the score counts against other plugins'. Default 1. */
  readonly weight?: number;
}

export type Preference = "lowest" | "fewest" | "highest" | "range";

export interface View<S = unknown> {
  readonly pod: PodState;
  readonly node: NodeState;
  readonly state: S;
}

/** Returned by `prepare`: this plugin has nothing to say about the pod. */
export const SKIP: unique symbol = Symbol("skip");

/** Why a node, or every node, is out of the question. */
export interface Rejection {
  readonly rejected: true;
  /** As `FailedScheduling` prints it after the number of nodes, such as `Insufficient cpu`. */
  readonly reasons: readonly string[];
  /** True where no pod that could be evicted would change it. */
  readonly unresolvable: boolean;
}

/** Removing pods from the node might help. */
export const unless = (...reasons: string[]): Rejection => ({ rejected: true, reasons, unresolvable: false });
/** Removing pods from the node would not help. */
export const never = (...reasons: string[]): Rejection => ({ rejected: true, reasons, unresolvable: true });

export function isRejection(value: unknown): value is Rejection {
  return typeof value === "object" && value !== null && "rejected" in value;
}

export type ClusterEvent =
  | "node/add"
  | "node/update-allocatable"
  | "node/update-labels"
  | "node/update-taints"
  | "node/update-unschedulable"
  | "node/delete"
  | "pod/add"
  | "pod/update"
  | "volumes/change"
  | "pod/delete";

export function definePlugin<S>(plugin: Plugin<S>): Plugin {
  return plugin as Plugin;
}
