import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../api/core/index.ts";
import { violations } from "./pod-security.ts";

const pod = (spec: object, container: object = {}) => ({
  spec: { containers: [{ name: "c", ...container }], ...spec } as unknown as PodSpec,
  annotations: {},
});
const restricted = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
  capabilities: { drop: ["ALL"] },
};

for (const { rule, view, level, found } of [
  { rule: "privileged forbids nothing", view: pod({ hostPID: true }), level: "privileged", found: [] },
  { rule: "baseline allows a plain pod", view: pod({}), level: "baseline", found: [] },
  {
    rule: "baseline names host namespaces and privileged containers",
    view: pod({ hostNetwork: true }, { securityContext: { privileged: true } }),
    level: "baseline",
    found: [
      "host namespaces (hostNetwork=true)",
      'privileged (container "c" must not set securityContext.privileged=true)',
    ],
  },
  {
    rule: "baseline names volumes of the host",
    view: pod({ volumes: [{ name: "h", hostPath: { path: "/" } }] }),
    level: "baseline",
    found: ['hostPath volumes (volume "h")'],
  },
  {
    rule: "baseline names added capabilities",
    view: pod({}, { securityContext: { capabilities: { add: ["NET_ADMIN", "CHOWN"] } } }),
    level: "baseline",
    found: [
      'non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)',
    ],
  },
  {
    rule: "restricted lists all that a plain pod lacks",
    view: pod({}),
    level: "restricted",
    found: [
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"])',
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
      'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
  },
  {
    rule: "restricted is met by a hardened pod",
    view: pod({}, { securityContext: restricted }),
    level: "restricted",
    found: [],
  },
] as const) {
  test(rule, () => {
    assert.deepEqual(violations(view, level), found);
  });
}
