/** What a Job's policies make of its pods, seen in one round. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../api/batch/index.ts";
import type { Pod } from "../../api/core/index.ts";
import { NOW, said, statusIn } from "../testing/objects.ts";
import { decide } from "./job.ts";

const INDEX = "batch.kubernetes.io/job-completion-index";
const FAILURES = "batch.kubernetes.io/job-index-failure-count";

const job = (spec: object, status: object = {}) =>
  ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j", namespace: "default", uid: "u" },
    spec: {
      parallelism: 3,
      completions: 3,
      completionMode: "Indexed",
      backoffLimit: 6,
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { restartPolicy: "Never", containers: [{ name: "c" }] } },
      ...spec,
    },
    status: { startTime: "2025-12-31T23:00:00Z", ...status },
  }) as unknown as Job;

interface Sketch {
  readonly phase?: string;
  readonly failures?: number;
  readonly exit?: number;
  /** Seconds before now. */
  readonly ago?: number;
  readonly ready?: boolean;
  readonly leaving?: boolean;
  readonly restarts?: number;
  readonly free?: boolean;
}

const pod = (name: string, index: number, sketch: Sketch = {}) => {
  const { phase = "Running", failures, exit, ago = 3600, ready = true, leaving, restarts = 0, free } = sketch;
  const finishedAt = new Date(NOW - ago * 1000).toISOString();
  return {
    metadata: {
      name,
      namespace: "default",
      uid: name,
      labels: { a: "b" },
      creationTimestamp: "2025-12-31T23:00:00Z",
      annotations: { [INDEX]: String(index), ...(failures !== undefined && { [FAILURES]: String(failures) }) },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "j", uid: "u", controller: true }],
      ...(free !== true && { finalizers: ["batch.kubernetes.io/job-tracking"] }),
      ...(leaving && { deletionTimestamp: finishedAt }),
    },
    spec: { nodeName: "n", containers: [{ name: "c" }] },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: finishedAt }],
      containerStatuses: [
        {
          name: "c",
          restartCount: restarts,
          state: phase === "Running" ? {} : { terminated: { exitCode: exit ?? 1, finishedAt } },
        },
      ],
    },
  } as unknown as Pod;
};

const failed = (name: string, index: number, more: Sketch = {}) => pod(name, index, { phase: "Failed", ...more });
const done = (name: string, index: number) => pod(name, index, { phase: "Succeeded", exit: 0 });
const reason = ({ conditions = [] }: Record<string, unknown>) =>
  (conditions as { type: string; reason: string; message: string }[]).map(
    ({ type, reason: why, message }) => `${type}: ${why}: ${message}`,
  );
const perIndex = { backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: 1 };
const failIndex = { rules: [{ action: "FailIndex", onExitCodes: { operator: "In", values: [42] } }] };

