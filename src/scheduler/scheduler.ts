/**
 * Finds a node for each pod and binds it there.
 *
 * One decision at a time, each counting those before it (`assume`); bindings are written side by side. What could
 * not be placed waits in the queue until something happens that may change the answer.
 */
import { Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod } from "../api/core/index.ts";
import { PodDisruptionBudget } from "../api/policy/index.ts";
import { StorageClass } from "../api/storage/index.ts";
import { createEventRecorder } from "../client/index.ts";
import type { Client, EventRecorder, InformerHandler, Informers } from "../client/index.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Note } from "../machinery/door.ts";
import { isReason } from "../machinery/errors.ts";
import type { Log } from "../machinery/log.ts";
import type { KubeObject } from "../machinery/kind.ts";
import type { Random } from "../machinery/random.ts";
import { formatTime } from "../machinery/time.ts";
import { ClaimBinder } from "./claim-binder.ts";
import { Cluster } from "./cluster.ts";
import type { ClusterEvent, Plugin } from "./framework.ts";
import { isRejection, SKIP } from "./framework.ts";
import { isFinished, podKey } from "./keys.ts";
import type { NodeState } from "./node-state.ts";
import { Placement } from "./placement.ts";
import type { Failure } from "./placement.ts";
import { podState } from "./pod-state.ts";
import type { PodState } from "./pod-state.ts";
import { defaultPlugins } from "./plugins/index.ts";
import { preempt } from "./preemption.ts";
import type { Preemption } from "./preemption.ts";
import type { QueuedPod } from "./queue.ts";
import { SchedulingQueue } from "./queue.ts";

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Pods with another `spec.schedulerName` are somebody else's. Default `default-scheduler`. */
  readonly schedulerName?: string;
  readonly plugins?: readonly Plugin[];
}

export interface Scheduler {
  /** Resolves when the informers have synced and pods are being placed. */
  readonly started: Promise<void>;
  stop(): void;
}

/** Bindings being written at once; the next decision waits when there are more. */
const MOST_BINDINGS = 256;
/** Placements kept, one a shape. */
const MOST_SHAPES = 256;
/** Nodes named in the story of one decision. */
const TOLD_NODES = 5;

export function startScheduler(options: SchedulerOptions): Scheduler {
  return new DefaultScheduler(options);
}

