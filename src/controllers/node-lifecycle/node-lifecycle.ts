/**
 * Watches over nodes: one whose kubelet is silent for too long becomes Unknown, conditions become taints, and pods of
 * a node that is not ready no longer count as ready. Emptying such nodes (NoExecute taints) goes at the pace that
 * zones.ts sets.
 */
import { Lease } from "../../api/coordination/index.ts";
import { Node, Pod } from "../../api/core/index.ts";
import type { NodeCondition } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import { formatTime } from "../../machinery/time.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Controller, ControllerSettings, ObjectKey, Outcome, ReconcileContext } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { conditionOf, isReady } from "../runtime/pods.ts";
import { podsOnNode } from "./pods-on-node.ts";
import { readiness, taintsFor } from "./taints.ts";
import { Zones } from "./zones.ts";

const LEASES = "kube-node-lease";
const GRACE = 50_000;
/** Conditions that mean nothing once the kubelet is silent. */
const KUBELET_CONDITIONS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** What was last heard of a node, and when by our own clock: the node's may differ. */
interface Heartbeat {
  readonly uid: string;
  ready: string | undefined;
  at: number;
}

/** `settings` with nodeMonitorGracePeriod and the eviction rates. */
export function nodeLifecycleController(settings: ControllerSettings): Controller {
  const watcher = new NodeWatcher(settings);
  return defineController<Node>({
    name: "node-lifecycle-controller",
    account: "node-controller",
    component: "node-controller",
    kind: Node,
    watches: [
      watch(Lease, ({ type, object }, _, now) => {
        if (type === "DELETED") watcher.lostLease(object);
        else watcher.heardLease(object, now);
        return [];
      }),
      watch(Pod, ({ type, object }, cache) => {
        const { nodeName = "" } = object.spec;
        if (type === "DELETED" || nodeName === "" || !isReady(object)) return [];
        const node = cache.get(Node, nodeName);
        return node === undefined || readiness(node) === "True" ? [] : [nodeName];
      }),
    ],
    rbac: [
      right("delete get list patch update watch", "core", "nodes"),
      right("patch update", "core", "nodes/status"),
      right("patch update", "core", "pods/status"),
      right("delete get list watch", "core", "pods"),
      tellsEvents,
    ],
    reconcile: (key, context) => watcher.reconcile(key, context),
  });
}

class NodeWatcher {
  private readonly settings: ControllerSettings;
  private readonly grace: number;
  private readonly heartbeats = new Map<string, Heartbeat>();
  private readonly leases = new Map<string, { readonly renewed: string; readonly at: number }>();
  /** Nodes that may be emptied: had their turn since they became not ready. */
  private readonly emptying = new Set<string>();
  /** By node, while it is not ready: the pods that were marked. One that its kubelet calls ready again is left alone. */
  private readonly marked = new Map<string, Set<string>>();
  private zones: Zones | undefined;

  constructor(settings: ControllerSettings) {
    this.settings = settings;
    this.grace = settings.nodeMonitorGracePeriod ?? GRACE;
  }

  heardLease({ metadata, spec }: Lease, now: number): void {
    if (metadata.namespace !== LEASES) return;
    const renewed = spec.renewTime ?? "";
    if (this.leases.get(metadata.name)?.renewed !== renewed) this.leases.set(metadata.name, { renewed, at: now });
  }

  /** No sign of life, and often the last that is heard of a node. */
  lostLease({ metadata }: Lease): void {
    if (metadata.namespace === LEASES) this.leases.delete(metadata.name);
  }

  async reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<Outcome | void> {
    const node = context.cache.get(Node, name);
    const known = this.heartbeats.get(name);
    if (known !== undefined && known.uid !== node?.metadata.uid) this.forget(name, known, context);
    if (node === undefined) return;
    if (!this.heartbeats.has(name))
      tellOf(context, name, node.metadata.uid, "RegisteredNode", `Registered Node ${name} in Controller`);
    const silentFrom = this.hear(node, context.now) + this.grace;
    if (silentFrom <= context.now && (await this.markUnknown(node, context))) return;
    const recheck = await this.taint(node, context);
    if (readiness(node) === "True") this.marked.delete(name);
    else await this.markPods(node, context);
    const next = silentFrom > context.now ? silentFrom : undefined;
    const recheckAt = Math.min(next ?? Infinity, recheck ?? Infinity);
    return recheckAt === Infinity ? undefined : { recheckAt };
  }

