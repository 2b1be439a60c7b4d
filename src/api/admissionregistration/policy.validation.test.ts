/** Rows of upstream's validation tables for policies and their bindings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "./index.ts";

const rule1 = { apiGroups: ["a"], apiVersions: ["a"], operations: ["CREATE"], resources: ["a"] };
const constraints = (...rules: object[]): object => ({ resourceRules: rules });
const spec = { matchConstraints: constraints(rule1) };
const rules = (change: object): object => ({ matchConstraints: constraints({ ...rule1, ...change }) });
const AT = "spec.matchConstraints.resourceRules[0]";

type Row = readonly [rule: string, change: object, ...says: string[]];

function table(kind: Kind<KubeObject>, whole: object, rows: readonly Row[]): void {
  for (const [rule, change, ...says] of rows) {
    test(`${kind.kind}: ${rule}`, () => {
      assert.deepEqual(saidOfNew(kind, { spec: { ...whole, ...change } }), says);
    });
  }
}

const long = "x".repeat(60);
const failed = (source: string, at: number, text: string): string =>
  `Invalid value: ${JSON.stringify(source)}: compilation failed: ERROR: <input>:1:${at}: ${text}\n | ${source}\n | ${".".repeat(at - 1)}^`;
const undeclared = (source: string, at: number, name: string): string =>
  failed(source, at, `undeclared reference to '${name}' (in container '')`);

table(ValidatingAdmissionPolicy as unknown as Kind<KubeObject>, { ...spec, validations: [{ expression: "true" }] }, [
  ["is right", {}],
  [
    "validates or annotates",
    { validations: [] },
    "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
    "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
  ],
  [
    "fails or ignores",
    { failurePolicy: "other" },
    'spec.failurePolicy: Unsupported value: "other": supported values: "Fail", "Ignore"',
  ],
  ["matches something", { matchConstraints: undefined }, "spec.matchConstraints: Required value"],
  ["has rules", { matchConstraints: {} }, "spec.matchConstraints.resourceRules: Required value"],
  [
    "has a kind of parameters with a version",
    { paramKind: { kind: "Foo" } },
    "spec.paramKind.apiVersion: Required value",
  ],
  ["has a kind of parameters with a name", { paramKind: { apiVersion: "v1" } }, "spec.paramKind.kind: Required value"],
  [
    "has a kind of parameters in one group",
    { paramKind: { apiVersion: "a/b/c", kind: "Foo" } },
    'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
  ],
  [
    "has a kind of parameters in a group that can be",
    { paramKind: { apiVersion: "A_b/v1", kind: "Foo" } },
    `spec.paramKind.apiVersion: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ],
  [
    "says a version of the group",
    { paramKind: { apiVersion: "a/", kind: "Foo" } },
    'spec.paramKind.apiVersion: Invalid value: "a/": version must be specified',
  ],
  [
    "says an expression",
    { validations: [{ expression: "" }] },
    "spec.validations[0].expression: Required value: expression is not specified",
  ],
  ["needs no message for several lines", { validations: [{ expression: "true &&\nfalse" }] }],
  [
    "has a message of one line",
    { validations: [{ expression: "true", message: "a\nb" }] },
    'spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks',
  ],
  [
    "has a message that says something",
    { validations: [{ expression: "true", message: " " }] },
    'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
  ],
  [
    "has a message expression that says something",
    { validations: [{ expression: "true", messageExpression: " " }] },
    'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
  ],
  [
    "refuses for a reason that there is",
    { validations: [{ expression: "true", reason: "other" }] },
    'spec.validations[0].reason: Unsupported value: "other": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
  ],
  [
    "has patterns that can be",
    { validations: [{ expression: "object.x.find('[') == ''" }] },
    "spec.validations[0].expression: Internal error: program instantiation failed: error parsing regexp: missing closing ]: `[`",
  ],
  [
    "evaluates to what is wanted, not only to something that might be",
    { validations: [{ expression: "object.x" }, { expression: "true", messageExpression: "0 == 0" }] },
    'spec.validations[0].expression: Invalid value: "object.x": must evaluate to bool but got dyn',
    'spec.validations[1].messageExpression: Invalid value: "0 == 0": must evaluate to string but got bool',
  ],
  [
    "knows the fields of a request, and of a namespace",
    { validations: [{ expression: "request.nope == ''" }, { expression: "namespaceObject.spec.x == 1" }] },
    `spec.validations[0].expression: ${failed("request.nope == ''", 8, "undefined field 'nope'")}`,
    `spec.validations[1].expression: ${failed("namespaceObject.spec.x == 1", 21, "undefined field 'x'")}`,
  ],
  [
    "asks the authorizer everywhere but in messages",
    {
      validations: [
        {
          expression: "authorizer.path('/').check('get').allowed()",
          messageExpression: "authorizer.path('/').check('get').reason()",
        },
      ],
    },
    `spec.validations[0].messageExpression: ${undeclared("authorizer.path('/').check('get').reason()", 1, "authorizer")}`,
  ],
  [
    "has variables of names that expressions can say",
    {
      variables: [
        { name: "4ever", expression: "true" },
        { name: "namespace", expression: "true" },
        { name: " ", expression: " " },
      ],
    },
    'spec.variables[0].name: Invalid value: "4ever": must be a valid CEL identifier',
    'spec.variables[1].name: Invalid value: "namespace": must be a valid CEL identifier',
    "spec.variables[2].name: Required value: name is not specified",
    "spec.variables[2].expression: Required value: expression is not specified",
  ],
  [
    "has variables of a type, which speak of those before them",
    {
      variables: [
        { name: "a", expression: "variables.b" },
        { name: "b", expression: "1 + 1" },
      ],
      validations: [{ expression: "variables.b > 1" }, { expression: "variables.b + 1" }],
    },
    `spec.variables[0].expression: ${failed("variables.b", 10, "undefined field 'b'")}`,
    'spec.validations[1].expression: Invalid value: "variables.b + 1": must evaluate to bool but got int',
  ],
  [
    "has no variables where it names none",
    { validations: [{ expression: "variables.a" }] },
    `spec.validations[0].expression: ${undeclared("variables.a", 1, "variables")}`,
  ],
  [
    "has conditions with a name and a type, without variables and parameters that it has not",
    {
      matchConditions: [
        { expression: " 1 " },
        { name: "b", expression: "params.foo == ''" },
        { name: "b", expression: "true" },
      ],
    },
    'spec.matchConditions[0].expression: Invalid value: "1": must evaluate to bool but got int',
    "spec.matchConditions[0].name: Required value",
    `spec.matchConditions[1].expression: ${undeclared("params.foo == ''", 1, "params")}`,
    'spec.matchConditions[2].name: Duplicate value: "b"',
  ],
  [
    "has parameters in conditions where it has some",
    {
      paramKind: { apiVersion: "f/v1", kind: "Foo" },
      matchConditions: [{ name: "a", expression: "params.foo == 'x'" }],
    },
  ],
  [
    "annotates under keys that can be, with texts or nothing",
    {
      auditAnnotations: [
        { key: "@", valueExpression: "'x'" },
        { key: "a", valueExpression: " true" },
        { key: "a", valueExpression: "null" },
        { key: "b", valueExpression: " " },
        { key: `${long}1234`, valueExpression: `'${"x".repeat(5120)}'` },
      ],
    },
    `spec.auditAnnotations[0].key: Invalid value: "x/@": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    'spec.auditAnnotations[1].valueExpression: Invalid value: " true": must evaluate to one of [string null_type] but got bool',
    'spec.auditAnnotations[2].key: Duplicate value: "a"',
    "spec.auditAnnotations[3].valueExpression: Required value: valueExpression is not specified",
    `spec.auditAnnotations[4].key: Invalid value: "x/${long}1234": name part must be no more than 63 bytes`,
    "spec.auditAnnotations[4].valueExpression: Required value: must not exceed 5120 bytes in length",
  ],
  ["names an operation", rules({ operations: [] }), `${AT}.operations: Required value`],
  [
    "names operations that there are",
    rules({ operations: ["CREATE", ""] }),
    `${AT}.operations[1]: Unsupported value: "": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
  ],
  [
    "names all operations or some",
    rules({ operations: ["CREATE", "*"] }),
    `${AT}.operations: Invalid value: ["CREATE","*"]: if '*' is present, must not specify other operations`,
  ],
  [
    "selects namespaces that can be, and matches as there is a way",
    {
      matchConstraints: {
        resourceRules: [rule1],
        namespaceSelector: { matchLabels: { "!": "x" } },
        matchPolicy: "other",
      },
    },
    'spec.matchConstraints.matchPolicy: Unsupported value: "other": supported values: "Equivalent", "Exact"',
    `spec.matchConstraints.namespaceSelector.matchLabels: Invalid value: "!": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  ],
  ["may name all resources last", rules({ resources: ["a", "*"] })],
  ["may name all resources beside subresources", rules({ resources: ["*", "a/b", "a/*", "*/b"] })],
  [
    "names all resources or some",
    rules({ resources: ["*", "a"] }),
    `${AT}.resources: Invalid value: ["*","a"]: if '*' is present, must not specify other resources without subresources`,
  ],
  [
    "names subresources once",
    rules({ resources: ["a/*", "a/x"] }),
    `${AT}.resources[1]: Invalid value: "a/x": if 'a/*' is present, must not specify a/x`,
  ],
  [
    "names a subresource once",
    rules({ resources: ["*/a", "x/a"] }),
    `${AT}.resources[1]: Invalid value: "x/a": if '*/a' is present, must not specify x/a`,
  ],
  [
    "names everything alone",
    rules({ resources: ["*/*", "a"] }),
    `${AT}.resources: Invalid value: ["*/*","a"]: if '*/*' is present, must not specify other resources`,
  ],
  [
    "names objects once, by names that can be",
    rules({ resourceNames: ["/", "a", "a"] }),
    `${AT}.resourceNames[0]: Invalid value: "/": may not contain '/'`,
    `${AT}.resourceNames[2]: Duplicate value: "a"`,
  ],
]);

