/** What expressions can ask the authorizer, and what they are told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attributes, Decision } from "../../authorization/authorizer.ts";
import type { Selectors } from "../../authorization/selectors.ts";
import { policyServer } from "../../testing/policies.ts";
import { text, webhookServer } from "../../testing/webhooks.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const map = (name: string): object => ({ metadata: { name } });

/** Who is asked answers late, as a webhook would, and knows one service account, one path and one secret. */
function authorizer(asked: Attributes[]) {
  return {
    async authorize(attributes: Attributes): Promise<Decision> {
      asked.push(attributes);
      if (attributes.verb === "explode") throw new Error("it is down");
      if (attributes.user.username === "system:serviceaccount:a:b") return { verdict: "allow", reason: "the account" };
      const allowed = attributes.path === "/metrics" || (attributes.path === undefined && attributes.name === "s");
      return allowed ? { verdict: "allow", reason: "so it is" } : { verdict: "deny", reason: "no" };
    },
  };
}

/** Each holds. */
const ROWS = [
  "authorizer.path('/metrics').check('get').allowed() && !authorizer.path('/other').check('get').allowed()",
  "authorizer.group('').resource('secrets').namespace('n').name('s').check('get').reason() == 'so it is'",
  "authorizer.group('apps').resource('deployments').subresource('scale').check('update').reason() == 'no'",
  "authorizer.serviceAccount('a', 'b').group('').resource('pods').check('list').allowed()",
  "authorizer.group('').resource('pods').fieldSelector('spec.nodeName=x').labelSelector('a=b').name('s').check('list').allowed()",
  "authorizer.path('/x').check('explode').errored() && authorizer.path('/x').check('explode').error() == 'it is down'",
  "!authorizer.path('/metrics').check('get').errored() && authorizer.path('/metrics').check('get').error() == ''",
  "!authorizer.requestResource.check('approve').allowed()",
  "variables.all.resource('secrets').name('s').check('get').allowed()",
];

for (const expression of ROWS) {
  test(`holds: ${expression}`, async () => {
    const variables = [{ name: "all", expression: "authorizer.group('')" }];
    const spec = { variables, validations: [{ expression, message: "not so" }] };
    const { send } = await policyServer("validating", spec, {}, { authorizer: authorizer([]) });
    const { status, text: said } = await send("POST", MAPS, map("a"));
    assert.equal(status, 201, said);
  });
}

for (const [expression, error] of [
  ["authorizer.path(' ').check('get').allowed()", "path must not be empty"],
  ["authorizer.group('').resource('').check('get').allowed()", "resource must not be empty"],
  ["authorizer.serviceAccount('a', 'B!').path('/').check('get').allowed()", "Invalid service account name"],
  ["authorizer.serviceAccount('a.b', 'b').path('/').check('get').allowed()", "Invalid service account namespace"],
  [
    "[1, 2, 3].all(i, authorizer.path('/metrics').check('get').allowed())",
    "operation cancelled: actual cost limit exceeded",
  ],
] as const) {
  test(`fails: ${expression}`, async () => {
    const { send } = await policyServer(
      "validating",
      { validations: [{ expression }] },
      {},
      { authorizer: authorizer([]) },
    );
    const { json } = await send("POST", MAPS, map("a"));
    assert.equal(json.message.split("denied request: ")[1], `expression '${expression}' resulted in error: ${error}`);
  });
}

test("a question is asked once, with the request's own resource in it", async () => {
  const asked: Attributes[] = [];
  const expression = "!authorizer.requestResource.check('approve').allowed()";
  const spec = { matchConditions: [{ name: "c", expression }], validations: [{ expression }, { expression }] };
  const { send } = await policyServer("validating", spec, {}, { authorizer: authorizer(asked) });
  assert.equal((await send("POST", MAPS, map("a"))).status, 201);
  assert.deepEqual(
    asked.map(({ user, ...rest }) => ({ ...rest, user: user.username })),
    [
      {
        verb: "approve",
        group: "",
        version: "*",
        resource: "configmaps",
        namespace: "default",
        name: "a",
        user: "admin",
      },
    ],
  );
});

test("selectors are handed on in parts", async () => {
  const asked: Attributes[] = [];
  const expression =
    "!authorizer.group('').resource('pods').fieldSelector('a=b').labelSelector('!').check('list').allowed()";
  const { send } = await policyServer(
    "validating",
    { validations: [{ expression }] },
    {},
    { authorizer: authorizer(asked) },
  );
  assert.equal((await send("POST", MAPS, map("a"))).status, 201);
  const { fieldSelector, labelSelector } = asked[0] as Selectors;
  assert.deepEqual(fieldSelector, { requirements: [{ field: "a", operator: "=", value: "b" }] });
  assert.deepEqual(labelSelector?.requirements, []);
  assert.match(labelSelector?.error ?? "", /unable to parse requirement/);
});

test("conditions of webhooks ask, too", async () => {
  const server = await webhookServer(() => text(""), undefined, authorizer([]));
  const { status } = await server.send(
    "POST",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    {
      metadata: { name: "c" },
      webhooks: [
        {
          name: "a.example.com",
          clientConfig: { url: "https://hooks/a" },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          matchConditions: [{ name: "may", expression: "!authorizer.path('/metrics').check('get').allowed()" }],
        },
      ],
    },
  );
  assert.equal(status, 201);
  assert.equal((await server.send("POST", MAPS, map("a"))).status, 201);
  assert.equal(server.asked.length, 0);
});
