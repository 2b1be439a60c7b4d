import { nameIsPathSegment } from "../../machinery/names.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, bytes, field, int32, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateAPIService } from "./api-service.validation.ts";

export const APIServiceCondition = message("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastTransitionTime: field(3, time()).orNull(),
  reason: field(4, string()),
  message: field(5, string()),
});
export type APIServiceCondition = TypeOf<typeof APIServiceCondition>;

export const APIServiceReference = message("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference", {
  namespace: field(1, string()),
  name: field(2, string()),
  port: field(3, int32().silentDefault(443)).keepEmpty(),
});
export type APIServiceReference = TypeOf<typeof APIServiceReference>;

export const APIServiceSpec = message("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec", {
  service: field(1, APIServiceReference),
  group: field(2, string()),
  version: field(3, string()),
  insecureSkipTLSVerify: field(4, bool()),
  caBundle: field(5, bytes()),
  groupPriorityMinimum: field(7, int32()).required(),
  versionPriority: field(8, int32()).required(),
});
export type APIServiceSpec = TypeOf<typeof APIServiceSpec>;

export const APIServiceStatus = message("io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus", {
  conditions: field(1, list(APIServiceCondition).mapKey("type").patch("merge", "type")),
});
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
  fields: { spec: field(2, APIServiceSpec).always(), status: field(3, APIServiceStatus).always() },
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
