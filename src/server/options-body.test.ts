/** What may stand in the body of a DELETE. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./testing/server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const { send } = await testServer();
await send("POST", "/api/v1/namespaces", { metadata: { name: "default" } });

/** Of an object that is made before. */
const remove = async (path: string, body: string, type = "application/json"): Promise<[number, string]> => {
  await send("POST", MAPS, { metadata: { name: "a" } });
  const { status, json } = await send("DELETE", path, body, { "content-type": type });
  return [status, json.message];
};

for (const body of [
  "{}",
  "null",
  '{"kind":"DeleteOptions"}',
  '{"kind":"DeleteOptions","apiVersion":"v1"}',
  '{"kind":"DeleteOptions","apiVersion":"meta.k8s.io/v1"}',
  '{"kind":"DeleteOptions","apiVersion":"apps/v1"}',
  '{"kind":"DeleteOptions","apiVersion":"no.such.group/v7"}',
  '{"apiVersion":"v1"}',
]) {
  test(`is taken: ${body}`, async () => assert.equal((await remove(`${MAPS}/a`, body))[0], 200));
}

const NO_TYPE = "couldn't get version/kind; json parse error: json: cannot unmarshal";
const STRUCT =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const SCHEME = 'in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"';

for (const [body, says] of [
  ['{"kind":"Foo","apiVersion":"v1"}', `no kind "Foo" is registered for version "v1" ${SCHEME}`],
  ['{"kind":"fixed"}', `no kind "fixed" is registered for version "meta.k8s.io/v1" ${SCHEME}`],
  ['{"kind":"Job","apiVersion":"batch/v1"}', `no kind "Job" is registered for version "batch/v1" ${SCHEME}`],
  ['{"kind":"ListOptions","apiVersion":"v1"}', `no kind "ListOptions" is registered for version "v1" ${SCHEME}`],
  ['{"kind":"ListOptions"}', "converting (v1.ListOptions) to (v1.DeleteOptions): unknown conversion"],
  ['{"kind":"Status","apiVersion":"v1"}', "converting (v1.Status) to (v1.DeleteOptions): unknown conversion"],
  ['{"apiVersion":"a/b/c"}', "unexpected GroupVersion string: a/b/c"],
  ['{"kind":true}', `${NO_TYPE} bool into Go struct field .kind of type string`],
  ['{"apiVersion":1}', `${NO_TYPE} number into Go struct field .apiVersion of type string`],
  ["[]", `${NO_TYPE} array into Go value of type ${STRUCT}`],
  ["{", "couldn't get version/kind; json parse error: unexpected end of JSON input"],
  [
    '{"gracePeriodSeconds":"x"}',
    "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
  ],
] as const) {
  for (const path of [`${MAPS}/a`, MAPS]) {
    test(`is refused: ${body} for ${path}`, async () => assert.deepEqual(await remove(path, body), [400, says]));
  }
}

test("YAML is read, too", async () => {
  const [status, message] = await remove(`${MAPS}/a`, "kind: Foo\napiVersion: v1\n", "application/yaml");
  assert.deepEqual([status, message], [400, `no kind "Foo" is registered for version "v1" ${SCHEME}`]);
});

test("what is no protobuf is refused", async () => {
  const [status, message] = await remove(`${MAPS}/a`, "x", "application/vnd.kubernetes.protobuf");
  assert.equal(status, 400);
  assert.match(message, /^provided data does not appear to be a protobuf message/);
});

const QUERIES: readonly [rule: string, query: string, body: string | undefined, status: number, stays: boolean][] = [
  ["a dry run of the query", "dryRun=All", undefined, 200, true],
  ["nobody reads the query where there is a body", "dryRun=All", "{}", 200, false],
  ["nor refuses what is wrong in it", "dryRun=Some&gracePeriodSeconds=x&propagationPolicy=Never", "{}", 200, false],
  ["a value that is none", "dryRun=Some", undefined, 422, true],
  ["all values of a dry run count", "dryRun=All&dryRun=All", undefined, 200, true],
  ["of other options the first", "propagationPolicy=Background&propagationPolicy=Never", undefined, 200, false],
  ["an empty policy is none", "propagationPolicy=", undefined, 422, true],
  ["an empty number is none", "gracePeriodSeconds=", undefined, 400, true],
  ["another uid", "uid=other", undefined, 409, true],
  ["another revision", "resourceVersion=1", undefined, 409, true],
  ["the old way to orphan", "orphanDependents=false", undefined, 200, false],
  ["both ways", "orphanDependents=false&propagationPolicy=Background", undefined, 422, true],
];
for (const [rule, query, body, status, stays] of QUERIES) {
  test(`DELETE with ?${query} and ${body ?? "no body"}: ${rule}`, async () => {
    await send("POST", MAPS, { metadata: { name: "a" } });
    const answer = await send("DELETE", `${MAPS}/a?${query}`, body);
    const after = await send("GET", `${MAPS}/a`);
    assert.deepEqual([answer.status, after.status], [status, stays ? 200 : 404]);
  });
}

test("202 where an object stays although its dependents are to go with it", async () => {
  await send("POST", MAPS, { metadata: { name: "held", finalizers: ["example.com/hold"] } });
  assert.equal((await send("DELETE", `${MAPS}/held?orphanDependents=false`)).status, 202);
});
