import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValidatingAdmissionPolicySpec } from "../../api/admissionregistration/validating-admission-policy.ts";
import { typeOfSchema } from "../../machinery/cel/index.ts";
import type { StructuralSchema } from "../../machinery/structural/schema.ts";
import { expressionWarnings } from "./type-checker.ts";

const typeWith = (properties: Readonly<Record<string, StructuralSchema>>) =>
  typeOfSchema({ type: "object", properties }, true);
const kindOf = (kind: string, properties: Readonly<Record<string, StructuralSchema>>) => ({
  kind: { group: kind === "Pod" ? "" : "apps", version: "v1", kind },
  type: typeWith(properties),
});
const TEXT = [kindOf("Deployment", { foo: { type: "string" } })];
const NUMBER = [kindOf("Deployment", { foo: { type: "integer" } })];

const FOO = "spec.validations[0].expression";
const MESSAGE = "spec.validations[0].messageExpression";
const told = (at: string, column: number, text: string, source: string, kind = "apps/v1, Kind=Deployment") => ({
  fieldRef: at,
  warning: `${kind}: ERROR: <input>:1:${column}: ${text}\n | ${source}\n | ${".".repeat(column - 1)}^\n`,
});

interface Row {
  readonly rule: string;
  readonly spec: Partial<ValidatingAdmissionPolicySpec>;
  readonly kinds?: typeof TEXT;
  readonly params?: Readonly<Record<string, StructuralSchema>>;
  readonly says?: readonly { readonly fieldRef: string; readonly warning: string }[];
}

const rows: readonly Row[] = [
  { rule: "nothing is said of no expressions", spec: {} },
  {
    rule: "nothing is said where no kind is known",
    spec: { validations: [{ expression: "object.foo == 1" }] },
    kinds: [],
  },
  { rule: "nothing is said of what is right", spec: { validations: [{ expression: "object.foo == 'bar'" }] } },
  {
    rule: "a field that the kind does not have",
    spec: { validations: [{ expression: "object.bar == 'bar'" }] },
    says: [told(FOO, 7, "undefined field 'bar'", "object.bar == 'bar'")],
  },
  {
    rule: "a field of another type",
    spec: { validations: [{ expression: "oldObject.foo == 'bar'" }] },
    kinds: NUMBER,
    says: [told(FOO, 15, "found no matching overload for '_==_' applied to '(int, string)'", "oldObject.foo == 'bar'")],
  },
  {
    rule: "an expression that makes a message",
    spec: { validations: [{ expression: "object.foo == 'bar'", messageExpression: "object.foo + 114514" }] },
    says: [told(MESSAGE, 12, "found no matching overload for '_+_' applied to '(string, int)'", "object.foo + 114514")],
  },
  {
    rule: "parameters",
    spec: {
      paramKind: { apiVersion: "v1", kind: "Config" },
      validations: [{ expression: "object.foo == params.bar" }],
    },
    params: { foo: { type: "string" } },
    says: [told(FOO, 21, "undefined field 'bar'", "object.foo == params.bar")],
  },
  {
    rule: "parameters of which nothing is known may be anything",
    spec: {
      paramKind: { apiVersion: "v1", kind: "Config" },
      validations: [{ expression: "params.bar == object.foo" }],
    },
  },
  {
    rule: "parameters of any type may be compared",
    spec: { paramKind: { apiVersion: "v1", kind: "Config" }, validations: [{ expression: "params != null" }] },
    params: {},
  },
  {
    rule: "patterns are looked at only when a program is made of them",
    spec: {
      variables: [{ name: "bad", expression: "object.foo.find('[')" }],
      validations: [{ expression: "object.foo.find('[') == variables.bad" }, { expression: "variables.bad == 1" }],
    },
    says: [
      told(
        "spec.validations[1].expression",
        15,
        "found no matching overload for '_==_' applied to '(string, int)'",
        "variables.bad == 1",
      ),
    ],
  },
  {
    rule: "the authorizer is known",
    spec: { validations: [{ expression: "authorizer.group('').resource('pods').check('get').allowed()" }] },
  },
  {
    rule: "the authorizer is no verdict",
    spec: { validations: [{ expression: "authorizer.allowed()" }] },
    says: [
      told(
        FOO,
        19,
        "found no matching overload for 'allowed' applied to 'kubernetes.authorization.Authorizer.()'",
        "authorizer.allowed()",
      ),
    ],
  },
  {
    rule: "variables have the types of what they stand for, and of what is wrong none",
    spec: {
      variables: [
        { name: "foo", expression: "object.foo" },
        { name: "nope", expression: "object.nope" },
        { name: "same", expression: "variables.foo" },
      ],
      validations: [{ expression: "variables.same == 1 && variables.nope == 1" }],
    },
    says: [
      told(
        FOO,
        16,
        "found no matching overload for '_==_' applied to '(string, int)'",
        "variables.same == 1 && variables.nope == 1",
      ),
    ],
  },
];

for (const { rule, spec, kinds = TEXT, params, says = [] } of rows) {
  test(rule, () => {
    const found = expressionWarnings(spec as ValidatingAdmissionPolicySpec, kinds, params && typeWith(params));
    assert.deepEqual(found, says);
  });
}

test("an expression is told of once, with what is wrong for each kind", () => {
  const kinds = [kindOf("Pod", {}), ...TEXT, kindOf("StatefulSet", {})];
  const validations = [{ expression: "object.foo == 'bar'" }];
  const source = validations[0]!.expression;
  const [pod, set] = ["/v1, Kind=Pod", "apps/v1, Kind=StatefulSet"].map(
    (kind) => told(FOO, 7, "undefined field 'foo'", source, kind).warning,
  );
  assert.deepEqual(expressionWarnings({ validations } as unknown as ValidatingAdmissionPolicySpec, kinds, undefined), [
    { fieldRef: FOO, warning: `${pod}\n${set}` },
  ]);
});
