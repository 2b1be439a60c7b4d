import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind } from "../../machinery/kind.ts";
import { CronJob, Job } from "../batch/index.ts";
import { scheduleError } from "../batch/schedule.validation.ts";
import { ReplicationController } from "../core/replication-controller.ts";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from "./index.ts";

const labels = { app: "a" };
const selector = { matchLabels: labels };
const containers = [{ name: "c", image: "i" }];
const template = { metadata: { labels }, spec: { containers } };
const once = { metadata: {}, spec: { containers, restartPolicy: "Never" } };
const set = (spec: object): object => ({ spec: { selector, template, ...spec } });
const claim = (name: string, resources: object): object => ({
  metadata: { name },
  spec: { accessModes: ["ReadWriteOnce"], resources },
});
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const rows: readonly { kind: Kind; rule: string; object: object; says: readonly string[] }[] = [
  { kind: Deployment, rule: "is right", object: set({}), says: [] },
  {
    kind: Deployment,
    rule: "does not finish by itself",
    object: set({ template: { metadata: { labels }, spec: { containers, activeDeadlineSeconds: 5 } } }),
    says: ["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"],
  },
  {
    kind: Deployment,
    rule: "takes down no more than all",
    object: set({ strategy: { rollingUpdate: { maxUnavailable: "101%" } } }),
    says: ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  },
  {
    kind: ReplicaSet,
    rule: "selects something",
    object: set({ selector: {} }),
    says: ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"],
  },
  {
    kind: ReplicationController,
    rule: "selects its own pods",
    object: { spec: { selector: { app: "b" }, template } },
    says: ['spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'],
  },
  {
    kind: DaemonSet,
    rule: "goes on by surge or by gaps, not both",
    object: set({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }),
    says: [
      "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero",
    ],
  },
  {
    kind: StatefulSet,
    rule: "mounts its claims",
    object: set({
      volumeClaimTemplates: [claim("data", { requests: { storage: "1Gi" } })],
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "c", image: "i", volumeMounts: [{ name: "data", mountPath: "/d" }] }] },
      },
    }),
    says: [],
  },
  {
    kind: StatefulSet,
    rule: "is ordered or parallel",
    object: set({ podManagementPolicy: "Chaos" }),
    says: ["spec.podManagementPolicy: Invalid value: \"Chaos\": must be 'OrderedReady' or 'Parallel'"],
  },
  {
    kind: StatefulSet,
    rule: "keeps its claims or deletes them",
    object: set({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Drop" } }),
    says: [
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Drop": supported values: "Retain", "Delete"',
    ],
  },
  {
    kind: StatefulSet,
    rule: "asks for claims that could be made, before everything it counts",
    object: set({ replicas: -1, volumeClaimTemplates: [claim("a", {}), claim("b", { requests: { storage: "1" } })] }),
    says: [
      "spec.volumeClaimTemplates[0].spec.resources[storage]: Required value",
      "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
    ],
  },
  {
    kind: StatefulSet,
    rule: "has a service by a name that may begin with a digit",
    object: set({ serviceName: "1a" }),
    says: [],
  },
  {
    kind: StatefulSet,
    rule: "has a service of one label",
    object: set({ serviceName: "a.b", selector: {} }),
    says: [
      'spec.serviceName: Invalid value: "a.b": must not contain dots',
      "spec.selector: Invalid value: {}: empty selector is invalid for statefulset",
    ],
  },
  {
    kind: StatefulSet,
    rule: "names its pods itself",
    object: set({ template: { metadata: { labels }, spec: { containers, hostname: "A", subdomain: "B" } } }),
    says: [],
  },
  {
    kind: StatefulSet,
    rule: "says twice what is wrong with its labels",
    object: set({ template: { metadata: { labels: { ...labels, b: "-" } }, spec: { containers } } }),
    says: [0, 1].map(() => `spec.template.labels: Invalid value: "-": ${LABEL_VALUE}`),
  },
  {
    kind: ControllerRevision,
    rule: "remembers something",
    object: { revision: -1 },
    says: [
      "revision: Invalid value: -1: must be greater than or equal to 0",
      "data: Required value: data is mandatory",
    ],
  },
  {
    kind: ControllerRevision,
    rule: "remembers an object",
    object: { revision: 1, data: [] },
    says: ["data: Required value: data must be a valid JSON object"],
  },
  {
    kind: Job,
    rule: "counts indexes when it has them",
    object: { spec: { template: once, completionMode: "Indexed", parallelism: 1 } },
    says: ["spec.completions: Required value: when completion mode is Indexed"],
  },
  {
    kind: Job,
    rule: "limits failures of indexes when it has them",
    object: { spec: { template: once, backoffLimitPerIndex: 1 } },
    says: ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
  },
  {
    kind: Job,
    rule: "has failure rules about something",
    object: { spec: { template: once, podFailurePolicy: { rules: [{ action: "FailJob" }] } } },
    says: [
      "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
    ],
  },
  {
    kind: Job,
    rule: "does not call 0 a failure",
    object: {
      spec: {
        template: once,
        podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [2, 0] } }] },
      },
    },
    says: [
      "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
      "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0]: must be ordered",
    ],
  },
  {
    kind: CronJob,
    rule: "has a zone that exists",
    object: { spec: { schedule: "* * * * *", timeZone: "Mars/Phobos", jobTemplate: { spec: { template: once } } } },
    says: ['spec.timeZone: Invalid value: "Mars/Phobos": unknown time zone Mars/Phobos'],
  },
  {
    kind: CronJob,
    rule: "has a zone that is the same everywhere",
    object: { spec: { schedule: "* * * * *", timeZone: "local", jobTemplate: { spec: { template: once } } } },
    says: [
      'spec.timeZone: Invalid value: "local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      'spec.timeZone: Invalid value: "local": unknown time zone local',
    ],
  },
];

