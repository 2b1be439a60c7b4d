import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { podSecurityFrom } from "./admission-configuration.ts";

const POLICY = { apiVersion: "pod-security.admission.config.k8s.io/v1", kind: "PodSecurityConfiguration" };
const KIND = { apiVersion: "apiserver.config.k8s.io/v1", kind: "AdmissionConfiguration" };

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "tiphys-admission-"));
  t.after(() => rmSync(path, { recursive: true }));
  writeFileSync(join(path, "policy.yaml"), JSON.stringify({ ...POLICY, defaults: { enforce: "restricted" } }));
  return path;
}

for (const [rule, plugins, enforced] of [
  ["no plugin", undefined, undefined],
  [
    "a plugin's own words",
    [{ name: "PodSecurity", configuration: { ...POLICY, defaults: { enforce: "baseline" } } }],
    "baseline:latest",
  ],
  ["a file beside it", [{ name: "PodSecurity", path: "policy.yaml" }], "restricted:latest"],
] as const) {
  test(`a file configures admission by ${rule}`, (t) => {
    const file = join(folder(t), "admission.yaml");
    writeFileSync(file, JSON.stringify({ ...KIND, plugins }));
    assert.equal(podSecurityFrom(file)?.defaults.enforce.text, enforced);
  });
}

for (const [rule, content, says] of [
  ["another kind", {}, "kind: must be AdmissionConfiguration of apiserver.config.k8s.io/v1"],
  [
    "another plugin",
    { ...KIND, plugins: [{ name: "X" }] },
    'plugins: "X" takes no configuration here, only PodSecurity does',
  ],
  [
    "nothing for it",
    { ...KIND, plugins: [{ name: "PodSecurity" }] },
    "plugins: PodSecurity has neither configuration nor path",
  ],
] as const) {
  test(`a file is refused for ${rule}`, (t) => {
    const file = join(folder(t), "admission.yaml");
    writeFileSync(file, JSON.stringify(content));
    assert.throws(() => podSecurityFrom(file), {
      message: `${file} cannot be used as admission configuration: ${says}`,
    });
  });
}
