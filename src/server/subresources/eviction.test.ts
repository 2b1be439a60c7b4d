import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdmissionPlugin } from "../admission/admission.ts";
import { testServer } from "../testing/server.ts";

const PODS = "/api/v1/namespaces/ns/pods";
const BUDGETS = "/apis/policy/v1/namespaces/ns/poddisruptionbudgets";
const MERGE = { "content-type": "application/merge-patch+json" };
const READY = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
const UNREADY = { phase: "Running", conditions: [{ type: "Ready", status: "False" }] };

interface Scene {
  readonly rule: string;
  /** The pod's status. */
  readonly pod?: object;
  /** The spec and status of each budget. */
  readonly budgets?: readonly (readonly [spec: object, status: object])[];
  readonly eviction?: object;
  readonly query?: string;
  /** The code, and of a refusal the first cause or else the message. */
  readonly says: readonly [code: number, text?: string, retryAfterSeconds?: number];
  /** What of the first budget's status is looked at afterwards. */
  readonly left?: object;
}

const counts = (disruptionsAllowed: number, currentHealthy: number, desiredHealthy: number, more = {}) => ({
  observedGeneration: 1,
  disruptionsAllowed,
  currentHealthy,
  desiredHealthy,
  expectedPods: 3,
  ...more,
});
test("an eviction may say the version that older clients know, and no other", async () => {
  const { send } = await testServer();
  await send("POST", "/api/v1/namespaces/ns/serviceaccounts", { metadata: { name: "default" } });
  await send("POST", PODS, { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } });
  const evict = (apiVersion: string) =>
    send("POST", `${PODS}/p/eviction?dryRun=All`, { apiVersion, kind: "Eviction", metadata: { name: "p" } });
  assert.equal((await evict("policy/v1beta1")).status, 201);
  assert.equal((await evict("policy/v1")).status, 201);
  assert.equal((await evict("policy/v1alpha1")).status, 400);
});

