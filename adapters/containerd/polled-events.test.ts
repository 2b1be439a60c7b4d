import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, polledEvents } from "./polled-events.ts";

type State = "created" | "running" | "stopped";
const seen = (states: Record<string, State>): Map<string, { state: State; podUid: string }> =>
  new Map(Object.entries(states).map(([id, state]) => [id, { state, podUid: "u" }]));

for (const { rule, before, now, said } of [
  { rule: "what did not change is no event", before: { a: "running" }, now: { a: "running" }, said: [] },
  { rule: "a new one that waits was created", before: {}, now: { a: "created" }, said: ["CREATED a"] },
  {
    rule: "a new one that runs was created and started",
    before: {},
    now: { a: "running" },
    said: ["CREATED a", "STARTED a"],
  },
  {
    rule: "one that came and ended had its whole life",
    before: {},
    now: { a: "stopped" },
    said: ["CREATED a", "STARTED a", "STOPPED a"],
  },
  { rule: "one that began to run was started", before: { a: "created" }, now: { a: "running" }, said: ["STARTED a"] },
  {
    rule: "one that stopped running was stopped",
    before: { a: "running" },
    now: { a: "stopped" },
    said: ["STOPPED a"],
  },
  { rule: "one that is not there any more was deleted", before: { a: "stopped" }, now: {}, said: ["DELETED a"] },
] as const) {
  test(rule, () => {
    assert.deepEqual(
      differences(seen(before), seen(now), 7).map(({ type, id }) => `${type} ${id}`),
      said,
    );
  });
}

test("what is there at the first look is no event, and the sandbox tells whose a container is", async () => {
  const leave = new AbortController();
  const metadata = { name: "p", namespace: "n", uid: "pod-uid", attempt: 0 };
  const common = { createdAt: 0, labels: {}, annotations: {} };
  const sandbox = { ...common, id: "s", metadata, state: "READY" as const };
  const container = { ...common, id: "c", podSandboxId: "s", metadata, image: { image: "" }, imageRef: "" };
  let looks = 0;
  const runtime = {
    listPodSandbox: async () => [sandbox],
    listContainers: async () => [{ ...container, state: looks++ === 0 ? ("RUNNING" as const) : ("EXITED" as const) }],
  };
  for await (const { type, id, podUid } of polledEvents(runtime, leave.signal, 1)) {
    assert.deepEqual([type, id, podUid], ["STOPPED", "c", "pod-uid"]);
    leave.abort();
  }
  assert.ok(leave.signal.aborted);
});
