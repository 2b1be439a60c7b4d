/**
 * The scheduler's picture of the cluster: nodes, the pods on them, and who changed when. Pods that are being
 * bound are in it already (`assume`), so that the next decision counts them.
 */
import { ownValue } from "../machinery/json-tree.ts";
import type { Node, Pod } from "../api/core/index.ts";
import { Budgets } from "./budgets.ts";
import { isFinished } from "./keys.ts";
import { NodeState } from "./node-state.ts";
import type { PodState } from "./pod-state.ts";
import { podState } from "./pod-state.ts";
import { Volumes } from "./volumes.ts";

/** Told of every pod that comes to a node or leaves it, for counts that plugins keep. */
export interface PodObserver {
  placed(pod: PodState, node: NodeState): void;
  removed(pod: PodState, node: NodeState): void;
}

export interface Trial {
  putBack(pod: PodState): void;
  takeOut(pod: PodState): void;
}

export interface Domains {
  /** By node index: which domain the node is in; -1 where it lacks the label. */
  readonly ids: Int32Array;
  /** How many domains there are. */
  readonly size: number;
}

/** Node labels whose values are kept as numbers; anybody may ask for one more. */
const DOMAINS_KEPT = 64;

/** The log of touched nodes is cut when it has grown to this; placements older than the cut start afresh. */
const TOUCHED_KEPT = 65_536;

export class Cluster {
  /** By index; undefined where a node went away. */
  readonly nodes: (NodeState | undefined)[] = [];
  readonly budgets = new Budgets();
  readonly volumes = new Volumes();
  readonly #byName = new Map<string, NodeState>();
  readonly #free: number[] = [];
  /** uid → where the pod is. */
  readonly #placed = new Map<string, { readonly pod: PodState; readonly node: NodeState }>();
  readonly #assumed = new Set<string>();
  /** uid → the node where room is kept for the pod until its victims are gone. */
  readonly #nominated = new Map<string, { readonly pod: PodState; readonly name: string }>();
  /** Pods whose node is not known (yet), by node name. */
  readonly #orphans = new Map<string, Map<string, PodState>>();
  readonly #observers = new Set<PodObserver>();
  #touched: number[] = [];
  #touchedFrom = 0;
  readonly #domains = new Map<string, Domains & { readonly epoch: number }>();
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();
  /** Grows when a Node object changes in a way that scheduling sees, or a node comes or goes. */
  epoch = 0;

  get size(): number {
    return this.#byName.size;
  }

  node(name: string): NodeState | undefined {
    return this.#byName.get(name);
  }

  /** Every pod on a known node. */
  *pods(): Iterable<{ readonly pod: PodState; readonly node: NodeState }> {
    yield* this.#placed.values();
  }

  setNamespace(name: string, labels: Readonly<Record<string, string>> | undefined): void {
    if (labels) this.#namespaces.set(name, labels);
    else this.#namespaces.delete(name);
  }

