import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchCondition } from "./matching.ts";
import { RuleWithOperations, WebhookClientConfig } from "./webhook.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateWebhooks } from "./webhook.validation.ts";

export const ValidatingWebhook = message("io.k8s.api.admissionregistration.v1.ValidatingWebhook", {
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
  objectSelector: field(10, LabelSelector).filled(),
  matchConditions: field(11, list(MatchCondition).mapKey("name").patch("merge", "name")),
});
export type ValidatingWebhook = TypeOf<typeof ValidatingWebhook>;

export const ValidatingWebhookConfiguration = defineKind({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingWebhookConfiguration",
  definition: "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
  names: { plural: "validatingwebhookconfigurations", categories: ["api-extensions"] },
  scope: "Cluster",
  generation: true,
  doc: "Names webhooks that accept or reject requests.",
  fields: { webhooks: field(2, list(ValidatingWebhook).mapKey("name").patch("merge", "name")) },
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
export type ValidatingWebhookConfiguration = ObjectOf<typeof ValidatingWebhookConfiguration>;
