import { Pod } from "../../api/core/index.ts";
import type { Client } from "../../client/client.ts";
import { isReason } from "../../machinery/errors.ts";
import { formatTime } from "../../machinery/time.ts";
import { conditionOf } from "../runtime/pods.ts";

export interface Disruption {
  readonly reason: string;
  readonly message: string;
}

/** Says on the pod why it is about to be deleted; with `phase` also that it will not come to an end by itself. */
export async function disruptPod(
  client: Client,
  pod: Pod,
  why: Disruption | undefined,
  now: number,
  phase?: "Failed",
): Promise<void> {
  const said = conditionOf(pod, "DisruptionTarget");
  const known = why === undefined || (said?.status === "True" && said.reason === why.reason);
  if (known && (phase ?? pod.status.phase) === pod.status.phase) return;
  const { name, namespace, uid, generation } = pod.metadata;
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    ...why,
    lastTransitionTime: formatTime(now),
    ...(generation !== undefined && { observedGeneration: generation }),
  };
  const conditions = why === undefined ? undefined : { conditions: [condition] };
  const body = { metadata: { uid }, status: { ...(phase && { phase }), ...conditions } };
  try {
    await client.patch(Pod, name, namespace, { type: "strategic", body }, { subresource: "status" });
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
  }
}
