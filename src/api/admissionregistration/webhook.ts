import { bytes, embedded, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const RuleWithOperations = message(
  "io.k8s.api.admissionregistration.v1.RuleWithOperations",
  {
    operations: field(
      1,
      list(string().enum("*", "CONNECT", "CREATE", "DELETE", "UPDATE")).atomic(),
      "`CREATE`, `UPDATE`, `DELETE`, `CONNECT`, or `*` alone for all.",
    ),
    ...embedded(2, {
      apiGroups: field(1, list(string()).atomic(), "API groups, the core group as an empty text; `*` alone for all."),
      apiVersions: field(2, list(string()).atomic(), "Versions in these groups; `*` alone for all."),
      resources: field(
        3,
        list(string()).atomic(),
        "Resources such as `pods`, `pods/log`, `pods/*` (its subresources), `*` (all resources) or `*/*` (with all subresources).",
      ),
      scope: field(
        4,
        string().enum("*", "Cluster", "Namespaced").silentDefault("*"),
        "`Cluster`, `Namespaced`, or `*` for both. Namespaces themselves count as cluster-scoped.",
      ).keepEmpty(),
    }),
  },
  { doc: "Operations on resources." },
);
export type RuleWithOperations = TypeOf<typeof RuleWithOperations>;

export const WebhookServiceReference = message(
  "io.k8s.api.admissionregistration.v1.ServiceReference",
  {
    namespace: field(1, string(), "The namespace it is in.").required(),
    name: field(2, string(), "The Service's name.").required(),
    path: field(3, string(), "A path behind the address, where the service wants one.").keepEmpty(),
    port: field(4, int32().silentDefault(443), "A port of the Service, by default 443.").keepEmpty(),
  },
  { doc: "A Service that is called." },
);
export type WebhookServiceReference = TypeOf<typeof WebhookServiceReference>;

export const WebhookClientConfig = message(
  "io.k8s.api.admissionregistration.v1.WebhookClientConfig",
  {
    service: field(1, WebhookServiceReference, "A Service in the cluster; or `url`."),
    caBundle: field(
      2,
      bytes(),
      "PEM certificates that the service's certificate must come from. Nothing said: those the server's machine trusts.",
    ),
    url: field(
      3,
      string(),
      "An address `https://host:port/path`; or `service`. No user, query or fragment.",
    ).keepEmpty(),
  },
  { doc: "How to call a webhook: at a URL or through a Service." },
);
export type WebhookClientConfig = TypeOf<typeof WebhookClientConfig>;