  private forget(name: string, { uid }: Heartbeat, context: ReconcileContext): void {
    this.heartbeats.delete(name);
    this.leases.delete(name);
    this.emptying.delete(name);
    this.marked.delete(name);
    tellOf(context, name, uid, "RemovingNode", `Removing Node ${name} from Controller`);
  }

  /** When the kubelet was last heard of. */
  private hear(node: Node, now: number): number {
    const { name, uid } = node.metadata;
    const ready = node.status.conditions?.find(({ type }) => type === "Ready");
    // Our own verdict is no sign of life.
    const beat = ready?.status === "Unknown" ? undefined : (ready?.lastHeartbeatTime ?? "");
    let known = this.heartbeats.get(name);
    if (known === undefined) this.heartbeats.set(name, (known = { uid, ready: beat, at: now }));
    else if (beat !== undefined && beat !== known.ready) {
      known.ready = beat;
      known.at = now;
    }
    return Math.max(known.at, this.leases.get(name)?.at ?? 0);
  }

  /** True when there was something to write. */
  private async markUnknown(node: Node, { client, events, now }: ReconcileContext): Promise<boolean> {
    const time = formatTime(now);
    const present = node.status.conditions ?? [];
    const conditions = present.map((condition): NodeCondition => {
      if (!KUBELET_CONDITIONS.includes(condition.type) || condition.status === "Unknown") return condition;
      return {
        ...condition,
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
        lastTransitionTime: time,
      };
    });
    for (const type of KUBELET_CONDITIONS) {
      if (present.some((condition) => condition.type === type)) continue;
      conditions.push({
        type,
        status: "Unknown",
        reason: "NodeStatusNeverUpdated",
        message: "Kubelet never posted node status.",
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: time,
      });
    }
    if (equivalent(conditions, present)) return false;
    if (readiness(node) === "True") {
      events.event(node, "Normal", "NodeNotReady", `Node ${node.metadata.name} status is now: NodeNotReady`);
    }
    const status = { ...node.status, conditions };
    await client.update(Node, { ...node, status }, { subresource: "status" });
    return true;
  }

  /** Gives when to look again, where the node must wait for its turn. */
  private async taint(node: Node, context: ReconcileContext): Promise<number | undefined> {
    const { name, uid, resourceVersion } = node.metadata;
    const { client, now } = context;
    const wait = readiness(node) === "True" ? this.recovered(name) : this.waitForTurn(node, context);
    const taints = taintsFor(node, this.emptying.has(name), now);
    if (!equivalent(taints, node.spec.taints)) {
      const body = { metadata: { uid, resourceVersion }, spec: { taints } };
      await client.patch(Node, name, undefined, { type: "strategic", body });
    }
    return wait === undefined ? undefined : now + wait;
  }

  private recovered(name: string): undefined {
    this.emptying.delete(name);
  }

  private waitForTurn(node: Node, { cache, clock, settings }: ReconcileContext): number | undefined {
    const { name } = node.metadata;
    this.zones ??= new Zones(clock, { ...this.settings, ...settings });
    this.zones.count(cache.of(Node).list());
    if (this.zones.allDown) {
      this.emptying.delete(name);
      return this.grace;
    }
    if (this.emptying.has(name)) return undefined;
    const wait = this.zones.turn(node);
    if (wait !== 0) return wait ?? this.grace;
    this.emptying.add(name);
    return undefined;
  }

  /**
   * Its pods leave the endpoints of their Services, each once: a kubelet that can still say they are ready will soon say so
   * of its node, and two that take turns at one condition would do so without end.
   */
  private async markPods(node: Node, { cache, client, events, now }: ReconcileContext): Promise<void> {
    const before = this.marked.get(node.metadata.name);
    const marked = new Set<string>();
    this.marked.set(node.metadata.name, marked);
    await Promise.all(
      podsOnNode(cache, node.metadata.name).map(async (pod) => {
        const { name, namespace, uid } = pod.metadata;
        if (before?.has(uid)) marked.add(uid);
        if (marked.has(uid) || !isReady(pod)) return;
        const condition = { ...conditionOf(pod, "Ready"), status: "False", lastTransitionTime: formatTime(now) };
        const body = { metadata: { uid }, status: { conditions: [condition] } };
        try {
          await client.patch(Pod, name, namespace, { type: "strategic", body }, { subresource: "status" });
          marked.add(uid);
          events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
        } catch (error) {
          if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
        }
      }),
    );
  }
}

/** Of the node's own uid, also when it is gone. */
function tellOf({ events }: ReconcileContext, name: string, uid: string, reason: string, what: string): void {
  events.event({ kind: "Node", apiVersion: "v1", name, uid }, "Normal", reason, `Node ${name} event: ${what}`);
}
