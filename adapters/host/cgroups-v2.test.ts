import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, rmdir } from "node:fs/promises";
import { test } from "node:test";
import type { CgroupLimits } from "../../src/kubelet/host.ts";
import { machineCgroups } from "./cgroups.ts";
import { UnifiedKernel } from "./testing/unified-kernel.ts";

const GROUP = "/kubepods/burstable/pod1";
const ALL = ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"];

const rows: readonly { rule: string; limits: CgroupLimits; files: Record<string, string> }[] = [
  { rule: "the least weight", limits: { cpuShares: 2 }, files: { "cpu.weight": "1" } },
  { rule: "one CPU's weight", limits: { cpuShares: 1024 }, files: { "cpu.weight": "39" } },
  { rule: "the greatest weight", limits: { cpuShares: 262_144 }, files: { "cpu.weight": "10000" } },
  {
    rule: "half a CPU at most",
    limits: { cpuQuota: 50_000, cpuPeriod: 100_000 },
    files: { "cpu.max": "50000 100000" },
  },
  { rule: "as much CPU as there is", limits: { cpuPeriod: 100_000 }, files: { "cpu.max": "max 100000" } },
  {
    rule: "memory and processes",
    limits: { memoryBytes: 1_048_576, pids: 10 },
    files: { "memory.max": "1048576", "pids.max": "10" },
  },
];

for (const { rule, limits, files } of rows) {
  test(`version 2: ${rule}`, async () => {
    const kernel = new UnifiedKernel({ controllers: ALL });
    const cgroups = machineCgroups("/", kernel);
    assert.equal(cgroups.version, 2);
    await cgroups.ensure(GROUP, limits);
    for (const [file, value] of Object.entries(files))
      assert.equal(await kernel.read(`${GROUP}/${file}`), `${value}\n`);
  });
}

test("version 2: each group on the way hands down what pods need, once", async () => {
  const kernel = new UnifiedKernel({ controllers: ALL });
  const cgroups = machineCgroups("/", kernel);
  await cgroups.ensure(GROUP, {});
  const all = "+cpu +cpuset +memory +pids +hugetlb";
  assert.deepEqual(kernel.written.splice(0), [
    `/cgroup.subtree_control ${all}`,
    `/kubepods/cgroup.subtree_control ${all}`,
    `/kubepods/burstable/cgroup.subtree_control ${all}`,
  ]);
  await cgroups.ensure(GROUP, {});
  await cgroups.ensure("/kubepods/burstable/pod2", {});
  assert.deepEqual(kernel.written, []);
});

test("version 2: what the machine lacks limits nothing", async () => {
  const kernel = new UnifiedKernel({ controllers: ["cpu"] });
  const cgroups = machineCgroups("/", kernel);
  await cgroups.ensure(GROUP, { cpuShares: 2, memoryBytes: 1, pids: 1 });
  assert.equal(await kernel.read(`${GROUP}/cpu.weight`), "1\n");
  assert.equal(kernel.exists(`${GROUP}/memory.max`), false);
  assert.equal(cgroups.swap, false);
});

test("version 2: where a group can be kept from swapping is known from the first one", async () => {
  const cgroups = machineCgroups("/", new UnifiedKernel({ controllers: ALL }));
  assert.equal(cgroups.swap, false);
  await cgroups.ensure(GROUP, {});
  assert.equal(cgroups.swap, true);
});

test("version 2: a controller that cannot be had does not take the others along", async () => {
  const kernel = new UnifiedKernel({ controllers: ALL, broken: ["hugetlb"] });
  await machineCgroups("/", kernel).ensure(GROUP, { memoryBytes: 5 });
  assert.equal(await kernel.read(`${GROUP}/memory.max`), "5\n");
});

test("version 2: without CPU or memory there are no pods", async () => {
  const kernel = new UnifiedKernel({ controllers: ALL, broken: ["memory"] });
  await assert.rejects(machineCgroups("/", kernel).ensure(GROUP, {}), /EINVAL/);
});

test("version 2: in a container, processes in the root make room for the pods' groups", async () => {
  const kernel = new UnifiedKernel({ controllers: ALL, inContainer: true, processes: ["1", "17"] });
  await machineCgroups("/", kernel).ensure(GROUP, { cpuShares: 2 });
  assert.equal(await kernel.read("/init/cgroup.procs"), "1\n17\n");
  assert.equal(await kernel.read(`${GROUP}/cpu.weight`), "1\n");
});

test("version 2: somebody's processes further down are left where they are", async () => {
  const kernel = new UnifiedKernel({ controllers: ALL });
  await kernel.enter("/kubepods", "17");
  await assert.rejects(machineCgroups("/", kernel).ensure(GROUP, {}), /EBUSY/);
  assert.equal(await kernel.read("/kubepods/cgroup.procs"), "17\n");
});

test("version 2: a group goes with all below it, one that is in use stays", async () => {
  const kernel = new UnifiedKernel({ controllers: ALL });
  const cgroups = machineCgroups("/", kernel);
  for (const container of ["a", "b"]) await kernel.makeAll(`${GROUP}/${container}`);
  await kernel.enter(`${GROUP}/b`, "17");
  await cgroups.remove(GROUP);
  assert.deepEqual([await kernel.groups(GROUP), await kernel.groups("/kubepods/burstable")], [["b"], ["pod1"]]);
});

const REAL = "/sys/fs/cgroup/unified";

test(
  "version 2: the real kernel's hierarchy takes and gives back the groups",
  {
    skip:
      (process.getuid?.() !== 0 || !existsSync(`${REAL}/cgroup.controllers`)) && "needs root and version 2 beside 1",
  },
  async () => {
    const root = `${REAL}/tiphys-test-${process.pid}`;
    await mkdir(root);
    try {
      const cgroups = machineCgroups(root);
      assert.equal(cgroups.version, 2);
      await cgroups.ensure(GROUP, { cpuShares: 2, memoryBytes: 2 ** 20 });
      assert.ok((await readdir(`${root}${GROUP}`)).includes("cgroup.procs"));
      await cgroups.remove("/kubepods");
      assert.equal(existsSync(`${root}/kubepods`), false);
    } finally {
      await rmdir(root);
    }
  },
);
