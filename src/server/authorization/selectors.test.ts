/** What an authorizer hears of selectors, wherever they come from. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";
import type { Attributes, ResourceAttributes } from "./authorizer.ts";

const QUESTIONS = "/apis/authorization.k8s.io/v1";
const PODS = "/api/v1/namespaces/default/pods";
const key = "a";

/** The last thing the authorizer was asked, without what is not about selectors. */
async function heard(method: string, path: string, query = "", spec?: object) {
  const asked: Attributes[] = [];
  const authorizer = {
    authorize(attributes: Attributes) {
      asked.push(attributes);
      return { verdict: "allow" } as const;
    },
  };
  const { send } = await testServer({ authorizer });
  await send(method, path + query, spec && { spec: { user: "u", ...spec } });
  const { verb, name, fieldSelector, labelSelector } = asked.at(-1) as ResourceAttributes;
  return {
    verb,
    ...(name && { name }),
    ...(fieldSelector && { fieldSelector }),
    ...(labelSelector && { labelSelector }),
  };
}

const equal = (field: string, value: string) => ({ field, operator: "=", value });

for (const [rule, method, path, query, expected] of [
  [
    "a list tells its selectors in parts",
    "GET",
    PODS,
    "?fieldSelector=spec.nodeName=n,status.phase!=Failed&labelSelector=a in (c,b)",
    {
      verb: "list",
      fieldSelector: {
        requirements: [equal("spec.nodeName", "n"), { field: "status.phase", operator: "!=", value: "Failed" }],
      },
      labelSelector: { requirements: [{ key, operator: "in", values: ["b", "c"] }] },
    },
  ],
  [
    "a watch does",
    "GET",
    "/api/v1/pods",
    "?watch=1&timeoutSeconds=0&labelSelector=a",
    { verb: "watch", labelSelector: { requirements: [{ key, operator: "exists", values: [] }] } },
  ],
  [
    "the deletion of many does, and has no name",
    "DELETE",
    PODS,
    "?fieldSelector=metadata.name=x",
    { verb: "deletecollection", fieldSelector: { requirements: [equal("metadata.name", "x")] } },
  ],
  [
    "a name in a field selector is a name, too",
    "GET",
    PODS,
    "?fieldSelector=metadata.name%3D%3Dx",
    { verb: "list", name: "x", fieldSelector: { requirements: [equal("metadata.name", "x")] } },
  ],
  [
    "but not where something else cannot be read",
    "GET",
    PODS,
    "?fieldSelector=metadata.name=x&limit=many",
    { verb: "list", fieldSelector: { requirements: [equal("metadata.name", "x")] } },
  ],
  [
    "nor where it can be no name",
    "GET",
    PODS,
    "?fieldSelector=metadata.name=..",
    { verb: "list", fieldSelector: { requirements: [equal("metadata.name", "..")] } },
  ],
  [
    "what cannot be read is told as such",
    "GET",
    PODS,
    "?fieldSelector=a&labelSelector=,",
    {
      verb: "list",
      fieldSelector: { requirements: [], error: "invalid selector: 'a'; can't understand 'a'" },
      labelSelector: { requirements: [], error: "found ',', expected: !, identifier, or 'end of string'" },
    },
  ],
  ["selectors that select all are none", "GET", PODS, "?fieldSelector=,&labelSelector= ", { verb: "list" }],
  ["one object is not selected", "GET", `${PODS}/x`, "?labelSelector=a", { verb: "get", name: "x" }],
  [
    "the old form of watch tells none",
    "GET",
    "/api/v1/watch/namespaces/default/pods",
    "?timeoutSeconds=0&fieldSelector=metadata.name=x",
    { verb: "watch" },
  ],
] as const) {
  test(`an authorizer hears: ${rule}`, async () => {
    assert.deepEqual(await heard(method, path, query.replaceAll(" ", "%20")), expected);
  });
}

const requirement = (operator: string, ...values: string[]) => ({
  key,
  operator,
  ...(values.length > 0 && { values }),
});

for (const [rule, attributes, expected] of [
  [
    "a text",
    { fieldSelector: { rawSelector: "a=b" }, labelSelector: { rawSelector: "a" } },
    {
      fieldSelector: { requirements: [equal("a", "b")] },
      labelSelector: { requirements: [{ key, operator: "exists", values: [] }] },
    },
  ],
  [
    "requirements",
    {
      fieldSelector: { requirements: [requirement("In", "b"), requirement("NotIn", "c")] },
      labelSelector: { requirements: [requirement("NotIn", "b"), requirement("DoesNotExist")] },
    },
    {
      fieldSelector: { requirements: [equal("a", "b"), { field: "a", operator: "!=", value: "c" }] },
      labelSelector: {
        requirements: [
          { key, operator: "notin", values: ["b"] },
          { key, operator: "!", values: [] },
        ],
      },
    },
  ],
  [
    "those of them that are understood",
    {
      fieldSelector: { requirements: [requirement("In", "b", "c"), requirement("Near"), requirement("In", "b")] },
      labelSelector: { requirements: [requirement("Near")] },
    },
    {
      fieldSelector: {
        requirements: [equal("a", "b")],
        error: '[fieldSelectors do not yet support multiple values, "Near" is not a valid field selector operator]',
      },
      labelSelector: { requirements: [], error: '"Near" is not a valid label selector operator' },
    },
  ],
] as const) {
  for (const [review, path] of [
    ["anybody", `${QUESTIONS}/subjectaccessreviews`],
    ["oneself", `${QUESTIONS}/selfsubjectaccessreviews`],
    ["anybody in a namespace", `${QUESTIONS}/namespaces/default/localsubjectaccessreviews`],
  ] as const) {
    test(`an authorizer hears, when it is asked about ${review}: ${rule}`, async () => {
      const resourceAttributes = { verb: "list", namespace: "default", ...attributes };
      assert.deepEqual(await heard("POST", path, "", { resourceAttributes }), { verb: "list", ...expected });
    });
  }
}