for (const { kind, rule, object, says } of rows) {
  test(`a ${kind.kind} ${rule}`, () => assert.deepEqual(saidOfNew(kind, object), says));
}

test("a StatefulSet keeps the name of its service", () => {
  const before = set({ serviceName: "a" });
  assert.deepEqual(saidOfChange(StatefulSet, before, set({ serviceName: "a", replicas: 5 })), []);
  assert.match(saidOfChange(StatefulSet, before, set({ serviceName: "b" }))[0]!, /^spec: Forbidden: updates to/);
});

test("a StatefulSet keeps its claims, the name of its service and pods that could not be made", () => {
  const odd = { serviceName: "a.b", volumeClaimTemplates: [claim("a", {})] };
  assert.deepEqual(saidOfChange(StatefulSet, set(odd), set({ ...odd, replicas: 5 })), []);
  const broken = { template: { metadata: { labels }, spec: { containers: [{ name: "C", image: "i" }] } } };
  assert.deepEqual(saidOfChange(StatefulSet, set(broken), set({ ...broken, replicas: 5 })), []);
  const said = saidOfChange(StatefulSet, set({}), set(broken));
  assert.deepEqual(said, [`spec.template.spec.containers[0].name: Invalid value: "C": ${LABEL}`]);
});

test("a ControllerRevision counts on and keeps what it remembers", () => {
  const revision = (number: number, data: unknown): object => ({ revision: number, data });
  assert.deepEqual(saidOfChange(ControllerRevision, revision(1, { a: 1 }), revision(2, { a: 1 })), []);
  assert.deepEqual(saidOfChange(ControllerRevision, revision(1, { a: 1 }), revision(-2, { a: 2 })), [
    "revision: Invalid value: -2: must be greater than or equal to 0",
    'data: Invalid value: {"a":2}: field is immutable',
  ]);
});

test("a ReplicaSet ends no fewer pods than none", () => {
  const status = { replicas: 1, observedGeneration: -1, terminatingReplicas: -1 };
  assert.deepEqual(saidOfChange(ReplicaSet, set({}), { ...set({}), status }, "status"), [
    "status.observedGeneration: Invalid value: -1: must be greater than or equal to 0",
    "status.terminatingReplicas: Invalid value: -1: must be greater than or equal to 0",
  ]);
});

test("an indexed Job grows with its parallelism only", () => {
  const job = (completions: number, parallelism: number): object => ({
    spec: {
      manualSelector: true,
      selector,
      completionMode: "Indexed",
      completions,
      parallelism,
      template: { ...once, metadata: { labels } },
    },
  });
  assert.deepEqual(saidOfChange(Job, job(2, 2), job(3, 3)), []);
  assert.deepEqual(saidOfChange(Job, job(2, 2), job(3, 2)), [
    "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism",
  ]);
});

