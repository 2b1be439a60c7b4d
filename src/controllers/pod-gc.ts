/**
 * Sweeps up pods nobody else will: those of nodes that are gone or out of service, those that are being deleted and
 * never got a node, and the oldest finished ones beyond a limit.
 */
import { Node, Pod } from "../api/core/index.ts";
import { isReason } from "../machinery/errors.ts";
import { compareText } from "../machinery/go-text.ts";
import { disruptPod } from "./node-lifecycle/disrupt-pod.ts";
import type { Disruption } from "./node-lifecycle/disrupt-pod.ts";
import { OUT_OF_SERVICE, readiness } from "./node-lifecycle/taints.ts";
import { defineController, right } from "./runtime/controller.ts";
import type { ControllerContext } from "./runtime/controller.ts";
import { isFinished } from "./runtime/pods.ts";

/** Between sweeps, and how long a node must be gone before its pods go, milliseconds. */
const PERIOD = 20_000;
const QUARANTINE = 40_000;
const TERMINATED_THRESHOLD = 12_500;

export const podGarbageCollector = defineController({
  name: "pod-garbage-collector",
  rbac: [
    right("delete list watch", "core", "pods"),
    right("get list watch", "core", "nodes"),
    right("patch", "core", "pods/status"),
  ],
  start(context) {
    const sweeper = new Sweeper(context);
    let cancel = (): void => {};
    let stopped = false;
    const next = (): void => {
      if (stopped) return;
      cancel = context.clock.after(PERIOD, () => {
        void sweeper
          .sweep()
          .catch((error: unknown) => context.log.warn("pods could not be swept up", { error: String(error) }))
          .finally(next);
      });
    };
    context.cache.of(Pod);
    context.cache.of(Node);
    next();
    return () => {
      stopped = true;
      cancel();
    };
  },
});

class Sweeper {
  private readonly context: ControllerContext;
  /** Nodes that pods name and nobody knows, and since when. */
  private readonly missing = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.context = context;
  }

  async sweep(): Promise<void> {
    const { cache, settings } = this.context;
    const pods = cache.of(Pod);
    const nodes = cache.of(Node);
    if (!pods.hasSynced || !nodes.hasSynced) return;
    const finished: Pod[] = [];
    const orphaned: Pod[] = [];
    const stuck: Pod[] = [];
    for (const pod of pods.list()) {
      const { nodeName = "" } = pod.spec;
      const node = nodes.get(nodeName);
      if (nodeName !== "" && node === undefined) orphaned.push(pod);
      else if (pod.metadata.deletionTimestamp !== undefined && (node === undefined || isOutOfService(node)))
        stuck.push(pod);
      else if (isFinished(pod)) finished.push(pod);
    }
    const most = settings.terminatedPodThreshold ?? TERMINATED_THRESHOLD;
    const extra = finished.length - most;
    if (most > 0 && extra > 0) {
      await this.each(finished.toSorted(evictedFirst).slice(0, extra), (pod) => this.delete(pod));
    }
    await this.deleteOrphaned(orphaned);
    await this.each(stuck, (pod) => this.endAndDelete(pod));
  }

  /** What one pod is refused keeps no other. */
  private async each(pods: readonly Pod[], act: (pod: Pod) => Promise<void>): Promise<void> {
    const { log } = this.context;
    await Promise.all(
      pods.map((pod) =>
        act(pod).catch((error: unknown) => {
          const { name, namespace } = pod.metadata;
          log.warn("a pod could not be swept up", { pod: `${namespace}/${name}`, error: String(error) });
        }),
      ),
    );
  }

  /** Only after a while, and after a look at the server: a node may just have been registered anew. */
  private async deleteOrphaned(pods: readonly Pod[]): Promise<void> {
    const now = this.context.clock.now();
    const names = new Set(pods.map(({ spec }) => spec.nodeName!));
    for (const name of this.missing.keys()) if (!names.has(name)) this.missing.delete(name);
    const gone = new Set<string>();
    for (const name of names) {
      const since = this.missing.get(name);
      if (since === undefined) this.missing.set(name, now);
      else if (now - since >= QUARANTINE && (await this.isGone(name))) gone.add(name);
    }
    const orphans = pods.filter(({ spec }) => gone.has(spec.nodeName!));
    const why = { reason: "DeletionByPodGC", message: "PodGC: node no longer exists" };
    await this.each(orphans, (pod) => this.endAndDelete(pod, why));
  }

  /** No kubelet will ever say that it has failed. What has ended stays as it did. */
  private async endAndDelete(pod: Pod, why?: Disruption): Promise<void> {
    const { client, clock } = this.context;
    if (!isFinished(pod)) await disruptPod(client, pod, why, clock.now(), "Failed");
    await this.delete(pod);
  }

  private async isGone(node: string): Promise<boolean> {
    try {
      await this.context.client.get(Node, node);
      return false;
    } catch (error) {
      if (isReason(error, "NotFound")) return true;
      throw error;
    }
  }

  private async delete({ metadata: { name, namespace, uid } }: Pod): Promise<void> {
    try {
      await this.context.client.delete(Pod, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
    }
  }
}

/** Then the oldest. */
function evictedFirst(a: Pod, b: Pod): number {
  return (
    Number(isEvicted(b)) - Number(isEvicted(a)) ||
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

const isEvicted = ({ status: { phase, reason } }: Pod): boolean => phase === "Failed" && reason === "Evicted";

/** Its volumes and pods may be taken away: somebody said that it is off. */
function isOutOfService(node: Node): boolean {
  return readiness(node) !== "True" && (node.spec.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE);
}
