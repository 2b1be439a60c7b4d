/** What is left on the node of pods that nobody knows any more: containers, files, logs. */
import type { Log } from "../../machinery/log.ts";
import type { Host } from "../host.ts";
import type { ListedPod } from "../pod/found.ts";
import type { Places } from "../pod/names.ts";
import type { ContainerRuntime } from "../runtime.ts";

/** Seconds: whoever could have asked for more is gone. */
const GRACE = 2;

/** Never throws: what stays is found again by the next listing. */
export async function removeOrphans(
  orphans: ReadonlyMap<string, ListedPod>,
  runtime: ContainerRuntime,
  log: Log,
): Promise<void> {
  await Promise.all(
    [...orphans].map(async ([uid, { sandboxes, containers }]) => {
      try {
        log.info("removing what is left of a pod that is gone", { uid });
        await Promise.all(containers.map(({ id }) => runtime.stopContainer(id, GRACE)));
        for (const { id } of sandboxes) {
          await runtime.stopPodSandbox(id);
          await runtime.removePodSandbox(id);
        }
      } catch (error) {
        log.warn("what is left of a pod was not removed", { uid, error });
      }
    }),
  );
}

/** Files of pods that were deleted while no kubelet ran, and whose containers are gone as well. */
export async function removeOrphanedFiles(
  { root, logs }: Places,
  host: Host,
  log: Log,
  known: (uid: string) => boolean,
): Promise<void> {
  if (!host.keepsFiles) return;
  const orphaned = (uid: string | undefined): boolean => uid !== undefined && !known(uid);
  try {
    const [folders, logFolders] = await Promise.all([host.files.list(`${root}/pods`), host.files.list(logs)]);
    await Promise.all([
      ...folders.filter(orphaned).map((uid) => host.files.remove(`${root}/pods/${uid}`)),
      // `<namespace>_<name>_<uid>`
      ...logFolders.filter((name) => orphaned(name.split("_")[2])).map((name) => host.logs.remove(`${logs}/${name}`)),
    ]);
  } catch (error) {
    log.warn("files of pods that are gone were not removed", { error });
  }
}
