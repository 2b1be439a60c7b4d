import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { bytes, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchCondition, RuleWithOperations } from "./matching.ts";

/** Of the Service behind any webhook. */
export const webhookServiceFields = {
  namespace: field(1, string(), "The namespace it is in.").required(),
  name: field(2, string(), "The Service's name.").required(),
  path: field(3, string(), "A path behind the address, where the service wants one.").keepEmpty(),
  port: field(4, int32().silentDefault(443), "A port of the Service, by default 443.").keepEmpty(),
};

/** Where any webhook is, beside its Service. */
export const webhookPlaceFields = {
  caBundle: field(
    2,
    bytes(),
    "PEM certificates that the service's certificate must come from. Nothing said: those the server's machine trusts.",
  ),
  url: field(3, string(), "An address `https://host:port/path`; or `service`. No user, query or fragment.").keepEmpty(),
};

export const WebhookServiceReference = message(
  "io.k8s.api.admissionregistration.v1.ServiceReference",
  webhookServiceFields,
  { doc: "A Service that is called." },
);
export type WebhookServiceReference = TypeOf<typeof WebhookServiceReference>;

export const WebhookClientConfig = message(
  "io.k8s.api.admissionregistration.v1.WebhookClientConfig",
  {
    service: field(1, WebhookServiceReference, "A Service in the cluster; or `url`."),
    ...webhookPlaceFields,
  },
  { doc: "How to call a webhook: at a URL or through a Service." },
);
export type WebhookClientConfig = TypeOf<typeof WebhookClientConfig>;

/** The fields of all webhooks; those of one sort alone stand before the last two, whose tags differ. */
export const webhookFields = <Own extends object>(
  own: Own,
  { objectSelector, matchConditions }: { readonly objectSelector: number; readonly matchConditions: number },
) => ({
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
  ...own,
  objectSelector: field(
    objectSelector,
    LabelSelector,
    "Labels of the new or the old object for which the service is asked. Nothing said: all.",
  ).filled(),
  matchConditions: field(
    matchConditions,
    list(MatchCondition).mapKey("name").patch("merge", "name"),
    "Conditions in CEL that are looked at before the service is asked; all must hold. At most 64.",
  ),
});
