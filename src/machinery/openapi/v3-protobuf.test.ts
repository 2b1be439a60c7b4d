/** Each shape of the JSON documents against the field numbers of gnostic's `openapi.v3` messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds } from "../../api/index.ts";
import { Reader } from "../schema/wire.ts";
import type { Json } from "./definitions.ts";
import { openApiV3 } from "./documents.ts";
import { fieldOf, read } from "./testing/wire.ts";
import type { Content } from "./testing/wire.ts";
import { openApiV3Bytes } from "./v3-protobuf.ts";

const document = { openapi: "3.0.0", paths: {}, components: {} };
const written = (part: Json, field: number, like: Content): Content | undefined =>
  fieldOf(openApiV3Bytes({ ...document, ...part }), field, like);

/** A pair of a name and a value. */
const pair = (name: string, value: Content): readonly [number, Content] => [
  1,
  [
    [1, name],
    [2, value],
  ],
];
const reference: Content = [[2, [[1, "#/a"]]]];

const schemas: readonly { rule: string; schema: Json; written: Content }[] = [
  { rule: "a type is one", schema: { type: "object" }, written: [[25, "object"]] },
  { rule: "items are a list of one", schema: { items: { $ref: "#/a" } }, written: [[30, [[1, reference]]]] },
  { rule: "all of several", schema: { allOf: [{ $ref: "#/a" }] }, written: [[26, reference]] },
  {
    rule: "one of several",
    schema: { oneOf: [{ type: "string" }, { type: "number" }] },
    written: [
      [27, [[1, [[25, "string"]]]]],
      [27, [[1, [[25, "number"]]]]],
    ],
  },
  { rule: "values may be anything", schema: { additionalProperties: true }, written: [[32, [[2, 1]]]] },
  {
    rule: "values have a schema",
    schema: { additionalProperties: { $ref: "#/a" } },
    written: [[32, [[1, reference]]]],
  },
  {
    rule: "properties are pairs, sorted by name",
    schema: { properties: { dog: { title: "D" }, cat: { title: "C" } } },
    written: [[31, [pair("cat", [[1, [[9, "C"]]]]), pair("dog", [[1, [[9, "D"]]]])]]],
  },
  { rule: "an empty text is a default", schema: { default: "" }, written: [[33, [[3, ""]]]] },
  { rule: "false is a default", schema: { default: false }, written: [[33, [[2, 0]]]] },
  { rule: "an object is a default without form", schema: { default: {} }, written: [[33, []]] },
  { rule: "values are YAML", schema: { enum: ["One"] }, written: [[24, [[2, '"One"\n']]]] },
  {
    rule: "extensions are YAML by name",
    schema: { "x-list": ["a"] },
    written: [
      [
        36,
        [
          [1, "x-list"],
          [2, [[2, '["a"]\n']]],
        ],
      ],
    ],
  },
];

for (const { rule, schema, written: expected } of schemas) {
  test(`schema: ${rule}`, () => {
    const components: Content = [[1, [pair("Thing", [[1, expected]])]]];
    assert.deepEqual(written({ components: { schemas: { Thing: schema } } }, 5, components), components);
  });
}

const operations: readonly { rule: string; operation: Json; written: Content }[] = [
  {
    rule: "a parameter",
    operation: {
      parameters: [{ name: "name", in: "path", description: "D.", required: true, schema: { type: "string" } }],
    },
    written: [
      [
        6,
        [
          [
            1,
            [
              [1, "name"],
              [2, "path"],
              [3, "D."],
              [4, 1],
              [10, [[1, [[25, "string"]]]]],
            ],
          ],
        ],
      ],
      [8, []],
    ],
  },
  {
    rule: "a body by its media type",
    operation: { requestBody: { required: true, content: { "a/b": { schema: { $ref: "#/a" } } } } },
    written: [
      [
        7,
        [
          [
            1,
            [
              [2, [pair("a/b", [[1, reference]])]],
              [3, 1],
            ],
          ],
        ],
      ],
      [8, []],
    ],
  },
  {
    rule: "an answer by its media type",
    operation: { responses: { 200: { description: "OK", content: { "a/b": { schema: { $ref: "#/a" } } } } } },
    written: [
      [
        8,
        [
          [
            2,
            [
              [1, "200"],
              [
                2,
                [
                  [
                    1,
                    [
                      [1, "OK"],
                      [3, [pair("a/b", [[1, reference]])]],
                    ],
                  ],
                ],
              ],
            ],
          ],
        ],
      ],
    ],
  },
  {
    rule: "an action",
    operation: { operationId: "getIt", description: "D.", "x-kubernetes-action": "get" },
    written: [
      [3, "D."],
      [5, "getIt"],
      [8, []],
      [
        13,
        [
          [1, "x-kubernetes-action"],
          [2, [[2, '"get"\n']]],
        ],
      ],
    ],
  },
];

for (const { rule, operation, written: expected } of operations) {
  test(`operation: ${rule}`, () => {
    const paths: Content = [pair("/pods", [[4, expected]])];
    assert.deepEqual(written({ paths: { "/pods": { get: operation } } }, 4, paths), paths);
  });
}

test("a security scheme", () => {
  const securitySchemes = { Bearer: { type: "apiKey", name: "authorization", in: "header" } };
  const scheme: Content = [
    [1, "apiKey"],
    [3, "authorization"],
    [4, "header"],
  ];
  const components: Content = [[7, [pair("Bearer", [[1, scheme]])]]];
  assert.deepEqual(written({ components: { securitySchemes } }, 5, components), components);
});

test("a whole document has all paths and schemas of the JSON", () => {
  const json = openApiV3(builtinKinds, "api/v1") as { paths: Json; components: { schemas: Json } };
  const names = (bytes: Uint8Array): string[] => {
    const reader = new Reader(bytes);
    const found: string[] = [];
    while (!reader.done) {
      reader.varint();
      const inner = reader.inner();
      inner.varint();
      found.push(read(inner.inner().rest(), undefined) as string);
    }
    return found;
  };
  const parts = new Map<number, Uint8Array>();
  const reader = new Reader(openApiV3Bytes(json as object as Json));
  while (!reader.done) parts.set(reader.varint() >> 3, reader.inner().rest());
  assert.deepEqual(names(parts.get(4)!), Object.keys(json.paths).toSorted());
  const components = new Reader(parts.get(5)!);
  components.varint();
  assert.deepEqual(names(components.inner().rest()), Object.keys(json.components.schemas).toSorted());
});