  /** Names of the namespaces whose labels match. */
  namespacesMatching(matches: (labels: Readonly<Record<string, string>>) => boolean): string[] {
    return [...this.#namespaces].filter(([, labels]) => matches(labels)).map(([name]) => name);
  }

  /** The values of a node label as numbers, so that counting by domain is counting in an array. */
  domains(key: string): Domains {
    const known = this.#domains.get(key);
    if (known?.epoch === this.epoch) return known;
    const ids = new Int32Array(this.nodes.length).fill(-1);
    const byValue = new Map<string, number>();
    for (const node of this.nodes) {
      const value = ownValue(node?.node.metadata.labels, key);
      if (value === undefined) continue;
      let id = byValue.get(value);
      if (id === undefined) byValue.set(value, (id = byValue.size));
      ids[node!.index] = id;
    }
    const domains = { epoch: this.epoch, ids, size: byValue.size };
    this.#domains.delete(key);
    if (this.#domains.size >= DOMAINS_KEPT) this.#domains.delete(this.#domains.keys().next().value!);
    this.#domains.set(key, domains);
    return domains;
  }

  observe(observer: PodObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** How many node touches there were so far: a mark for {@link touchedSince}. */
  get mark(): number {
    return this.#touchedFrom + this.#touched.length;
  }

  /** Indices of nodes on which pods came or went since `mark`, some more than once; undefined where that is too long ago. */
  touchedSince(mark: number): readonly number[] | undefined {
    if (mark < this.#touchedFrom) return undefined;
    return mark === this.mark ? NONE : this.#touched.slice(mark - this.#touchedFrom);
  }

  addNode(node: Node): void {
    const known = this.#byName.get(node.metadata.name);
    if (known) return this.updateNode(node);
    const index = this.#free.pop() ?? this.nodes.length;
    const state = new NodeState(node, index);
    this.nodes[index] = state;
    this.#byName.set(state.name, state);
    this.epoch++;
    for (const { pod, name } of this.#nominated.values()) if (name === state.name) state.nominated.set(pod.uid, pod);
    const waiting = this.#orphans.get(state.name);
    this.#orphans.delete(state.name);
    for (const pod of waiting?.values() ?? []) this.#place(pod, state);
    return undefined;
  }

  updateNode(node: Node): void {
    const state = this.#byName.get(node.metadata.name);
    if (!state) return this.addNode(node);
    state.update(node);
    this.epoch++;
    return undefined;
  }

  /** The pods on it stay known: the node may come back under its name. */
  removeNode(name: string): void {
    const state = this.#byName.get(name);
    if (!state) return;
    for (const pod of state.pods.values()) {
      this.#unplace(pod, state);
      this.#orphan(name, pod);
    }
    this.#byName.delete(name);
    this.nodes[state.index] = undefined;
    this.#free.push(state.index);
    this.epoch++;
  }

  /** Keeps room for a waiting pod on a node; without a name no longer. */
  nominate(pod: PodState, name: string | undefined): void {
    const known = this.#nominated.get(pod.uid);
    if (known?.name === name && known?.pod.shape === pod.shape) return;
    if (known !== undefined) {
      this.#nominated.delete(pod.uid);
      this.#reserve(known.name, (nominated) => nominated.delete(pod.uid));
    }
    if (!name) return;
    this.#nominated.set(pod.uid, { pod, name });
    this.#reserve(name, (nominated) => nominated.set(pod.uid, pod));
  }

  #reserve(name: string, change: (nominated: Map<string, PodState>) => void): void {
    const node = this.#byName.get(name);
    if (node === undefined) return;
    change(node.nominated);
    this.#touch(node.index);
  }

  /** Counts a pod on the node it is about to be bound to. */
  assume(pod: PodState, node: NodeState): void {
    this.nominate(pod, undefined);
    this.#assumed.add(pod.uid);
    this.#place(pod, node);
  }

  /** The binding failed. False where the pod is bound all the same, or gone. */
  forget(pod: PodState): boolean {
    if (!this.#assumed.delete(pod.uid)) return false;
    const placed = this.#placed.get(pod.uid);
    if (placed) this.#unplace(pod, placed.node);
    else this.#dropOrphan(pod.uid);
    return true;
  }

  /** A bound pod as the API shows it now. True where that is news for who waits. */
  setPod(pod: Pod): boolean {
    const { uid } = pod.metadata;
    const known = this.#placed.get(uid);
    if (isFinished(pod)) {
      this.removePod(pod);
      return known !== undefined;
    }
    this.#assumed.delete(uid);
    const name = pod.spec.nodeName!;
    if (known?.node.name === name && sameForScheduling(known.pod.pod, pod)) return false;
    const state = podState(pod);
    this.nominate(state, undefined);
    if (known) this.#unplace(known.pod, known.node);
    const node = this.#byName.get(name);
    if (node) this.#place(state, node);
    else this.#orphan(name, state);
    return true;
  }

  removePod(pod: Pod): void {
    const { uid } = pod.metadata;
    this.#assumed.delete(uid);
    const nominated = this.#nominated.get(uid);
    if (nominated) this.nominate(nominated.pod, undefined);
    const placed = this.#placed.get(uid);
    if (placed) this.#unplace(placed.pod, placed.node);
    else this.#dropOrphan(uid);
  }

  /** Lets `look` see the node without these pods, and put them back one by one; in the end all are there again. */
  without<T>(node: NodeState, pods: readonly PodState[], look: (trial: Trial) => T): T {
    const away = new Set(pods);
    for (const pod of pods) this.#unplace(pod, node);
    const putBack = (pod: PodState): void => {
      if (away.delete(pod)) this.#place(pod, node);
    };
    const takeOut = (pod: PodState): void => {
      away.add(pod);
      this.#unplace(pod, node);
    };
    try {
      return look({ putBack, takeOut });
    } finally {
      for (const pod of away) this.#place(pod, node);
    }
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid);
  }

  #place(pod: PodState, node: NodeState): void {
    node.add(pod);
    this.#placed.set(pod.uid, { pod, node });
    this.#touch(node.index);
    for (const observer of this.#observers) observer.placed(pod, node);
  }

  #unplace(pod: PodState, node: NodeState): void {
    node.remove(pod);
    this.#placed.delete(pod.uid);
    this.#touch(node.index);
    for (const observer of this.#observers) observer.removed(pod, node);
  }

  #orphan(name: string, pod: PodState): void {
    let pods = this.#orphans.get(name);
    if (!pods) this.#orphans.set(name, (pods = new Map()));
    pods.set(pod.uid, pod);
  }

  #dropOrphan(uid: string): void {
    for (const [name, pods] of this.#orphans) {
      if (!pods.delete(uid)) continue;
      if (pods.size === 0) this.#orphans.delete(name);
      return;
    }
  }

  #touch(index: number): void {
    if (this.#touched.length >= TOUCHED_KEPT) {
      const cut = this.#touched.length >> 1;
      this.#touched = this.#touched.slice(cut);
      this.#touchedFrom += cut;
    }
    this.#touched.push(index);
  }
}

const NONE: readonly number[] = [];

/** Status updates are most of what happens to a pod, and none of them matter here. */
function sameForScheduling({ spec, metadata: before }: Pod, { spec: now, metadata: after }: Pod): boolean {
  return (
    (spec === now || before.generation === after.generation) &&
    before.deletionTimestamp === after.deletionTimestamp &&
    (before.labels === after.labels || sameLabels(before.labels, after.labels))
  );
}

function sameLabels(a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
