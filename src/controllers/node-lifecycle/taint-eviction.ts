/** Deletes pods that do not tolerate their node's NoExecute taints, when the time they were given is over. */
import { Node, Pod } from "../../api/core/index.ts";
import type { Taint } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { ObjectKey, Outcome, ReconcileContext } from "../runtime/controller.ts";
import { disruptPod } from "./disrupt-pod.ts";
import { podsOnNode } from "./pods-on-node.ts";
import { leavesAt } from "./taints.ts";

export const taintEvictionController = defineController<Pod>({
  name: "taint-eviction-controller",
  account: "node-controller",
  kind: Pod,
  watches: [
    watch(Node, ({ object, previous }, cache) => {
      if (equivalent(evicting(object), previous && evicting(previous))) return [];
      return podsOnNode(cache, object.metadata.name).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    }),
  ],
  workers: 20,
  rbac: [
    right("get list watch", "core", "nodes"),
    right("patch update", "core", "pods/status"),
    right("delete get list watch", "core", "pods"),
    tellsEvents,
  ],
  reconcile,
});

const evicting = ({ spec }: Node): readonly Taint[] =>
  (spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");

async function reconcile({ name, namespace }: ObjectKey, context: ReconcileContext): Promise<Outcome | void> {
  const { cache, client, events, now } = context;
  const pod = cache.get(Pod, name, namespace);
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || !pod.spec.nodeName) return;
  const node = cache.get(Node, pod.spec.nodeName);
  const taints = node === undefined ? [] : evicting(node);
  if (taints.length === 0) return;
  const leave = leavesAt(pod.spec.tolerations ?? [], taints, now);
  if (leave === undefined) return;
  if (leave > now) return { recheckAt: leave };
  events.event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${namespace}/${name}`);
  await disruptPod(client, pod, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", now);
  try {
    await client.delete(Pod, name, namespace, { preconditions: { uid: pod.metadata.uid } });
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
  }
}