const refusal = (reason: string, message: string) => ({
  conditions: [
    { type: "DisruptionAllowed", status: "False", reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" },
  ],
});
const FULL = counts(0, 3, 3);
const dryRun = { deleteOptions: { dryRun: ["All"] } };

const SCENES: readonly Scene[] = [
  { rule: "a pod without a budget goes", says: [201] },
  {
    rule: "its name must be said",
    eviction: { metadata: {} },
    says: [400, "name in URL does not match name in Eviction object"],
  },
  {
    rule: "a namespace that is said must be the path's",
    eviction: { metadata: { name: "p", namespace: "other" } },
    says: [400, "the namespace of the provided object does not match the namespace sent on the request"],
  },
  {
    rule: "a budget takes the pod for disrupted and counts down",
    budgets: [[{}, counts(2, 3, 1)]],
    says: [201],
    left: { disruptionsAllowed: 1 },
  },
  {
    rule: "a budget that is behind its spec asks to come back",
    budgets: [[{}, counts(1, 3, 1, { observedGeneration: 0 })]],
    says: [429, "The disruption budget b0 is still being processed by the server.", 10],
  },
  {
    rule: "a budget without a rest says the numbers, and no time to wait",
    budgets: [[{}, FULL]],
    says: [429, "The disruption budget b0 needs 3 healthy pods and has 3 currently"],
  },
  {
    rule: "one that could not be brought up to date says why",
    budgets: [[{}, counts(0, 4, 3, refusal("SyncFailed", "no scale"))]],
    says: [429, "The disruption budget b0 does not allow evicting pods currently because it failed sync: no scale"],
  },
  {
    rule: "where the numbers would allow it, the condition says why not",
    budgets: [[{}, counts(0, 4, 3, refusal("Other", "not now"))]],
    says: [429, "The disruption budget b0 does not allow evicting pods currently (Other): not now"],
  },
  {
    rule: "or nothing does",
    budgets: [[{}, counts(0, 4, 3)]],
    says: [429, "The disruption budget b0 does not allow evicting pods currently"],
  },
  {
    rule: "two budgets are one too many",
    budgets: [
      [{}, FULL],
      [{}, FULL],
    ],
    says: [201, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."],
  },
  {
    rule: "an unready pod goes where enough others are healthy",
    pod: UNREADY,
    budgets: [[{}, FULL]],
    says: [201],
    left: FULL,
  },
  {
    rule: "an unready pod stays where they are not",
    pod: UNREADY,
    budgets: [[{}, counts(0, 2, 3)]],
    says: [429, "The disruption budget b0 needs 3 healthy pods and has 2 currently"],
  },
  {
    rule: "an unready pod always goes where the policy says so",
    pod: UNREADY,
    budgets: [[{ unhealthyPodEvictionPolicy: "AlwaysAllow" }, counts(0, 2, 3)]],
    says: [201],
  },
  { rule: "a pod that has ended needs no leave", pod: { phase: "Failed" }, budgets: [[{}, FULL]], says: [201] },
  { rule: "nor does one that has not begun", pod: { phase: "Pending" }, budgets: [[{}, FULL]], says: [201] },
  {
    rule: "a dry run counts nothing",
    eviction: dryRun,
    budgets: [[{}, counts(1, 3, 1)]],
    says: [201],
    left: { disruptionsAllowed: 1 },
  },
  {
    rule: "but is refused as the rest",
    query: "?dryRun=All",
    budgets: [[{}, FULL]],
    says: [429, "The disruption budget b0 needs 3 healthy pods and has 3 currently"],
  },
  {
    rule: "the request and its body must not disagree about that",
    query: "?dryRun=All",
    eviction: { deleteOptions: { dryRun: ["All", "All"] } },
    says: [500, "Non-matching dry-run options in request and content: [All] and [All All]"],
  },
  {
    rule: "another pod of the same name stays",
    eviction: { deleteOptions: { preconditions: { uid: "other" } } },
    says: [409],
  },
];

for (const { rule, pod = READY, budgets = [], eviction, query = "", says, left } of SCENES) {
  test(`eviction: ${rule}`, async () => {
    const { send } = await testServer();
    await send("POST", PODS, {
      metadata: { name: "p", labels: { app: "a" } },
      spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] },
    });
    await send("PATCH", `${PODS}/p/status`, { status: pod }, MERGE);
    for (const [index, [spec, status]] of budgets.entries()) {
      const selector = { matchLabels: { app: "a" } };
      await send("POST", BUDGETS, { metadata: { name: `b${index}` }, spec: { minAvailable: 1, selector, ...spec } });
      await send("PATCH", `${BUDGETS}/b${index}/status`, { status }, MERGE);
    }
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" }, ...eviction };
    const { status, json } = await send("POST", `${PODS}/p/eviction${query}`, body);
    const [code, text, seconds] = says;
    assert.equal(status, code, json.message);
    if (text !== undefined) assert.equal(json.details?.causes?.[0].message ?? json.message, text);
    if (status === 429) assert.equal(json.details.retryAfterSeconds, seconds);
    const after = (await send("GET", `${PODS}/p`)).json;
    const stays = code !== 201 || text !== undefined || eviction === dryRun;
    assert.equal(after.code === 404 || after.metadata.deletionTimestamp !== undefined, !stays);
    if (left === undefined) return;
    const budget = (await send("GET", `${BUDGETS}/b0`)).json.status;
    for (const [name, value] of Object.entries(left)) assert.deepEqual(budget[name], value, name);
    assert.equal(budget.disruptedPods !== undefined, !stays && left !== FULL);
  });
}

test("the last one a budget allows is told in its condition", async () => {
  const { send } = await testServer();
  await send("POST", PODS, {
    metadata: { name: "p", labels: { app: "a" } },
    spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] },
  });
  await send("PATCH", `${PODS}/p/status`, { status: READY }, MERGE);
  await send("POST", BUDGETS, {
    metadata: { name: "b" },
    spec: { minAvailable: 1, selector: { matchLabels: { app: "a" } } },
  });
  await send("PATCH", `${BUDGETS}/b/status`, { status: counts(1, 2, 1) }, MERGE);
  await send("POST", `${PODS}/p/eviction`, { metadata: { name: "p" } });
  const { conditions } = (await send("GET", `${BUDGETS}/b`)).json.status;
  assert.deepEqual([conditions[0].reason, conditions[0].status], ["InsufficientPods", "False"]);
});

test("admission is asked about the eviction, and not again about the deletion", async () => {
  const seen: string[] = [];
  const plugin: AdmissionPlugin = {
    name: "Watcher",
    handles: ({ resource }) => resource === "pods",
    validate: ({ operation, subresource = "" }) => void seen.push(`${operation} ${subresource}`),
  };
  const { send } = await testServer({ admission: [plugin] });
  await send("POST", PODS, { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } });
  seen.length = 0;
  await send("POST", `${PODS}/p/eviction`, { metadata: { name: "p" } });
  assert.deepEqual(seen, ["CREATE eviction"]);
});
