/**
 * Where pods of one shape may go, kept from one pod to the next.
 *
 * For each node: is it out of the question, why, and how does it rank. What depends on the Node alone is worked out
 * once an epoch; what depends on the node's pods is worked out again only for nodes where pods came or went; only
 * plugins that look at all pods are asked each time. So placing one more replica of a shape whose plugins look at
 * single nodes costs a few numbers and O(log nodes), not a look at every node.
 *
 * Worked example: 5,000 nodes, 1,000 replicas without constraints. The first fills the arrays; each of the others
 * re-ranks the one node that the replica before it went to, and takes the top of the heap.
 */
import type { Cluster } from "./cluster.ts";
import type { Plugin, Preference, Rejection, View } from "./framework.ts";
import { MAX_SCORE, SKIP, isRejection } from "./framework.ts";
import { Heap } from "./heap.ts";
import type { NodeState } from "./node-state.ts";
import type { PodState } from "./pod-state.ts";

export interface Ranked {
  readonly node: string;
  readonly score: number;
}

/** The outcome for one pod. */
export type Decision =
  | {
      readonly node: NodeState;
      readonly feasible: number;
      readonly scores: Readonly<Record<string, number>>;
      readonly total: number;
      /** The best nodes with their totals, as many as were asked for. */
      readonly ranking: readonly Ranked[];
    }
  | { readonly node: undefined; readonly failure: Failure };

export interface Failure {
  /** Reason → on how many nodes. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly nodes: number;
  /** Names of the plugins that rejected a node. */
  readonly plugins: ReadonlySet<string>;
  /** Nodes where evicting pods might help. */
  readonly resolvable: readonly NodeState[];
  /** No node was looked at: the reasons are the pod's own. */
  readonly everywhere?: true;
}

interface Active {
  readonly plugin: Plugin;
  readonly state: unknown;
}

interface Out {
  readonly plugin: string;
  readonly rejection: Rejection;
}

export class Placement {
  readonly #cluster: Cluster;
  readonly #random: () => number;
  readonly #byNode: readonly Plugin[];
  readonly #byNodeAndPods: readonly Plugin[];
  readonly #byAllPods: readonly Plugin[];
  #epoch = -1;
  #mark = 0;
  #static: readonly Active[] = [];
  #dynamic: readonly Active[] = [];
  /** What the Node alone says: out of the question, or its part of the score. */
  #staticOut: (Out | undefined)[] = [];
  #staticScore: Float64Array = new Float64Array(0);
  /** With the node's pods: the same again, and a little randomness that breaks ties. */
  #dynamicOut: (Out | undefined)[] = [];
  #score: Float64Array = new Float64Array(0);
  #feasible = 0;
  /** Candidates, best first; entries that no longer hold are dropped when they come up. */
  #best = new Heap<{ readonly index: number; readonly score: number }>((a, b) => b.score - a.score);

  constructor(cluster: Cluster, plugins: readonly Plugin[], random: () => number) {
    this.#cluster = cluster;
    this.#random = random;
    this.#byNode = plugins.filter(({ dependsOn }) => dependsOn === "node");
    this.#byNodeAndPods = plugins.filter(({ dependsOn }) => dependsOn === "node and its pods");
    this.#byAllPods = plugins.filter(({ dependsOn }) => dependsOn === "all pods");
  }

