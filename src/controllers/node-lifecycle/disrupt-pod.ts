import { Pod } from "../../api/core/index.ts";
import type { Client } from "../../client/client.ts";
import { isReason } from "../../machinery/errors.ts";
import { formatTime } from "../../machinery/time.ts";
import { conditionOf } from "../runtime/pods.ts";

/** Says on the pod why it is about to be deleted; with `phase` also that it will not come to an end by itself. */
export async function disruptPod(
  client: Client,
  pod: Pod,
  reason: string,
  message: string,
  now: number,
  phase?: "Failed",
): Promise<void> {
  if (conditionOf(pod, "DisruptionTarget")?.reason === reason && (phase ?? pod.status.phase) === pod.status.phase)
    return;
  const { name, namespace, uid, generation } = pod.metadata;
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason,
    message,
    lastTransitionTime: formatTime(now),
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  const body = { metadata: { uid }, status: { ...(phase && { phase }), conditions: [condition] } };
  try {
    await client.patch(Pod, name, namespace, { type: "strategic", body }, { subresource: "status" });
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
  }
}
