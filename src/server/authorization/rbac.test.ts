import assert from "node:assert/strict";
import { test } from "node:test";
import { securedServer } from "../testing/secured.ts";
import type { UserInfo } from "../../machinery/door.ts";
import { paths, rule } from "../bootstrap/policy.ts";
import { notCovered, ruleText } from "./rbac-escalation.ts";
import { allows } from "./rbac.ts";

const user: UserInfo = { username: "u", groups: [] };
const may = (verb: string, target: string, name?: string) => {
  if (target.startsWith("/")) return { user, verb, path: target };
  const [groupResource, subresource] = target.split(":");
  const [group, resource] = groupResource!.includes("/") ? groupResource!.split("/") : ["", groupResource];
  return { user, verb, group: group!, version: "v1", resource: resource!, subresource, name };
};

for (const { says, held, asks, allowed } of [
  {
    says: "a named verb and resource",
    held: rule("get list", "core", "pods"),
    asks: may("get", "pods"),
    allowed: true,
  },
  { says: "another verb", held: rule("get list", "core", "pods"), asks: may("delete", "pods"), allowed: false },
  { says: "another group", held: rule("get", "core", "pods"), asks: may("get", "apps/pods"), allowed: false },
  { says: "stars", held: rule("*", "*", "*"), asks: may("delete", "apps/deployments:scale"), allowed: true },
  {
    says: "a resource does not cover its subresources",
    held: rule("get", "core", "pods"),
    asks: may("get", "pods:log"),
    allowed: false,
  },
  { says: "a named subresource", held: rule("get", "core", "pods/log"), asks: may("get", "pods:log"), allowed: true },
  {
    says: "a subresource of every resource",
    held: rule("update", "apps", "*/scale"),
    asks: may("update", "apps/deployments:scale"),
    allowed: true,
  },
  {
    says: "a named object",
    held: rule("get", "core", "configmaps", "a"),
    asks: may("get", "configmaps", "a"),
    allowed: true,
  },
  {
    says: "another object",
    held: rule("get", "core", "configmaps", "a"),
    asks: may("get", "configmaps", "b"),
    allowed: false,
  },
  {
    says: "a list where names are given",
    held: rule("list", "core", "configmaps", "a"),
    asks: may("list", "configmaps"),
    allowed: false,
  },
  { says: "a path", held: paths("get", "/version"), asks: may("get", "/version"), allowed: true },
  { says: "a path below a star", held: paths("get", "/apis/*"), asks: may("get", "/apis/apps/v1"), allowed: true },
  { says: "a path beside a star", held: paths("get", "/apis/*"), asks: may("get", "/api"), allowed: false },
  { says: "a path below several stars", held: paths("get", "/apis/**"), asks: may("get", "/apis/apps"), allowed: true },
  {
    says: "the deletion of many where names are given",
    held: rule("deletecollection", "core", "configmaps", "a"),
    asks: may("deletecollection", "configmaps"),
    allowed: false,
  },
  { says: "resource stars hold for no path", held: rule("*", "*", "*"), asks: may("get", "/metrics"), allowed: false },
]) {
  test(`a rule ${allowed ? "covers" : "does not cover"} ${says}`, () => {
    assert.equal(allows(held, asks), allowed);
  });
}

for (const { says, wanted, held, missing } of [
  {
    says: "nothing is missing of what is held",
    wanted: [rule("get", "core", "pods")],
    held: [rule("*", "core", "*")],
    missing: [],
  },
  {
    says: "verbs of one target stay together",
    wanted: [rule("get delete", "core", "pods secrets")],
    held: [rule("get list", "core", "pods")],
    missing: [
      '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
    ],
  },
  {
    says: "holding named objects is not holding all",
    wanted: [rule("get", "core", "secrets")],
    held: [rule("get", "core", "secrets", "a")],
    missing: ['{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'],
  },
  {
    says: "paths count too, each verb for itself",
    wanted: [paths("get post", "/x")],
    held: [paths("get", "/y/*")],
    missing: ['{NonResourceURLs:["/x"], Verbs:["get"]}', '{NonResourceURLs:["/x"], Verbs:["post"]}'],
  },
]) {
  test(`escalation: ${says}`, () => {
    assert.deepEqual(notCovered(wanted, held).map(ruleText), missing);
  });
}

const GROUP = "rbac.authorization.k8s.io";
const NS = "/api/v1/namespaces/default";
const BINDINGS = `/apis/${GROUP}/v1/namespaces/default/rolebindings`;
const GONE = ["a", "b"].map((name) => `clusterrole.${GROUP} "${name}" not found`);

/** A cluster where `u` and the service account `s` are bound to a role that is there, or to some that are not. */
async function withBindings(names: readonly string[]) {
  const server = await securedServer();
  await server.send("POST", `/apis/${GROUP}/v1/namespaces/default/roles`, {
    metadata: { name: "reader" },
    rules: [rule("get", "core", "configmaps")],
  });
  for (const name of names) {
    const { status, text } = await server.send("POST", BINDINGS, {
      metadata: { name },
      roleRef: { apiGroup: GROUP, kind: name === "reader" ? "Role" : "ClusterRole", name },
      subjects: [
        { kind: "User", apiGroup: GROUP, name: "u" },
        { kind: "ServiceAccount", name: "s" },
      ],
    });
    assert.equal(status, 201, text);
  }
  return server;
}

for (const [rule, names, reason] of [
  ["none at all", [], ""],
  ["one that is not there", ["a"], `: RBAC: ${GONE[0]}`],
  ["two that are not there", ["a", "b"], `: RBAC: [${GONE.join(", ")}]`],
  ["one that says something else", ["reader"], ""],
] as const) {
  test(`refused to who is bound to ${rule}`, async () => {
    const server = await withBindings(names);
    const { status, json } = await server.as(user, "GET", `${NS}/secrets/x`);
    assert.equal(status, 403);
    const head = 'secrets "x" is forbidden: User "u" cannot get resource "secrets" in API group ""';
    assert.equal(json.message, `${head} in the namespace "default"${reason}`);
  });
}

test("a service account that a binding names without a namespace is one of the binding's", async () => {
  const server = await withBindings(["reader"]);
  const spec = (namespace: string) => ({
    user: `system:serviceaccount:${namespace}:s`,
    resourceAttributes: { verb: "get", resource: "configmaps", namespace: "default" },
  });
  const ask = async (namespace: string) =>
    (await server.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec: spec(namespace) })).json
      .status;
  assert.deepEqual(await ask("default"), {
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "reader/default" of Role "reader" to ServiceAccount "s/default"',
  });
  assert.deepEqual(await ask("other"), { allowed: false });
});

test("whoever asks for the rules that hold for him hears of roles that are not there, and a node that these are not all", async () => {
  const server = await withBindings(["a", "reader"]);
  const ask = async (who: UserInfo) =>
    (
      await server.as(who, "POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
        spec: { namespace: "default" },
      })
    ).json.status;
  const authenticated = { username: "u", groups: ["system:authenticated"] };
  const { evaluationError, incomplete } = await ask(authenticated);
  assert.deepEqual([evaluationError, incomplete], [GONE[0], false]);
  const node = { username: "system:node:n", groups: ["system:nodes", "system:authenticated"] };
  const ofNode = await ask(node);
  assert.deepEqual(
    [ofNode.evaluationError, ofNode.incomplete],
    ["node authorizer does not support user rule resolution", true],
  );
});