  /**
   * Finds the best node for `pod`, which has this placement's shape. Changes nothing in the cluster. Tells how the
   * `told` best nodes ranked: a look at all of them, so only for small clusters.
   */
  decide(pod: PodState, told = 0): Decision {
    const early = this.#refresh(pod);
    if (early) return { node: undefined, failure: this.#rejectedEverywhere(early) };
    const global = activeOf(this.#byAllPods, pod, this.#cluster);
    if (!Array.isArray(global)) return { node: undefined, failure: this.#rejectedEverywhere(global) };
    return global.length > 0 ? this.#decideGlobally(pod, global, told) : this.#decideLocally(pod, told);
  }

  /** Reason → number of nodes, of the nodes that are out of the question now. */
  rejections(): Map<string, number> {
    const reasons = new Map<string, number>();
    for (const node of this.#cluster.nodes) {
      const out = node && this.#out(node.index);
      for (const reason of out?.rejection.reasons ?? []) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    return reasons;
  }

  #out(index: number): Out | undefined {
    return this.#staticOut[index] ?? this.#dynamicOut[index];
  }

  /** Brings what is kept up to date; answers a rejection that holds for every node. */
  #refresh(pod: PodState): Out | undefined {
    const touched = this.#epoch === this.#cluster.epoch ? this.#cluster.touchedSince(this.#mark) : undefined;
    if (touched === undefined) {
      const out = this.#restart(pod);
      if (out) return out;
    } else if (touched.length > 0) {
      const dynamic = this.#dynamic;
      for (const index of new Set(touched)) this.#rank(pod, index, dynamic);
    }
    this.#mark = this.#cluster.mark;
    return undefined;
  }

  #restart(pod: PodState): Out | undefined {
    this.#epoch = -1;
    const byNode = activeOf(this.#byNode, pod, this.#cluster);
    if (!Array.isArray(byNode)) return byNode;
    const byPods = activeOf(this.#byNodeAndPods, pod, this.#cluster);
    if (!Array.isArray(byPods)) return byPods;
    this.#static = byNode;
    this.#dynamic = byPods;
    const { nodes } = this.#cluster;
    this.#staticOut = nodes.map((node) => node && firstOut(this.#static, pod, node));
    this.#staticScore = new Float64Array(nodes.length);
    addScores(
      this.#staticScore,
      this.#static,
      pod,
      nodes.filter((node) => node && !this.#staticOut[node.index]) as NodeState[],
    );
    this.#dynamicOut = Array.from({ length: nodes.length });
    this.#score = new Float64Array(nodes.length).fill(Number.NaN);
    this.#best.clear();
    this.#feasible = 0;
    for (const node of nodes) if (node && !this.#staticOut[node.index]) this.#rank(pod, node.index, byPods);
    this.#epoch = this.#cluster.epoch;
    return undefined;
  }

  /** Works out one node again. Its old place in the heap is found to be wrong when it comes up. */
  #rank(pod: PodState, index: number, dynamic: readonly Active[]): void {
    const node = this.#cluster.nodes[index];
    if (!node || this.#staticOut[index]) return;
    const was = !Number.isNaN(this.#score[index]!);
    const out = firstOut(dynamic, pod, node);
    this.#dynamicOut[index] = out;
    if (out) {
      this.#score[index] = Number.NaN;
      if (was) this.#feasible--;
      return;
    }
    let score = this.#staticScore[index]! + this.#random() * TIE;
    for (const { plugin, state } of dynamic) {
      if (plugin.score) score += (plugin.weight ?? 1) * plugin.score({ pod, node, state });
    }
    this.#score[index] = score;
    if (!was) this.#feasible++;
    this.#best.push({ index, score });
    if (this.#best.size > HEAP_SHARE * this.#score.length + SMALL_HEAP) this.#refill();
  }

  #refill(): void {
    this.#best.clear();
    for (const [index, score] of this.#score.entries()) if (!Number.isNaN(score)) this.#best.push({ index, score });
  }

  /** Entries in the heap, for tests: bounded by the number of nodes. */
  get size(): number {
    return this.#best.size;
  }

  #decideLocally(pod: PodState, told: number): Decision {
    const index = this.#kept(pod)?.index ?? this.#top();
    if (index === undefined) return { node: undefined, failure: this.#failure([]) };
    const node = this.#cluster.nodes[index]!;
    const ranking = told === 0 ? [] : this.#ranking(told);
    const total = round(this.#score[index]!);
    return { node, feasible: this.#feasible, total, scores: this.#explain(pod, node), ranking };
  }

  /** The best node's index. */
  #top(): number | undefined {
    for (let top = this.#best.peek(); top; top = this.#best.peek()) {
      if (this.#score[top.index] === top.score) return top.index;
      this.#best.pop();
    }
    return undefined;
  }

  /** The node that room is kept on for the pod, where it can go there. */
  #kept({ pod }: PodState): NodeState | undefined {
    const name = pod.status?.nominatedNodeName;
    const node = name ? this.#cluster.node(name) : undefined;
    return node && !Number.isNaN(this.#score[node.index]!) ? node : undefined;
  }

  /** With plugins that look at all pods: each node that is left is asked. */
  #decideGlobally(pod: PodState, global: readonly Active[], told: number): Decision {
    const out: [NodeState, Out][] = [];
    const left: NodeState[] = [];
    for (const node of this.#cluster.nodes) {
      if (!node || Number.isNaN(this.#score[node.index]!)) continue;
      const rejected = firstOut(global, pod, node);
      if (rejected) out.push([node, rejected]);
      else left.push(node);
    }
    if (left.length === 0) return { node: undefined, failure: this.#failure(out) };
    const scores = new Float64Array(this.#cluster.nodes.length);
    addScores(scores, global, pod, left);
    const totalOf = (node: NodeState): number => this.#score[node.index]! + scores[node.index]!;
    const kept = this.#kept(pod);
    let best = kept !== undefined && left.includes(kept) ? kept : left[0]!;
    if (best !== kept) for (const node of left) if (totalOf(node) > totalOf(best)) best = node;
    return {
      node: best,
      feasible: left.length,
      total: round(totalOf(best)),
      scores: { ...this.#explain(pod, best), "all pods": round(scores[best.index]!) },
      ranking: rankingOf(left, totalOf, told),
    };
  }

  #ranking(told: number): Ranked[] {
    const left = this.#cluster.nodes.filter((each) => each !== undefined && !this.#out(each.index)) as NodeState[];
    return rankingOf(left, ({ index }) => this.#score[index]!, told);
  }

  /** The parts of a node's score by plugin; those brought to scale over all nodes are told together. */
  #explain(pod: PodState, node: NodeState): Record<string, number> {
    const scores: Record<string, number> = { node: round(this.#staticScore[node.index]!) };
    for (const { plugin, state } of this.#dynamic) {
      if (plugin.score) scores[plugin.name] = round((plugin.weight ?? 1) * plugin.score({ pod, node, state }));
    }
    return scores;
  }

  #failure(global: readonly (readonly [NodeState, Out])[]): Failure {
    const all: (readonly [NodeState, Out])[] = [...global];
    for (const node of this.#cluster.nodes) {
      const out = node && this.#out(node.index);
      if (out) all.push([node, out]);
    }
    const reasons = new Map<string, number>();
    for (const [, { rejection }] of all) {
      for (const reason of rejection.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    return {
      reasons,
      nodes: this.#cluster.size,
      plugins: new Set(all.map(([, { plugin }]) => plugin)),
      resolvable: all.filter(([, { rejection }]) => !rejection.unresolvable).map(([node]) => node),
    };
  }

  #rejectedEverywhere({ plugin, rejection }: Out): Failure {
    const { size } = this.#cluster;
    return {
      reasons: new Map(rejection.reasons.map((reason) => [reason, size])),
      nodes: size,
      plugins: new Set([plugin]),
      resolvable: [],
      everywhere: true,
    };
  }
}

/** The heap is made anew when most of it is out of date: a placement may live long in a cluster whose nodes do not change. */
const HEAP_SHARE = 4;
const SMALL_HEAP = 64;

/** Ties are broken at random, by less than any real difference. */
const TIE = 1e-6;

function rankingOf(nodes: readonly NodeState[], totalOf: (node: NodeState) => number, told: number): Ranked[] {
  if (told === 0) return [];
  const ranked = nodes.map((node) => ({ node: node.name, score: round(totalOf(node)) }));
  return ranked.toSorted((a, b) => b.score - a.score).slice(0, told);
}

function round(score: number): number {
  return Math.round(score * 100) / 100;
}

function activeOf(plugins: readonly Plugin[], pod: PodState, cluster: Cluster): Active[] | Out {
  const active: Active[] = [];
  for (const plugin of plugins) {
    const state = plugin.prepare?.(pod, cluster);
    if (state === SKIP) continue;
    if (isRejection(state)) return { plugin: plugin.name, rejection: state };
    active.push({ plugin, state });
  }
  return active;
}

function firstOut(active: readonly Active[], pod: PodState, node: NodeState): Out | undefined {
  for (const { plugin, state } of active) {
    const rejection = plugin.filter?.({ pod, node, state });
    if (rejection) return { plugin: plugin.name, rejection };
  }
  return undefined;
}

/** Adds each plugin's weighted score, brought to 0…100 over `nodes` where the plugin asks for it. */
function addScores(to: Float64Array, active: readonly Active[], pod: PodState, nodes: readonly NodeState[]): void {
  for (const { plugin, state } of active) {
    if (!plugin.score) continue;
    const raw = nodes.map((node) => plugin.score!({ pod, node, state } satisfies View));
    const scaled = plugin.prefer ? scale(raw, plugin.prefer) : raw;
    for (const [i, node] of nodes.entries()) to[node.index]! += (plugin.weight ?? 1) * scaled[i]!;
  }
}

/** As upstream's DefaultNormalizeScore; for `range` as its InterPodAffinity, for `fewest` as its PodTopologySpread. */
function scale(raw: readonly number[], prefer: Preference): number[] {
  if (prefer === "range") return scaleRange(raw);
  let most = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const each of raw) {
    if (each > most) most = each;
    if (each < least) least = each;
  }
  const from = prefer === "fewest" ? most + least : most;
  return raw.map((each) => {
    if (Number.isNaN(each)) return 0;
    if (most === 0) return prefer === "highest" ? 0 : MAX_SCORE;
    return (MAX_SCORE * (prefer === "highest" ? each : from - each)) / most;
  });
}

function scaleRange(raw: readonly number[]): number[] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const each of raw) {
    least = Math.min(least, each);
    most = Math.max(most, each);
  }
  return raw.map((each) => (most === least ? 0 : (MAX_SCORE * (each - least)) / (most - least)));
}
