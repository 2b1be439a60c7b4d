/** Admission policies through the whole pipeline. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { securedServer } from "../../testing/secured.ts";
import { MAP_RULES, POLICIES, policyServer } from "../../testing/policies.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const map = (name: string, data: object = {}, labels: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels },
  data,
});

test("what does not hold is refused with its message and reason", async () => {
  const spec = { validations: [{ expression: "'k' in object.data", message: "no k", reason: "Forbidden" }] };
  const { send } = await policyServer("validating", spec);
  const refused = await send("POST", MAPS, map("a", { x: "1" }));
  assert.equal(refused.status, 403);
  assert.match(refused.json.message, /ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no k$/);
  assert.equal((await send("POST", MAPS, map("b", { k: "1" }))).status, 201);
});

for (const path of ["pods/a/exec", "pods/a/portforward", "pods/a/proxy/x", "services/a/proxy/x", "nodes/a/proxy/x"]) {
  test(`${path} is judged before it is looked for`, async () => {
    const [resource = ""] = path.split("/");
    const resources = [resource, `${resource}/*`];
    const { send } = await policyServer("validating", {
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CONNECT"], resources }],
      },
      validations: [{ expression: "request.name != 'a'", message: "not to that", reason: "Forbidden" }],
    });
    const prefix = resource === "nodes" ? "/api/v1" : "/api/v1/namespaces/default";
    const ask = async (name: string): Promise<string> =>
      (await send("POST", `${prefix}/${path.replace("/a/", `/${name}/`)}`)).json.message;
    assert.match(await ask("a"), /denied request: not to that$/);
    assert.equal(await ask("b"), `${resource} "b" not found`);
  });
}

test("a binding may only warn", async () => {
  const { send } = await policyServer(
    "validating",
    { validations: [{ expression: "false" }] },
    { validationActions: ["Warn"] },
  );
  const made = await send("POST", MAPS, map("a"));
  assert.equal(made.status, 201);
  assert.deepEqual(made.headers["warning"], [
    "299 - \"Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': failed expression: false\"",
  ]);
});

test("conditions, selectors and an ignored failure leave requests alone", async () => {
  const spec = {
    failurePolicy: "Ignore",
    matchConditions: [{ name: "checked", expression: "object.metadata.?labels.check.hasValue()" }],
    validations: [{ expression: "object.data.nope == 'x'" }, { expression: "object.metadata.name != 'bad'" }],
  };
  const { send } = await policyServer("validating", spec, {
    matchResources: { objectSelector: { matchLabels: { check: "1" } } },
  });
  assert.equal((await send("POST", MAPS, map("bad"))).status, 201);
  assert.equal((await send("POST", MAPS, map("good", {}, { check: "1" }))).status, 201);
  await send("DELETE", `${MAPS}/bad`);
  assert.equal((await send("POST", MAPS, map("bad", {}, { check: "1" }))).status, 422);
});

test("parameters come from an object the binding names; without it the request is refused", async () => {
  const spec = {
    paramKind: { apiVersion: "v1", kind: "ConfigMap" },
    matchConditions: [{ name: "not-itself", expression: "object.metadata.name != 'limits'" }],
    validations: [{ expression: "size(object.data) <= int(params.data.most)" }],
  };
  const paramRef = { name: "limits", namespace: "kube-system", parameterNotFoundAction: "Deny" };
  const { send } = await policyServer("validating", spec, { paramRef });
  const missing = await send("POST", MAPS, map("a"));
  assert.match(missing.json.message, /no params found for policy binding with `Deny` parameterNotFoundAction$/);
});

test("a mutating policy applies configurations and patches, one after the other", async () => {
  const spec = {
    reinvocationPolicy: "Never",
    mutations: [
      {
        patchType: "ApplyConfiguration",
        applyConfiguration: { expression: "Object{metadata: Object.metadata{labels: {'added': 'yes'}}}" },
      },
      {
        patchType: "JSONPatch",
        jsonPatch: {
          expression:
            "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('x.y/z'), value: object.metadata.labels.added}]",
        },
      },
    ],
  };
  const { send } = await policyServer("mutating", spec);
  const { json } = await send("POST", MAPS, map("a", { k: "1" }));
  assert.deepEqual(json.metadata.labels, { added: "yes", "x.y/z": "yes" });
});

test("a policy sees what a later one changed, where it asked for that; others run once", async () => {
  const counting = (name: string): object => ({
    patchType: "JSONPatch",
    jsonPatch: {
      expression: `[JSONPatch{op: 'add', path: '/data/${name}', value: string(size(object.data))}]`,
    },
  });
  const first = { reinvocationPolicy: "IfNeeded", mutations: [counting("first")] };
  const server = await policyServer("mutating", first);
  await server.send("POST", `${POLICIES}/mutatingadmissionpolicies`, {
    metadata: { name: "q" },
    spec: { matchConstraints: MAP_RULES, reinvocationPolicy: "Never", mutations: [counting("second")] },
  });
  await server.send("POST", `${POLICIES}/mutatingadmissionpolicybindings`, {
    metadata: { name: "c" },
    spec: { policyName: "q" },
  });
  const { json } = await server.send("POST", MAPS, map("a", { k: "1" }));
  assert.deepEqual(json.data, { k: "1", first: "3", second: "2" });
});

test("expressions that cannot be compiled are refused with the policy", async () => {
  const { send } = await securedServer();
  const refused = await send("POST", `${POLICIES}/validatingadmissionpolicies`, {
    metadata: { name: "p" },
    spec: { matchConstraints: MAP_RULES, validations: [{ expression: "nope" }, { expression: "1" }] },
  });
  assert.deepEqual(
    refused.json.details.causes.map(({ field, message }: { field: string; message: string }) => [field, message]),
    [
      [
        "spec.validations[0].expression",
        "Invalid value: \"nope\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n | nope\n | ^",
      ],
      ["spec.validations[1].expression", 'Invalid value: "1": must evaluate to bool but got int'],
    ],
  );
});

test("what a policy makes of an object stays in the request's namespace", async () => {
  const of = (path: string, value: string): object => ({
    reinvocationPolicy: "Never",
    mutations: [
      { patchType: "JSONPatch", jsonPatch: { expression: `[JSONPatch{op: 'add', path: '${path}', value: ${value}}]` } },
    ],
  });
  const moved = await policyServer("mutating", of("/metadata/namespace", "'other'"));
  const refused = await moved.send("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "a" } });
  assert.deepEqual(
    [refused.status, refused.json.message],
    [400, "the namespace of the provided object does not match the namespace sent on the request"],
  );
  const bare = await policyServer("mutating", of("/metadata", "{'name': 'b'}"));
  const made = await bare.send("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "a" } });
  assert.deepEqual([made.status, made.json.metadata.namespace, made.json.metadata.name], [201, "default", "b"]);
});
