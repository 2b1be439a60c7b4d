/** Definitions of custom kinds in the OpenAPI documents, and what kubectl makes of them. */
import assert from "node:assert/strict";
import type { Caller, Json } from "./caller.ts";
import { ANYTHING, type Definition, define, type Wanted } from "./definitions.ts";
import type { Rig, Specs } from "./rig.ts";

const OF = "[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin]";

const text = (description: string): Json => ({ type: "string", description });
const list = (description: string, items: Json): Json => ({ type: "array", description, items });
const object = (description: string, properties: Json, more: Json = {}): Json => ({
  type: "object",
  description,
  properties,
  ...more,
});

const FOO = object("Foo CRD for Testing", {
  spec: object("Specification of Foo", {
    bars: list("List of Bars and their specs.", {
      type: "object",
      required: ["name"],
      properties: {
        name: text("Name of Bar."),
        age: text("Age of Bar."),
        feeling: { ...text("Whether Bar is feeling great."), enum: ["Great", "Down"] },
        bazs: list("List of Bazs.", { type: "string" }),
      },
    }),
  }),
  status: object("Status of Foo", {
    bars: list("List of Bars and their statuses.", {
      type: "object",
      properties: {
        name: text("Name of Bar."),
        available: { type: "boolean", description: "Whether the Bar is installed." },
        quxType: { ...text("Indicates to external qux type."), pattern: "in-tree|out-of-tree" },
      },
    }),
  }),
});

const waldo = (description: string, root: Json = {}, spec: Json = {}): Json =>
  object(
    description,
    {
      spec: object("Specification of Waldo", { dummy: { type: "object", description: "Dummy property." } }, spec),
      status: object("Status of Waldo", { bars: list("List of Bars and their statuses.", { type: "object" }) }),
    },
    root,
  );

const WALDO = waldo("Waldo CRD for Testing");
const PRESERVES = { "x-kubernetes-preserve-unknown-fields": true };
const AT_ROOT = waldo("preserve-unknown-properties at root for Testing", PRESERVES);
const NESTED = waldo("preserve-unknown-properties in nested field for Testing", {}, PRESERVES);

/** `e2etest7.example.com`, `v1`, `E2eTest7` is `com.example.e2etest7.v1.E2eTest7`. */
const definitionName = ({ group, kind }: Definition, version: string): string =>
  [...group.split(".").toReversed(), version, kind].join(".");

type Definitions = Readonly<Record<string, Json>>;

const published = async (rig: Caller): Promise<Definitions> => (await rig.get("/openapi/v2")).definitions;

/** What is published is the schema, with only what every object has added. */
function isPublished(definitions: Definitions, made: Definition, version: string, schema: Json): void {
  const found = definitions[definitionName(made, version)]!;
  const { properties, "x-kubernetes-group-version-kind": kinds, ...rest } = found;
  assert.deepEqual(kinds, [{ group: made.group, version, kind: made.kind }]);
  const { apiVersion, kind, metadata, ...own } = properties;
  assert.deepEqual([apiVersion.type, kind.type], ["string", "string"]);
  assert.match(metadata.$ref, /ObjectMeta$/);
  assert.deepEqual({ ...rest, properties: own }, schema);
}

const isNotPublished = (definitions: Definitions, made: Definition, version: string): void =>
  assert.equal(definitions[definitionName(made, version)], undefined);

/** Each of its versions is published, and none is when it is gone. */
async function whileDefined(
  rig: Caller,
  wanted: readonly (Wanted & { readonly schema: Json })[],
  act: (...made: Definition[]) => Promise<void> = async () => {},
): Promise<void> {
  const made: Definition[] = [];
  for (const each of wanted) made.push(await define(rig, each));
  const during = await published(rig);
  for (const [at, { versions = ["v1"], schema }] of wanted.entries()) {
    for (const version of versions) isPublished(during, made[at]!, version, schema);
  }
  await act(...made);
  for (const { path } of made) {
    await rig.delete(path);
    await rig.until(path, ({ code }) => code === 404);
  }
  const after = await published(rig);
  for (const [at, { versions = ["v1"] }] of wanted.entries()) {
    for (const version of versions) isNotPublished(after, made[at]!, version);
  }
}

const bothPublished = (first: Partial<Wanted>, second: Partial<Wanted>) => (rig: Caller) =>
  whileDefined(rig, [
    { schema: FOO, ...first },
    { schema: WALDO, ...second },
  ]);

interface WithKubectl {
  readonly schema: Json | undefined;
  /** All but what names it. */
  readonly object: Json;
  /** Fields below the kind, and what their explanation has. */
  readonly explains: readonly (readonly [string, RegExp])[];
}

/** kubectl's own validation takes the object in create and apply, and explain tells the fields. */
async function kubectlTakes(rig: Rig, made: Definition, { object: body, explains }: WithKubectl): Promise<void> {
  const namespace = await rig.namespace();
  const { group, version, kind, plural } = made;
  const input = JSON.stringify({ apiVersion: `${group}/${version}`, kind, metadata: { name: "test-cr" }, ...body });
  for (const verb of ["create", "apply"]) {
    await rig.kubectl(["-n", namespace, verb, "-f", "-"], { input });
    await rig.kubectl(["-n", namespace, "delete", plural, "test-cr"]);
  }
  await Promise.all(
    explains.map(async ([field, pattern]) =>
      assert.match((await rig.kubectl(["explain", `${plural}.${group}${field}`])).out, pattern),
    ),
  );
}

