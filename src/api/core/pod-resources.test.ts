import assert from "node:assert/strict";
import { test } from "node:test";
import { formatQuantity } from "../../machinery/quantity.ts";
import type { PodSpec } from "./index.ts";
import { podResources } from "./pod-resources.ts";

const asks = (cpu: string, more: object = {}) => ({
  name: "c",
  resources: { requests: { cpu }, limits: { cpu } },
  ...more,
});
const sidecar = { restartPolicy: "Always" };

for (const { rule, spec, cpu } of [
  { rule: "containers add up", spec: { containers: [asks("100m"), asks("200m")] }, cpu: "300m" },
  { rule: "nothing asked is nothing", spec: { containers: [{ name: "c" }] }, cpu: undefined },
  {
    rule: "init containers run one by one, so the largest counts",
    spec: { containers: [asks("100m")], initContainers: [asks("400m"), asks("300m")] },
    cpu: "400m",
  },
  {
    rule: "a smaller init container does not matter",
    spec: { containers: [asks("500m")], initContainers: [asks("400m")] },
    cpu: "500m",
  },
  {
    rule: "sidecars run beside the containers",
    spec: { containers: [asks("100m")], initContainers: [asks("50m", sidecar)] },
    cpu: "150m",
  },
  {
    rule: "an init container runs beside the sidecars before it",
    spec: { containers: [asks("100m")], initContainers: [asks("50m", sidecar), asks("400m")] },
    cpu: "450m",
  },
  {
    rule: "and not beside those after it",
    spec: { containers: [asks("100m")], initContainers: [asks("400m"), asks("50m", sidecar)] },
    cpu: "400m",
  },
  {
    rule: "what the pod says itself comes first",
    spec: { containers: [asks("100m")], resources: { requests: { cpu: "1" } } },
    cpu: "1",
  },
  { rule: "overhead comes on top", spec: { containers: [asks("100m")], overhead: { cpu: "10m" } }, cpu: "110m" },
]) {
  test(`pod requests: ${rule}`, () => {
    const found = podResources(spec as unknown as PodSpec, "requests").get("cpu");
    assert.equal(found && formatQuantity(found), cpu);
  });
}

test("overhead makes no limit where there is none", () => {
  const spec = { containers: [{ name: "c" }], overhead: { cpu: "10m" } } as unknown as PodSpec;
  assert.equal(podResources(spec, "limits").size, 0);
});
