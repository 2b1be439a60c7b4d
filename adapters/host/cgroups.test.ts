import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { CgroupLimits } from "../../src/kubelet/host.ts";
import { machineCgroups } from "./cgroups.ts";

const GROUP = "kubepods/burstable/pod1";
const rows: readonly {
  rule: string;
  limits: CgroupLimits;
  files: Record<string, string>;
}[] = [
  {
    rule: "the least weight",
    limits: { cpuShares: 2 },
    files: { "cpu/cpu.shares": "2" },
  },
  {
    rule: "one CPU's weight",
    limits: { cpuShares: 1024 },
    files: { "cpu/cpu.shares": "1024" },
  },
  {
    rule: "the greatest weight",
    limits: { cpuShares: 262_144 },
    files: { "cpu/cpu.shares": "262144" },
  },
  {
    rule: "half a CPU at most",
    limits: { cpuQuota: 50_000, cpuPeriod: 100_000 },
    files: { "cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000" },
  },
  {
    rule: "as much CPU as there is",
    limits: { cpuPeriod: 100_000 },
    files: { "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000" },
  },
  {
    rule: "memory and processes",
    limits: { memoryBytes: 1_048_576, pids: 10 },
    files: { "memory/memory.limit_in_bytes": "1048576", "pids/pids.max": "10" },
  },
];

/** A folder that looks like a hierarchy of control groups whose kernel has made the group's files already. */
async function kernel(files: readonly string[]): Promise<{ root: string } & AsyncDisposable> {
  const root = await mkdtemp(join(tmpdir(), "cgroups-"));
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), "");
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

for (const { rule, limits, files } of rows) {
  test(`version 1: ${rule}`, async () => {
    const at = Object.keys(files).map((file) => file.replace("/", `/${GROUP}/`));
    await using made = await kernel(at);
    const cgroups = machineCgroups(made.root);
    assert.equal(cgroups.version, 1);
    await cgroups.ensure(`/${GROUP}`, limits);
    const read = await Promise.all(at.map((file) => readFile(join(made.root, file), "utf8")));
    assert.deepEqual(read, Object.values(files));
  });
}

for (const counted of [true, false]) {
  test(`version 1: swap ${counted ? "is" : "is not"} counted with memory`, async () => {
    await using made = await kernel(["memory/tasks", ...(counted ? ["memory/memory.memsw.limit_in_bytes"] : [])]);
    assert.equal(machineCgroups(made.root).swap, counted);
  });
}

test("version 1: a group is made where there is something to set, and removed everywhere", async () => {
  await using made = await kernel(["cpu/tasks", "memory/tasks", "cpuset/tasks"]);
  const cgroups = machineCgroups(made.root);
  await cgroups.ensure("/kubepods/besteffort", { cpuShares: 2 });
  await mkdir(join(made.root, "memory/kubepods/besteffort"), { recursive: true });
  assert.deepEqual((await readdir(join(made.root, "cpu/kubepods"))).toSorted(), ["besteffort"]);
  assert.deepEqual(await readdir(join(made.root, "cpuset")), ["tasks"]);
  await cgroups.remove("/kubepods");
  for (const controller of ["cpu", "memory"]) {
    assert.deepEqual(await readdir(join(made.root, controller)), ["tasks"]);
  }
});
