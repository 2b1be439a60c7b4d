import assert from "node:assert/strict";
import { test } from "node:test";
import type { CronJob, Job } from "../../api/batch/index.ts";
import { NOW, said, statusIn } from "../testing/objects.ts";
import { decide } from "./cronjob.ts";

/** NOW is the first minute of 2026; the last time was the minute before. */
const MINUTES = NOW / 60_000;
const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";

const cron = (spec: object = {}, status: object = {}) =>
  ({
    metadata: { name: "c", namespace: "default", uid: "c", creationTimestamp: "2025-12-31T23:59:00Z" },
    spec: { schedule: "* * * * *", concurrencyPolicy: "Allow", jobTemplate: { metadata: {}, spec: {} }, ...spec },
    status: { lastScheduleTime: "2025-12-31T23:59:00Z", ...status },
  }) as unknown as CronJob;

const reference = (name: string) => ({ kind: "Job", name, namespace: "default", uid: name });

/** One that the schedule started so many minutes ago, or somebody by hand. */
function job(name: string, { ended, byHand = false }: { ended?: string; byHand?: boolean } = {}): Job {
  const due = byHand ? NOW : Number(name.slice(2)) * 60_000;
  const annotations = { [SCHEDULED]: new Date(due).toISOString() };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "default", uid: name, ...(!byHand && { annotations }) },
    status: {
      ...(ended !== undefined && { conditions: [{ type: ended, status: "True" }] }),
      ...(ended === "Complete" && { completionTime: "2025-12-31T23:59:30Z" }),
    },
  } as unknown as Job;
}

const last = `c-${MINUTES - 1}`;
const before = `c-${MINUTES - 2}`;

for (const { rule, spec = {}, status = {}, jobs = [], writes = [], events = [], active = [] } of [
  { rule: "a Job is started when it is time", writes: ["create Job"] },
  {
    rule: "a Job that has ended is told of once",
    status: { active: [reference(last)] },
    jobs: [job(last, { ended: "Complete" })],
    writes: ["create Job"],
    events: [`Normal SawCompletedJob Saw completed job: ${last}, condition: Complete`],
  },
  {
    rule: "one that is gone is missed",
    status: { active: [reference(last)] },
    writes: ["create Job"],
    events: [`Normal MissingJob Active job went missing: ${last}`],
  },
  {
    rule: "one that somebody started by hand is told of and keeps none from being started",
    spec: { concurrencyPolicy: "Forbid" },
    jobs: [job("by-hand", { byHand: true })],
    writes: ["create Job"],
    events: ["Warning UnexpectedJob Saw a job that the controller did not create or forgot: by-hand"],
  },
  {
    rule: "with Forbid one of ours does, also when the status does not say so yet",
    spec: { concurrencyPolicy: "Forbid" },
    jobs: [job(last)],
    events: [
      "Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid",
    ],
    active: [last],
  },
  {
    rule: "with Replace it goes, and is missed by nobody",
    spec: { concurrencyPolicy: "Replace" },
    status: { active: [reference(last)] },
    jobs: [job(last)],
    writes: [`delete Job ${last}`, "create Job"],
  },
  {
    rule: "those that are active keep their order",
    status: { active: [reference(last), reference(before)], lastScheduleTime: "2026-01-01T00:00:00Z" },
    jobs: [job(before), job(last)],
    active: [last, before],
  },
  {
    rule: "a schedule that names no time",
    spec: { schedule: "59 23 31 2 *" },
    events: [
      "Warning InvalidSchedule invalid schedule: 59 23 31 2 * : time difference between two schedules is less than 1 second",
    ],
  },
  {
    rule: "a schedule that cannot be read",
    spec: { schedule: "* *" },
    events: ['Warning UnparseableSchedule unparseable schedule: "* *" : expected exactly 5 fields, found 2: [* *]'],
  },
  {
    rule: "a zone that nobody knows",
    spec: { timeZone: "Mars/North", suspend: true },
    events: ['Warning UnknownTimeZone invalid timeZone: "Mars/North": unknown time zone Mars/North'],
  },
  {
    rule: "more than a hundred missed times",
    status: { lastScheduleTime: "2025-12-31T20:00:00Z" },
    writes: ["create Job"],
    events: [
      "Warning TooManyMissedTimes too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
    ],
  },
]) {
  test(rule, () => {
    const plan = decide({ object: cron(spec, status), jobs, now: NOW });
    assert.deepEqual(said(plan), writes);
    assert.deepEqual(
      (plan.events ?? []).map(({ type, reason, message }) => `${type} ${reason} ${message}`),
      events,
    );
    const shown = statusIn(plan)["active"] as readonly { readonly name: string }[];
    assert.deepEqual(
      shown.map(({ name }) => name),
      active,
    );
  });
}

for (const [timeZone, text] of [
  [undefined, "2026-01-01T00:00:00Z"],
  ["America/New_York", "2025-12-31T19:00:00-05:00"],
  ["Asia/Kolkata", "2026-01-01T05:30:00+05:30"],
  ["Europe/London", "2026-01-01T00:00:00Z"],
]) {
  test(`a Job says its time as clocks in ${timeZone ?? "UTC"} show it`, () => {
    const { writes } = decide({ object: cron({ timeZone }), jobs: [], now: NOW });
    const { metadata } = (writes[0] as unknown as { readonly object: Job }).object;
    assert.equal(metadata.annotations?.[SCHEDULED], text);
    assert.equal(metadata.name, `c-${MINUTES}`);
  });
}