const takenByKubectl = (wanted: WithKubectl) => async (rig: Rig) => {
  await using made = await define(rig, { schema: wanted.schema });
  await kubectlTakes(rig, made, wanted);
};

const RANDOM = { a: { b: [{ c: "d" }] } };

export const openapi: Specs = {
  [`${OF} works for multiple CRDs of different groups`]: bothPublished({}, { versions: ["v1beta1"] }),

  async [`${OF} works for multiple CRDs of same group but different versions`](rig) {
    await whileDefined(rig, [{ schema: FOO, versions: ["v2", "v3"] }]);
    const group = "common-group-versions.example.com";
    await bothPublished({ group, versions: ["v4"] }, { group, versions: ["v5"] })(rig);
  },

  [`${OF} works for multiple CRDs of same group and version but different kinds`]: bothPublished(
    { group: "common-group-kinds.example.com", versions: ["v6"] },
    { group: "common-group-kinds.example.com", versions: ["v6"] },
  ),

  async [`${OF} updates the published spec when one version gets renamed`](rig) {
    await whileDefined(rig, [{ schema: FOO, versions: ["v2", "v3"] }], async (made) => {
      const rename = [
        { op: "test", path: "/spec/versions/1/name", value: "v3" },
        { op: "replace", path: "/spec/versions/1/name", value: "v4" },
      ];
      await rig.patch(made!.path, rename, "json");
      const now = await published(rig);
      isPublished(now, made!, "v4", FOO);
      isNotPublished(now, made!, "v3");
      isPublished(now, made!, "v2", FOO);
    });
  },

  async [`${OF} removes definition from spec when one version gets changed to not be served`](rig) {
    await whileDefined(rig, [{ schema: FOO, versions: ["v5", "v6alpha1"] }], async (made) => {
      const definition = await rig.get(made!.path);
      definition.spec.versions[1].served = false;
      await rig.put(made!.path, definition);
      const now = await published(rig);
      isNotPublished(now, made!, "v6alpha1");
      isPublished(now, made!, "v5", FOO);
    });
  },
};

/** Those that ask for kubectl. */
export const openapiWithKubectl: Specs = {
  async [`${OF} works for CRD with validation schema`](rig) {
    await using made = await define(rig, { schema: FOO });
    await kubectlTakes(rig, made, {
      schema: FOO,
      object: { spec: { bars: [{ name: "test-bar" }] } },
      explains: [
        [
          "",
          /DESCRIPTION:.*Foo CRD for Testing.*FIELDS:.*apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*Specification of Foo/s,
        ],
        [
          ".metadata",
          /DESCRIPTION:.*Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>.*CreationTimestamp is a timestamp/s,
        ],
        [".spec", /DESCRIPTION:.*Specification of Foo.*FIELDS:.*bars.*<\[\]Object>.*List of Bars and their specs/s],
        [
          ".spec.bars",
          /bars.*<\[\]Object>.*DESCRIPTION:.*List of Bars and their specs.*FIELDS:.*bazs.*<\[\]string>.*List of Bazs.*name.*<string>.*Name of Bar/s,
        ],
      ],
    });
    const namespace = await rig.namespace();
    const head = { apiVersion: `${made.group}/v1`, kind: made.kind, metadata: { name: "test-foo" } };
    const refused = async (verb: string, spec: Json, said: RegExp): Promise<void> => {
      const input = JSON.stringify({ ...head, spec });
      assert.match((await rig.kubectl(["-n", namespace, verb, "-f", "-"], { input, code: 1 })).err, said);
    };
    const required = /missing required field "name"|spec\.bars\[0\]\.name: Required value/;
    const bad = { bars: [{ name: "test-bar", feeling: "NonExistentValue" }] };
    await Promise.all([
      ...["create", "apply"].flatMap((verb) => [
        refused(verb, { foo: true }, /unknown field "(spec\.)?foo"/),
        refused(verb, { bars: [{ age: "10" }] }, required),
      ]),
      refused("create", bad, /Unsupported value: "NonExistentValue"/),
    ]);
    const missing = await rig.kubectl(["explain", `${made.plural}.${made.group}.spec.bars2`], { code: 1 });
    assert.match(missing.err, /field "bars2" does not exist/);
  },

  [`${OF} works for CRD without validation schema`]: takenByKubectl({
    schema: ANYTHING,
    object: RANDOM,
    explains: [["", /DESCRIPTION:.*<empty>/s]],
  }),

  async [`${OF} works for CRD preserving unknown fields at the schema root`](rig) {
    await using made = await define(rig, { schema: AT_ROOT });
    const explains = [["", new RegExp(`KIND:.*${made.kind}`, "s")]] as const;
    await kubectlTakes(rig, made, { schema: AT_ROOT, object: RANDOM, explains });
  },

  [`${OF} works for CRD preserving unknown fields in an embedded object`]: takenByKubectl({
    schema: NESTED,
    object: { spec: { a: null, b: [{ c: "d" }] } },
    explains: [["", /DESCRIPTION:.*preserve-unknown-properties in nested field for Testing/s]],
  }),
};
