/** What the server decides when objects begin and end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import { podGracePeriod, qosClass } from "./core/pod-strategy.ts";
import type { Kind, KubeObject } from "../machinery/kind.ts";
import {
  CSIDriver,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Lease,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodTemplate,
  ReplicaSet,
  ReplicationController,
  ResourceSlice,
  StatefulSet,
} from "./index.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

const container = (requests?: object, limits?: object): object => ({ name: "c", resources: { requests, limits } });

for (const { rule, containers, expected } of [
  { rule: "nothing asked, nothing promised", containers: [container()], expected: "BestEffort" },
  { rule: "zeros ask for nothing", containers: [container({ cpu: "0" })], expected: "BestEffort" },
  {
    rule: "other resources do not count",
    containers: [container(undefined, { "x.io/gpu": "1" })],
    expected: "BestEffort",
  },
  { rule: "a request alone", containers: [container({ cpu: "1" })], expected: "Burstable" },
  {
    rule: "limits on both are requests too",
    containers: [container(undefined, { cpu: "1", memory: "1Gi" })],
    expected: "Guaranteed",
  },
  {
    rule: "requests below limits",
    containers: [container({ cpu: "1" }, { cpu: "2", memory: "1Gi" })],
    expected: "Burstable",
  },
  {
    rule: "one container without limits",
    containers: [container(undefined, { cpu: "1", memory: "1Gi" }), container()],
    expected: "Burstable",
  },
]) {
  test(`quality of service: ${rule}`, () => {
    const pod = decodeObject(Pod, { spec: { containers } }) as Pod;
    assert.equal(qosClass(pod.spec), expected);
  });
}

for (const { rule, spec = {}, phase = "Running", requested, expected } of [
  { rule: "what the pod says", spec: { nodeName: "n" }, expected: 30 },
  { rule: "what the deletion says before it", spec: { nodeName: "n" }, requested: 5, expected: 5 },
  { rule: "at once where no node has it", expected: 0 },
  { rule: "at once when it has ended", spec: { nodeName: "n" }, phase: "Succeeded", expected: 0 },
  { rule: "a second where the time is negative", spec: { nodeName: "n" }, requested: -1, expected: 1 },
]) {
  test(`a pod ends after ${rule}`, () => {
    const pod = decodeObject(Pod, { spec: { containers: [], ...spec }, status: { phase } }) as Pod;
    assert.equal(podGracePeriod(pod, requested), expected);
  });
}

test("a pod begins pending, whatever the client says", () => {
  const draft = decodeObject(Pod, { spec: { containers: [] }, status: { phase: "Running", podIP: "10.0.0.1" } });
  Pod.prepareForCreate!(draft, { now });
  assert.deepEqual(draft.status, { phase: "Pending", qosClass: "BestEffort" });
});

test("a gated pod says so", () => {
  const draft = decodeObject(Pod, { spec: { containers: [], schedulingGates: [{ name: "g" }] } });
  Pod.prepareForCreate!(draft, { now });
  assert.equal(draft.status.conditions?.[0]?.reason, "SchedulingGated");
});

test("a status begins empty, but a node brings its own", () => {
  const deployment = decodeObject(Deployment, { spec: { template: {} }, status: { replicas: 3 } });
  Deployment.prepareForCreate!(deployment, { now });
  assert.deepEqual(deployment.status, {});
  const node = decodeObject(Node, { status: { capacity: { cpu: "1" } } });
  Node.prepareForCreate!(node, { now });
  assert.deepEqual(node.status.capacity, { cpu: "1" });
});

test("a namespace waits for what is in it", () => {
  const draft = decodeObject(Namespace, { metadata: { name: "n" } });
  Namespace.prepareForCreate!(draft, { now });
  assert.deepEqual(draft.spec.finalizers, ["kubernetes"]);
});

test("a job selects its pods by its uid, unless told otherwise", () => {
  const job = (manualSelector: boolean): Job => {
    const draft = decodeObject(Job, { metadata: { name: "j", uid: "u" }, spec: { manualSelector, template: {} } });
    Job.prepareForCreate!(draft, { now });
    return draft as Job;
  };
  assert.deepEqual(job(false).spec.selector, { matchLabels: { "batch.kubernetes.io/controller-uid": "u" } });
  assert.equal(job(false).spec.template.metadata.labels?.["job-name"], "j");
  assert.equal(job(false).metadata.labels?.["job-name"], "j", "a job without labels has those of its template");
  assert.equal(job(true).spec.selector, undefined);
});

test("a daemon set counts the changes of its template in an annotation", () => {
  const spec = { selector: {}, template: { spec: { containers: [] } } };
  const count = (object: DaemonSet): string | undefined =>
    object.metadata.annotations?.["deprecated.daemonset.template.generation"];
  const draft = decodeObject(DaemonSet, { metadata: { name: "d" }, spec });
  DaemonSet.prepareForCreate!(draft, { now });
  const first = draft as DaemonSet;
  assert.equal(count(first), "1");

  const same = decodeObject(DaemonSet, { metadata: { name: "d" }, spec: { ...spec, minReadySeconds: 5 } });
  DaemonSet.prepareForUpdate!(same, first, { now });
  assert.equal(count(same as DaemonSet), "1");

  const other = decodeObject(DaemonSet, {
    metadata: { name: "d" },
    spec: { ...spec, template: { metadata: { labels: { a: "b" } } } },
  });
  DaemonSet.prepareForUpdate!(other, first, { now });
  assert.equal(count(other as DaemonSet), "2");
});

/** What v1.36 does not switch on. */
const odd = {
  containers: [{ name: "c", lifecycle: { stopSignal: "SIGHUP" } }],
  volumes: [{ name: "v", projected: { sources: [{ clusterTrustBundle: { name: "b", path: "p" } }] } }],
  schedulingGroup: { podGroupName: "g" },
};
const template = { spec: odd };
const device = (more: object): object => ({ name: "d", ...more });

