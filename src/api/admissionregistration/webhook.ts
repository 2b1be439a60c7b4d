import { bytes, embedded, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const RuleWithOperations = message("io.k8s.api.admissionregistration.v1.RuleWithOperations", {
  operations: field(1, list(string().enum("*", "CONNECT", "CREATE", "DELETE", "UPDATE")).atomic()),
  ...embedded(2, {
    apiGroups: field(1, list(string()).atomic()),
    apiVersions: field(2, list(string()).atomic()),
    resources: field(3, list(string()).atomic()),
    scope: field(4, string().enum("*", "Cluster", "Namespaced").silentDefault("*")).keepEmpty(),
  }),
});
export type RuleWithOperations = TypeOf<typeof RuleWithOperations>;

export const WebhookServiceReference = message("io.k8s.api.admissionregistration.v1.ServiceReference", {
  namespace: field(1, string()).required(),
  name: field(2, string()).required(),
  path: field(3, string()).keepEmpty(),
  port: field(4, int32().silentDefault(443)).keepEmpty(),
});
export type WebhookServiceReference = TypeOf<typeof WebhookServiceReference>;

export const WebhookClientConfig = message("io.k8s.api.admissionregistration.v1.WebhookClientConfig", {
  service: field(1, WebhookServiceReference),
  caBundle: field(2, bytes()),
  url: field(3, string()).keepEmpty(),
});
export type WebhookClientConfig = TypeOf<typeof WebhookClientConfig>;
