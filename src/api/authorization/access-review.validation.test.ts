import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText } from "../../machinery/field-errors.ts";
import {
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from "./access-review.validation.ts";

const AT = "spec.resourceAttributes";
const NEITHER = "is specified, requirements or rawSelector is required";
const key = "a";

const selectors: readonly (readonly [rule: string, attributes: object, texts: readonly string[]])[] = [
  ["a text is not read", { fieldSelector: { rawSelector: "?" }, labelSelector: { rawSelector: "?" } }, []],
  [
    "neither text nor requirements",
    { fieldSelector: {}, labelSelector: {} },
    [
      `${AT}.fieldSelector.requirements: Required value: when ${AT}.fieldSelector ${NEITHER}`,
      `${AT}.labelSelector.requirements: Required value: when ${AT}.labelSelector ${NEITHER}`,
    ],
  ],
  [
    "text and requirements",
    { labelSelector: { rawSelector: "x", requirements: [{ key, operator: "Exists" }] } },
    [`${AT}.labelSelector.rawSelector: Invalid value: "x": may not specified at the same time as requirements`],
  ],
  [
    "an operator that is not known",
    { labelSelector: { requirements: [{ key, operator: "Near", values: ["b"] }] } },
    [],
  ],
  [
    "fields are called anything but nothing",
    {
      fieldSelector: {
        requirements: [
          { key: "", operator: "In" },
          { key: "a b", operator: "Exists", values: [""] },
        ],
      },
    },
    [
      `${AT}.fieldSelector.requirements[0].key: Required value: must be specified`,
      `${AT}.fieldSelector.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${AT}.fieldSelector.requirements[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
    ],
  ],
];

for (const [rule, resourceAttributes, texts] of selectors) {
  test(`selectors: ${rule}`, () => {
    assert.deepEqual(validateSelfSubjectAccessReview({ spec: { resourceAttributes } }).map(errorText), texts);
    assert.deepEqual(validateSubjectAccessReview({ spec: { user: "u", resourceAttributes } }).map(errorText), texts);
  });
}

test("what is asked comes before who, and metadata is empty", () => {
  assert.deepEqual(validateSubjectAccessReview({ metadata: { name: "x" }, spec: {} }).map(errorText), [
    `${AT}: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified`,
    'spec.user: Invalid value: "": at least one of user or group must be specified',
    'metadata: Invalid value: {"name":"x"}: must be empty',
  ]);
});

test("metadata of a local question has its namespace only", () => {
  const spec = { user: "u", resourceAttributes: { namespace: "ns" } };
  assert.deepEqual(validateLocalSubjectAccessReview({ metadata: { namespace: "ns" }, spec }), []);
  assert.deepEqual(
    validateLocalSubjectAccessReview({ metadata: { namespace: "ns", labels: {} }, spec }).map(errorText),
    ['metadata: Invalid value: {"namespace":"ns","labels":{}}: must be empty except for namespace'],
  );
});
