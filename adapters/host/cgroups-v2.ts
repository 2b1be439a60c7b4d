/**
 * Version 2 of control groups (Documentation/admin-guide/cgroup-v2.rst): one hierarchy in which each group hands chosen
 * controllers down to the groups below it.
 *
 * Worked example: for `/kubepods/burstable/pod1` the root, `kubepods` and `burstable` get `+cpu +memory …` in their
 * `cgroup.subtree_control`; then `pod1` has `cpu.weight`, `memory.max` and so on.
 */
import { join } from "node:path";
import type { CgroupLimits, Cgroups } from "../../src/kubelet/host.ts";
import type { GroupFiles, Settings } from "./cgroup-files.ts";
import { CONTROLLERS, removeTree, write } from "./cgroup-files.ts";

/** Without these the pods' requests and limits mean nothing. */
const NEEDED = ["cpu", "memory"];
/** Where processes go that stand in the way of the pods' groups. */
const ASIDE = "init";

export function unified(root: string, files: GroupFiles): Cgroups {
  let swap = false;
  return {
    version: 2,
    get swap() {
      return swap;
    },
    async ensure(path, limits) {
      let at = root;
      for (const part of path.split("/").filter(Boolean)) {
        await handDown(files, at, at === root);
        at = join(at, part);
        await files.makeAll(at);
      }
      await write(files, at, settingsOf(limits));
      swap ||= files.exists(join(at, "memory.swap.max"));
    },
    remove: (path) => removeTree(files, join(root, path)),
  };
}

/** Gives the groups below `group` the controllers that it has; what they have already is not asked for again. */
async function handDown(files: GroupFiles, group: string, isRoot: boolean): Promise<void> {
  const words = async (file: string): Promise<string[]> =>
    (await files.read(join(group, file))).split(/\s+/).filter(Boolean);
  const [has, given] = await Promise.all([words("cgroup.controllers"), words("cgroup.subtree_control")]);
  const wanted = CONTROLLERS.filter((name) => has.includes(name) && !given.includes(name));
  if (wanted.length === 0) return;
  const give = (names: readonly string[]): Promise<void> =>
    files.write(join(group, "cgroup.subtree_control"), names.map((name) => `+${name}`).join(" "));
  try {
    await give(wanted);
  } catch (error) {
    if (isRoot && (error as NodeJS.ErrnoException).code === "EBUSY") {
      await stepAside(files, group);
      return give(wanted);
    }
    // They are given all or none: one that this machine cannot have must not take the others along.
    for (const name of wanted) await give([name]).catch(NEEDED.includes(name) ? undefined : () => {});
  }
}

/**
 * A group that hands controllers down may have no processes of its own; only the machine's real root may. What we see as
 * the root is another group where we are in a container, and has our own processes.
 */
async function stepAside(files: GroupFiles, root: string): Promise<void> {
  await files.makeAll(join(root, ASIDE));
  const processes = (await files.read(join(root, "cgroup.procs"))).split("\n").filter(Boolean);
  for (const pid of processes) {
    // One at a time, as the kernel takes them; one that has ended meanwhile needs no place.
    await files.write(join(root, ASIDE, "cgroup.procs"), pid).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ESRCH") throw error;
    });
  }
}

/** Shares (2 to 262144) become a weight (1 to 10000), as the kubelet has always mapped them. */
function settingsOf({ cpuShares, cpuQuota, cpuPeriod, memoryBytes, pids }: CgroupLimits): Settings {
  return {
    ...(cpuShares !== undefined && { "cpu.weight": String(1 + Math.floor(((cpuShares - 2) * 9999) / 262_142)) }),
    ...(cpuPeriod !== undefined && { "cpu.max": `${cpuQuota ?? "max"} ${cpuPeriod}` }),
    ...(memoryBytes !== undefined && { "memory.max": String(memoryBytes) }),
    ...(pids !== undefined && { "pids.max": String(pids) }),
  };
}
