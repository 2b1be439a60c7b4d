import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import { silent } from "../../machinery/log.ts";
import { QosGroups, qosShares } from "./qos-groups.ts";

type Amounts = Readonly<Record<string, string>>;
const pod = (requests?: Amounts, limits?: Amounts): Pod =>
  ({ metadata: {}, spec: { containers: [{ name: "a", resources: { requests, limits } }] } }) as unknown as Pod;
const guaranteed = pod({ cpu: "1", memory: "1Gi" }, { cpu: "1", memory: "1Gi" });

for (const { rule, pods, cpu, shares } of [
  { rule: "nobody there", pods: [], cpu: "4", shares: [4096, 2, 2] },
  {
    rule: "Burstable pods weigh what they ask for",
    pods: [pod({ cpu: "500m" }), pod({ cpu: "250m" })],
    cpu: "4",
    shares: [4096, 768, 2],
  },
  {
    rule: "Burstable pods that ask for no CPU weigh nothing",
    pods: [pod({ memory: "1Gi" })],
    cpu: "4",
    shares: [4096, 2, 2],
  },
  {
    rule: "Guaranteed and BestEffort pods change nothing",
    pods: [guaranteed, pod()],
    cpu: "1930m",
    shares: [1976, 2, 2],
  },
  { rule: "no more than the kernel takes", pods: [pod({ cpu: "300" })], cpu: "512", shares: [262_144, 262_144, 2] },
]) {
  test(`${rule}: shares of all, burstable and besteffort`, () =>
    assert.deepEqual(Object.values(qosShares(pods, cpu)), shares));
}

test("only what is new is written, in turn, and what failed is told once and written the next time", async () => {
  const written: string[] = [];
  let broken = false;
  const ensure = async (path: string, { cpuShares }: { cpuShares?: number }): Promise<void> => {
    if (broken) throw new Error(`${path}: no such device`);
    written.push(`${path} ${cpuShares}`);
  };
  const warned: unknown[] = [];
  const log = {
    ...silent,
    warn: (_: string, fields?: Readonly<Record<string, unknown>>) => warned.push(fields?.error),
  };
  const groups = new QosGroups({ version: 2, swap: false, ensure, remove: async () => {} }, "/node", "2", log);
  await groups.update(() => []);
  assert.deepEqual(written.splice(0), [
    "/node/kubepods 2048",
    "/node/kubepods/burstable 2",
    "/node/kubepods/besteffort 2",
  ]);
  const pods: Pod[] = [pod({ cpu: "1" })];
  const both = [groups.update(() => pods), groups.update(() => pods)];
  pods.push(pod({ cpu: "1" }));
  await Promise.all(both);
  assert.deepEqual(written.splice(0), ["/node/kubepods/burstable 2048"]);
  broken = true;
  for (let beat = 0; beat < 3; beat++) await groups.update(() => []);
  assert.deepEqual(warned.splice(0), ["/node/kubepods/burstable: no such device"]);
  broken = false;
  await groups.update(() => []);
  assert.deepEqual(written, ["/node/kubepods/burstable 2"]);
  broken = true;
  await groups.update(() => pods);
  assert.deepEqual(warned, ["/node/kubepods/burstable: no such device"], "a fault that comes back is told again");
});
