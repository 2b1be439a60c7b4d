/**
 * Lets pods go whose Job is no more: they keep the finalizer by which a Job counts them, and nobody will count them now.
 *
 * A key is a Job's name; a name of nothing stands for pods that no Job controls.
 */
import { Job } from "../../api/batch/index.ts";
import { Pod } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Kind } from "../../machinery/kind.ts";
import type { Client } from "../../client/client.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, watch } from "../runtime/controller.ts";
import type { Changed, ObjectKey, ReconcileContext } from "../runtime/controller.ts";
import { controllerOf, refersTo } from "../runtime/owners.ts";
import { isTracked, releasing } from "./pods-of-job.ts";

const TRACKED = "job-tracked";

export const orphanedJobPods = defineController<Job>({
  name: "job-orphaned-pods-controller",
  account: "job-controller",
  kind: Job,
  watches: [watch(Pod, keysOf)],
  rbac: [right("get", "batch", "jobs"), right("patch", "core", "pods")],
  reconcile,
});

/** What controls the pod: the uid of a Job, or nothing. */
function jobOf(pod: Pod): { readonly name: string; readonly uid: string | undefined } {
  const reference = controllerOf(pod);
  return reference !== undefined && refersTo(reference, Job as Kind)
    ? { name: reference.name, uid: reference.uid }
    : { name: "", uid: undefined };
}

function keysOf({ type, object: pod }: Changed<Pod>, cache: Cache): readonly string[] {
  if (type === "DELETED" || !isTracked(pod)) return [];
  const { namespace } = pod.metadata;
  const { name, uid } = jobOf(pod);
  return name !== "" && cache.get(Job, name, namespace)?.metadata.uid === uid ? [] : [`${namespace}/${name}`];
}

async function reconcile({ name, namespace = "" }: ObjectKey, { cache, client }: ReconcileContext): Promise<void> {
  const tracked = cache.indexed(Pod, TRACKED, (pod) =>
    isTracked(pod) ? [`${pod.metadata.namespace}/${jobOf(pod).name}`] : [],
  );
  const pods = tracked.byIndex(TRACKED, `${namespace}/${name}`);
  const known = name === "" ? undefined : cache.get(Job, name, namespace);
  const left = known === undefined ? pods : pods.filter((pod) => jobOf(pod).uid !== known.metadata.uid);
  if (left.length === 0) return;
  // The cache may be behind: a Job that was just made is to count its pods.
  const live = name === "" ? undefined : await uidOf(client, name, namespace);
  const orphans = live === undefined ? left : left.filter((pod) => jobOf(pod).uid !== live);
  await Promise.all(orphans.map((pod) => letGo(client, pod)));
}

async function uidOf(client: Client, name: string, namespace: string): Promise<string | undefined> {
  try {
    return (await client.get(Job, name, namespace)).metadata.uid;
  } catch (error) {
    if (isReason(error, "NotFound")) return undefined;
    throw error;
  }
}

async function letGo(client: Client, pod: Pod): Promise<void> {
  try {
    await client.patch(Pod, pod.metadata.name, pod.metadata.namespace, releasing(pod));
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
  }
}