class DefaultScheduler implements Scheduler {
  readonly started: Promise<void>;
  readonly #options: SchedulerOptions;
  readonly #name: string;
  readonly #plugins: readonly Plugin[];
  readonly #cluster = new Cluster();
  readonly #queue: SchedulingQueue;
  readonly #recorder: EventRecorder;
  readonly #claims: ClaimBinder;
  readonly #placements = new Map<string, Placement>();
  readonly #subscriptions: (() => void)[] = [];
  #bindings = 0;
  #pumping = false;
  #ready = false;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#name = options.schedulerName ?? "default-scheduler";
    this.#plugins = options.plugins ?? defaultPlugins;
    const retryOn = new Map(this.#plugins.map(({ name, retryOn: events }) => [name, new Set(events)]));
    this.#queue = new SchedulingQueue({
      clock: options.clock,
      concerns: (plugin, event) => retryOn.get(plugin)?.has(event) ?? true,
      wake: () => this.#pump(),
    });
    this.#recorder = createEventRecorder({ ...options, component: this.#name, form: "events" });
    this.#claims = new ClaimBinder(this.#cluster.volumes, options.client, options.clock);
    this.started = this.#start();
  }

  stop(): void {
    this.#stopped = true;
    this.#queue.stop();
    this.#recorder.stop();
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  /** Nothing is placed before all nodes and pods are known: a half-seen cluster looks emptier than it is. */
  async #start(): Promise<void> {
    const { informers } = this.#options;
    const nodes = informers.of(Node);
    const pods = informers.of(Pod);
    const namespaces = informers.of(Namespace);
    const budgets = informers.of(PodDisruptionBudget);
    const claims = informers.of(PersistentVolumeClaim);
    const volumes = informers.of(PersistentVolume);
    const classes = informers.of(StorageClass);
    const known = this.#cluster.volumes;
    this.#subscriptions.push(
      namespaces.subscribe(({ type, object }) =>
        this.#cluster.setNamespace(
          object.metadata.name,
          type === "DELETED" ? undefined : (object.metadata.labels ?? {}),
        ),
      ),
      budgets.subscribe(({ type, object }) =>
        type === "DELETED" ? this.#cluster.budgets.remove(object) : this.#cluster.budgets.set(object),
      ),
      claims.subscribe((change) => this.#onVolumes(known.claims, change)),
      volumes.subscribe((change) => this.#onVolumes(known.volumes, change)),
      classes.subscribe((change) => this.#onVolumes(known.classes, change)),
      nodes.subscribe(this.#onNode),
      pods.subscribe(this.#onPod),
    );
    const all = [nodes, pods, namespaces, budgets, claims, volumes, classes];
    await Promise.all(all.map(({ synced }) => synced));
    this.#ready = true;
    this.#pump();
  }

  #onVolumes<T extends KubeObject>(known: Map<string, T>, { type, object }: Parameters<InformerHandler<T>>[0]): void {
    const { namespace, name } = object.metadata;
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    if (type === "DELETED") known.delete(key);
    else known.set(key, object);
    this.#claims.changed();
    this.#queue.happened("volumes/change");
  }

  readonly #onNode: InformerHandler<Node> = ({ type, object, previous }) => {
    const { name } = object.metadata;
    if (type === "DELETED") {
      this.#cluster.removeNode(name);
      return this.#queue.happened("node/delete");
    }
    if (type === "ADDED" || !previous) {
      this.#cluster.addNode(object);
      return this.#queue.happened("node/add", (pod) => this.#mayFit(pod, name));
    }
    const events = changesOf(previous, object);
    // Images only rank nodes, and come and go all the time: they count from the next change on.
    if (events.length === 0) return this.#cluster.node(name)?.update(object);
    this.#cluster.updateNode(object);
    for (const event of events) this.#queue.happened(event, (pod) => this.#mayFit(pod, name));
    return undefined;
  };

  readonly #onPod: InformerHandler<Pod> = ({ type, object: pod, previous }) => {
    const { uid } = pod.metadata;
    if (type === "DELETED") {
      this.#queue.remove(uid);
      this.#cluster.removePod(pod);
      if (pod.spec.nodeName) this.#queue.happened("pod/delete");
      return;
    }
    if (pod.spec.nodeName) return this.#onPlaced(pod, previous);
    if (!this.#isMine(pod)) {
      this.#queue.remove(uid);
      // It may be bound just now; that it is not to be is for the server to say.
      if (!this.#cluster.isAssumed(uid)) this.#cluster.removePod(pod);
      return;
    }
    if (this.#cluster.isAssumed(uid)) return;
    const state = podState(pod);
    this.#cluster.nominate(state, pod.status?.nominatedNodeName);
    // Most changes of a waiting pod are its own condition: no reason to try again.
    if (this.#queue.known(uid)?.shape === state.shape) this.#queue.update(state);
    else this.#queue.add(state);
  };

  #onPlaced(pod: Pod, previous: Pod | undefined): void {
    this.#queue.remove(pod.metadata.uid);
    const changed = this.#cluster.setPod(pod);
    if (isFinished(pod)) {
      if (changed) this.#queue.happened("pod/delete");
    } else if (!previous?.spec.nodeName) {
      let placed: PodState | undefined;
      this.#queue.happened("pod/add", (waiting) => this.#isHelped(waiting, (placed ??= podState(pod))));
    } else if (changed) this.#queue.happened("pod/update");
  }

  #isHelped(waiting: PodState, placed: PodState): boolean {
    return this.#plugins.some(
      ({ retryOn, helpedBy }) => retryOn.includes("pod/add") && helpedBy?.(waiting, placed, this.#cluster) !== false,
    );
  }

  #isMine({ spec, metadata, status }: Pod): boolean {
    return (
      spec.schedulerName === this.#name &&
      metadata.deletionTimestamp === undefined &&
      !spec.schedulingGates?.length &&
      status?.phase !== "Succeeded" &&
      status?.phase !== "Failed"
    );
  }

  /** Whether the node's own properties let the pod in now: most waiting pods need not be woken for a node they cannot use. */
  #mayFit(pod: PodState, name: string): boolean {
    const node = this.#cluster.node(name);
    if (!node) return false;
    return this.#plugins.every(({ dependsOn, prepare, filter }) => {
      if (dependsOn === "all pods") return true;
      const state = prepare?.(pod, this.#cluster);
      return state === SKIP || (!isRejection(state) && !filter?.({ pod, node, state }));
    });
  }

  #pump(): void {
    if (this.#pumping || this.#stopped || !this.#ready) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      while (!this.#stopped && this.#bindings < MOST_BINDINGS) {
        const entry = this.#queue.take();
        if (!entry) return;
        this.#schedule(entry);
      }
    });
  }

  #schedule(entry: QueuedPod): void {
    const { clock, log } = this.#options;
    const { pod } = entry;
    const began = clock.now();
    const placement = this.#placementOf(pod);
    const decision = placement.decide(pod, this.#cluster.size <= SMALL ? TOLD_NODES : 0);
    if (!decision.node) {
      this.#reject(entry, decision.failure).catch((error: unknown) =>
        log.warn("cannot tell why a pod was not placed", { pod: pod.key, error: String(error) }),
      );
      return;
    }
    const { node, feasible, scores, total, ranking } = decision;
    const note: Note = {
      step: "schedule",
      began,
      ended: clock.now(),
      detail: {
        node: node.name,
        nodes: this.#cluster.size,
        feasible,
        filtered: feasible === this.#cluster.size ? {} : Object.fromEntries(placement.rejections()),
        score: total,
        scores,
        ...(ranking.length > 0 && { ranking }),
      },
    };
    this.#cluster.assume(pod, node);
    const volumes = this.#claims.bind(pod.pod, node);
    if (volumes === undefined) return this.#write(entry, node, note);
    volumes.then(
      () => this.#write(entry, node, note),
      (error: unknown) => this.#unbound(entry, error),
    );
    return undefined;
  }

  #write(entry: QueuedPod, node: NodeState, note: Note): void {
    this.#bindings++;
    this.#bind(entry, node, note)
      .finally(() => {
        this.#bindings--;
        this.#pump();
      })
      .catch((error: unknown) =>
        this.#options.log.error("binding ended badly", { pod: entry.pod.key, error: String(error) }),
      );
  }

  /** Its volumes did not come: it is tried again, wherever it fits then. */
  #unbound(entry: QueuedPod, error: unknown): void {
    const { pod } = entry.pod;
    if (!this.#cluster.forget(entry.pod) || this.#stopped) return;
    const why = error instanceof Error ? error.message : String(error);
    const message = `running PreBind plugin "VolumeBinding": binding volumes: ${why}`;
    this.#recorder.event(pod, "Warning", "FailedScheduling", message, { action: "Scheduling" });
    this.#retry(entry);
  }

  /** It may have changed meanwhile, or be on its way to go. */
  #retry(entry: QueuedPod): void {
    const { name, namespace, uid } = entry.pod.pod.metadata;
    const now = this.#options.informers.of(Pod).get(name, namespace);
    if (now?.metadata.uid !== uid || now.spec.nodeName || !this.#isMine(now)) return;
    this.#queue.failed({ ...entry, pod: podState(now) });
  }

  #placementOf(pod: PodState): Placement {
    const known = this.#placements.get(pod.shape);
    if (known) return known;
    if (this.#placements.size >= MOST_SHAPES) this.#placements.delete(this.#placements.keys().next().value!);
    const placement = new Placement(this.#cluster, this.#plugins, () => this.#options.random.next());
    this.#placements.set(pod.shape, placement);
    return placement;
  }

  async #bind(entry: QueuedPod, node: NodeState, note: Note): Promise<void> {
    const { client, log } = this.#options;
    const { pod } = entry.pod;
    const { name, namespace, uid, resourceVersion } = pod.metadata;
    const binding = {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name, namespace, uid },
      target: { kind: "Node", name: node.name },
    };
    try {
      const cause = { revisions: [Number(resourceVersion)], notes: [note] };
      await client.subresource(Pod, name, namespace, "binding", binding, { cause });
      this.#recorder.event(pod, "Normal", "Scheduled", `Successfully assigned ${podKey(pod)} to ${node.name}`, {
        action: "Binding",
      });
    } catch (error) {
      // Bound all the same, as the informer has shown, or gone.
      if (!this.#cluster.forget(entry.pod) || this.#stopped || isReason(error, "NotFound")) return;
      log.warn("binding was refused", { pod: entry.pod.key, node: node.name, error: String(error) });
      this.#retry(entry);
    }
  }

  async #reject(entry: QueuedPod, failure: Failure): Promise<void> {
    const { pod } = entry.pod;
    const outcome =
      failure.nodes === 0
        ? undefined
        : preempt(entry.pod, failure, this.#cluster, this.#plugins, () => this.#options.random.next());
    const preemption = outcome !== undefined && "victims" in outcome ? outcome : undefined;
    const refusal = outcome !== undefined && "message" in outcome ? outcome : undefined;
    const message = messageOf(failure, refusal?.message);
    const before = pod.status?.nominatedNodeName ?? "";
    const nominated = preemption?.node.name ?? (refusal?.waits === false ? "" : before);
    const waiting = nominated === before ? entry.pod : podState(nominate(pod, nominated));
    this.#cluster.nominate(waiting, nominated);
    this.#queue.rejected({ ...entry, pod: waiting }, failure.plugins);
    this.#recorder.event(pod, "Warning", "FailedScheduling", message, { action: "Scheduling" });
    await this.#patchCondition(pod, message, nominated);
    if (preemption) await Promise.all([this.#evict(pod, preemption), this.#displace(entry.pod, preemption.node)]);
  }

  /** Less important pods that room is kept for on the node will not fit there any more: they are tried again at once. */
  async #displace(by: PodState, node: NodeState): Promise<void> {
    const displaced = [...node.nominated.values()].filter(({ priority }) => priority < by.priority);
    await Promise.all(displaced.map(({ pod }) => this.#patchStatus(pod, { nominatedNodeName: null })));
  }

  async #patchCondition(pod: Pod, message: string, nominated: string): Promise<void> {
    const before = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    const same = nominated === (pod.status?.nominatedNodeName ?? "");
    if (same && before?.message === message) return;
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message,
      lastTransitionTime:
        before?.status === "False" ? before.lastTransitionTime : formatTime(this.#options.clock.now()),
      ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    };
    await this.#patchStatus(pod, {
      conditions: [condition],
      ...(!same && { nominatedNodeName: nominated === "" ? null : nominated }),
    });
  }

  async #patchStatus({ metadata }: Pod, status: object): Promise<void> {
    const { name, namespace, uid, resourceVersion } = metadata;
    const patch = { type: "strategic", body: { metadata: { uid }, status } } as const;
    try {
      const cause = { revisions: [Number(resourceVersion)] };
      await this.#options.client.patch(Pod, name, namespace, patch, { subresource: "status", cause });
    } catch (error) {
      if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
    }
  }

  /** The preemptor is tried again when its victims are gone. Those that leave already are only waited for. */
  async #evict(preemptor: Pod, { node, victims }: Preemption): Promise<void> {
    const message = `${this.#name}: preempting to accommodate a higher priority pod`;
    const staying = victims.filter(({ pod }) => pod.metadata.deletionTimestamp === undefined);
    await Promise.all(
      staying.map(async ({ pod: victim }) => {
        const { name, namespace, uid, generation } = victim.metadata;
        const condition = {
          type: "DisruptionTarget",
          status: "True",
          reason: "PreemptionByScheduler",
          message,
          lastTransitionTime: formatTime(this.#options.clock.now()),
          ...(generation !== undefined && { observedGeneration: generation }),
        };
        await this.#patchStatus(victim, { conditions: [condition] });
        try {
          await this.#options.client.delete(Pod, name, namespace, { preconditions: { uid } });
        } catch (error) {
          if (isReason(error, "NotFound") || isReason(error, "Conflict")) return;
          throw error;
        }
        const text = `Preempted by pod ${preemptor.metadata.uid} on node ${node.name}`;
        this.#recorder.event(victim, "Normal", "Preempted", text, { action: "Preempting", related: preemptor });
      }),
    );
  }
}

