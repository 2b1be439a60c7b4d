import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { webhookFields } from "./webhook.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateWebhooks } from "./webhook.validation.ts";
import { warnOfStaticSuffix } from "./static-suffix.ts";

export const MutatingWebhook = message(
  "io.k8s.api.admissionregistration.v1.MutatingWebhook",
  webhookFields(
    {
      reinvocationPolicy: field(
        10,
        string().enum("IfNeeded", "Never").silentDefault("Never"),
        "`Never` (the default), or `IfNeeded`: asked once more where another webhook or policy changed the object behind it.",
      ).keepEmpty(),
    },
    { objectSelector: 11, matchConditions: 12 },
  ),
  { doc: "A service that is asked about requests and may change the object." },
);
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
  fields: {
    webhooks: field(
      2,
      list(MutatingWebhook).mapKey("name").patch("merge", "name"),
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
export type MutatingWebhookConfiguration = ObjectOf<typeof MutatingWebhookConfiguration>;