const switchedOff: readonly (readonly [Kind, object: object, words: readonly string[]])[] = [
  [Pod as Kind, { spec: odd }, ["stopSignal", "lifecycle", "clusterTrustBundle", "schedulingGroup"]],
  ...[Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController, Job].map(
    (kind) => [kind as Kind, { spec: { selector: {}, template } }, ["stopSignal", "schedulingGroup"]] as const,
  ),
  [PodTemplate as Kind, { template }, ["stopSignal", "schedulingGroup"]],
  [CronJob as Kind, { spec: { jobTemplate: { spec: { template } } } }, ["stopSignal", "schedulingGroup"]],
  [
    StatefulSet as Kind,
    { spec: { template: {}, updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } } },
    ["maxUnavailable"],
  ],
  [
    PersistentVolumeClaim as Kind,
    { spec: { dataSourceRef: { kind: "K", name: "n", namespace: "other" } } },
    ['"namespace":"other"'],
  ],
  [CSIDriver as Kind, { spec: { preventPodSchedulingIfMissing: true } }, ["preventPodSchedulingIfMissing"]],
  [Lease as Kind, { spec: { strategy: "s", preferredHolder: "p" } }, ["strategy", "preferredHolder"]],
  [Node as Kind, { spec: { configSource: {} }, status: { config: {} } }, ["configSource", "config"]],
  [
    ResourceSlice as Kind,
    {
      spec: {
        driver: "d",
        pool: { name: "p", generation: 1, resourceSliceCount: 1 },
        devices: [device({ attributes: { a: { ints: [1] } }, nodeAllocatableResourceMappings: { cpu: {} } })],
      },
    },
    ["ints", "nodeAllocatableResourceMappings"],
  ],
];

for (const [kind, object, words] of switchedOff) {
  test(`a new ${kind.kind} has nothing of features that are off: ${words.join(", ")}`, () => {
    const draft = decodeObject(kind, object);
    for (const word of words) assert.ok(JSON.stringify(draft).includes(word), word);
    kind.prepareForCreate!(draft, { now });
    for (const word of words) assert.ok(!JSON.stringify(draft).includes(word), word);
  });

  test(`a ${kind.kind} keeps what it has of features that are off: ${words.join(", ")}`, () => {
    const previous = decodeObject(kind, object) as KubeObject;
    const draft = decodeObject(kind, object);
    kind.prepareForUpdate!(draft, previous, { now });
    for (const word of words) assert.ok(JSON.stringify(draft).includes(word), word);
  });
}
