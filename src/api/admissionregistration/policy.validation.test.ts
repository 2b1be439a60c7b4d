import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind } from "../../machinery/kind.ts";
import { saidOfNew } from "../testing/said.ts";
import {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from "./index.ts";

const rule1 = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };
const hook = (change: object): object => ({
  webhooks: [
    {
      name: "a.example.com",
      clientConfig: { service: { namespace: "d", name: "s" } },
      rules: [rule1],
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      ...change,
    },
  ],
});
const policy = (change: object): object => ({
  spec: { matchConstraints: { resourceRules: [rule1] }, validations: [{ expression: "true" }], ...change },
});

const rows: readonly { kind: Kind; rule: string; object: object; says: readonly string[] }[] = [
  { kind: ValidatingWebhookConfiguration, rule: "is right", object: hook({}), says: [] },
  {
    kind: ValidatingWebhookConfiguration,
    rule: "calls one place",
    object: hook({ clientConfig: {} }),
    says: ["webhooks[0].clientConfig: Required value: exactly one of url or service is required"],
  },
  {
    kind: ValidatingWebhookConfiguration,
    rule: "has a clean address",
    object: hook({ clientConfig: { url: "https://u@h/p?q#f" } }),
    says: [
      'webhooks[0].clientConfig.url: Invalid value: "u": user information is not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
      'webhooks[0].clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
    ],
  },
  {
    kind: ValidatingWebhookConfiguration,
    rule: "asks for everything or for something",
    object: hook({ rules: [{ ...rule1, operations: ["*", "CREATE"] }] }),
    says: [
      `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
    ],
  },
  {
    kind: ValidatingAdmissionPolicy,
    rule: "matches something",
    object: policy({ matchConstraints: {} }),
    says: ["spec.matchConstraints.resourceRules: Required value"],
  },
  {
    kind: ValidatingAdmissionPolicy,
    rule: "explains an expression of several lines",
    object: policy({ validations: [{ expression: "true &&\nfalse" }] }),
    says: ["spec.validations[0].message: Required value: message must be specified if expression contains line breaks"],
  },
  {
    kind: ValidatingAdmissionPolicyBinding,
    rule: "takes parameters by name or by selector",
    object: { spec: { policyName: "p", validationActions: ["Deny"], paramRef: { parameterNotFoundAction: "Deny" } } },
    says: ["spec.paramRef: Required value: one of name or selector must be specified"],
  },
];

for (const { kind, rule, object, says } of rows) {
  test(`a ${kind.kind} ${rule}`, () => assert.deepEqual(saidOfNew(kind, object), says));
}
