/** `fieldValidation=Strict` for built-in and custom kinds. */
import assert from "node:assert/strict";
import type { Caller, Json } from "./caller.ts";
import { type Definition, define } from "./definitions.ts";
import type { Specs } from "./rig.ts";

const OF = "[sig-api-machinery] FieldValidation";

/** A Deployment's text with more in its metadata and spec. */
const deployment = (metadata: string, spec: string): string => `{
  "apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"name": "my-dep", ${metadata} "labels": {"app": "nginx"}},
  "spec": {${spec} "selector": {"matchLabels": {"app": "nginx"}},
    "template": {"metadata": {"labels": {"app": "nginx"}},
      "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}}}}`;

async function createStrictly(rig: Caller, text: string): Promise<string> {
  const namespace = await rig.namespace();
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const target = `${path}?fieldManager=field_validation_mgr&fieldValidation=Strict`;
  return (await rig.refused(400, "POST", target, { text, type: "application/json" })).message;
}

const PORT = {
  type: "object",
  required: ["containerPort", "protocol"],
  properties: {
    containerPort: { type: "integer", format: "int32" },
    hostIP: { type: "string" },
    hostPort: { type: "integer", format: "int32" },
    name: { type: "string" },
    protocol: { type: "string" },
  },
};

const schema = (spec: Json = {}, properties: Json = {}): Json => ({
  type: "object",
  properties: {
    spec: {
      type: "object",
      ...spec,
      properties: {
        foo: { type: "string" },
        cronSpec: { type: "string", pattern: "^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$" },
        ports: {
          type: "array",
          "x-kubernetes-list-map-keys": ["containerPort", "protocol"],
          "x-kubernetes-list-type": "map",
          items: PORT,
        },
        ...properties,
      },
    },
  },
});

const TEMPLATE = {
  template: {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    properties: {
      metadata: { type: "object", properties: { name: { type: "string" } } },
      spec: { type: "object" },
    },
  },
};

/** Applies an object of the definition; the lines of its metadata, root and spec are the spec's own. */
async function applyStrictly(
  rig: Caller,
  made: Definition,
  lines: { readonly metadata?: string; readonly root?: string; readonly spec?: string },
): Promise<{ status: number; said: string }> {
  const text = [
    "",
    `apiVersion: ${made.group}/${made.version}`,
    `kind: ${made.kind}`,
    "metadata:",
    "  name: mytest",
    ...(lines.metadata ? [lines.metadata] : []),
    "  finalizers:",
    "  - test-finalizer",
    ...(lines.root ? [lines.root] : []),
    "spec:",
    ...(lines.spec ? [lines.spec] : []),
    '  cronSpec: "* * * * */5"',
    "  ports:",
    "  - name: x",
    "    containerPort: 80",
    "    protocol: TCP",
    "",
  ].join("\n");
  const target = `${made.objects}/mytest?fieldManager=field_validation_mgr&fieldValidation=Strict`;
  const { status, body } = await rig.call("PATCH", target, { text, type: "application/apply-patch+yaml" });
  if (status < 300) await rig.patch(`${made.objects}/mytest`, { metadata: { finalizers: [] } });
  return { status, said: JSON.stringify(body) };
}

const applied = (wanted: Json | undefined, lines: Parameters<typeof applyStrictly>[2]) => async (rig: Caller) => {
  await using made = await define(rig, { scope: "Cluster", schema: wanted });
  return await applyStrictly(rig, made, lines);
};

export const fieldValidation: Specs = {
  async [`${OF} should detect unknown and duplicate fields of a typed object`](rig) {
    const said = await createStrictly(rig, deployment("", '"unknownField": "foo", "replicas": 2, "replicas": 3,'));
    assert.ok(
      said.includes('strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"'),
      said,
    );
  },

  async [`${OF} should detect unknown metadata fields of a typed object`](rig) {
    const said = await createStrictly(rig, deployment('"unknownMeta": "foo",', ""));
    assert.ok(said.includes('strict decoding error: unknown field "metadata.unknownMeta"'), said);
  },

  async [`${OF} should create/apply a valid CR for CRD with validation schema`](rig) {
    const { status, said } = await applied(schema(), { spec: "  foo: foo1" })(rig);
    assert.equal(status, 201, said);
  },

  async [`${OF} should create/apply a CR with unknown fields for CRD with no validation schema`](rig) {
    const { status, said } = await applied(undefined, { spec: "  unknown: uk1" })(rig);
    assert.equal(status, 201, said);
  },

  async [`${OF} should create/apply an invalid CR with extra properties for CRD with validation schema`](rig) {
    const { said } = await applied(schema(), { root: "unknownField: unknown", spec: "  foo: foo1" })(rig);
    assert.ok(said.includes(".unknownField: field not declared in schema"), said);
  },

  async [`${OF} should detect unknown metadata fields in both the root and embedded object of a CR`](rig) {
    const wanted = schema({ "x-kubernetes-preserve-unknown-fields": true }, TEMPLATE);
    const embedded = `  template:
    apiversion: foo/v1
    kind: Sub
    metadata:
        unknownSubMeta: unknown
        name: subobject
        namespace: default
  foo: foo1`;
    const { said } = await applied(wanted, { metadata: "  unknownMeta: unknown", spec: embedded })(rig);
    const one = said.includes(".spec.template.metadata.unknownSubMeta: field not declared in schema");
    assert.ok(one || said.includes(".metadata.unknownMeta: field not declared in schema"), said);
  },

  async [`${OF} should detect duplicates in a CR when preserving unknown fields`](rig) {
    const wanted = schema({ "x-kubernetes-preserve-unknown-fields": true });
    const { said } = await applied(wanted, { spec: "  unknown: uk1\n  foo: foo1\n  foo: foo2" })(rig);
    assert.ok(said.includes('line 11: key \\"foo\\" already set in map'), said);
  },
};
