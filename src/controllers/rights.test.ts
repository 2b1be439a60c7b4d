/** Every controller may do what its definition says it does: the bootstrap policy gives its account that right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCIDR } from "../machinery/ip.ts";
import { notCovered } from "../server/authorization/rbac-escalation.ts";
import { roles } from "../server/bootstrap/bindings.ts";
import { controllerRoles } from "../server/bootstrap/controller-roles.ts";
import { controllersFor } from "./index.ts";

const certificates = { sign: () => "" };
const nodeNetworks = { cluster: parseCIDR("10.244.0.0/16")!, mask: 24 };
const controllers = controllersFor({ rootCertificate: "PEM", certificates, nodeNetworks });

for (const { name, account = name, rbac } of controllers) {
  test(`${name} has the rights it needs`, () => {
    // One that only works in kube-system has a Role there.
    const role = [...controllerRoles, ...roles].findLast(
      ({ metadata }) => metadata.name === `system:controller:${account}`,
    );
    assert.ok(role, `no role system:controller:${account}`);
    assert.deepEqual(notCovered(rbac, role.rules as never), []);
  });
}

test("names are unique", () => {
  const names = controllers.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});
