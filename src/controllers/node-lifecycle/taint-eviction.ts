/** Deletes pods that do not tolerate their node's NoExecute taints, when the time they were given is over. */
import { Node, Pod } from "../../api/core/index.ts";
import type { Taint } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Cache } from "../runtime/cache.ts";
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

const REASON = "TaintManagerEviction";
const WHY = { reason: "DeletionByTaintManager", message: "Taint manager: deleting due to NoExecute taint" };

/** Keys of pods that will have to leave; those of one cluster. */
const waitingOf = new WeakMap<Cache, Set<string>>();

function waitingIn(cache: Cache): Set<string> {
  let waiting = waitingOf.get(cache);
  if (waiting === undefined) waitingOf.set(cache, (waiting = new Set()));
  return waiting;
}

function leaveOf({ spec: { nodeName, tolerations = [] } }: Pod, { cache, now }: ReconcileContext): number | undefined {
  const node = nodeName ? cache.get(Node, nodeName) : undefined;
  const taints = node === undefined ? [] : evicting(node);
  return taints.length === 0 ? undefined : leavesAt(tolerations, taints, now);
}

async function reconcile({ name, namespace }: ObjectKey, context: ReconcileContext): Promise<Outcome | void> {
  const { cache, client, events, now } = context;
  const pod = cache.get(Pod, name, namespace);
  const key = `${namespace}/${name}`;
  const waiting = waitingIn(cache);
  const leave = pod === undefined || pod.metadata.deletionTimestamp !== undefined ? undefined : leaveOf(pod, context);
  if (pod === undefined || leave === undefined) {
    const gone = { apiVersion: "v1", kind: "Pod", name, ...(namespace !== undefined && { namespace }) };
    if (waiting.delete(key)) events.event(pod ?? gone, "Normal", REASON, `Cancelling deletion of Pod ${key}`);
    return;
  }
  if (leave > now) {
    waiting.add(key);
    return { recheckAt: leave };
  }
  waiting.delete(key);
  events.event(pod, "Normal", REASON, `Marking for deletion Pod ${key}`);
  await disruptPod(client, pod, WHY, now);
  try {
    await client.delete(Pod, name, namespace, { preconditions: { uid: pod.metadata.uid } });
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
  }
}
