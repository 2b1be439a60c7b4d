import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod } from "../../api/core/index.ts";
import { container, podOf } from "../testing/node.ts";
import { admit } from "./admit.ts";

const allocatable = { cpu: "4", memory: "8Gi", pods: "2", "example.com/gpu": "1" };
const node = (more: { labels?: object; taints?: object[]; conditions?: object[] } = {}): Node =>
  ({
    metadata: { name: "node-1", labels: { zone: "a", size: "3", ...more.labels } },
    spec: { taints: more.taints ?? [] },
    status: { conditions: more.conditions ?? [] },
  }) as unknown as Node;

const asking = (requests: object, more: object = {}): Pod =>
  podOf("web", { containers: [container("web", { resources: { requests }, ...more })] }) as Pod;
const withPort = (hostPort: number, hostIP = "", protocol = "TCP"): Pod =>
  podOf("web", {
    containers: [container("web", { ports: [{ containerPort: 80, hostPort, hostIP, protocol }] })],
  }) as Pod;
const affine = (key: string, operator: string, values: string[] = []): Pod =>
  podOf("web", {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
        },
      },
    },
  }) as Pod;
const plain = podOf("web") as Pod;
const noExecute = { key: "k", value: "v", effect: "NoExecute" };
const tolerating = (toleration: object): Pod => podOf("web", { tolerations: [toleration] }) as Pod;
const burst = asking({ cpu: "1m" });

const rules: readonly {
  readonly rule: string;
  readonly pod: Pod;
  readonly others?: Pod[];
  readonly on?: Node;
  readonly want?: string;
  readonly message?: string;
}[] = [
  { rule: "what fits is taken", pod: asking({ cpu: "4" }) },
  {
    rule: "what does not fit beside the others is not",
    pod: asking({ cpu: "3" }),
    others: [asking({ cpu: "1500m" })],
    want: "OutOfcpu",
    message: "Node didn't have enough resource: cpu, requested: 3000, used: 1500, capacity: 4000",
  },
  {
    rule: "memory is counted in bytes",
    pod: asking({ memory: "9Gi" }),
    want: "OutOfmemory",
    message: "Node didn't have enough resource: memory, requested: 9663676416, used: 0, capacity: 8589934592",
  },
  {
    rule: "what the node does not have at all is not given",
    pod: asking({ "example.com/tpu": "1" }),
    want: "OutOfexample.com/tpu",
  },
  {
    rule: "what the node has is given once",
    pod: asking({ "example.com/gpu": "1" }),
    others: [asking({ "example.com/gpu": "1" })],
    want: "OutOfexample.com/gpu",
  },
  { rule: "no more pods than the node takes", pod: plain, others: [plain, plain], want: "OutOfpods" },
  { rule: "a host port is given once", pod: withPort(80), others: [withPort(80)], want: "NodePorts" },
  { rule: "another protocol is another port", pod: withPort(80, "", "UDP"), others: [withPort(80)] },
  { rule: "another address is another port", pod: withPort(80, "10.0.0.1"), others: [withPort(80, "10.0.0.2")] },
  { rule: "all addresses include each", pod: withPort(80, "10.0.0.1"), others: [withPort(80)], want: "NodePorts" },
  { rule: "a node selector that fits", pod: podOf("web", { nodeSelector: { zone: "a" } }) as Pod },
  {
    rule: "a node selector that does not",
    pod: podOf("web", { nodeSelector: { zone: "b" } }) as Pod,
    want: "NodeAffinity",
  },
  { rule: "In", pod: affine("zone", "In", ["a", "b"]) },
  { rule: "NotIn", pod: affine("zone", "NotIn", ["a"]), want: "NodeAffinity" },
  { rule: "Exists", pod: affine("none", "Exists"), want: "NodeAffinity" },
  { rule: "DoesNotExist", pod: affine("none", "DoesNotExist") },
  { rule: "Gt", pod: affine("size", "Gt", ["2"]) },
  { rule: "Lt", pod: affine("size", "Lt", ["2"]), want: "NodeAffinity" },
  { rule: "a NoExecute taint keeps away", pod: plain, on: node({ taints: [noExecute] }), want: "TaintToleration" },
  {
    rule: "a NoSchedule taint is the scheduler's",
    pod: plain,
    on: node({ taints: [{ ...noExecute, effect: "NoSchedule" }] }),
  },
  {
    rule: "a toleration of the same value",
    pod: tolerating({ key: "k", value: "v", effect: "NoExecute" }),
    on: node({ taints: [noExecute] }),
  },
  {
    rule: "a toleration of any value",
    pod: tolerating({ key: "k", operator: "Exists" }),
    on: node({ taints: [noExecute] }),
  },
  {
    rule: "a toleration of another value",
    pod: tolerating({ key: "k", value: "x" }),
    on: node({ taints: [noExecute] }),
    want: "TaintToleration",
  },
  {
    rule: "short of memory: pods that ask for nothing stay out",
    pod: { ...plain, status: {} } as Pod,
    on: node({ conditions: [{ type: "MemoryPressure", status: "True" }] }),
    want: "Evicted",
    message: "The node had condition: [MemoryPressure]. ",
  },
  {
    rule: "short of memory: pods that ask for something come in",
    pod: { ...burst, status: {} } as Pod,
    on: node({ conditions: [{ type: "MemoryPressure", status: "True" }] }),
  },
  {
    rule: "short of disk: no pod comes in",
    pod: { ...burst, status: {} } as Pod,
    on: node({ conditions: [{ type: "DiskPressure", status: "True" }] }),
    want: "Evicted",
  },
];

for (const { rule, pod, others = [], on = node(), want, message } of rules) {
  test(`${rule}: ${want ?? "taken"}`, () => {
    const rejection = admit(pod, { node: on, allocatable, others });
    assert.equal(rejection?.reason, want);
    if (message) assert.equal(rejection?.message, message);
  });
}