for (const [schedule, error] of [
  ["*/5 0-6 1,15 jan-mar MON", undefined],
  ["@hourly", undefined],
  ["@every 1h30m", undefined],
  ["", "empty spec string"],
  ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
  ["60 * * * *", "end of range (60) above maximum (59): 60"],
  ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
  ["5-2 * * * *", "beginning of range (5) beyond end of range (2): 5-2"],
  ["*/0 * * * *", "step of range should be a positive number: */0"],
  ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ["@never", "unrecognized descriptor: @never"],
] as const) {
  test(`the schedule ${JSON.stringify(schedule)} is ${error ?? "right"}`, () =>
    assert.equal(scheduleError(schedule), error));
}

const held = (image: string, cpu: string, status: object, more: object = {}): object => {
  const containers = [{ name: "c", image, resources: { requests: { cpu } } }];
  const metadata = { labels: { a: "b" } };
  const template = { metadata, spec: { restartPolicy: "Never", containers, ...more } };
  return { spec: { manualSelector: true, selector: { matchLabels: { a: "b" } }, template, suspend: true }, status };
};
const started = { startTime: "2026-01-01T00:00:00Z" };
const told = { ...started, conditions: [{ type: "Suspended", status: "True" }] };
const place = { nodeSelector: { zone: "a" }, affinity: { nodeAffinity: {} } };

for (const { rule, status, after, at } of [
  { rule: "may ask for other resources", status: {}, after: held("i", "2", {}), at: undefined },
  { rule: "may run elsewhere", status: {}, after: held("i", "1", {}, place), at: undefined },
  { rule: "runs the same image", status: {}, after: held("j", "1", {}), at: "spec.template.spec" },
  { rule: "stays while it has pods", status: { active: 1 }, after: held("i", "2", { active: 1 }), at: "spec.template" },
  { rule: "stays once it has begun", status: started, after: held("i", "2", started), at: "spec.template" },
  { rule: "but not when its pods are told to be gone", status: told, after: held("i", "2", told), at: undefined },
]) {
  test(`a suspended Job ${rule}`, () => {
    const said = saidOfChange(Job, held("i", "1", status), after);
    assert.deepEqual(
      said.map((text) => text.replace(/: .*: /, ": ")),
      at === undefined ? [] : [`${at}: field is immutable`],
    );
  });
}

const scheduled = (schedule: string, more: object = {}): object => ({
  spec: { schedule, jobTemplate: { spec: { template: once } }, ...more },
});

test("a zone stays in a schedule that had it, and comes into no other", () => {
  const zoned = scheduled("TZ=UTC 0 * * * *");
  assert.deepEqual(saidOfChange(CronJob, zoned, zoned), []);
  assert.deepEqual(saidOfChange(CronJob, scheduled("0 * * * *"), zoned), [
    'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ]);
  assert.deepEqual(saidOfChange(CronJob, zoned, scheduled("TZ=UTC 0 * * * *", { timeZone: "UTC" })), [
    'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
  ]);
});

test("a CronJob may keep a zone that is not known any more", () => {
  const zoned = scheduled("0 * * * *", { timeZone: "Mars/Phobos" });
  assert.deepEqual(saidOfChange(CronJob, zoned, scheduled("1 * * * *", { timeZone: "Mars/Phobos" })), []);
  assert.equal(saidOfChange(CronJob, scheduled("0 * * * *"), zoned).length, 1);
});

const counted = (status: object): object => ({ ...set({}), status });

for (const kind of [Deployment, DaemonSet, StatefulSet] as const) {
  test(`the collisions of a ${kind.kind} do not get fewer`, () => {
    const said = saidOfChange(kind as Kind, counted({ collisionCount: 2 }), counted({ collisionCount: 1 }), "status");
    assert.deepEqual(said, ["status.collisionCount: Invalid value: 1: cannot be decremented"]);
  });
}

test("a StatefulSet has no more pods available than ready", () => {
  const status = { replicas: 2, readyReplicas: 1, availableReplicas: 2 };
  assert.deepEqual(saidOfChange(StatefulSet, set({}), counted(status), "status"), [
    "status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas",
  ]);
});
