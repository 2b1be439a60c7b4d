/** Rows of upstream's tables for changes: what was already there may stay, what is new is held to today's rules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { saidOfChange } from "../testing/said.ts";
import {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingWebhookConfiguration,
} from "./index.ts";

type Row = readonly [rule: string, before: readonly object[], after: readonly object[], ...says: string[]];

const HOOK = {
  name: "webhook.k8s.io",
  clientConfig: { url: "https://example.com" },
  sideEffects: "Unknown",
  admissionReviewVersions: ["v1"],
};
const hook = (change: object = {}): object => ({ ...HOOK, ...change });
const CLEAN = hook({ sideEffects: "None" });
const selecting = (value: string): object => ({
  namespaceSelector: { matchExpressions: [{ key: "a", operator: "In", values: [value] }] },
});
const NO_LABEL = "-bad-";
const LABEL = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`;
const wrong = { matchConditions: [{ name: "a", expression: "params.x" }] };

const ROWS: readonly Row[] = [
  ["may go on acting elsewhere", [hook()], [hook({ failurePolicy: "Ignore" })]],
  [
    "may not begin to act elsewhere",
    [CLEAN],
    [hook({ sideEffects: "Some" })],
    'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
  ],
  [
    "says of its acts what there is",
    [hook()],
    [hook({ sideEffects: "x" })],
    'webhooks[0].sideEffects: Unsupported value: "x": supported values: "None", "NoneOnDryRun", "Some", "Unknown"',
  ],
  [
    "says how it acts",
    [hook()],
    [hook({ sideEffects: null })],
    "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun, Some, Unknown",
  ],
  [
    "may go on knowing no version of reviews that this server knows",
    [hook({ admissionReviewVersions: ["invalid-v0"] })],
    [hook({ admissionReviewVersions: ["invalid-v1", "invalid-v2"] })],
  ],
  [
    "may not forget the versions of reviews that this server knows",
    [hook({ admissionReviewVersions: ["v1beta1", "invalid-v1"] })],
    [hook({ admissionReviewVersions: ["invalid-v1"] })],
    'webhooks[0].admissionReviewVersions: Invalid value: ["invalid-v1"]: must include at least one of v1, v1beta1',
  ],
  [
    "knows a version of reviews where those before knew none at all",
    [hook({ admissionReviewVersions: [] })],
    [hook({ admissionReviewVersions: ["invalid-v1"] })],
    'webhooks[0].admissionReviewVersions: Invalid value: ["invalid-v1"]: must include at least one of v1, v1beta1',
  ],
  [
    "has a name of its own where those before had",
    [hook()],
    [hook(), hook()],
    'webhooks[1].name: Duplicate value: "webhook.k8s.io"',
  ],
  ["may share its name where those before did", [hook(), hook()], [hook(), hook(), hook()]],
  [
    "selects values that a label can have",
    [hook(selecting("good"))],
    [hook(selecting(NO_LABEL))],
    `webhooks[0].namespaceSelector.matchExpressions[0].values[0]: Invalid value: "-bad-": ${LABEL}`,
  ],
  [
    "may select any values where one before did, but by keys that a label can have",
    [hook({ objectSelector: { matchLabels: { a: NO_LABEL } } })],
    [
      hook({
        namespaceSelector: { matchExpressions: [{ key: "-", operator: "In", values: [NO_LABEL] }] },
        objectSelector: { matchLabels: { a: NO_LABEL } },
      }),
    ],
    `webhooks[0].namespaceSelector.matchExpressions[0].key: Invalid value: "-": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    `webhooks[0].objectSelector.matchLabels: Invalid value: "-bad-": ${LABEL}`,
  ],
  ["may keep its conditions, whatever they are", [hook(wrong)], [hook({ ...wrong, timeoutSeconds: 3 })]],
  [
    "has conditions that compile where any webhook's are others",
    [hook(wrong), hook({ name: "b.k8s.io" })],
    [hook(wrong), hook({ name: "b.k8s.io", matchConditions: [{ name: "a", expression: "true" }] })],
    `webhooks[0].matchConditions[0].expression: Invalid value: "params.x": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')`,
  ],
  [
    "has conditions that compile where there are more webhooks",
    [hook(wrong)],
    [hook(wrong), hook({ name: "b.k8s.io" })],
    `webhooks[0].matchConditions[0].expression: Invalid value: "params.x": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')`,
  ],
];

for (const kind of [ValidatingWebhookConfiguration, MutatingWebhookConfiguration] as unknown as Kind<KubeObject>[]) {
  for (const [rule, before, after, ...says] of ROWS) {
    test(`a changed webhook of a ${kind.kind} ${rule}`, () => {
      assert.deepEqual(saidOfChange(kind, { webhooks: before }, { webhooks: after }), says);
    });
  }
}

const matchConstraints = {
  resourceRules: [{ apiGroups: ["a"], apiVersions: ["a"], operations: ["CREATE"], resources: ["a"] }],
};
const POLICIES = [
  [ValidatingAdmissionPolicy, { matchConstraints, validations: [{ expression: "object.x < 100" }] }],
  [
    MutatingAdmissionPolicy,
    {
      matchConstraints,
      reinvocationPolicy: "Never",
      mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{}" } }],
    },
  ],
] as unknown as readonly (readonly [Kind<KubeObject>, object])[];
const paramKind = { apiVersion: "foobar/v1", kind: "Foo" };
const matchConditions = [{ name: "hasParams", expression: "params.foo == 'okay'" }];
const UNDECLARED = `spec.matchConditions[0].expression: Invalid value: "params.foo == 'okay'": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')`;

for (const [kind, spec] of POLICIES) {
  for (const [rule, before, after, ...says] of [
    ["is valid, whatever it was", {}, {}],
    [
      "has its conditions checked where the kind of parameters is another",
      { paramKind, matchConditions },
      { matchConditions },
      UNDECLARED,
    ],
    ["may keep its conditions", { matchConditions }, { matchConditions, failurePolicy: "Ignore" }],
    [
      "has its conditions checked where they are others",
      { matchConditions: [{ name: "a", expression: "true" }] },
      { matchConditions },
      UNDECLARED,
    ],
  ] as readonly (readonly [rule: string, before: object, after: object, ...says: string[]])[]) {
    test(`a changed ${kind.kind} ${rule}`, () => {
      const said = saidOfChange(kind, { spec: { ...spec, ...before } }, { spec: { ...spec, ...after } });
      assert.deepEqual(said, says);
    });
  }
}
