import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { Job } from "./job.ts";

const T0 = "2024-01-01T00:00:00Z";
const T1 = "2024-01-01T01:00:00Z";
const is = (...types: readonly string[]): object[] => types.map((type) => ({ type, status: "True" }));
const DONE = { conditions: is("SuccessCriteriaMet", "Complete"), startTime: T0, completionTime: T1 };
const INDEXED = { completionMode: "Indexed", completions: 4, parallelism: 2 };

const job = (spec: object, status: object): Job =>
  decodeObject(Job, { metadata: { name: "j" }, spec: { completionMode: "NonIndexed", ...spec }, status }) as Job;

function told(spec: object, before: object, now: object): string[] {
  const errors = Job.validateUpdate!(job(spec, now), job(spec, before), { now: 0, subresource: "status" });
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

for (const { rule, spec = {}, before = {}, now, errors } of [
  { rule: "a job that is complete, with all that belongs to it", now: DONE, errors: [] },
  {
    rule: "a failed one",
    now: { conditions: is("FailureTarget", "Failed"), startTime: T0 },
    errors: [],
  },
  {
    rule: "complete out of nothing",
    now: { conditions: is("Complete"), active: 1 },
    errors: [
      "status.completionTime: Required value: completionTime is required for Complete jobs",
      "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
      "status.active: Invalid value: 1: active>0 is invalid for finished job",
      "status.startTime: Required value: startTime is required for finished job",
    ],
  },
  {
    rule: "failed without a reason to fail",
    now: { conditions: is("Failed"), startTime: T0, terminating: 1 },
    errors: [
      "status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition",
      "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
    ],
  },
  {
    rule: "both ends",
    now: { ...DONE, conditions: is("SuccessCriteriaMet", "Complete", "FailureTarget", "Failed") },
    errors: [
      "status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions",
      "status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions",
      "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions",
      "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
    ],
  },
  {
    rule: "a time of the end before the end, and before the start",
    now: { startTime: T1, completionTime: T0 },
    errors: [
      'status.completionTime: Invalid value: "2024-01-01T00:00:00Z": cannot set completionTime when there is no Complete=True condition',
      'status.completionTime: Invalid value: "2024-01-01T00:00:00Z": completionTime cannot be set before startTime',
    ],
  },
  {
    rule: "an end that is taken back",
    before: DONE,
    now: { startTime: T0 },
    errors: [
      "status.conditions: Invalid value: cannot disable the terminal Complete=True condition",
      "status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
    ],
  },
  {
    rule: "counts that shrink, and times that change",
    before: { ...DONE, succeeded: 2, failed: 1 },
    now: { ...DONE, completionTime: "2024-01-01T02:00:00Z", succeeded: 1, failed: 0, startTime: T1 },
    errors: [
      "status.failed: Invalid value: 0: cannot decrease the failed counter",
      "status.succeeded: Invalid value: 1: cannot decrease the succeeded counter",
      'status.completionTime: Invalid value: "2024-01-01T02:00:00Z": completionTime cannot be mutated',
      "status.startTime: Required value: startTime cannot be removed for unsuspended job",
    ],
  },
  {
    rule: "the time of the start goes with a suspension",
    spec: { suspend: true },
    before: { startTime: T0 },
    now: { conditions: is("Suspended") },
    errors: [],
  },
  {
    rule: "indexes of a job that has none",
    now: { completedIndexes: "0", failedIndexes: "1" },
    errors: [
      'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      'status.failedIndexes: Invalid value: "1": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    ],
  },
  {
    rule: "indexes in disorder, and beyond the last",
    spec: { ...INDEXED, backoffLimitPerIndex: 1 },
    now: { completedIndexes: "1,0", failedIndexes: "9" },
    errors: [
      'status.completedIndexes: Invalid value: "1,0": error parsing completedIndexes: non-increasing order, previous: 1, current: 0',
      'status.failedIndexes: Invalid value: "9": error parsing failedIndexes: too large index: "9"',
    ],
  },
  {
    rule: "an index that is both",
    spec: { ...INDEXED, backoffLimitPerIndex: 1 },
    now: { completedIndexes: "0-2", failedIndexes: "1,3" },
    errors: ['status.failedIndexes: Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 1'],
  },
  {
    rule: "more that is ready than runs",
    now: { ready: 2, active: 1 },
    errors: ["status.ready: Invalid value: 2: cannot set more ready pods than active"],
  },
  {
    rule: "pods that are counted twice, or still to be counted when all is over",
    now: { ...DONE, uncountedTerminatedPods: { succeeded: ["a", ""], failed: ["a"] } },
    errors: [
      'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
      'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
      'status.uncountedTerminatedPods: Invalid value: {"Succeeded":["a",""],"Failed":["a"]}: uncountedTerminatedPods needs to be empty for finished job',
    ],
  },
  {
    rule: "what was wrong before may stay",
    before: { conditions: is("Complete"), active: 1 },
    now: { conditions: is("Complete"), active: 1, succeeded: 1 },
    errors: [],
  },
]) {
  test(`a job's status: ${rule}`, () => {
    assert.deepEqual(told(spec, before, now), errors);
  });
}
