/** Everything the API documents define is described, in words of our own, where `kubectl explain` looks for them. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { openApiV2, openApiV3, openApiV3Names } from "../machinery/openapi/documents.ts";
import { builtinKinds } from "./index.ts";

interface Described {
  readonly description?: string;
  readonly allOf?: readonly unknown[];
  readonly $ref?: string;
}
interface Definition extends Described {
  readonly properties?: Readonly<Record<string, Described>>;
}
type Definitions = Readonly<Record<string, Definition>>;
interface DocumentV2 {
  readonly definitions: Definitions;
}
interface DocumentV3 {
  readonly components: { readonly schemas?: Definitions };
}

const folder = new URL("../../../shared/reference/openapi/", import.meta.url);
const skip = existsSync(folder) ? false : `no reference documents at ${folder.pathname}`;
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

const made = (openApiV2(builtinKinds) as object as DocumentV2).definitions;

/** `[definition]` and `[definition.property]`, each with what stands there. */
function all(definitions: Definitions): Map<string, Described> {
  const found = new Map<string, Described>();
  for (const [name, definition] of Object.entries(definitions)) {
    found.set(name, definition);
    for (const [key, property] of Object.entries(definition.properties ?? {})) found.set(`${name}.${key}`, property);
  }
  return found;
}

const described = [...all(made)];

test("every definition and every field is described", () => {
  const missing = described.filter(([, { description = "" }]) => description === "").map(([name]) => name);
  assert.deepEqual(missing, []);
});

test("descriptions are sentences without blanks at the ends, and short enough to read", () => {
  const wrong = described.filter(
    ([, { description = "" }]) => !/^[A-Z0-9`].*[^\s][.!?…]$/.test(description) || description.length > 320,
  );
  assert.deepEqual(
    wrong.map(([name]) => name),
    [],
  );
});

interface Operation {
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
}
interface Parameter {
  readonly name?: string;
  readonly in?: string;
  readonly description?: string;
  readonly $ref?: string;
}

/** `METHOD path` and its parameters, each with what stands there. */
function operationsOf(document: object): Map<string, string> {
  const { paths, parameters = {} } = document as {
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, Operation>> & { parameters?: readonly Parameter[] }>
    >;
    readonly parameters?: Readonly<Record<string, Parameter>>;
  };
  const found = new Map<string, string>();
  const told = (where: string, all: readonly Parameter[] = []): void => {
    for (const each of all) {
      const { name, in: place, description = "" } = each.$ref ? parameters[each.$ref.split("/").at(-1)!]! : each;
      if (place !== "body") found.set(`${where} ${name}`, description);
    }
  };
  for (const [path, { parameters: shared, ...operations }] of Object.entries(paths)) {
    told(path, shared);
    for (const [method, operation] of Object.entries(operations)) {
      found.set(`${method} ${path}`, operation.description ?? "");
      told(`${method} ${path}`, operation.parameters);
    }
  }
  return found;
}

for (const [version, document] of [
  ["v2", openApiV2(builtinKinds)],
  ["v3", openApiV3(builtinKinds, "api/v1")!],
] as const) {
  test(`every operation and every parameter of ${version} is described in sentences of our own`, { skip }, () => {
    const theirs = operationsOf(read(version === "v2" ? "v2.json" : "v3_api__v1.json") as object);
    const wrong = [...operationsOf(document)].filter(
      ([where, text]) => !/^[A-Z`].*\.$/.test(text) || text.length > 320 || text === theirs.get(where),
    );
    assert.deepEqual(wrong, []);
  });
}

test("no description is the reference's", { skip }, () => {
  const theirs = all((read("v2.json") as DocumentV2).definitions);
  const same = [...all(made)].filter(
    ([name, { description }]) => description !== undefined && description === theirs.get(name)?.description,
  );
  assert.deepEqual(
    same.map(([name]) => name),
    [],
  );
});

test("in v2 a description stands beside the reference", () => {
  const { status } = made["io.k8s.api.core.v1.Pod"]?.properties ?? {};
  assert.equal(status?.$ref, "#/definitions/io.k8s.api.core.v1.PodStatus");
  assert.match(status.description ?? "", /running pod/);
});

for (const name of openApiV3Names(builtinKinds)) {
  test(`in v3 of ${name} a reference with a description is wrapped as in the reference document`, { skip }, () => {
    const theirs = all((read(`v3_${name.replaceAll("/", "__")}.json`) as DocumentV3).components.schemas ?? {});
    const ours = all((openApiV3(builtinKinds, name) as object as DocumentV3).components.schemas ?? {});
    // A few fields have a description here and none there; a bare reference there is then a wrapped one here.
    const wrapped = ({ allOf, $ref, description }: Described = {}): boolean =>
      allOf !== undefined || ($ref !== undefined && description === undefined);
    const different = [...ours].filter(([key, ours]) => (ours.allOf !== undefined) !== wrapped(theirs.get(key)));
    assert.deepEqual(
      different.map(([key]) => key),
      [],
    );
  });
}
