import assert from "node:assert/strict";
import { test } from "node:test";
import * as errors from "./errors.ts";
import type { StatusError } from "./errors.ts";
import * as field from "./field-errors.ts";

const pods = { group: "", resource: "pods" };
const deployments = { group: "apps", resource: "deployments" };
const attempt = { user: "bob", verb: "list", resource: pods, namespace: "y" };

const rows: { rule: string; error: StatusError; code: number; reason: string; message: string; details?: object }[] = [
  {
    rule: "not found names resource and group",
    error: errors.notFound(deployments, "d"),
    code: 404,
    reason: "NotFound",
    message: 'deployments.apps "d" not found',
    details: { name: "d", group: "apps", kind: "deployments" },
  },
  {
    rule: "a lost update says to try again",
    error: errors.conflict(pods, "x"),
    code: 409,
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on pods "x": the object has been modified; please apply your changes to the latest version and try again',
    details: { name: "x", kind: "pods" },
  },
  {
    rule: "a name is taken once",
    error: errors.alreadyExists(pods, "x"),
    code: 409,
    reason: "AlreadyExists",
    message: 'pods "x" already exists',
    details: { name: "x", kind: "pods" },
  },
  {
    rule: "a denied list names no object",
    error: errors.denied(attempt),
    code: 403,
    reason: "Forbidden",
    message: 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the namespace "y"',
    details: { kind: "pods" },
  },
  {
    rule: "a denied subresource is named in full",
    error: errors.denied({ ...attempt, verb: "get", name: "p", resource: { ...pods, subresource: "log" } }),
    code: 403,
    reason: "Forbidden",
    message: 'pods "p" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "y"',
    details: { name: "p", kind: "pods" },
  },
  {
    rule: "without a namespace the scope is the cluster",
    error: errors.denied({ ...attempt, resource: { group: "g.io", resource: "foos" }, namespace: "" }),
    code: 403,
    reason: "Forbidden",
    message: 'foos.g.io is forbidden: User "bob" cannot list resource "foos" in API group "g.io" at the cluster scope',
    details: { group: "g.io", kind: "foos" },
  },
  {
    rule: "a denied path has no details",
    error: errors.denied({ user: "bob", verb: "get", path: "/metrics" }),
    code: 403,
    reason: "Forbidden",
    message: 'forbidden: User "bob" cannot get path "/metrics"',
    details: {},
  },
  {
    rule: "a denied path is no page",
    error: errors.denied({ user: "bob", verb: "get", path: "/<b>&", reason: "a < b" }),
    code: 403,
    reason: "Forbidden",
    message: 'forbidden: User "bob" cannot get path "/&lt;b&gt;&amp;": a < b',
    details: {},
  },
  {
    rule: "one field error stands without brackets",
    error: errors.invalid({ group: "", kind: "Pod" }, "p", [field.required("spec.containers")]),
    code: 422,
    reason: "Invalid",
    message: 'Pod "p" is invalid: spec.containers: Required value',
    details: {
      name: "p",
      kind: "Pod",
      causes: [{ reason: "FieldValueRequired", message: "Required value", field: "spec.containers" }],
    },
  },
  {
    rule: "equal texts are said once, their causes all",
    error: errors.invalid({ group: "g", kind: "K" }, "", [
      field.required("a"),
      field.required("a"),
      field.required("b"),
    ]),
    code: 422,
    reason: "Invalid",
    message: 'K.g "" is invalid: [a: Required value, b: Required value]',
  },
  {
    rule: "an internal error repeats its text as a cause",
    error: errors.internalError("boom"),
    code: 500,
    reason: "InternalError",
    message: "Internal error occurred: boom",
    details: { causes: [{ message: "boom" }] },
  },
  {
    rule: "an evicted client is told when to come back",
    error: errors.tooManyRequests("no", 10, [{ reason: "DisruptionBudget", message: "m" }]),
    code: 429,
    reason: "TooManyRequests",
    message: "no",
    details: { causes: [{ reason: "DisruptionBudget", message: "m" }], retryAfterSeconds: 10 },
  },
  {
    rule: "a body that is too large names the limit",
    error: errors.requestEntityTooLarge(3145728),
    code: 413,
    reason: "RequestEntityTooLarge",
    message: "Request entity too large: limit is 3145728",
  },
];

for (const { rule, error, code, reason, message, details } of rows) {
  test(rule, () => {
    assert.deepEqual([error.code, error.reason, error.message], [code, reason, message]);
    if (details !== undefined) assert.deepEqual(error.status.details, details);
    assert.equal(error.status.message, error.message);
  });
}

test("what is no StatusError is answered as a bare 500", () => {
  const { code, message, reason } = errors.statusOf(new Error("x"));
  assert.deepEqual([code, message, reason], [500, "x", undefined]);
});

const texts: [rule: string, error: field.FieldError, text: string][] = [
  ["strings are quoted as Go does", field.invalid("f", 'a"\u0007', "bad"), 'f: Invalid value: "a\\"\\a": bad'],
  ["objects print as Go's JSON", field.invalid("f", { a: "<" }, "bad"), 'f: Invalid value: {"a":"\\u003c"}: bad'],
  ["absent prints as null", field.invalid("f", undefined, "bad"), "f: Invalid value: null: bad"],
  ["a value can be left out", field.invalid("f", field.OMIT, "bad"), "f: Invalid value: bad"],
  [
    "a list of values keeps its order",
    field.notSupported("f", "x", ["b", "a"]),
    'f: Unsupported value: "x": supported values: "b", "a"',
  ],
  [
    "a set of values is sorted",
    field.notSupported("f", "x", new Set(["b", "a"])),
    'f: Unsupported value: "x": supported values: "a", "b"',
  ],
  ["one is no plural", field.tooMany("f", 2, 1), "f: Too many: 2: must have at most 1 item"],
  ["too long never shows the value", field.tooLong("f", 128), "f: Too long: may not be more than 128 bytes"],
  ["no path is <nil>", field.invalid(undefined, 1, "bad"), "<nil>: Invalid value: 1: bad"],
  [
    "paths have dots, indices and keys",
    field.duplicate(field.path("spec", "a").index(0).child("b").key("c.d"), "x"),
    'spec.a[0].b[c.d]: Duplicate value: "x"',
  ],
];

for (const [rule, error, text] of texts) test(rule, () => assert.equal(field.errorText(error), text));
