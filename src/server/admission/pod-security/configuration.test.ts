import assert from "node:assert/strict";
import { test } from "node:test";
import { readPodSecurityConfiguration } from "./configuration.ts";

const KIND = { apiVersion: "pod-security.admission.config.k8s.io/v1", kind: "PodSecurityConfiguration" };

test("what is not said is that nothing is asked, by the latest rules", () => {
  const { defaults, exemptions } = readPodSecurityConfiguration({
    ...KIND,
    defaults: { enforce: "baseline", "warn-version": "v1.30", audit: "" },
    exemptions: { namespaces: ["kube-system"] },
  });
  const texts = [defaults.enforce, defaults.audit, defaults.warn].map(({ text }) => text);
  assert.deepEqual(texts, ["baseline:latest", "privileged:latest", "privileged:v1.30"]);
  const { namespaces, usernames, runtimeClasses } = exemptions;
  assert.deepEqual([...namespaces, usernames.size, runtimeClasses.size], ["kube-system", 0, 0]);
});

for (const [rule, value, says] of [
  ["another kind", { kind: "Other" }, `kind: must be PodSecurityConfiguration of ${KIND.apiVersion}`],
  [
    "levels and versions",
    { ...KIND, defaults: { enforce: "strict", "audit-version": "1.30" } },
    'defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted; defaults.audit-version: Invalid value: "1.30": must be "latest" or "v1.x"',
  ],
  [
    "names",
    { ...KIND, exemptions: { namespaces: ["a", "a"], runtimeClasses: [1], usernames: ["", "u"] } },
    'exemptions.namespaces[1]: Duplicate value: "a"; exemptions.runtimeClasses[0]: Invalid value: 1: must be a text; exemptions.usernames[0]: Invalid value: "": username must not be empty',
  ],
] as const) {
  test(`a configuration is refused for ${rule}`, () =>
    assert.throws(() => readPodSecurityConfiguration(value), { message: says }));
}
