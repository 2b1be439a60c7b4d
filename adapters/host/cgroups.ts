/** Control groups of pods, version 1 (a hierarchy for each controller) and 2 (one for all). */
import { existsSync } from "node:fs";
import { mkdir, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CgroupLimits, Cgroups } from "../../src/kubelet/host.ts";

const ROOT = "/sys/fs/cgroup";
const CONTROLLERS = ["cpu", "cpuset", "memory", "pids", "hugetlb"];

export function machineCgroups(root = ROOT): Cgroups {
  const version = existsSync(join(root, "cgroup.controllers")) ? 2 : 1;
  return version === 2 ? unified(root) : split(root);
}

function unified(root: string): Cgroups {
  return {
    version: 2,
    async ensure(path, limits) {
      await makeWithControllers(root, path);
      await write(join(root, path), unifiedSettings(limits));
    },
    remove: (path) => removeTree(join(root, path)),
  };
}

/** Each group on the way hands its controllers down; a controller the machine lacks is left out. */
async function makeWithControllers(root: string, path: string): Promise<void> {
  let at = root;
  for (const part of path.split("/").filter(Boolean)) {
    for (const controller of CONTROLLERS) {
      await writeFile(join(at, "cgroup.subtree_control"), `+${controller}`).catch(() => {});
    }
    at = join(at, part);
    await mkdir(at, { recursive: true });
  }
}

/** Shares (2 to 262144) become a weight (1 to 10000), as the kernel's documentation maps them. */
function unifiedSettings({ cpuShares, cpuQuota, cpuPeriod, memoryBytes, pids }: CgroupLimits): Record<string, string> {
  return {
    ...(cpuShares !== undefined && { "cpu.weight": String(1 + Math.floor(((cpuShares - 2) * 9999) / 262_142)) }),
    ...(cpuPeriod !== undefined && { "cpu.max": `${cpuQuota ?? "max"} ${cpuPeriod}` }),
    ...(memoryBytes !== undefined && { "memory.max": String(memoryBytes) }),
    ...(pids !== undefined && { "pids.max": String(pids) }),
  };
}

function split(root: string): Cgroups {
  const hierarchies = async (): Promise<string[]> => (await readdir(root)).filter((name) => CONTROLLERS.includes(name));
  return {
    version: 1,
    async ensure(path, { cpuShares, cpuQuota, cpuPeriod, memoryBytes, pids }) {
      const settings: Readonly<Record<string, Record<string, string>>> = {
        cpu: {
          ...(cpuShares !== undefined && { "cpu.shares": String(cpuShares) }),
          ...(cpuPeriod !== undefined && { "cpu.cfs_period_us": String(cpuPeriod) }),
          ...(cpuQuota !== undefined && { "cpu.cfs_quota_us": String(cpuQuota) }),
        },
        memory: { ...(memoryBytes !== undefined && { "memory.limit_in_bytes": String(memoryBytes) }) },
        pids: { ...(pids !== undefined && { "pids.max": String(pids) }) },
      };
      await Promise.all(
        (await hierarchies()).map(async (controller) => {
          // Where there is nothing to set, the runtime makes the group when it makes the containers' own.
          if (Object.keys(settings[controller] ?? {}).length === 0) return;
          const group = join(root, controller, path);
          await mkdir(group, { recursive: true });
          await write(group, settings[controller]!);
        }),
      );
    },
    async remove(path) {
      const all = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
      await Promise.all(all.map((entry) => removeTree(join(root, entry.name, path))));
    },
  };
}

async function write(group: string, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, value] of Object.entries(settings)) {
    if (existsSync(join(group, file))) await writeFile(join(group, file), value);
  }
}

/** Groups are removed from the leaves up; one that still has processes stays for the next time. */
async function removeTree(group: string): Promise<void> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name));
  await rmdir(group).catch(() => {});
}
