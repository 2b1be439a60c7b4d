import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_FLAGS } from "../parts.ts";
import { testServer } from "../testing/server.ts";

const QUESTIONS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews";
const AT = "spec.resourceAttributes";
const key = "a";

for (const [rule, selectors, evaluationError] of [
  [
    "text that is understood",
    { fieldSelector: { rawSelector: "a=b" }, labelSelector: { rawSelector: "a in (b)" } },
    undefined,
  ],
  [
    "text that is not",
    { fieldSelector: { rawSelector: "a" }, labelSelector: { rawSelector: "a in" } },
    `${AT}.fieldSelector ignored due to parse error; ${AT}.labelSelector ignored due to parse error`,
  ],
  [
    "parts that are understood",
    {
      fieldSelector: { requirements: [{ key, operator: "NotIn", values: ["b"] }] },
      labelSelector: { requirements: [{ key, operator: "Exists" }] },
    },
    undefined,
  ],
  [
    "an operator of a newer client",
    {
      fieldSelector: { requirements: [{ key, operator: "Near" }] },
      labelSelector: {
        requirements: [
          { key, operator: "Near" },
          { key, operator: "Exists" },
        ],
      },
    },
    `${AT}.fieldSelector ignored due to parse error; ${AT}.labelSelector partially ignored due to parse error`,
  ],
  [
    "fields that are compared with several values",
    {
      fieldSelector: {
        requirements: [
          { key, operator: "In", values: ["b"] },
          { key, operator: "In", values: ["b", "c"] },
        ],
      },
    },
    `${AT}.fieldSelector partially ignored due to parse error`,
  ],
  [
    "fields that only have to be there",
    { fieldSelector: { requirements: [{ key, operator: "Exists" }] } },
    `${AT}.fieldSelector ignored due to parse error`,
  ],
] as const) {
  test(`a question about objects that are selected by ${rule}`, async () => {
    const { send } = await testServer();
    const { json } = await send("POST", QUESTIONS, { spec: { resourceAttributes: { verb: "list", ...selectors } } });
    assert.deepEqual(json.status, { allowed: true, ...(evaluationError && { evaluationError }) });
  });
}

const flags = { ...DEFAULT_FLAGS, apiAudiences: ["api", "other"] };
const tokens = [
  { authenticateToken: (token: string) => (token === "good" ? { user: { username: "u", groups: [] } } : undefined) },
];

for (const [rule, spec, status] of [
  ["for the server where nothing is asked", { token: "good" }, { authenticated: true, audiences: ["api", "other"] }],
  [
    "for those of the server that are asked",
    { token: "good", audiences: ["x", "other"] },
    { authenticated: true, audiences: ["other"] },
  ],
  ["for nobody else", { token: "good", audiences: ["x"] }, { error: "invalid bearer token" }],
] as const) {
  test(`a token that says nothing of audiences is good ${rule}`, async () => {
    const { send } = await testServer({ tokens, flags });
    const { json } = await send("POST", TOKENS, { spec });
    const user = "authenticated" in status ? { username: "u" } : {};
    assert.deepEqual(json.status, { ...status, user });
  });
}

test("a token is asked for with what it will be, and without audiences it is for the server", async () => {
  const asked: unknown[] = [];
  const issuer = {
    async issue(request: object) {
      asked.push(request);
      return { token: "t", expirationTimestamp: "2026-01-02T04:04:05Z" };
    },
  };
  const { send } = await testServer({ issuer, flags });
  const accounts = "/api/v1/namespaces/ns/serviceaccounts";
  const { json: account } = await send("POST", accounts, { metadata: { name: "a" } });
  const { uid } = account.metadata;
  const { json } = await send("POST", `${accounts}/a/token`, { metadata: { uid }, status: { token: "mine" } });
  const audiences = ["api", "other"];
  assert.deepEqual(asked, [
    { namespace: "ns", serviceAccount: { name: "a", uid }, audiences, expirationSeconds: 3600 },
  ]);
  assert.deepEqual(json.metadata, { name: "a", namespace: "ns", uid, creationTimestamp: "2026-01-02T03:04:05Z" });
  assert.deepEqual(json.spec, { audiences, expirationSeconds: 3600, boundObjectRef: null });
});