const patch = { patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } };
const mutations = (...all: object[]): object => ({ mutations: all });
table(
  MutatingAdmissionPolicy as unknown as Kind<KubeObject>,
  { ...spec, reinvocationPolicy: "Never", mutations: [patch] },
  [
    ["is right", {}],
    ["changes something", mutations(), "spec.mutations: Required value: mutations must contain at least one item"],
    ["is asked again or not", { reinvocationPolicy: undefined }, "spec.reinvocationPolicy: Required value"],
    [
      "is asked again as there is a way",
      { reinvocationPolicy: "other" },
      'spec.reinvocationPolicy: Unsupported value: "other": supported values: "IfNeeded", "Never"',
    ],
    [
      "changes nothing that goes away",
      rules({ operations: ["DELETE"] }),
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ],
    [
      "says a type",
      mutations({ applyConfiguration: { expression: "Object{}" } }),
      "spec.mutations[0].patchType: Required value",
    ],
    [
      "says a type that there is",
      mutations({ ...patch, patchType: "other" }),
      'spec.mutations[0].patchType: Unsupported value: "other": supported values: "ApplyConfiguration", "JSONPatch"',
    ],
    [
      "says what its type wants, and nothing else",
      mutations({ ...patch, patchType: "JSONPatch" }),
      "spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch",
      'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
    ],
    [
      "says an expression",
      mutations({ patchType: "JSONPatch", jsonPatch: { expression: " " } }),
      "spec.mutations[0].jsonPatch.expression: Required value",
    ],
    [
      "makes what its type wants",
      mutations(
        { patchType: "JSONPatch", jsonPatch: { expression: "[1]" } },
        {
          patchType: "JSONPatch",
          jsonPatch: { expression: "object.x == 1 ? [] : [JSONPatch{op: 'remove', path: '/x'}]" },
        },
        { patchType: "ApplyConfiguration", applyConfiguration: { expression: " Object.spec{} " } },
        {
          patchType: "ApplyConfiguration",
          applyConfiguration: { expression: "object.x == 1 ? Object{} : Object{spec: Object.spec{}}" },
        },
      ),
      'spec.mutations[0].jsonPatch.expression: Invalid value: "[1]": must evaluate to list(JSONPatch) but got list(int)',
      'spec.mutations[2].applyConfiguration.expression: Invalid value: "Object.spec{}": must evaluate to Object but got Object.spec',
    ],
  ],
);

