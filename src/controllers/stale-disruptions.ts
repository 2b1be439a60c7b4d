/**
 * Takes it back that a pod is about to be deleted (its condition DisruptionTarget) where nothing has come of it for two
 * minutes: who said so failed to delete it, and may not try again. What its kubelet says is left to that.
 */
import { Pod } from "../api/core/index.ts";
import { keyOf, splitKey } from "../client/indexed-store.ts";
import { WorkQueue } from "../client/work-queue.ts";
import { isReason } from "../machinery/errors.ts";
import { formatTime, timeOf } from "../machinery/time.ts";
import { defineController, right } from "./runtime/controller.ts";
import type { ControllerContext } from "./runtime/controller.ts";
import { conditionOf, isFinished } from "./runtime/pods.ts";

/** Milliseconds. */
const TIMEOUT = 120_000;

export const staleDisruptions = defineController({
  name: "stale-pod-disruption-controller",
  account: "disruption-controller",
  rbac: [right("patch update", "core", "pods/status")],
  start(context) {
    const { cache, clock, log } = context;
    const queue = new WorkQueue<string>(clock);
    const work = async (key: string): Promise<void> => {
      try {
        const again = await takeBack(key, context);
        queue.forget(key);
        if (again !== undefined) queue.addAfter(key, again);
      } catch (error) {
        log.warn("a disruption could not be taken back", { key, error: String(error) });
        queue.addRateLimited(key);
      }
      queue.done(key);
    };
    queue.onReady(() => {
      for (let key = queue.take(); key !== undefined; key = queue.take()) void work(key);
    });
    // Few pods ever are about to be deleted: the others cost a look.
    const end = cache.of(Pod).subscribe(({ type, object }) => {
      const due = type === "DELETED" ? undefined : dueOf(object);
      if (due !== undefined) queue.addAfter(keyOf(object), due - clock.now());
    });
    return () => {
      end();
      queue.stop();
    };
  },
});

/** When the pod's condition is stale; undefined where it never is. */
export function dueOf(pod: Pod): number | undefined {
  if (pod.metadata.deletionTimestamp !== undefined || isFinished(pod)) return undefined;
  const condition = conditionOf(pod, "DisruptionTarget");
  if (condition?.status !== "True" || condition.reason === "TerminationByKubelet") return undefined;
  return (timeOf(condition.lastTransitionTime ?? undefined) ?? 0) + TIMEOUT;
}

/** Gives in how many milliseconds to look again. */
async function takeBack(key: string, { cache, client, clock }: ControllerContext): Promise<number | undefined> {
  const { name, namespace } = splitKey(key);
  const pod = cache.get(Pod, name, namespace);
  const due = pod === undefined ? undefined : dueOf(pod);
  const now = clock.now();
  if (pod === undefined || due === undefined) return undefined;
  if (due > now) return due - now;
  const { uid, generation } = pod.metadata;
  const condition = {
    type: "DisruptionTarget",
    status: "False",
    reason: null,
    message: null,
    lastTransitionTime: formatTime(now),
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  const body = { metadata: { uid }, status: { conditions: [condition] } };
  try {
    await client.patch(Pod, name, namespace, { type: "strategic", body }, { subresource: "status" });
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
  }
  return undefined;
}
