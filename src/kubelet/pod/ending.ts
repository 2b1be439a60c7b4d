/** What is done for a pod whose containers have been stopped for good, each step by itself. */
import type { Pod } from "../../api/core/index.ts";
import { Pod as PodKind } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import type { KubeletContext } from "../context.ts";
import type { PodNotes } from "../notes.ts";
import type { LocalState } from "./local-state.ts";
import { podDirectory, podLogDirectory } from "./names.ts";
import { podCgroup } from "./resources.ts";

/** Gives back what only a living pod needs. Its sandboxes and logs stay until nobody can ask for them any more. */
export async function cleanUp({ pod, runtime }: LocalState, context: KubeletContext): Promise<void> {
  const { host, node, prober, tokens, images } = context;
  const { uid } = pod.metadata;
  for (const { id } of runtime.containers) prober.end(id);
  tokens.forget(uid);
  images.forgetPod(uid);
  await host.files.remove(podDirectory(node.places, uid));
  await host.cgroups.remove(podCgroup(node.cgroupRoot, pod));
}

/** Lets the API forget the pod, once its last status is told; true where another one took its name or it is gone already. */
export async function deleteFromApi(
  pod: Pod,
  notes: PodNotes,
  { client, statuses }: Pick<KubeletContext, "client" | "statuses">,
): Promise<boolean> {
  const { name, namespace, uid } = pod.metadata;
  await statuses.settled(uid);
  try {
    const options = { gracePeriodSeconds: 0, preconditions: { uid }, cause: notes.take() };
    await client.delete(PodKind, name, namespace, options);
    return false;
  } catch (error) {
    if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
    return true;
  }
}

/** The pod is gone everywhere else: nothing of it stays here. */
export async function removeRemains({ pod, runtime: seen }: LocalState, context: KubeletContext): Promise<void> {
  const { runtime, statuses, host, node } = context;
  statuses.forget(pod.metadata.uid);
  await Promise.all(seen.sandboxes.map(({ id }) => runtime.removePodSandbox(id)));
  await host.logs.remove(podLogDirectory(node.places, pod));
}
