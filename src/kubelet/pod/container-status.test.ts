import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerStatus, Pod } from "../../api/core/index.ts";
import { podOf } from "../testing/node.ts";
import { containerStatuses } from "./container-status.ts";
import { NOTHING_RUNS } from "./situation.ts";
import type { Situation, StartFailure } from "./situation.ts";

const ended = { exitCode: 3, reason: "Error", containerID: "sim://1" };
const lost = {
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was deleted.  The container used to be Running",
};
const pulling: StartFailure = { reason: "ErrImagePull", message: "no such host" };

/** What is told of a container that the runtime does not know, by what was told of it before. */
const rows: readonly {
  readonly rule: string;
  readonly told?: object;
  readonly policy?: string;
  readonly deleted?: boolean;
  readonly failure?: StartFailure;
  readonly want: object;
}[] = [
  {
    rule: "nothing was made yet",
    want: { state: { waiting: { reason: "ContainerCreating" } }, restartCount: 0, lastState: {} },
  },
  {
    rule: "it ran, so it has ended unseen and is started once more",
    told: { state: { running: {} }, restartCount: 2 },
    want: { state: { waiting: { reason: "ContainerCreating" } }, restartCount: 3, lastState: { terminated: lost } },
  },
  {
    rule: "it ran, and its pod ends",
    told: { state: { running: {} }, restartCount: 2 },
    deleted: true,
    want: { state: { waiting: { reason: "ContainerCreating" } }, restartCount: 2, lastState: { terminated: lost } },
  },
  {
    rule: "it waits to be started once more",
    told: { state: { waiting: { reason: "ContainerCreating" } }, restartCount: 3, lastState: { terminated: lost } },
    want: { state: { waiting: { reason: "ContainerCreating" } }, restartCount: 3, lastState: { terminated: lost } },
  },
  {
    rule: "it had ended, and that is still so",
    told: { state: { terminated: ended }, restartCount: 1, lastState: {} },
    policy: "Never",
    want: { state: { terminated: ended }, restartCount: 1, lastState: {} },
  },
  {
    rule: "it had ended, and cannot be started again",
    told: { state: { terminated: ended }, restartCount: 1, lastState: {} },
    failure: pulling,
    want: { state: { waiting: pulling }, restartCount: 1, lastState: { terminated: ended } },
  },
];

for (const { rule, told, policy = "Always", deleted = false, failure, want } of rows) {
  test(`a container nobody finds: ${rule}`, () => {
    const made = podOf("web", { restartPolicy: policy }) as Pod;
    const pod = {
      ...made,
      metadata: { ...made.metadata, ...(deleted && { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
      status: { containerStatuses: told ? [{ name: "web", ...told } as ContainerStatus] : [] },
    } as Pod;
    const failures = new Map(failure && [["web", failure]]);
    const memory = {
      acceptedAt: 0,
      carriesOn: false,
      failures,
      backOff: new Map(),
      probes: new Map(),
      hooked: new Set<string>(),
      given: new Map(),
      terminating: false,
    };
    const situation: Situation = { pod, runtime: NOTHING_RUNS, memory, now: 0 };
    const [status] = containerStatuses(situation, "main", { runtimeName: "sim", waiting: new Map() });
    const { state, restartCount, lastState } = status!;
    assert.deepEqual({ state, restartCount, lastState }, want);
  });
}