const bound = { policyName: "p" };
const refs = (paramRef: object): object => ({ paramRef: { parameterNotFoundAction: "Deny", ...paramRef } });
const BINDING: readonly Row[] = [
  ["is right", { paramRef: { name: "a:b", namespace: "N", parameterNotFoundAction: "Allow" } }],
  ["names a policy", { policyName: "" }, "spec.policyName: Required value"],
  [
    "takes parameters by name or by selector",
    refs({}),
    "spec.paramRef: Required value: one of name or selector must be specified",
  ],
  [
    "takes parameters by one of them",
    refs({ name: "x", selector: {} }),
    "spec.paramRef.name: Forbidden: name and selector are mutually exclusive",
    "spec.paramRef.selector: Forbidden: name and selector are mutually exclusive",
  ],
  [
    "says what becomes of it without parameters",
    refs({ name: "x", parameterNotFoundAction: undefined }),
    "spec.paramRef.parameterNotFoundAction: Required value",
  ],
  [
    "allows or denies without parameters",
    refs({ name: "x", parameterNotFoundAction: "other" }),
    'spec.paramRef.parameterNotFoundAction: Unsupported value: "other": supported values: "Deny", "Allow"',
  ],
  [
    "matches as there is a way",
    { matchResources: { matchPolicy: "other" } },
    'spec.matchResources.matchPolicy: Unsupported value: "other": supported values: "Equivalent", "Exact"',
  ],
];
table(ValidatingAdmissionPolicyBinding as unknown as Kind<KubeObject>, { ...bound, validationActions: ["Deny"] }, [
  ...BINDING,
  [
    "does something",
    { validationActions: [] },
    "spec.validationActions: Required value: at least one validation action is required",
  ],
  [
    "does what there is, once",
    { validationActions: ["x", "Audit", "Audit"] },
    'spec.validationActions[0]: Unsupported value: "x": supported values: "Audit", "Deny", "Warn"',
    'spec.validationActions[2]: Duplicate value: "Audit"',
  ],
  [
    "warns or denies",
    { validationActions: ["Deny", "Warn"] },
    'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
  ],
]);
table(MutatingAdmissionPolicyBinding as unknown as Kind<KubeObject>, bound, [
  ...BINDING,
  [
    "changes nothing that goes away",
    { matchResources: constraints({ ...rule1, operations: ["DELETE"] }) },
    'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
  ],
]);

