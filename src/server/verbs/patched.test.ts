/** Patches that change or take away what an object says it is. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";
import { WIDGETS, widget, widgetServer } from "../testing/widgets.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";
const header = (type: string): Record<string, string> => ({ "content-type": `application/${type}-patch+json` });

const FORMS = {
  json: (field: string, value: unknown) =>
    value === null ? [{ op: "remove", path: `/${field}` }] : [{ op: "replace", path: `/${field}`, value }],
  merge: (field: string, value: unknown) => ({ [field]: value }),
  "strategic-merge": (field: string, value: unknown) => ({ [field]: value }),
};

async function serverWith(path: string, object: object): Promise<TestServer> {
  const server = await widgetServer();
  const { status, text } = await server.send("POST", path, object);
  assert.equal(status, 201, text);
  return server;
}

const NO_NAME = /^the name of the object \(a based on URL\) was undeterminable: name must be provided$/;
const SCHEME = 'in scheme "pkg/api/legacyscheme/scheme.go:30"';

const rows: [field: string, value: unknown, status: number, message: RegExp | undefined][] = [
  ["kind", null, 200, undefined],
  ["kind", "", 200, undefined],
  ["kind", "Pod", 422, /: converting \(v1\.Pod\) to \(core\.ConfigMap\): unknown conversion$/],
  ["kind", "Foo", 422, new RegExp(`: no kind "Foo" is registered for version "v1" ${SCHEME}$`)],
  ["kind", 5, 422, /json parse error: json: cannot unmarshal number into Go struct field \.kind of type string$/],
  ["apiVersion", null, 400, NO_NAME],
  ["apiVersion", "v2", 422, new RegExp(`: no kind "ConfigMap" is registered for version "v2" ${SCHEME}$`)],
  ["apiVersion", "a/b/c", 422, /: unexpected GroupVersion string: a\/b\/c$/],
];
for (const form of ["json", "merge"] as const) {
  for (const [field, value, status, message] of rows) {
    test(`a ${form} patch of ${field} to ${JSON.stringify(value)} is ${status}`, async () => {
      const { send } = await serverWith(MAPS, { metadata: { name: "a" }, data: { k: "v" } });
      const answer = await send("PATCH", `${MAPS}/a`, FORMS[form](field, value), header(form));
      assert.equal(answer.status, status, answer.text);
      if (message !== undefined) assert.match(answer.json.message, message);
      const kept = await send("GET", `${MAPS}/a`);
      assert.deepEqual([kept.json.kind, kept.json.apiVersion, kept.json.data], ["ConfigMap", "v1", { k: "v" }]);
    });
  }
}

for (const [field, value] of [
  ["kind", null],
  ["kind", "Pod"],
  ["apiVersion", null],
  ["apiVersion", "v2"],
] as const) {
  test(`a strategic patch of ${field} to ${value} changes nothing, for it fills what has its type`, async () => {
    const { send } = await serverWith(MAPS, { metadata: { name: "a" }, data: { k: "v" } });
    const patch = FORMS["strategic-merge"](field, value);
    const { status, json } = await send("PATCH", `${MAPS}/a`, patch, header("strategic-merge"));
    assert.deepEqual([status, json.kind, json.apiVersion], [200, "ConfigMap", "v1"]);
    const merged = await send("PATCH", `${MAPS}/a`, { data: { k: "w" } }, header("merge"));
    assert.deepEqual([merged.status, merged.json.data], [200, { k: "w" }]);
  });
}

test("without a version an object has no fields that are known", async () => {
  const { send } = await serverWith(MAPS, { metadata: { name: "a" }, data: { k: "v" } });
  const strict = await send("PATCH", `${MAPS}/a?fieldValidation=Strict`, { apiVersion: null }, header("merge"));
  assert.equal(strict.status, 422);
  assert.match(strict.json.message, /: strict decoding error: unknown field "data", unknown field "metadata"$/);
  const warned = await send("PATCH", `${MAPS}/a`, { apiVersion: null }, header("merge"));
  assert.equal((warned.headers["warning"] as string[]).length, 2);
  const other = await send("PATCH", `${MAPS}/a`, { apiVersion: null, kind: "Foo" }, header("merge"));
  assert.match(other.json.message, /: no kind "Foo" is registered for the internal version of group "" in scheme/);
});

for (const [field, value, status, message] of [
  ["kind", null, 422, /: Object 'Kind' is missing in '\{.*\}'$/],
  ["kind", "Foo", 422, /^Foo\.example\.com "a" is invalid: kind: Invalid value: "Foo": must be Widget$/],
  ["apiVersion", "example.com/v2", 422, /: apiVersion: Invalid value: "example\.com\/v2": must be example\.com\/v1$/],
  [
    "apiVersion",
    null,
    500,
    /^Internal error occurred: Object 'apiVersion' is missing in 'object has no apiVersion field'$/,
  ],
] as const) {
  test(`a merge patch of a custom resource's ${field} to ${value} is ${status}`, async () => {
    const { send } = await serverWith(WIDGETS, widget());
    const answer = await send("PATCH", `${WIDGETS}/a`, { [field]: value }, header("merge"));
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.json.message, message);
  });
}

test("what is applied and says its type in no text says none", async () => {
  const { send } = await testServer();
  const type = { "content-type": "application/apply-patch+yaml" };
  const body = { apiVersion: 1, kind: ["ConfigMap"], metadata: { name: "a" } };
  const { status, json } = await send("PATCH", `${MAPS}/a?fieldManager=m`, body, type);
  assert.deepEqual([status, json.message], [400, "invalid object type: /, Kind="]);
});

test("who applies null as the namespace leaves it to the path", async () => {
  const { send } = await serverWith(MAPS, { metadata: { name: "a" } });
  const applied = (namespace: unknown): object => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace },
  });
  const type = { "content-type": "application/apply-patch+yaml" };
  const of = async (namespace: unknown): Promise<number> =>
    (await send("PATCH", `${MAPS}/a?fieldManager=m`, applied(namespace), type)).status;
  assert.deepEqual([await of(null), await of("ns"), await of("other")], [200, 200, 400]);
});
