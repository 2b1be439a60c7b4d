import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeStatus } from "../../api/core/index.ts";
import { startNode } from "../testing/node.ts";
import { newsOf } from "./node-events.ts";

const statusOf = (states: Readonly<Record<string, string>>, bootID = "b1") =>
  ({
    conditions: Object.entries(states).map(([type, status]) => ({ type, status })),
    nodeInfo: { bootID },
  }) as unknown as NodeStatus;
const fine = { MemoryPressure: "False", DiskPressure: "False", PIDPressure: "False", Ready: "True" };

for (const { rule, before, after, told } of [
  {
    rule: "a new node tells how it is",
    before: undefined,
    after: statusOf(fine),
    told: ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady"],
  },
  { rule: "one that is as it was tells nothing", before: statusOf(fine), after: statusOf(fine), told: [] },
  {
    rule: "one that changes tells what changed",
    before: statusOf(fine),
    after: statusOf({ ...fine, MemoryPressure: "True", Ready: "False" }),
    told: ["NodeHasInsufficientMemory", "NodeNotReady"],
  },
  {
    rule: "what the control plane did not know is told when it is known again",
    before: statusOf({ MemoryPressure: "Unknown", DiskPressure: "Unknown", PIDPressure: "Unknown", Ready: "Unknown" }),
    after: statusOf({ ...fine, DiskPressure: "True" }),
    told: ["NodeHasSufficientMemory", "NodeHasDiskPressure", "NodeHasSufficientPID", "NodeReady"],
  },
  { rule: "a reboot is told", before: statusOf(fine), after: statusOf(fine, "b2"), told: ["Rebooted"] },
]) {
  test(rule, () => {
    const news = newsOf("n1", before, after);
    assert.deepEqual(
      news.map(({ reason }) => reason),
      told,
    );
    for (const { type, reason, message } of news) {
      const rebooted = reason === "Rebooted";
      assert.equal(type, rebooted ? "Warning" : "Normal");
      assert.equal(message, rebooted ? "Node n1 has been rebooted, boot id: b2" : `Node n1 status is now: ${reason}`);
    }
  });
}

test("a node that loses its runtime tells that it is not ready, and that it is ready again", async () => {
  const node = await startNode();
  for (const down of [true, false]) {
    node.runtime.down = down;
    await node.clock.advance(20_000);
  }
  assert.deepEqual(
    node.api.events().filter((event) => event.startsWith("Node")),
    ["NodeNotReady: Node node-1 status is now: NodeNotReady", "NodeReady: Node node-1 status is now: NodeReady"],
  );
});
