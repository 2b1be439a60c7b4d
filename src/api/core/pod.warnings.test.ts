import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { Deployment } from "../apps/deployment.ts";
import { Pod } from "./pod.ts";

const c = { name: "c", image: "i" };
const warned = (kind: Kind, object: object, previous?: object): readonly string[] => {
  const made = (from: object): KubeObject => decodeObject(kind, { metadata: { name: "x" }, ...from }) as KubeObject;
  return kind.warnings!(made(object), previous && made(previous));
};

for (const { rule, spec, says } of [
  { rule: "nothing that is usual", spec: {}, says: [] },
  {
    rule: "a variable that hides another",
    spec: {
      containers: [
        {
          ...c,
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "2" },
          ],
        },
      ],
    },
    says: ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
  },
  {
    rule: "no variable that builds on another",
    spec: {
      containers: [
        {
          ...c,
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "$(A)2" },
          ],
        },
      ],
    },
    says: [],
  },
  {
    rule: "a port said twice",
    spec: { containers: [{ ...c, ports: [{ containerPort: 80 }, { containerPort: 80 }] }] },
    says: ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"],
  },
  {
    rule: "labels by their old names",
    spec: { nodeSelector: { "beta.kubernetes.io/os": "linux" } },
    says: ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  },
  {
    rule: "parts of a byte",
    spec: { containers: [{ ...c, resources: { requests: { memory: "100m" } } }] },
    says: [
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
    ],
  },
]) {
  test(`a pod is warned of ${rule}`, () => {
    assert.deepEqual(warned(Pod, { spec: { containers: [c], ...spec } }), says);
  });
}

test("a name with dots makes a surprising hostname", () => {
  const [text] = warned(Pod, { metadata: { name: "a.b" }, spec: { containers: [c] } });
  assert.match(text!, /^metadata\.name: this is used in the Pod's hostname.*\[must not contain dots\]$/);
});

test("a template is warned of when it comes or changes, under its own path", () => {
  const of = (image: string, replicas: number): object => ({
    spec: {
      replicas,
      template: { spec: { terminationGracePeriodSeconds: -1, containers: [{ ...c, image }] } },
    },
  });
  const text =
    "spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1";
  assert.deepEqual(warned(Deployment, of("i", 1)), [text]);
  assert.deepEqual(warned(Deployment, of("j", 1), of("i", 1)), [text]);
  assert.deepEqual(warned(Deployment, of("i", 2), of("i", 1)), []);
});

test("keys to match by take the pod's own values", () => {
  const draft = decodeObject(Pod, {
    metadata: { name: "x", labels: { rev: "7" } },
    spec: {
      containers: [c],
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "a" } },
          matchLabelKeys: ["rev", "none"],
        },
      ],
    },
  });
  Pod.prepareForCreate!(draft, { now: 0 });
  assert.deepEqual(draft.spec.topologySpreadConstraints?.[0]?.labelSelector?.matchExpressions, [
    { key: "rev", operator: "In", values: ["7"] },
  ]);
});
