import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { Condition } from "../../machinery/meta/condition.ts";
import { bool, field, int32, intOrString, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { LoadBalancerStatus } from "./load-balancer-status.ts";
import type { Draft } from "../../machinery/kind.ts";
import { serviceColumns } from "./service.columns.ts";
import { validateService, validateServiceUpdate } from "./service.validation.ts";
import { nameIsDNSLabel } from "../../machinery/names.ts";
import { serviceWarnings } from "./service.warnings.ts";

export const ClientIPConfig = message("io.k8s.api.core.v1.ClientIPConfig", {
  timeoutSeconds: field(1, int32()).keepEmpty(),
});
export type ClientIPConfig = TypeOf<typeof ClientIPConfig>;

export const ServicePort = message("io.k8s.api.core.v1.ServicePort", {
  name: field(1, string()),
  protocol: field(2, string().enum("SCTP", "TCP", "UDP").default("TCP")),
  port: field(3, int32()).required(),
  targetPort: field(4, intOrString()).always(),
  nodePort: field(5, int32()),
  appProtocol: field(6, string()).keepEmpty(),
});
export type ServicePort = TypeOf<typeof ServicePort>;

export const SessionAffinityConfig = message("io.k8s.api.core.v1.SessionAffinityConfig", {
  clientIP: field(1, ClientIPConfig),
});
export type SessionAffinityConfig = TypeOf<typeof SessionAffinityConfig>;

export const ServiceSpec = message("io.k8s.api.core.v1.ServiceSpec", {
  ports: field(1, list(ServicePort).mapKey("port", "protocol").patch("merge", "port")),
  selector: field(2, map(string()).atomic()),
  clusterIP: field(3, string()),
  type: field(4, string().enum("ClusterIP", "ExternalName", "LoadBalancer", "NodePort").silentDefault("ClusterIP")),
  externalIPs: field(5, list(string()).atomic()),
  sessionAffinity: field(7, string().enum("ClientIP", "None").silentDefault("None")),
  loadBalancerIP: field(8, string()),
  loadBalancerSourceRanges: field(9, list(string()).atomic()),
  externalName: field(10, string()),
  externalTrafficPolicy: field(11, string().enum("Cluster", "Local")),
  healthCheckNodePort: field(12, int32()),
  publishNotReadyAddresses: field(13, bool()),
  sessionAffinityConfig: field(14, SessionAffinityConfig),
  ipFamilyPolicy: field(17, string().enum("PreferDualStack", "RequireDualStack", "SingleStack")).keepEmpty(),
  clusterIPs: field(18, list(string()).atomic()),
  ipFamilies: field(19, list(string().enum("", "IPv4", "IPv6")).atomic()),
  allocateLoadBalancerNodePorts: field(20, bool()).keepEmpty(),
  loadBalancerClass: field(21, string()).keepEmpty(),
  internalTrafficPolicy: field(22, string().enum("Cluster", "Local")).keepEmpty(),
  trafficDistribution: field(23, string()).keepEmpty(),
});
export type ServiceSpec = TypeOf<typeof ServiceSpec>;

export const ServiceStatus = message("io.k8s.api.core.v1.ServiceStatus", {
  loadBalancer: field(1, LoadBalancerStatus).always(),
  conditions: field(2, list(Condition).mapKey("type").patch("merge", "type")),
});
export type ServiceStatus = TypeOf<typeof ServiceStatus>;

export const Service = defineKind({
  group: "",
  version: "v1",
  kind: "Service",
  definition: "io.k8s.api.core.v1.Service",
  names: { plural: "services", short: ["svc"], categories: ["all"] },
  scope: "Namespaced",
  generation: false,
  doc: "One stable name and address for a set of pods.",
  subresources: {
    proxy: {
      verbs: ["create", "delete", "get", "patch", "update"],
      speaks: { group: "", version: "v1", kind: "ServiceProxyOptions" },
    },
    ...STATUS,
  },
  fields: { spec: field(2, ServiceSpec).always(), status: field(3, ServiceStatus).always() },
  defaults: ({ spec }) => defaultServiceSpec(spec),
  columns: serviceColumns,
  returnsDeleted: true,
  selectableFields: { "spec.clusterIP": ({ spec }) => spec.clusterIP ?? "", "spec.type": ({ spec }) => spec.type },
  validateName: nameIsDNSLabel,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  warnings: serviceWarnings,
});
export type Service = ObjectOf<typeof Service>;

function defaultServiceSpec(spec: Draft<ServiceSpec>): void {
  if (spec.sessionAffinity === "ClientIP") {
    const timeoutSeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 3 * 60 * 60;
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds } };
  } else delete spec.sessionAffinityConfig;
  for (const port of spec.ports ?? []) {
    if (port.targetPort === 0 || port.targetPort === "") port.targetPort = port.port;
  }
  if (spec.type === "ExternalName") return;
  spec.internalTrafficPolicy ??= "Cluster";
  const outside = spec.type === "NodePort" || spec.type === "LoadBalancer" || (spec.externalIPs ?? []).length > 0;
  if (!outside) return;
  spec.externalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
}
