/** What the runtime has of each pod, by uid: read once when the kubelet starts or the runtime comes back. */
import type { ContainerListed, ContainerRuntime, PodSandbox } from "../runtime.ts";
import { POD_UID } from "./names.ts";

export interface ListedPod {
  readonly sandboxes: readonly PodSandbox[];
  readonly containers: readonly ContainerListed[];
}

export const NOTHING_LISTED: ListedPod = { sandboxes: [], containers: [] };

/** Two calls, whatever the number of pods. What carries no pod's uid is somebody else's. */
export async function listPods(runtime: ContainerRuntime): Promise<ReadonlyMap<string, ListedPod>> {
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandbox(), runtime.listContainers()]);
  const pods = new Map<string, { sandboxes: PodSandbox[]; containers: ContainerListed[] }>();
  const of = (uid: string): { sandboxes: PodSandbox[]; containers: ContainerListed[] } => {
    let pod = pods.get(uid);
    if (!pod) pods.set(uid, (pod = { sandboxes: [], containers: [] }));
    return pod;
  };
  for (const sandbox of sandboxes) {
    const uid = sandbox.labels[POD_UID] ?? sandbox.metadata.uid;
    if (uid) of(uid).sandboxes.push(sandbox);
  }
  for (const container of containers) {
    const uid = container.labels[POD_UID];
    if (uid) of(uid).containers.push(container);
  }
  return pods;
}
