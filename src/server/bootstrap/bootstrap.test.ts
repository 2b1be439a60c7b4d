import assert from "node:assert/strict";
import { test } from "node:test";
import { securedServer } from "../testing/secured.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

test("a second bootstrap writes nothing", async () => {
  const server = await securedServer();
  const before = server.store.revision;
  await server.bootstrap();
  assert.equal(server.store.revision, before);
});

test("rules that somebody took away are put back, and those he added stay", async () => {
  const server = await securedServer();
  const { json: role } = await server.send("GET", `${RBAC}/clusterroles/system:kube-scheduler`);
  const added = { apiGroups: ["example.com"], resources: ["things"], verbs: ["get"] };
  await server.send("PUT", `${RBAC}/clusterroles/system:kube-scheduler`, { ...role, rules: [added] });
  await server.bootstrap();
  const { rules } = (await server.send("GET", `${RBAC}/clusterroles/system:kube-scheduler`)).json;
  assert.deepEqual(rules[0], added);
  const may = (resource: string, verb: string): boolean =>
    rules.some(
      (rule: { resources?: string[]; verbs: string[] }) =>
        rule.resources?.includes(resource) && rule.verbs.includes(verb),
    );
  assert.ok(may("pods/binding", "create") && may("nodes", "watch"));
});

test("a role that is not to be kept up stays as it is", async () => {
  const server = await securedServer();
  const path = `${RBAC}/clusterroles/system:node-bootstrapper`;
  const { json: role } = await server.send("GET", path);
  const metadata = { ...role.metadata, annotations: { "rbac.authorization.kubernetes.io/autoupdate": "false" } };
  await server.send("PUT", path, { ...role, metadata, rules: [] });
  await server.bootstrap();
  assert.deepEqual((await server.send("GET", path)).json.rules ?? [], []);
});

for (const { rule, user, method = "GET", path, status } of [
  {
    rule: "anybody may ask for the version",
    user: { username: "system:anonymous", groups: ["system:unauthenticated"] },
    path: "/version",
    status: 200,
  },
  {
    rule: "strangers see no pods",
    user: { username: "eve", groups: ["system:authenticated"] },
    path: "/api/v1/pods",
    status: 403,
  },
  {
    rule: "the scheduler sees them",
    user: { username: "system:kube-scheduler", groups: ["system:authenticated"] },
    path: "/api/v1/pods",
    status: 200,
  },
  {
    rule: "the scheduler reads no secrets",
    user: { username: "system:kube-scheduler", groups: ["system:authenticated"] },
    path: "/api/v1/secrets",
    status: 403,
  },
]) {
  test(`bootstrap policy: ${rule}`, async () => {
    const server = await securedServer();
    assert.equal((await server.as(user, method, path)).status, status);
  });
}
