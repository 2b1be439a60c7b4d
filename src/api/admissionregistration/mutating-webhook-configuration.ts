import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchCondition } from "./matching.ts";
import { RuleWithOperations, WebhookClientConfig } from "./webhook.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateWebhooks } from "./webhook.validation.ts";

export const MutatingWebhook = message(
  "io.k8s.api.admissionregistration.v1.MutatingWebhook",
  {
    name: field(
      1,
      string(),
      "A domain name of at least three parts that tells it from the others, such as `image.policy.example.com`.",
    ).required(),
    clientConfig: field(2, WebhookClientConfig, "Where the service is, and how it is trusted.").required(),
    rules: field(
      3,
      list(RuleWithOperations).atomic(),
      "Operations on resources for which it is asked. Requests about webhook configurations are never sent.",
    ),
    failurePolicy: field(
      4,
      string().enum("Fail", "Ignore").silentDefault("Fail"),
      "What becomes of the request where the service cannot be asked: `Fail` (the default) refuses it, `Ignore` goes on.",
    ).keepEmpty(),
    namespaceSelector: field(
      5,
      LabelSelector,
      "Labels of the object's namespace, or of the namespace itself, for which the service is asked. Nothing said: all.",
    ).filled(),
    sideEffects: field(
      6,
      string().enum("None", "NoneOnDryRun", "Some", "Unknown"),
      "`None`, or `NoneOnDryRun` where the service acts outside but not for dry runs.",
    )
      .required()
      .orNull()
      .keepEmpty(),
    timeoutSeconds: field(
      7,
      int32().silentDefault(10),
      "How long an answer may take, 1 to 30 seconds, by default 10. After it the failure policy decides.",
    ).keepEmpty(),
    admissionReviewVersions: field(
      8,
      list(string()).atomic(),
      "Versions of AdmissionReview that the service understands, best first. The server sends the first that it knows, too.",
    ).required(),
    matchPolicy: field(
      9,
      string().enum("Equivalent", "Exact").silentDefault("Equivalent"),
      "`Exact`, only requests for the very group and version of a rule, or `Equivalent` (the default), also through other versions.",
    ).keepEmpty(),
    reinvocationPolicy: field(
      10,
      string().enum("IfNeeded", "Never").silentDefault("Never"),
      "`Never` (the default), or `IfNeeded`: asked once more where another webhook or policy changed the object behind it.",
    ).keepEmpty(),
    objectSelector: field(
      11,
      LabelSelector,
      "Labels of the new or the old object for which the service is asked. Nothing said: all.",
    ).filled(),
    matchConditions: field(
      12,
      list(MatchCondition).mapKey("name").patch("merge", "name"),
      "Conditions in CEL that are looked at before the service is asked; all must hold. At most 64.",
    ),
  },
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
  validate: validateWebhooks,
});
export type MutatingWebhookConfiguration = ObjectOf<typeof MutatingWebhookConfiguration>;
