import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchCondition } from "./matching.ts";
import { RuleWithOperations, WebhookClientConfig } from "./webhook.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateWebhooks } from "./webhook.validation.ts";

export const MutatingWebhook = message("io.k8s.api.admissionregistration.v1.MutatingWebhook", {
  name: field(1, string()).required(),
  clientConfig: field(2, WebhookClientConfig).required(),
  rules: field(3, list(RuleWithOperations).atomic()),
  failurePolicy: field(4, string().enum("Fail", "Ignore").silentDefault("Fail")).keepEmpty(),
  namespaceSelector: field(5, LabelSelector).filled(),
  sideEffects: field(6, string().enum("None", "NoneOnDryRun", "Some", "Unknown"))
    .required()
    .orNull()
    .keepEmpty(),
  timeoutSeconds: field(7, int32().silentDefault(10)).keepEmpty(),
  admissionReviewVersions: field(8, list(string()).atomic()).required(),
  matchPolicy: field(9, string().enum("Equivalent", "Exact").silentDefault("Equivalent")).keepEmpty(),
  reinvocationPolicy: field(10, string().enum("IfNeeded", "Never").silentDefault("Never")).keepEmpty(),
  objectSelector: field(11, LabelSelector).filled(),
  matchConditions: field(12, list(MatchCondition).mapKey("name").patch("merge", "name")),
});
export type MutatingWebhook = TypeOf<typeof MutatingWebhook>;

export const MutatingWebhookConfiguration = defineKind({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingWebhookConfiguration",
  definition: "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
  names: { plural: "mutatingwebhookconfigurations", categories: ["api-extensions"] },
  scope: "Cluster",
  generation: true,
  doc: "Names webhooks that may change requests before they are stored.",
  fields: { webhooks: field(2, list(MutatingWebhook).mapKey("name").patch("merge", "name")) },
  columns: [
    nameColumn,
    {
      name: "Webhooks",
      type: "integer",
      doc: "Webhooks indicates the number of webhooks registered in this configuration",
      value: ({ webhooks }) => webhooks?.length ?? 0,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: false,
  validate: validateWebhooks,
});
export type MutatingWebhookConfiguration = ObjectOf<typeof MutatingWebhookConfiguration>;
