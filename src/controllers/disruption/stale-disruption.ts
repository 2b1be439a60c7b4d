/**
 * Takes back what pods say of a disruption that did not come: two minutes after a pod was to be disrupted it is neither
 * deleted nor at its end. What its own kubelet says stays: an end that it began may take any time.
 */
import { Pod } from "../../api/core/index.ts";
import { WorkQueue } from "../../client/work-queue.ts";
import { keyOf, splitKey } from "../../client/indexed-store.ts";
import { isReason } from "../../machinery/errors.ts";
import { formatTime, timeOf } from "../../machinery/time.ts";
import { defineController, right } from "../runtime/controller.ts";
import type { ControllerContext } from "../runtime/controller.ts";
import { conditionOf, isFinished } from "../runtime/pods.ts";

/** Milliseconds until what a pod says of its disruption counts as stale. */
const TIMEOUT = 120_000;
const DISRUPTED = "DisruptionTarget";

export const staleDisruptionController = defineController({
  name: "stale-pod-disruption-controller",
  account: "disruption-controller",
  rbac: [right("patch", "core", "pods/status")],
  start(context) {
    const { cache, clock } = context;
    const queue = new WorkQueue<string>(clock);
    queue.onReady(() => void work(queue, context));
    const end = cache.of(Pod).subscribe(({ type, object: pod }) => {
      const due = type === "DELETED" ? undefined : staleAt(pod);
      if (due !== undefined) queue.addAfter(keyOf(pod), due - clock.now());
    });
    return () => {
      end();
      queue.stop();
    };
  },
});

/** When a pod that is to be disrupted will have waited too long for it; undefined where it need not wait. */
export function staleAt(pod: Pod): number | undefined {
  const condition = conditionOf(pod, DISRUPTED);
  if (condition?.status !== "True" || condition.reason === "TerminationByKubelet") return undefined;
  if (pod.metadata.deletionTimestamp !== undefined || isFinished(pod)) return undefined;
  return (timeOf(condition.lastTransitionTime ?? undefined) ?? -Infinity) + TIMEOUT;
}

async function work(queue: WorkQueue<string>, { cache, client, clock, log }: ControllerContext): Promise<void> {
  const key = queue.take();
  if (key === undefined) return;
  const { name, namespace } = splitKey(key);
  const pod = cache.get(Pod, name, namespace);
  const now = clock.now();
  const due = pod && staleAt(pod);
  try {
    if (due !== undefined && due > now) queue.addAfter(key, due - now);
    else if (due !== undefined) {
      const { uid, resourceVersion, generation } = pod!.metadata;
      const condition = {
        type: DISRUPTED,
        status: "False",
        reason: null,
        message: null,
        lastTransitionTime: formatTime(now),
        ...(generation !== undefined && { observedGeneration: generation }),
      };
      const body = { metadata: { uid, resourceVersion }, status: { conditions: [condition] } };
      await client.patch(Pod, name, namespace, { type: "strategic", body }, { subresource: "status" });
    }
    queue.forget(key);
  } catch (error) {
    if (!isReason(error, "NotFound")) {
      log.debug("a stale disruption was not taken back; trying again", { key, error: String(error) });
      queue.addRateLimited(key);
    }
  }
  queue.done(key);
}
