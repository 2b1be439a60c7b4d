import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import type { Host } from "../host.ts";
import type { ContainerRuntime, ContainerState } from "../runtime.ts";
import { podOf } from "../testing/node.ts";
import { collectOld } from "./collecting.ts";
import { LocalState } from "./local-state.ts";
import { CONTAINER_NAME, TERMINATION_MESSAGE_PATH, TERMINATION_MESSAGE_POLICY } from "./names.ts";
import type { PodContainer } from "./situation.ts";
import { withTerminationMessage } from "./termination-message.ts";

const MESSAGE = "/dev/termination-log";

function life(attempt: number, state: ContainerState = "EXITED", more: Partial<PodContainer> = {}): PodContainer {
  return {
    id: `web-${attempt}`,
    podSandboxId: "s",
    metadata: { name: "web", attempt },
    image: { image: "i" },
    imageRef: "i",
    state,
    createdAt: attempt,
    startedAt: attempt,
    finishedAt: attempt,
    exitCode: 1,
    reason: "",
    message: "",
    labels: { [CONTAINER_NAME]: "web" },
    annotations: { [TERMINATION_MESSAGE_PATH]: MESSAGE },
    mounts: [{ containerPath: MESSAGE, hostPath: `/words/${attempt}`, readonly: false }],
    logPath: `/logs/${attempt}`,
    ...more,
  };
}

test("of a container's lives the last two stay; of the others everything goes: log, last words, remains", async () => {
  const removed: string[] = [];
  const remove = async (what: string): Promise<void> => void removed.push(what);
  const host = { logs: { remove }, files: { remove } } as unknown as Host;
  const runtime = { removeContainer: remove } as unknown as ContainerRuntime;
  const state = new LocalState(podOf("web") as Pod, 0, new Map(), async (ended) => ended);
  for (const [attempt, is] of (["EXITED", "EXITED", "EXITED", "RUNNING"] as const).entries()) {
    state.putContainer(life(attempt, is));
  }
  await collectOld(state, { runtime, host });
  assert.deepEqual(removed, ["web-1", "/logs/1", "/words/1", "web-0", "/logs/0", "/words/0"]);
  assert.deepEqual(
    state.runtime.containers.map(({ id }) => id),
    ["web-3", "web-2"],
  );
});

const log = "2026-01-01T00:00:00Z stderr F oh\n";
for (const { rule, files, more, want } of [
  { rule: "what it has written", files: { "/words/0": "bye" }, more: {}, want: "bye" },
  {
    rule: "what it has written, after what the runtime says",
    files: { "/words/0": "bye" },
    more: { message: "OCI runtime error" },
    want: "OCI runtime error: bye",
  },
  { rule: "what the runtime says alone", files: {}, more: { message: "OCI runtime error" }, want: "OCI runtime error" },
  { rule: "nothing, though it has a log", files: { "/logs/0": log }, more: {}, want: "" },
  {
    rule: "its log's end, where the policy asks for that",
    files: { "/logs/0": log },
    more: { annotations: { [TERMINATION_MESSAGE_POLICY]: "FallbackToLogsOnError" } },
    want: "oh\n",
  },
  {
    rule: "nothing of its log after success",
    files: { "/logs/0": log },
    more: { annotations: { [TERMINATION_MESSAGE_POLICY]: "FallbackToLogsOnError" }, exitCode: 0 },
    want: "",
  },
] as readonly { rule: string; files: Record<string, string>; more: Partial<PodContainer>; want: string }[]) {
  test(`last words: ${rule}`, async () => {
    const readTail = async (path: string) => (files[path] ? new TextEncoder().encode(files[path]) : undefined);
    const host = { files: { readTail } } as unknown as Host;
    assert.equal((await withTerminationMessage(life(0, "EXITED", more), host)).message, want);
  });
}
