/** Control groups of pods: version 1 has a hierarchy for each controller, version 2 (cgroups-v2.ts) one for all. */
import { join } from "node:path";
import type { Cgroups } from "../../src/kubelet/host.ts";
import type { GroupFiles, Settings } from "./cgroup-files.ts";
import { CONTROLLERS, realGroups, removeTree, write } from "./cgroup-files.ts";
import { unified } from "./cgroups-v2.ts";

const ROOT = "/sys/fs/cgroup";

/** In a hybrid set-up, where version 2 only tracks processes, version 1 is what limits them. */
export function machineCgroups(root = ROOT, files: GroupFiles = realGroups): Cgroups {
  return files.exists(join(root, "cgroup.controllers")) ? unified(root, files) : split(root, files);
}

function split(root: string, files: GroupFiles): Cgroups {
  const hierarchies = async (): Promise<string[]> =>
    (await files.list(root)).filter((name) => CONTROLLERS.includes(name));
  return {
    version: 1,
    get swap() {
      return files.exists(join(root, "memory/memory.memsw.limit_in_bytes"));
    },
    async ensure(path, { cpuShares, cpuQuota, cpuPeriod, memoryBytes, pids }) {
      const settings: Readonly<Record<string, Settings>> = {
        cpu: {
          ...(cpuShares !== undefined && { "cpu.shares": String(cpuShares) }),
          ...(cpuPeriod !== undefined && { "cpu.cfs_period_us": String(cpuPeriod) }),
          ...(cpuPeriod !== undefined && { "cpu.cfs_quota_us": String(cpuQuota ?? -1) }),
        },
        memory: { ...(memoryBytes !== undefined && { "memory.limit_in_bytes": String(memoryBytes) }) },
        pids: { ...(pids !== undefined && { "pids.max": String(pids) }) },
      };
      await Promise.all(
        (await hierarchies()).map(async (controller) => {
          // Where there is nothing to set, the runtime makes the group when it makes the containers' own.
          if (Object.keys(settings[controller] ?? {}).length === 0) return;
          const group = join(root, controller, path);
          await files.makeAll(group);
          await write(files, group, settings[controller]!);
        }),
      );
    },
    async remove(path) {
      await Promise.all((await files.groups(root)).map((name) => removeTree(files, join(root, name, path))));
    },
  };
}
