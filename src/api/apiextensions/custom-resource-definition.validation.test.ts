import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { CustomResourceDefinition } from "./custom-resource-definition.ts";

const definition = (change: object, version: object = {}): object => ({
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } }, ...version },
    ],
    ...change,
  },
});

const APPROVED = "api-approved.kubernetes.io";
const community = (annotations: object): object => ({
  ...definition({ group: "example.k8s.io" }),
  metadata: { name: "widgets.example.k8s.io", annotations },
});

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `a${index}`);
const selectable = (count: number): object => ({
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: Object.fromEntries(names(count).map((name) => [name, { type: "string" }])),
    },
  },
  selectableFields: names(count).map((name) => ({ jsonPath: `.${name}` })),
});

for (const { rule, object, says } of [
  { rule: "is right", object: definition({}), says: [] },
  {
    rule: "has a domain for a group",
    object: { ...definition({ group: "example" }), metadata: { name: "widgets.example" } },
    says: ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
  },
  {
    rule: "calls its list something else",
    object: definition({ names: { plural: "widgets", kind: "Widget", listKind: "Widget" } }),
    says: ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
  },
  {
    rule: "warns only of versions that are deprecated",
    object: definition({}, { deprecationWarning: "old" }),
    says: ['spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions'],
  },
  {
    rule: "scales what it wants",
    object: definition(
      {},
      { subresources: { scale: { specReplicasPath: ".status.x", statusReplicasPath: ".status.y" } } },
    ),
    says: ['spec.subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec'],
  },
  {
    rule: "has columns of known types",
    object: definition({}, { additionalPrinterColumns: [{ name: "A", type: "text", jsonPath: ".spec.a" }] }),
    says: [
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    ],
  },
  {
    rule: "has columns that say where their values are",
    object: definition({}, { additionalPrinterColumns: [{ name: "A", type: "date", format: "time", jsonPath: "a" }] }),
    says: [
      'spec.additionalPrinterColumns[0].format: Invalid value: "time": must be one of byte,date,date-time,double,float,int32,int64,password',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "a": must be a simple json path starting with .',
    ],
  },
  {
    rule: "warns in one line of printable text",
    object: definition({}, { deprecated: true, deprecationWarning: "aé\n" }),
    says: [
      'spec.versions[0].deprecationWarning: Invalid value: "aé\\n": must only contain printable UTF-8 characters; non-printable character found at index 3',
    ],
  },
  {
    rule: "warns with a text",
    object: definition({}, { deprecated: true, deprecationWarning: "" }),
    says: ['spec.versions[0].deprecationWarning: Invalid value: "": must not be an empty string'],
  },
  {
    rule: "keeps unknown fields by its schema only",
    object: definition({ preserveUnknownFields: true }),
    says: [
      "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    ],
  },
  {
    rule: "has one storage version",
    object: definition({}, { storage: false }),
    says: [
      'spec.versions: Invalid value: [{"Name":"v1","Served":true,"Storage":false,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}]: must have exactly one version marked as storage version',
      "status.storedVersions: Invalid value: null: must have at least one stored version",
    ],
  },
  {
    rule: "converts through nobody without the strategy for it",
    object: definition({
      conversion: {
        strategy: "None",
        webhook: { clientConfig: { url: "https://x" }, conversionReviewVersions: ["v1"] },
      },
    }),
    says: [
      "spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook",
      "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook",
    ],
  },
  {
    rule: "converts through somebody",
    object: definition({ conversion: { strategy: "Webhook" } }),
    says: [
      "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
      "spec.conversion.conversionReviewVersions: Required value",
    ],
  },
  {
    rule: "converts over HTTPS, in reviews that both sides know",
    object: definition({
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: { url: "http://x" }, conversionReviewVersions: ["v9", "v9"] },
      },
    }),
    says: [
      `spec.conversion.webhookClientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
      'spec.conversion.conversionReviewVersions[1]: Invalid value: "v9": duplicate version',
      'spec.conversion.conversionReviewVersions: Invalid value: ["v9","v9"]: must include at least one of v1, v1beta1',
    ],
  },
  {
    rule: "converts through a Service that has a name",
    object: definition({
      conversion: {
        strategy: "Webhook",
        webhook: { clientConfig: { service: { namespace: "n", port: 0 } }, conversionReviewVersions: ["v1"] },
      },
    }),
    says: [
      // Upstream takes name and namespace for each other.
      "spec.conversion.webhookClientConfig.service.namespace: Required value",
      "spec.conversion.webhookClientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
    ],
  },
  { rule: "of the community is approved", object: community({ [APPROVED]: "https://example.com/pull/1" }), says: [] },
  {
    rule: "of the community may say that it is not approved",
    object: community({ [APPROVED]: "unapproved, a test" }),
    says: [],
  },
  {
    rule: "of the community says where it was approved",
    object: community({}),
    says: [
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  },
  {
    rule: "of the community says where it was approved by a URL",
    object: community({ [APPROVED]: "yes" }),
    says: [
      'metadata.annotations[api-approved.kubernetes.io]: Invalid value: "yes": protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  },
  {
    rule: "selects by fields that it has, once, and that are texts, numbers or booleans",
    object: definition(
      {},
      {
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              metadata: { type: "object", properties: { name: { type: "string" } } },
              spec: { type: "object", properties: { size: { type: "number" }, color: { type: "string" } } },
            },
          },
        },
        selectableFields: [
          { jsonPath: ".spec.color" },
          { jsonPath: ".spec.color" },
          { jsonPath: ".spec.shape" },
          { jsonPath: ".spec['color']" },
          { jsonPath: ".spec.size" },
          { jsonPath: ".metadata.name" },
        ],
      },
    ),
    says: [
      'spec.selectableFields[1].jsonPath: Duplicate value: ".spec.color"',
      'spec.selectableFields[2].jsonPath: Invalid value: ".spec.shape": is an invalid path: does not refer to a valid field',
      `spec.selectableFields[3].jsonPath: Invalid value: ".spec['color']": is an invalid path: array notation is not allowed`,
      'spec.selectableFields[4].jsonPath: Invalid value: ".spec.size": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      'spec.selectableFields[5].jsonPath: Invalid value: ".metadata.name": must not point to fields in metadata',
    ],
  },
  {
    rule: "selects by at most eight fields",
    object: definition({}, selectable(9)),
    says: ["spec.selectableFields: Too many: 9: must have at most 8 items"],
  },
]) {
  test(`a definition ${rule}`, () => assert.deepEqual(saidOfNew(CustomResourceDefinition, object), says));
}

const established = (object: object): object => ({
  ...object,
  status: { storedVersions: ["v1"], conditions: [{ type: "Established", status: "True" }] },
});
const stored = (object: object): object => ({ ...object, status: { storedVersions: ["v1"] } });
const withBundle = (caBundle: string): object =>
  definition({
    conversion: {
      strategy: "Webhook",
      webhook: { clientConfig: { url: "https://x", caBundle }, conversionReviewVersions: ["v1"] },
    },
  });
const properties = (spec: object): object =>
  definition({}, { schema: { openAPIV3Schema: { type: "object", properties: { spec } } } });
const set = { type: "array", "x-kubernetes-list-type": "set", items: { type: "object" } };
const keyed = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
  items: { type: "object", properties: { name: { type: "string" } } },
};
const loose = { type: "object", properties: { a: { type: "string" } }, default: { b: "" } };

for (const { rule, before, after, says } of [
  {
    rule: "is not asked for an approval that it never had",
    before: stored(community({})),
    after: stored({
      ...community({}),
      ...definition({ group: "example.k8s.io", names: { plural: "widgets", kind: "W" } }),
    }),
    says: [],
  },
  {
    rule: "keeps its scope and kind once it is established",
    before: established(definition({})),
    after: established(definition({ scope: "Cluster", names: { plural: "widgets", kind: "Gadget" } })),
    says: [
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Gadget": field is immutable',
    ],
  },
  {
    rule: "may change its kind until then",
    before: stored(definition({})),
    after: stored(definition({ names: { plural: "widgets", kind: "Gadget" } })),
    says: [],
  },
  {
    rule: "keeps its group",
    before: stored(definition({})),
    after: stored(definition({ group: "example.org" })),
    says: ['spec.group: Invalid value: "example.org": field is immutable'],
  },
  {
    rule: "may go on keeping unknown fields",
    before: stored(definition({ preserveUnknownFields: true })),
    after: stored(definition({ preserveUnknownFields: true })),
    says: [],
  },
  {
    rule: "is not held to new rules on sets that it broke before",
    before: stored(properties(set)),
    after: stored(properties({ ...set, description: "x" })),
    says: [],
  },
  {
    rule: "is not held to new rules on keys that it broke before",
    before: stored(properties(keyed)),
    after: stored(properties({ ...keyed, description: "x" })),
    says: [],
  },
  {
    rule: "is not held to new rules on defaults that it broke before",
    before: stored(properties(loose)),
    after: stored(properties({ ...loose, description: "x" })),
    says: [],
  },
  {
    rule: "may keep too many selectable fields",
    before: stored(definition({}, selectable(9))),
    after: stored(definition({}, { ...selectable(9), served: false })),
    says: [],
  },
  {
    rule: "gets no more of them",
    before: stored(definition({}, selectable(9))),
    after: stored(definition({}, selectable(10))),
    says: ["spec.selectableFields: Too many: 10: must have at most 8 items"],
  },
  {
    rule: "is given certificates once it is established",
    before: established(definition({})),
    after: established(withBundle(btoa("none"))),
    says: [
      'spec.conversion.webhookClientConfig.caBundle: Invalid value: "bm9uZQ==": unable to load root certificates: unable to parse bytes as PEM block',
    ],
  },
  {
    rule: "may keep a bundle that holds none",
    before: established(withBundle(btoa("none"))),
    after: established(withBundle(btoa("nothing"))),
    says: [],
  },
  {
    rule: "may be given any bundle until then",
    before: stored(definition({})),
    after: stored(withBundle(btoa("none"))),
    says: [],
  },
  {
    rule: "keeps versions that objects are stored in",
    before: stored(definition({})),
    after: { ...definition({}, { name: "v2" }), status: { storedVersions: ["v1", "v2"] } },
    says: [
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ],
  },
]) {
  test(`a changed definition ${rule}`, () => {
    const named = (object: { metadata?: object }): object => ({
      ...object,
      metadata: { ...object.metadata, resourceVersion: "1" },
    });
    assert.deepEqual(saidOfChange(CustomResourceDefinition, named(before), named(after)), says);
  });
}

test("a status is held to the rules on names alone", () => {
  const status = { acceptedNames: { plural: "a b", kind: "" }, storedVersions: [] };
  const said = saidOfChange(CustomResourceDefinition, stored(definition({})), { ...definition({}), status }, "status");
  assert.deepEqual(
    said.map((text) => text.split(":", 1)[0]),
    ["status.acceptedNames.plural"],
  );
});