/** The pod as it will be once the server has heard of it. */
function nominate(pod: Pod, nominatedNodeName: string): Pod {
  return { ...pod, status: { ...pod.status, nominatedNodeName } };
}

/** In clusters up to this many nodes, a decision's story names how the best ones ranked. */
const SMALL = 50;

/** As upstream's FitError, `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s). preemption: …`. */
function messageOf({ nodes, reasons, everywhere }: Failure, preemption: string | undefined): string {
  if (nodes === 0) return "no nodes available to schedule pods";
  const counted = [...reasons].map(([reason, count]) => (everywhere ? reason : `${count} ${reason}`)).toSorted();
  const base = `0/${nodes} nodes are available: ${counted.join(", ")}.`;
  return preemption ? `${base} no new claims to deallocate, preemption: ${preemption}` : base;
}

/** What of a Node's change scheduling can see. Heartbeats are none of it. */
function changesOf(before: Node, after: Node): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  const differs = (read: (node: Node) => unknown): boolean =>
    read(before) !== read(after) && JSON.stringify(read(before)) !== JSON.stringify(read(after));
  if (differs(({ status }) => status?.allocatable)) events.push("node/update-allocatable");
  if (differs(({ metadata }) => metadata.labels)) events.push("node/update-labels");
  if (differs(({ spec }) => spec.taints)) events.push("node/update-taints");
  if (Boolean(before.spec.unschedulable) !== Boolean(after.spec.unschedulable))
    events.push("node/update-unschedulable");
  return events;
}
