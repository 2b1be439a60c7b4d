/** What the server decides when objects begin and end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import { podGracePeriod, qosClass } from "./core/pod-strategy.ts";
import { DaemonSet, Deployment, Job, Namespace, Node, Pod } from "./index.ts";

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
  assert.equal(Node.prepareForCreate, undefined);
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
