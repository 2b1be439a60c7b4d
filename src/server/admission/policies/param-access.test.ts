/** Who may name which parameters. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAP_RULES, POLICIES } from "../../testing/policies.ts";
import { securedServer } from "../../testing/secured.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const JANE = { username: "jane", uid: "7", groups: ["a", "b"] };
const SHOWN = "user &{jane 7 [a b system:authenticated] map[]}";

/** Jane may write policies, and read the secret `s` of the namespace `n`. */
async function server() {
  const made = await securedServer();
  const { send } = made;
  const rule = (group: string, resource: string, verbs: string[]) => ({
    apiGroups: [group],
    resources: [resource],
    verbs,
  });
  const names = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"];
  const written = ["mutatingadmissionpolicies", "mutatingadmissionpolicybindings", ...names];
  const rules = written.map((name) => rule("admissionregistration.k8s.io", name, ["*"]));
  const role = { kind: "ClusterRole", apiGroup: "rbac.authorization.k8s.io", name: "w" };
  const subjects = [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "jane" }];
  await send("POST", `${RBAC}/clusterroles`, { metadata: { name: "w" }, rules });
  await send("POST", `${RBAC}/clusterrolebindings`, { metadata: { name: "w" }, roleRef: role, subjects });
  await send("POST", "/api/v1/namespaces", { metadata: { name: "n" } });
  const own = { ...rule("", "secrets", ["get"]), resourceNames: ["s"] };
  await send("POST", `${RBAC}/namespaces/n/roles`, { metadata: { name: "r" }, rules: [own] });
  const ref = { ...role, kind: "Role", name: "r" };
  await send("POST", `${RBAC}/namespaces/n/rolebindings`, { metadata: { name: "r" }, roleRef: ref, subjects });
  return made;
}

const PARTS = {
  validating: { validations: [{ expression: "true" }] },
  mutating: {
    reinvocationPolicy: "Never",
    mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
  },
};
const SECRETS = { apiVersion: "v1", kind: "Secret" };

for (const sort of ["validating", "mutating"] as const) {
  const policy = (spec: object = {}): object => ({
    metadata: { name: "p" },
    spec: { matchConstraints: MAP_RULES, ...PARTS[sort], ...spec },
  });
  const path = `${POLICIES}/${sort}admissionpolicies`;

  test(`a ${sort} policy names a kind that its writer may read`, async () => {
    const { as, send } = await server();
    const refused = await as(JANE, "POST", path, policy({ paramKind: SECRETS }));
    const why = `${SHOWN} must have "get" permission on all objects of the referenced paramKind (kind=Secret, apiVersion=v1)`;
    assert.deepEqual(
      [refused.status, refused.json.details.causes],
      [422, [{ reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field: "spec.paramKind" }]],
    );
    assert.equal((await as(JANE, "POST", path, policy())).status, 201);
    // What somebody else has named stays.
    const merge = { "content-type": "application/merge-patch+json" };
    const { json } = await send("PATCH", `${path}/p`, { spec: { paramKind: SECRETS } }, merge);
    json.spec.failurePolicy = "Ignore";
    assert.equal((await as(JANE, "PUT", `${path}/p`, json)).status, 200);
  });

  test(`a binding of a ${sort} policy names an object that its writer may read`, async () => {
    const { as, send } = await server();
    assert.equal((await send("POST", path, policy({ paramKind: SECRETS }))).status, 201);
    const bind = (name: string) => {
      const paramRef = { name, namespace: "n", parameterNotFoundAction: "Allow" };
      const actions = sort === "validating" ? { validationActions: ["Deny"] } : {};
      const body = { metadata: { name }, spec: { policyName: "p", paramRef, ...actions } };
      return as(JANE, "POST", `${POLICIES}/${sort}admissionpolicybindings`, body);
    };
    const refused = await bind("other");
    const why = `${SHOWN} does not have "get" permission on the object referenced by paramRef`;
    assert.deepEqual(
      [refused.status, refused.json.details.causes],
      [422, [{ reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field: "spec.paramRef" }]],
    );
    assert.equal((await bind("s")).status, 201);
  });
}