test("ValidatingAdmissionPolicy: has at most twenty annotations", () => {
  const auditAnnotations = Array.from({ length: 21 }, (_, index) => ({ key: `k${index}`, valueExpression: "''" }));
  const [first, ...others] = saidOfNew(ValidatingAdmissionPolicy, { spec: { ...spec, auditAnnotations } });
  assert.match(
    first!,
    /^spec\.auditAnnotations: Invalid value: \[\{"Key":"k0","ValueExpression":"''"\},.*\]: must not have more than 20 auditAnnotations$/,
  );
  assert.deepEqual(others, []);
});

for (const [rule, status, ...says] of [
  [
    "warnings say something, of something",
    { typeChecking: { expressionWarnings: [{ fieldRef: " ", warning: "" }] } },
    "status.typeChecking.expressionWarnings[0].warning: Required value",
    "status.typeChecking.expressionWarnings[0].fieldRef: Required value",
  ],
  [
    "conditions are of the common form",
    {
      conditions: [
        { type: "A", status: "True", reason: "Fine", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
        { type: "A", status: "x", reason: "", message: "", observedGeneration: -1, lastTransitionTime: null },
        { type: "B", status: "False", reason: "no!", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
      ],
    },
    'status.conditions[1].type: Duplicate value: "A"',
    'status.conditions[1].status: Unsupported value: "x": supported values: "False", "True", "Unknown"',
    "status.conditions[1].observedGeneration: Invalid value: -1: must be greater than or equal to zero",
    "status.conditions[1].lastTransitionTime: Required value",
    "status.conditions[1].reason: Required value",
    `status.conditions[2].reason: Invalid value: "no!": a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')`,
  ],
] as readonly Row[]) {
  test(`the status of a ValidatingAdmissionPolicy: ${rule}`, () => {
    assert.deepEqual(saidOfChange(ValidatingAdmissionPolicy, { spec }, { spec, status }, "status"), says);
  });
}
