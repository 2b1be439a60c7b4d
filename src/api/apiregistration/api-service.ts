import { nameIsPathSegment } from "../../machinery/names.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, bytes, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { conditionFields } from "../conditions.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateAPIService } from "./api-service.validation.ts";

export const APIServiceCondition = message(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition",
  conditionFields,
  { doc: "One thing that is true or not of the object now, and since when." },
);
export type APIServiceCondition = TypeOf<typeof APIServiceCondition>;

export const APIServiceReference = message(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference",
  {
    namespace: field(1, string(), "The namespace it is in."),
    name: field(2, string(), "The Service's name."),
    port: field(3, int32().silentDefault(443), "A port of the Service, by default 443.").keepEmpty(),
  },
  { doc: "A Service that is called." },
);
export type APIServiceReference = TypeOf<typeof APIServiceReference>;

export const APIServiceSpec = message(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec",
  {
    service: field(1, APIServiceReference, "The Service that serves it. Nothing said: this server itself."),
    group: field(2, string(), "The API group."),
    version: field(3, string(), "The version. The object's name is this, a dot and the group."),
    insecureSkipTLSVerify: field(4, bool(), "True: the server's certificate is not looked at. Not with `caBundle`."),
    caBundle: field(5, bytes(), "PEM certificates that the server's certificate must come from."),
    groupPriorityMinimum: field(
      7,
      int32(),
      "Where the group stands among others; higher first. 1 to 20000.",
    ).required(),
    versionPriority: field(8, int32(), "Where the version stands in its group; higher first, 1 to 1000.").required(),
  },
  { doc: "Which group and version of the API is served by whom." },
);
export type APIServiceSpec = TypeOf<typeof APIServiceSpec>;

export const APIServiceStatus = message(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus",
  {
    conditions: field(
      1,
      list(APIServiceCondition).mapKey("type").patch("merge", "type"),
      "States such as `Available`.",
    ),
  },
  { doc: "Whether a server can be reached." },
);
export type APIServiceStatus = TypeOf<typeof APIServiceStatus>;

export const APIService = defineKind({
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  definition: "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
  names: { plural: "apiservices", categories: ["api-extensions"] },
  scope: "Cluster",
  generation: false,
  doc: "Says who serves a group and version of the API.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, APIServiceSpec, "Which group and version, and who serves it.").always(),
    status: field(3, APIServiceStatus, "Whether it can be reached.").always(),
  },
  validateName: nameIsPathSegment,
  columns: [
    nameColumn,
    {
      name: "Service",
      type: "string",
      doc: "The reference to the service that hosts this API endpoint.",
      value: ({ spec }) => serviceText(spec),
    },
    {
      name: "Available",
      type: "string",
      doc: "Whether this service is available.",
      value: ({ status }) => availableText(status),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: false,
  metadataOnUpdate: ["change", "whole"],
  plainFinalizers: true,
  validate: validateAPIService,
});
export type APIService = ObjectOf<typeof APIService>;

function serviceText({ service }: APIServiceSpec): string {
  return service === undefined ? "Local" : `${service.namespace ?? ""}/${service.name ?? ""}`;
}

function availableText({ conditions }: APIServiceStatus): string {
  const available = conditions?.find(({ type }) => type === "Available");
  if (available === undefined) return "Unknown";
  return available.status === "True" ? "True" : `${available.status} (${available.reason ?? ""})`;
}
