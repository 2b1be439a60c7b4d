/** Rows of upstream's validation tables for webhook configurations; both sorts are held to the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfNew } from "../testing/said.ts";
import { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from "./index.ts";

const WHOLE = {
  name: "webhook.k8s.io",
  clientConfig: { url: "https://example.com" },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};
const rule1 = { apiGroups: ["a"], apiVersions: ["a"], operations: ["CREATE"], resources: ["a"] };
const service = (change: object): object => ({
  clientConfig: { service: { namespace: "ns", name: "n", port: 443, ...change } },
});
const PATH = "webhooks[0].clientConfig.service.path: Invalid value:";

const ROWS: readonly (readonly [rule: string, change: object, ...says: string[]])[] = [
  ["is right", { rules: [rule1] }],
  [
    "has a name of three parts",
    { name: "k8s.io" },
    'webhooks[0].name: Invalid value: "k8s.io": should be a domain with at least three segments separated by dots',
  ],
  ["has a name", { name: "" }, "webhooks[0].name: Required value"],
  [
    "has a name of a domain",
    { name: "webhook." },
    `webhooks[0].name: Invalid value: "webhook.": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ],
  [
    "knows a version of reviews",
    { admissionReviewVersions: [] },
    "webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1",
  ],
  [
    "knows a version of reviews that this server knows",
    { admissionReviewVersions: ["invalidVersion"] },
    `webhooks[0].admissionReviewVersions[0]: Invalid value: "invalidVersion": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
    'webhooks[0].admissionReviewVersions: Invalid value: ["invalidVersion"]: must include at least one of v1, v1beta1',
  ],
  [
    "says each version of reviews once",
    { admissionReviewVersions: ["v1", "V 1", "v1", "V 1"] },
    `webhooks[0].admissionReviewVersions[1]: Invalid value: "V 1": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
    'webhooks[0].admissionReviewVersions[2]: Invalid value: "v1": duplicate version',
    'webhooks[0].admissionReviewVersions[3]: Invalid value: "V 1": duplicate version',
  ],
  [
    "acts nowhere else",
    { sideEffects: undefined },
    "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun",
  ],
  [
    "acts nowhere else, and says so",
    { sideEffects: "Some" },
    'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
  ],
  [
    "fails or ignores",
    { failurePolicy: "other" },
    'webhooks[0].failurePolicy: Unsupported value: "other": supported values: "Fail", "Ignore"',
  ],
  [
    "matches as there is a way",
    { matchPolicy: "other" },
    'webhooks[0].matchPolicy: Unsupported value: "other": supported values: "Equivalent", "Exact"',
  ],
  [
    "waits at least a second",
    { timeoutSeconds: 0 },
    "webhooks[0].timeoutSeconds: Invalid value: 0: the timeout value must be between 1 and 30 seconds",
  ],
  [
    "waits at most half a minute",
    { timeoutSeconds: 31 },
    "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
  ],
  [
    "calls one place",
    { clientConfig: {} },
    "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
  ],
  [
    "calls not two places",
    { clientConfig: { url: "x", service: { namespace: "ns", name: "n" } } },
    "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
  ],
  [
    "calls a clean address",
    { clientConfig: { url: "https://u@h/p?q#f" } },
    'webhooks[0].clientConfig.url: Invalid value: "u": user information is not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
    'webhooks[0].clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
  ],
  [
    "calls safely, and somebody",
    { clientConfig: { url: "" } },
    `webhooks[0].clientConfig.url: Invalid value: "": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    'webhooks[0].clientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]',
  ],
  ["calls a Service with a slash", service({ path: "/" })],
  [
    "calls a Service at a deep path",
    service({ path: "/apis/foo.bar/v1alpha1/--bad" }),
    `${PATH} "/apis/foo.bar/v1alpha1/--bad": segment[3]: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  ],
  ["calls a Service at a path", service({ path: "foo/" }), `${PATH} "foo/": must start with a '/'`],
  ["calls a Service at a path of steps", service({ path: "//" }), `${PATH} "//": segment[0] may not be empty`],
  [
    "calls a Service at a path without holes",
    service({ path: "/foo//bar/" }),
    `${PATH} "/foo//bar/": segment[1] may not be empty`,
  ],
  [
    "calls a Service at a port",
    service({ port: 65536 }),
    "webhooks[0].clientConfig.service.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, inclusive",
  ],
  [
    "asks for everything or for something",
    { rules: [{ ...rule1, operations: ["*", "CREATE"] }] },
    `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
  ],
  [
    "asks in versions",
    { rules: [{ ...rule1, apiVersions: ["", "*"] }] },
    `webhooks[0].rules[0].apiVersions: Invalid value: ["","*"]: if '*' is present, must not specify other API versions`,
    "webhooks[0].rules[0].apiVersions[0]: Required value",
  ],
  [
    "asks in a scope",
    { rules: [{ ...rule1, scope: "x" }] },
    'webhooks[0].rules[0].scope: Unsupported value: "x": supported values: "*", "Cluster", "Namespaced"',
  ],
  [
    "has conditions with expressions and names",
    {
      matchConditions: [
        { name: "", expression: "" },
        { name: "!", expression: "true" },
      ],
    },
    "webhooks[0].matchConditions[0].expression: Required value",
    "webhooks[0].matchConditions[0].name: Required value",
    `webhooks[0].matchConditions[1].name: Invalid value: "!": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  ],
  [
    "may ask the authorizer in conditions",
    { matchConditions: [{ name: "a", expression: "authorizer.path('/x').check('get').allowed()" }] },
  ],
  [
    "has no parameters in conditions",
    { matchConditions: [{ name: "a", expression: "params.x == 1" }] },
    `webhooks[0].matchConditions[0].expression: Invalid value: "params.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^`,
  ],
];

for (const kind of [ValidatingWebhookConfiguration, MutatingWebhookConfiguration]) {
  for (const [rule, change, ...says] of ROWS) {
    test(`a webhook of a ${kind.kind} ${rule}`, () => {
      assert.deepEqual(
        saidOfNew(kind as typeof ValidatingWebhookConfiguration, { webhooks: [{ ...WHOLE, ...change }] }),
        says,
      );
    });
  }

  test(`webhooks of a ${kind.kind} have different names`, () => {
    assert.deepEqual(saidOfNew(kind as typeof ValidatingWebhookConfiguration, { webhooks: [WHOLE, WHOLE] }), [
      'webhooks[1].name: Duplicate value: "webhook.k8s.io"',
    ]);
  });

  test(`a ${kind.kind} is warned of a name that will be reserved`, () => {
    const named = (name: string) => kind.warnings!({ metadata: { name } } as never, undefined);
    assert.deepEqual(named("a.static.k8s.io"), [
      'metadata.name: names ending with ".static.k8s.io" will be reserved for static manifest-based configurations when the ManifestBasedAdmissionControlConfig feature gate is enabled',
    ]);
    assert.deepEqual(named("static.k8s.io"), []);
  });
}

test("a mutating webhook is asked again or not", () => {
  const webhooks = [{ ...WHOLE, reinvocationPolicy: "other" }];
  assert.deepEqual(saidOfNew(MutatingWebhookConfiguration, { webhooks }), [
    'webhooks[0].reinvocationPolicy: Unsupported value: "other": supported values: "IfNeeded", "Never"',
  ]);
});
