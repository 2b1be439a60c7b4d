/** What policies and webhooks note of requests, and where it is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../../../machinery/log.ts";
import type { Fields } from "../../../machinery/log.ts";
import { POLICIES, policyServer } from "../../testing/policies.ts";
import type { TestServer } from "../../testing/server.ts";
import { webhookServer } from "../../testing/webhooks.ts";
import { AuditAnnotations } from "../../audit-annotations.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const map = (name: string, data: object = {}): object => ({ metadata: { name }, data });

interface Audited extends TestServer {
  readonly logged: Fields[];
  /** Of the newest revision. */
  told(): Promise<unknown>;
}

async function audited(spec: object, binding: object = {}): Promise<Audited> {
  const logged: Fields[] = [];
  const log = {
    ...silent,
    info: (message: string, fields: Fields = {}) => void (message === "audit" && logged.push(fields)),
  };
  const server = await policyServer("validating", spec, binding, { log });
  const told = async (): Promise<unknown> => {
    const { json } = await server.send("GET", `/tiphys/v1/changes?after=${server.store.revision - 1}`);
    return json.items[0].audit;
  };
  return { ...server, logged, told };
}

const annotation = (key: string, valueExpression: string): object => ({ key, valueExpression });

test("annotations go with the revision; those that are empty or null are none", async () => {
  const server = await audited({
    auditAnnotations: [
      annotation("size", "' ' + string(size(object.data)) + ' '"),
      annotation("nothing", "null"),
      annotation("empty", "' '"),
    ],
  });
  assert.equal((await server.send("POST", MAPS, map("a", { k: "v" }))).status, 201);
  assert.deepEqual(await server.told(), { "p/size": "1" });
  assert.deepEqual(server.logged, []);
});

test("a binding may ask to have failures noted only", async () => {
  const spec = {
    validations: [{ expression: "true" }, { expression: "'<' == object.metadata.name", message: "no <" }],
  };
  const server = await audited(spec, { validationActions: ["Audit"] });
  assert.equal((await server.send("POST", MAPS, map("a"))).status, 201);
  const said =
    '[{"message":"no \\u003c","policy":"p","binding":"b","expressionIndex":1,"validationActions":["Audit"]}]';
  assert.deepEqual(await server.told(), { "validation.policy.admission.k8s.io/validation_failure": said });
});

test("what is refused, or only tried, is told by the log", async () => {
  const server = await audited({
    validations: [{ expression: "object.metadata.name != 'no'" }],
    auditAnnotations: [annotation("name", "'is ' + object.metadata.name")],
  });
  const { headers } = await server.send("POST", MAPS, map("no"));
  await server.send("POST", `${MAPS}?dryRun=All`, map("dry"));
  assert.deepEqual(
    server.logged.map(({ auditId, ...rest }) => [auditId === headers["audit-id"], rest]),
    [
      [true, { user: "admin", verb: "create", path: MAPS, status: 422, annotations: { "p/name": "is no" } }],
      [false, { user: "admin", verb: "create", path: MAPS, status: 201, annotations: { "p/name": "is dry" } }],
    ],
  );
});

test("an annotation that fails refuses, whatever the binding does with refusals", async () => {
  const spec = { auditAnnotations: [annotation("x", "object.nope.x + ''")] };
  const server = await audited(spec, { validationActions: ["Audit"] });
  const { status, json } = await server.send("POST", MAPS, map("a"));
  const why = "expression 'object.nope.x + ''' resulted in error: no such key: nope";
  assert.deepEqual([status, json.message.split("denied request: ")[1]], [422, why]);
});

for (const { rule, notes, all } of [
  {
    rule: "the first value of a key stays",
    notes: [
      ["a/b", "1"],
      ["a/b", "2"],
    ],
    all: { "a/b": "1" },
  },
  { rule: "a key without a prefix is none", notes: [["b", "1"]], all: {} },
  { rule: "a key has one slash", notes: [["a/b/c", "1"]], all: {} },
] as const) {
  test(rule, () => {
    const annotations = new AuditAnnotations();
    for (const [key, value] of notes) annotations.add(key, value);
    assert.deepEqual(annotations.all(), all);
  });
}

test("a record has room for two kibibytes of them", () => {
  const annotations = new AuditAnnotations();
  for (const key of ["a/x", "b/x", "c/x"]) annotations.add(key, "ü".repeat(600));
  const kept = annotations.forRecord();
  assert.deepEqual(Object.keys(kept), ["a/x", "b/x"]);
  assert.ok(new TextEncoder().encode(JSON.stringify(kept)).length < 2200);
});

test("webhooks note what they say beside the verdict, whether they changed anything, and that they could not be asked", async () => {
  const { send, store } = await webhookServer(({ hook }) =>
    hook === "down"
      ? new Error("refused")
      : { response: { allowed: true, auditAnnotations: { k: "v", "no key": "x" } } },
  );
  const webhook = (name: string): object => ({
    name: `${name}.example.com`,
    clientConfig: { url: `https://hooks/${name}` },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    failurePolicy: "Ignore",
  });
  const configurations = `${POLICIES}/mutatingwebhookconfigurations`;
  await send("POST", configurations, { metadata: { name: "c" }, webhooks: [webhook("up"), webhook("down")] });
  assert.equal((await send("POST", MAPS, map("a"))).status, 201);
  const { json } = await send("GET", `/tiphys/v1/changes?after=${store.revision - 1}`);
  assert.deepEqual(json.items[0].audit, {
    "up.example.com/k": "v",
    "mutation.webhook.admission.k8s.io/round_0_index_0":
      '{"configuration":"c","webhook":"up.example.com","mutated":false}',
    "mutation.webhook.admission.k8s.io/round_0_index_1":
      '{"configuration":"c","webhook":"down.example.com","mutated":false}',
    "failed-open.mutation.webhook.admission.k8s.io/round_0_index_1": "down.example.com",
  });
});
