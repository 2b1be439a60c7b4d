import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { Job } from "./index.ts";

const START = "2026-01-01T00:00:00Z";
const END = "2026-01-01T00:01:00Z";
const is = (...types: readonly string[]): object => ({ conditions: types.map((type) => ({ type, status: "True" })) });
const containers = [{ name: "c", image: "i" }];
const template = { spec: { containers, restartPolicy: "Never" } };
const job = (spec: object, status: object): object => ({ spec: { template, ...spec }, status });
const indexed = { completionMode: "Indexed", completions: 5, parallelism: 2 };
const conditions = (text: string): string => `status.conditions: Invalid value: ${text}`;

const rows: readonly { rule: string; spec?: object; before?: object; after: object; says: readonly string[] }[] = [
  { rule: "may come to a good end", before: { startTime: START }, says: [], after: done() },
  {
    rule: "may come to a bad end",
    before: { startTime: START },
    after: { startTime: START, failed: 1, ...is("FailureTarget", "Failed") },
    says: [],
  },
  {
    rule: "counts no fewer than none",
    after: { active: -1, succeeded: -1, failed: -1, ready: -1, terminating: -1 },
    says: [
      ...["active", "succeeded", "failed", "ready", "terminating"].map(
        (name) => `status.${name}: Invalid value: -1: must be greater than or equal to 0`,
      ),
      "status.failed: Invalid value: -1: cannot decrease the failed counter",
      "status.succeeded: Invalid value: -1: cannot decrease the succeeded counter",
    ],
  },
  {
    rule: "names each pod that is yet to be counted once",
    after: { uncountedTerminatedPods: { succeeded: ["a", ""], failed: ["a"] } },
    says: [
      'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
      'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
    ],
  },
  {
    rule: "ends one way only",
    after: { ...done(), ...is("SuccessCriteriaMet", "Complete", "FailureTarget", "Failed") },
    says: [
      conditions("cannot set Complete=True and Failed=true conditions"),
      conditions("cannot set Complete=True and FailureTarget=true conditions"),
      conditions("cannot set SuccessCriteriaMet=True and Failed=true conditions"),
      conditions("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
    ],
  },
  {
    rule: "says first that it will end",
    after: { startTime: START, completionTime: END, ...is("Complete") },
    says: [conditions("cannot set Complete=True condition without the SuccessCriteriaMet=true condition")],
  },
  {
    rule: "says first that it will fail",
    after: { startTime: START, ...is("Failed") },
    says: [conditions("cannot set Failed=True condition without the FailureTarget=true condition")],
  },
  {
    rule: "ends at a time",
    after: { startTime: START, ...is("SuccessCriteriaMet", "Complete") },
    says: ["status.completionTime: Required value: completionTime is required for Complete jobs"],
  },
  {
    rule: "has no end before it ends",
    after: { startTime: END, completionTime: START },
    says: [
      `status.completionTime: Invalid value: "${START}": cannot set completionTime when there is no Complete=True condition`,
      `status.completionTime: Invalid value: "${START}": must be equal to or after \`startTime\``,
    ],
  },
  {
    rule: "rests at its end",
    after: {
      ...done(),
      startTime: undefined,
      active: 1,
      terminating: 1,
      uncountedTerminatedPods: { succeeded: ["a"] },
    },
    says: [
      "status.active: Invalid value: 1: active>0 is invalid for finished job",
      "status.startTime: Required value: startTime is required for finished job",
      'status.uncountedTerminatedPods: Invalid value: {"Succeeded":["a"],"Failed":null}: must be empty for finished job',
      "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job",
    ],
  },
  {
    rule: "has no more pods ready than there are",
    after: { active: 1, ready: 2 },
    says: ["status.ready: Invalid value: 2: cannot set more ready pods than active"],
  },
  {
    rule: "names indexes in order, each in one place",
    spec: { ...indexed, backoffLimitPerIndex: 1 },
    after: { completedIndexes: "0,2-3", failedIndexes: "3-1" },
    says: [
      'status.failedIndexes: Invalid value: "3-1": error parsing failedIndexes: non-increasing order, previous: 3, current: 1',
    ],
  },
  {
    rule: "names no index of both kinds",
    spec: { ...indexed, backoffLimitPerIndex: 1 },
    after: { completedIndexes: "0,2-4", failedIndexes: "1,3" },
    says: ['status.failedIndexes: Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 3'],
  },
  {
    rule: "knows indexes only where there are some",
    after: { completedIndexes: "0", failedIndexes: "" },
    says: [
      'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    ],
  },
  {
    rule: "stays at its end",
    before: done(),
    after: { startTime: START, completionTime: END, succeeded: 1 },
    says: [
      `status.completionTime: Invalid value: "${END}": cannot set completionTime when there is no Complete=True condition`,
      conditions("cannot disable the terminal Complete=True condition"),
      conditions("cannot disable the SuccessCriteriaMet=True condition"),
    ],
  },
  {
    rule: "keeps its times",
    before: done(),
    after: { ...done(), startTime: "2025-12-31T23:59:59Z", completionTime: "2026-01-01T00:02:00Z" },
    says: [
      'status.completionTime: Invalid value: "2026-01-01T00:02:00Z": field is immutable',
      'status.startTime: Invalid value: "2025-12-31T23:59:59Z": field is immutable for unsuspended job once set',
    ],
  },
  {
    rule: "forgets its start where it is suspended",
    spec: { suspend: true },
    before: { startTime: START },
    after: {},
    says: [],
  },
  {
    rule: "counts upwards",
    before: { succeeded: 2, failed: 2 },
    after: { succeeded: 1, failed: 1 },
    says: [
      "status.failed: Invalid value: 1: cannot decrease the failed counter",
      "status.succeeded: Invalid value: 1: cannot decrease the succeeded counter",
    ],
  },
  {
    rule: "shrinks where its size follows its parallelism",
    spec: { ...indexed, completions: 2 },
    before: { succeeded: 2, completedIndexes: "0-1" },
    after: { succeeded: 1, completedIndexes: "0" },
    says: [],
  },
  {
    rule: "may be wrong where it was so before",
    before: { active: 1, ready: 2, ...is("Complete") },
    after: { active: 1, ready: 2, failed: 1, ...is("Complete") },
    says: [],
  },
];

function done(): object {
  return { startTime: START, completionTime: END, succeeded: 1, ...is("SuccessCriteriaMet", "Complete") };
}

for (const { rule, spec = {}, before = {}, after, says } of rows) {
  test(`the status of a job ${rule}`, () => {
    assert.deepEqual(saidOfChange(Job, job(spec, before), job(spec, after), "status"), says);
  });
}

test("labels that a job would give its pods may not say something else", () => {
  const labels = { "job-name": "other" };
  const said = saidOfNew(Job, { spec: { template: { ...template, metadata: { labels } } } });
  assert.equal(said.length, 1);
  assert.match(said[0]!, /^spec\.template\.metadata\.labels\[job-name\]: Invalid value: .*: must be 'x'$/);
});

test("what is wrong with a job's spec is told twice of a change", () => {
  const metadata = { labels: { "job-name": "x", "controller-uid": "u" } };
  const selector = { matchLabels: { "controller-uid": "u" } };
  const broken = { spec: { selector, template: { ...template, metadata }, parallelism: -1 } };
  const text = "spec.parallelism: Invalid value: -1: must be greater than or equal to 0";
  assert.deepEqual(saidOfChange(Job, broken, broken), [text, text]);
});