for (const { rule, spec = {}, status = {}, pods, lets, writes = [], ends = [], shows = {} } of [
  {
    rule: "an index that failed is tried again though others failed as well, and its pod is kept until then",
    spec: perIndex,
    pods: [failed("p0", 0, { ago: 2 }), failed("p1", 1), pod("p2", 2)],
    writes: ["create Pod 1 after 1"],
    shows: { failed: 0, failedIndexes: "" },
  },
  {
    rule: "the failed pod of an index counts when another one has its place",
    spec: perIndex,
    pods: [failed("p0", 0), pod("q0", 0, { failures: 1 }), pod("p1", 1), pod("p2", 2)],
    shows: { failed: 0, failedIndexes: "", uncountedTerminatedPods: { failed: ["p0"] } },
  },
  {
    rule: "an index that failed once more than it may has failed; the others go on",
    spec: perIndex,
    pods: [failed("p0", 0, { failures: 1 }), pod("p1", 1), pod("p2", 2)],
    shows: { failedIndexes: "0" },
  },
  {
    rule: "a rule may fail an index at once",
    spec: { ...perIndex, podFailurePolicy: failIndex },
    pods: [failed("p0", 0, { exit: 42 }), pod("p1", 1), pod("p2", 2)],
    shows: { failedIndexes: "0" },
  },
  {
    rule: "too many failed indexes fail the job",
    spec: { ...perIndex, maxFailedIndexes: 1 },
    status: { failedIndexes: "0" },
    pods: [failed("p1", 1, { failures: 1 }), pod("p2", 2)],
    writes: ["delete Pod p2"],
    ends: ["FailureTarget: MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes"],
    shows: { failedIndexes: "0,1" },
  },
  {
    rule: "a job whose indexes all came to an end has failed where one of them did",
    spec: perIndex,
    status: { failedIndexes: "0", completedIndexes: "1" },
    pods: [done("p2", 2)],
    ends: ["FailureTarget: FailedIndexes: Job has failed indexes"],
    shows: { failedIndexes: "0", completedIndexes: "1,2" },
  },
  {
    rule: "a rule of success ends the job when enough of its indexes succeeded",
    spec: { successPolicy: { rules: [{ succeededIndexes: "2" }, { succeededIndexes: "0-1", succeededCount: 1 }] } },
    pods: [pod("p0", 0), done("p1", 1), pod("p2", 2)],
    writes: ["delete Pod p0", "delete Pod p2"],
    ends: ["SuccessCriteriaMet: SuccessPolicy: Matched rules at index 1"],
    shows: { completedIndexes: "1" },
  },
  {
    rule: "a rule that asks for more than succeeded does not",
    spec: { successPolicy: { rules: [{ succeededCount: 2 }] } },
    pods: [pod("p0", 0), done("p1", 1), pod("p2", 2)],
    shows: { completedIndexes: "1" },
  },
  {
    rule: "a job that becomes smaller parts with the indexes beyond its end",
    spec: { completions: 2, parallelism: 2 },
    pods: [pod("p0", 0), pod("p1", 1), pod("p2", 2)],
    writes: ["delete Pod p2"],
  },
  {
    rule: "a job that may run fewer at once parts with those that are not ready",
    spec: { parallelism: 1 },
    pods: [pod("p0", 0), pod("p1", 1, { ready: false }), pod("p2", 2, { ready: false })],
    writes: ["delete Pod p1", "delete Pod p2"],
  },
  {
    rule: "of two pods of an index the one that is ready stays",
    pods: [pod("p0", 0, { ready: false }), pod("q0", 0), pod("p1", 1), pod("p2", 2)],
    writes: ["delete Pod p0"],
  },
  {
    rule: "with replacement after failure an index whose pod is ending is not taken",
    spec: { podReplacementPolicy: "Failed" },
    pods: [pod("p0", 0, { leaving: true }), pod("p1", 1)],
    writes: ["create Pod 2"],
  },
  {
    rule: "restarts in place count as failures: as many as the limit are too many",
    spec: { backoffLimit: 2, template: { metadata: {}, spec: { restartPolicy: "OnFailure", containers: [] } } },
    pods: [pod("p0", 0, { restarts: 2 }), pod("p1", 1), pod("p2", 2)],
    writes: ["delete Pod p0", "delete Pod p1", "delete Pod p2"],
    ends: ["FailureTarget: BackoffLimitExceeded: Job has reached the specified backoff limit"],
  },
  {
    rule: "pods that are too many are let go before they are deleted, so that they do not count as failed",
    spec: { parallelism: 2 },
    pods: [pod("p0", 0), pod("p1", 1, { ready: false }), pod("p2", 2)],
    lets: ["patch Pod p1"],
    writes: ["delete Pod p1"],
  },
  {
    rule: "so are those of a job that is suspended",
    spec: { suspend: true },
    pods: [pod("p0", 0), pod("p1", 1)],
    lets: ["patch Pod p0", "patch Pod p1"],
    writes: ["delete Pod p0", "delete Pod p1"],
    ends: ["Suspended: JobSuspended: Job suspended"],
  },
  {
    rule: "one that was let go and is leaving has not failed, and nothing waits for it",
    pods: [pod("p0", 0, { leaving: true, free: true }), pod("p1", 1), pod("p2", 2)],
    writes: ["create Pod 0"],
    shows: { failed: 0, terminating: 1, uncountedTerminatedPods: {} },
  },
  {
    rule: "one that somebody else deletes has failed",
    pods: [pod("p0", 0, { leaving: true, ago: 3600 }), pod("p1", 1), pod("p2", 2)],
    writes: ["create Pod 0"],
    shows: { uncountedTerminatedPods: { failed: ["p0"] } },
  },
  {
    rule: "an index that succeeded is remembered by its number, and its pod is let go when that is written",
    status: { completedIndexes: "0,1" },
    pods: [done("p1", 1), done("p2", 2)],
    lets: ["patch Pod p1"],
    ends: ["SuccessCriteriaMet: CompletionsReached: Reached expected number of succeeded pods"],
    shows: { completedIndexes: "0-2", succeeded: 3, uncountedTerminatedPods: {} },
  },
  {
    rule: "the job is complete when all of them are let go",
    status: { completedIndexes: "0-2" },
    pods: [done("p2", 2)],
    lets: ["patch Pod p2"],
    ends: [
      "SuccessCriteriaMet: CompletionsReached: Reached expected number of succeeded pods",
      "Complete: CompletionsReached: Reached expected number of succeeded pods",
    ],
  },
  {
    rule: "a job that has enough is not complete while pods too many are there",
    spec: { completions: 2 },
    status: { completedIndexes: "0,1" },
    pods: [pod("p2", 2)],
    lets: ["patch Pod p2"],
    writes: ["delete Pod p2"],
  },
  {
    rule: "a job may be complete though it is suspended",
    spec: { suspend: true },
    status: { completedIndexes: "0-2" },
    pods: [],
    ends: [
      "SuccessCriteriaMet: CompletionsReached: Reached expected number of succeeded pods",
      "Complete: CompletionsReached: Reached expected number of succeeded pods",
    ],
  },
  {
    rule: "a failed pod of no index of the job counts for nothing",
    spec: { completions: 2, parallelism: 2 },
    pods: [pod("p0", 0), pod("p1", 1), failed("p2", 2)],
    lets: ["patch Pod p2"],
    shows: { uncountedTerminatedPods: {} },
  },
  {
    rule: "a resumed job says so where it said that it was suspended",
    status: {
      conditions: [
        { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" },
        { type: "Other", status: "True", reason: "R", message: "M" },
      ],
    },
    pods: [pod("p0", 0), pod("p1", 1), pod("p2", 2)],
    ends: ["Suspended: JobResumed: Job resumed", "Other: R: M"],
  },
  {
    rule: "a condition of a pod may fail the job",
    spec: {
      podReplacementPolicy: "Failed",
      podFailurePolicy: { rules: [{ action: "FailJob", onPodConditions: [{ type: "Ready", status: "True" }] }] },
    },
    pods: [failed("p0", 0)],
    ends: ["FailureTarget: PodFailurePolicy: Pod default/p0 has condition Ready matching FailJob rule at index 0"],
  },
] as const satisfies readonly object[] as unknown as readonly {
  readonly rule: string;
  readonly spec?: object;
  readonly status?: object;
  readonly pods: readonly Pod[];
  readonly lets?: readonly string[];
  readonly writes?: readonly string[];
  readonly ends?: readonly string[];
  readonly shows?: object;
}[]) {
  test(rule, () => {
    const plan = decide({ object: job(spec, status), pods, now: NOW });
    const words = said(plan).map((text, at) => {
      const write = plan.writes[at]!;
      if (write.verb !== "create") return text;
      const { annotations } = (write.object as Pod).metadata;
      const after = annotations?.[FAILURES];
      return `${text} ${annotations?.[INDEX]}${after === undefined ? "" : ` after ${after}`}`;
    });
    assert.deepEqual(
      words.filter((text) => !text.startsWith("patch")),
      writes,
    );
    if (lets !== undefined) {
      assert.deepEqual(
        words.filter((text) => text.startsWith("patch")),
        lets,
      );
    }
    const shown = statusIn(plan);
    assert.deepEqual(reason(shown), ends);
    assert.deepEqual(Object.fromEntries(Object.keys(shows).map((name) => [name, shown[name]])), shows);
  });
}
