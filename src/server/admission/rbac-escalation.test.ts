import assert from "node:assert/strict";
import { test } from "node:test";
import { securedServer } from "../testing/secured.ts";
import type { SecuredServer } from "../testing/secured.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const ROLES = `${RBAC}/namespaces/default/roles`;
const BINDINGS = `${RBAC}/namespaces/default/rolebindings`;
const CLUSTER_ROLES = `${RBAC}/clusterroles`;
const WHO = { username: "u", groups: ["system:authenticated"] };
const OWN = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
const FOREIGN = { apiGroups: [""], resources: ["secrets"], verbs: ["get"] };
const WRITES = { apiGroups: ["rbac.authorization.k8s.io"], resources: ["*"], verbs: ["create", "update", "get"] };
const GATHERS = { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } };
const lacks = (kind: string, name: string): string =>
  `${kind}.rbac.authorization.k8s.io "${name}" is forbidden: user "u" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`;
const role = (rules: readonly object[], more: object = {}) => ({ metadata: { name: "r" }, rules, ...more });
const bindingTo = (kind: string, name: string, subjects: readonly object[] = []) => ({
  metadata: { name: "b" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
  subjects,
});
const subject = { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "u" };

/** A user who may write roles and read pods, and what else is given. */
async function withUser(more: readonly object[] = []): Promise<SecuredServer> {
  const server = await securedServer();
  await server.send("POST", CLUSTER_ROLES, { metadata: { name: "mine" }, rules: [WRITES, OWN, ...more] });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "mine" };
  await server.send("POST", `${RBAC}/clusterrolebindings`, {
    metadata: { name: "mine" },
    roleRef,
    subjects: [subject],
  });
  await server.send("POST", CLUSTER_ROLES, { metadata: { name: "foreign" }, rules: [FOREIGN] });
  return server;
}

const may = (verb: string, resource: string, ...resourceNames: readonly string[]) => ({
  apiGroups: ["rbac.authorization.k8s.io"],
  resources: [resource],
  verbs: [verb],
  ...(resourceNames.length > 0 && { resourceNames }),
});

for (const { rule, path, body, more = [], says } of [
  { rule: "what one holds may be written into a role", path: ROLES, body: role([OWN]), says: 201 },
  { rule: "what one does not hold may not", path: ROLES, body: role([OWN, FOREIGN]), says: lacks("roles", "r") },
  {
    rule: "the rights are asked for before the fields are looked at",
    path: ROLES,
    body: role([FOREIGN, { verbs: [] }]),
    says: lacks("roles", "r"),
  },
  { rule: "who may escalate may", path: ROLES, body: role([FOREIGN]), more: [may("escalate", "roles")], says: 201 },
  {
    rule: "but not for one name, as long as nothing has it",
    path: ROLES,
    body: role([FOREIGN]),
    more: [may("escalate", "roles", "r")],
    says: lacks("roles", "r"),
  },
  {
    rule: "who gathers rules of others must hold everything",
    path: CLUSTER_ROLES,
    body: role([], GATHERS),
    says: 'clusterroles.rbac.authorization.k8s.io "r" is forbidden: must have cluster-admin privileges to use the aggregationRule',
  },
  {
    rule: "a binding of the cluster cannot name a role of a namespace",
    path: `${RBAC}/clusterrolebindings`,
    body: bindingTo("Role", "r"),
    says: "Namespace parameter required.",
  },
  {
    rule: "who holds everything may gather",
    path: CLUSTER_ROLES,
    body: role([], GATHERS),
    more: [
      { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      { nonResourceURLs: ["*"], verbs: ["*"] },
    ],
    says: 201,
  },
  {
    rule: "a role one does not hold cannot be bound",
    path: BINDINGS,
    body: bindingTo("ClusterRole", "foreign"),
    says: lacks("rolebindings", "b"),
  },
  {
    rule: "who may bind it may",
    path: BINDINGS,
    body: bindingTo("ClusterRole", "foreign"),
    more: [may("bind", "clusterroles", "foreign")],
    says: 201,
  },
  {
    rule: "a role that is not there has no rules",
    path: BINDINGS,
    body: bindingTo("ClusterRole", "none"),
    says: 'rolebindings.rbac.authorization.k8s.io "none" not found',
  },
  {
    rule: "a kind that is no role has no rules",
    path: BINDINGS,
    body: bindingTo("Pod", "x"),
    says: 'unsupported role reference kind: "Pod"',
  },
]) {
  test(`escalation: ${rule}`, async () => {
    const server = await withUser(more);
    const { status, json } = await server.as(WHO, "POST", path, body);
    assert.equal(status === 201 ? status : json.message, says);
  });
}

for (const { rule, first, change, says } of [
  {
    rule: "a label on a role that holds more",
    first: role([FOREIGN]),
    change: { labels: { a: "b" } },
    says: lacks("roles", "r"),
  },
  { rule: "a finalizer on it", first: role([FOREIGN]), change: { finalizers: ["a/b"] }, says: 200 },
  { rule: "a label on a role that holds no more", first: role([OWN]), change: { labels: { a: "b" } }, says: 200 },
]) {
  test(`escalation, on a change: ${rule}`, async () => {
    const server = await withUser();
    const { json: made } = await server.send("POST", ROLES, first);
    const next = { ...made, metadata: { ...made.metadata, ...change } };
    const { status, json } = await server.as(WHO, "PUT", `${ROLES}/r`, next);
    assert.equal(status === 200 ? status : json.message, says);
  });
}

test("an aggregation rule may not be taken from a role by those who could not give it", async () => {
  const server = await withUser();
  const { json: made } = await server.send("POST", CLUSTER_ROLES, role([], GATHERS));
  const { aggregationRule: _, ...plain } = made;
  const { json } = await server.as(WHO, "PUT", `${CLUSTER_ROLES}/r`, plain);
  assert.match(json.message, /must have cluster-admin privileges/);
});

test("escalation: a role one is bound to and that is not there is told", async () => {
  const server = await withUser();
  const { status, text } = await server.send("POST", BINDINGS, {
    ...bindingTo("ClusterRole", "none"),
    metadata: { name: "to-none" },
    subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: WHO.username }],
  });
  assert.equal(status, 201, text);
  const { json } = await server.as(WHO, "POST", ROLES, role([FOREIGN]));
  const missing = '; resolution errors: [roles.rbac.authorization.k8s.io "none" not found]';
  assert.equal(json.message, lacks("roles", "r") + missing);
});
