/** Each shape of the JSON document against the field numbers of gnostic's `openapi.v2` messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "./definitions.ts";
import { fieldOf } from "./testing/wire.ts";
import type { Content } from "./testing/wire.ts";
import { openApiV2Bytes } from "./v2-protobuf.ts";

const document = { swagger: "2.0", paths: {}, definitions: {}, security: [], securityDefinitions: {} };

/** What stands in this field of a document whose other parts are empty. */
const written = (part: Json, field: number, like: Content): Content | undefined =>
  fieldOf(openApiV2Bytes({ ...document, ...part }), field, like);

const schemas: readonly { rule: string; schema: Json; written: Content }[] = [
  {
    rule: "a reference keeps its description",
    schema: { $ref: "#/a", description: "B" },
    written: [
      [1, "#/a"],
      [4, "B"],
    ],
  },
  { rule: "a type is a list of one", schema: { type: "object" }, written: [[22, [[1, "object"]]]] },
  { rule: "items are a list of one", schema: { items: { $ref: "#/a" } }, written: [[23, [[1, [[1, "#/a"]]]]]] },
  { rule: "values may be anything", schema: { additionalProperties: true }, written: [[21, [[2, 1]]]] },
  {
    rule: "values have a schema",
    schema: { additionalProperties: { $ref: "#/a" } },
    written: [[21, [[1, [[1, "#/a"]]]]]],
  },
  {
    rule: "properties are pairs, sorted by name",
    schema: { properties: { dog: { title: "D" }, cat: { title: "C" } } },
    written: [
      [
        25,
        [
          [
            1,
            [
              [1, "cat"],
              [2, [[3, "C"]]],
            ],
          ],
          [
            1,
            [
              [1, "dog"],
              [2, [[3, "D"]]],
            ],
          ],
        ],
      ],
    ],
  },
  { rule: "values are YAML", schema: { enum: ["One"] }, written: [[20, [[2, '"One"\n']]]] },
  {
    rule: "extensions are YAML by name",
    schema: { "x-list": ["a"] },
    written: [
      [
        31,
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
    const definitions: Content = [
      [
        1,
        [
          [1, "Thing"],
          [2, expected],
        ],
      ],
    ];
    assert.deepEqual(written({ definitions: { Thing: schema } }, 9, definitions), definitions);
  });
}

const operations: readonly { rule: string; operation: Json; written: Content }[] = [
  {
    rule: "a parameter in the query",
    operation: { parameters: [{ name: "watch", in: "query", type: "boolean", uniqueItems: true }] },
    written: [
      [
        8,
        [
          [
            1,
            [
              [
                2,
                [
                  [
                    3,
                    [
                      [2, "query"],
                      [4, "watch"],
                      [6, "boolean"],
                      [20, 1],
                    ],
                  ],
                ],
              ],
            ],
          ],
        ],
      ],
      [9, []],
    ],
  },
  {
    rule: "a parameter in the path",
    operation: { parameters: [{ name: "name", in: "path", type: "string", required: true, uniqueItems: true }] },
    written: [
      [
        8,
        [
          [
            1,
            [
              [
                2,
                [
                  [
                    4,
                    [
                      [1, 1],
                      [2, "path"],
                      [4, "name"],
                      [5, "string"],
                      [19, 1],
                    ],
                  ],
                ],
              ],
            ],
          ],
        ],
      ],
      [9, []],
    ],
  },
  {
    rule: "a body",
    operation: { parameters: [{ name: "body", in: "body", required: true, schema: { $ref: "#/a" } }] },
    written: [
      [
        8,
        [
          [
            1,
            [
              [
                1,
                [
                  [2, "body"],
                  [3, "body"],
                  [4, 1],
                  [5, [[1, "#/a"]]],
                ],
              ],
            ],
          ],
        ],
      ],
      [9, []],
    ],
  },
  {
    rule: "a shared parameter",
    operation: { parameters: [{ $ref: "#/p" }] },
    written: [
      [8, [[2, [[1, "#/p"]]]]],
      [9, []],
    ],
  },
  {
    rule: "an answer",
    operation: { responses: { 200: { description: "OK", schema: { $ref: "#/a" } } } },
    written: [
      [
        9,
        [
          [
            1,
            [
              [1, "200"],
              [
                2,
                [
                  [
                    1,
                    [
                      [1, "OK"],
                      [2, [[1, [[1, "#/a"]]]]],
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
    operation: { operationId: "getIt", "x-kubernetes-action": "get" },
    written: [
      [5, "getIt"],
      [9, []],
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
    const paths: Content = [
      [
        2,
        [
          [1, "/pods"],
          [2, [[2, expected]]],
        ],
      ],
    ];
    assert.deepEqual(written({ paths: { "/pods": { get: operation } } }, 8, paths), paths);
  });
}

test("parameters that operations refer to are pairs", () => {
  const parameter = [
    [2, "query"],
    [4, "pretty"],
    [6, "string"],
  ] as const;
  const expected: Content = [
    [
      1,
      [
        [1, "pretty-1"],
        [2, [[2, [[3, parameter]]]]],
      ],
    ],
  ];
  const parameters = { "pretty-1": { name: "pretty", in: "query", type: "string" } };
  assert.deepEqual(written({ parameters }, 10, expected), expected);
});
