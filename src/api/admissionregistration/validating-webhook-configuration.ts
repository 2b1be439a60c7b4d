import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { webhookFields } from "./webhook.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateWebhooks } from "./webhook.validation.ts";
import { warnOfStaticSuffix } from "./static-suffix.ts";

export const ValidatingWebhook = message(
  "io.k8s.api.admissionregistration.v1.ValidatingWebhook",
  webhookFields({}, { objectSelector: 10, matchConditions: 11 }),
  { doc: "A service that is asked about requests and may refuse them." },
);
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
  fields: {
    webhooks: field(
      2,
      list(ValidatingWebhook).mapKey("name").patch("merge", "name"),
      "The services and what each is asked about.",
    ),
  },
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
  metadataOnUpdate: ["whole"],
  validate: validateWebhooks,
  warnings: warnOfStaticSuffix,
});
export type ValidatingWebhookConfiguration = ObjectOf<typeof ValidatingWebhookConfiguration>;
