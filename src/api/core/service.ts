import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { Condition } from "../../machinery/meta/condition.ts";
import { bool, field, int32, intOrString, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { LoadBalancerStatus } from "./load-balancer-status.ts";
import type { Draft } from "../../machinery/kind.ts";
import { serviceColumns } from "./service.columns.ts";
import { validateServiceUpdate } from "./service-update.validation.ts";
import { validateService } from "./service.validation.ts";
import { nameIsDNSLabel } from "../../machinery/names.ts";
import { serviceStatusWarnings, serviceWarnings } from "./service.warnings.ts";

export const ClientIPConfig = message(
  "io.k8s.api.core.v1.ClientIPConfig",
  {
    timeoutSeconds: field(1, int32(), "For how many seconds, 1 to 86400; 10800 (three hours) by default.").keepEmpty(),
  },
  { doc: "How clients are kept to one endpoint by their address." },
);
export type ClientIPConfig = TypeOf<typeof ClientIPConfig>;

export const ServicePort = message(
  "io.k8s.api.core.v1.ServicePort",
  {
    name: field(1, string(), "The port's name, a DNS label. Needed, and unique, when there are several."),
    protocol: field(2, string().enum("SCTP", "TCP", "UDP").default("TCP"), "TCP (the default), UDP or SCTP."),
    port: field(3, int32(), "The port on the service's addresses, 1 to 65535.").required(),
    targetPort: field(
      4,
      intOrString(),
      "The port of the pods, as number or as name of a container port. The same as `port` by default; of no effect for headless services.",
    ).always(),
    nodePort: field(
      5,
      int32(),
      "The port on all nodes, for NodePort and LoadBalancer. Chosen from the cluster's range (30000 to 32767 by default) when it is absent.",
    ),
    appProtocol: field(
      6,
      string(),
      "What is spoken on the port, as a hint: a registered name such as `http`, or one with a prefix, such as `kubernetes.io/h2c` or `kubernetes.io/ws`.",
    ).keepEmpty(),
  },
  { doc: "A port of a service." },
);
export type ServicePort = TypeOf<typeof ServicePort>;

export const SessionAffinityConfig = message(
  "io.k8s.api.core.v1.SessionAffinityConfig",
  {
    clientIP: field(1, ClientIPConfig, "Settings of the affinity ClientIP."),
  },
  { doc: "Settings, by the type of affinity." },
);
export type SessionAffinityConfig = TypeOf<typeof SessionAffinityConfig>;

export const ServiceSpec = message(
  "io.k8s.api.core.v1.ServiceSpec",
  {
    ports: field(
      1,
      list(ServicePort).mapKey("port", "protocol").patch("merge", "port"),
      "The ports the service is reached at.",
    ),
    selector: field(
      2,
      map(string()).atomic(),
      "Labels with their values of the pods traffic goes to. Without it, endpoints must come from elsewhere. Of no effect for ExternalName.",
    ),
    clusterIP: field(
      3,
      string(),
      "The service's address within the cluster; the first of `clusterIPs`. Given out by itself unless asked for; `None` for a headless service, whose name stands for the pods' own addresses. Cannot be changed.",
    ),
    type: field(
      4,
      string().enum("ClusterIP", "ExternalName", "LoadBalancer", "NodePort").silentDefault("ClusterIP"),
      "ClusterIP (the default) is reached within the cluster, NodePort also at a port of all nodes, LoadBalancer also from outside; ExternalName is only a DNS alias.",
    ),
    externalIPs: field(
      5,
      list(string()).atomic(),
      "Further addresses at which nodes take the service's traffic. How it gets to the nodes is the administrator's business.",
    ),
    sessionAffinity: field(
      7,
      string().enum("ClientIP", "None").silentDefault("None"),
      "ClientIP brings a client to the same endpoint each time; None (the default) does not.",
    ),
    loadBalancerIP: field(
      8,
      string(),
      "Deprecated: the address a load balancer should get, where the provider heeds it.",
    ),
    loadBalancerSourceRanges: field(
      9,
      list(string()).atomic(),
      "Ranges of client addresses that the load balancer lets through, where it can do that; all by default.",
    ),
    externalName: field(
      10,
      string(),
      "The DNS name that the service is an alias of, in lower case. Needed for ExternalName.",
    ),
    externalTrafficPolicy: field(
      11,
      string().enum("Cluster", "Local"),
      "Where traffic from outside goes: Cluster (the default) to all endpoints, Local only to those on the node it came to, which keeps the client's address and drops it where there are none.",
    ),
    healthCheckNodePort: field(
      12,
      int32(),
      "The port at which nodes tell a load balancer whether they have endpoints, for LoadBalancer with the policy Local. Given out by itself; cannot be changed.",
    ),
    publishNotReadyAddresses: field(
      13,
      bool(),
      "Whether DNS and traffic also get endpoints that are not ready, as peers of a StatefulSet need to find one another. False by default.",
    ),
    sessionAffinityConfig: field(14, SessionAffinityConfig, "Settings of session affinity."),
    ipFamilyPolicy: field(
      17,
      string().enum("PreferDualStack", "RequireDualStack", "SingleStack"),
      "SingleStack (the default), PreferDualStack (both families where the cluster has them) or RequireDualStack (or it fails). Not for ExternalName.",
    ).keepEmpty(),
    clusterIPs: field(
      18,
      list(string()).atomic(),
      "The service's addresses within the cluster, in the order of `ipFamilies`; two with dual stack, or only `None`. Mostly cannot be changed.",
    ),
    ipFamilies: field(
      19,
      list(string().enum("", "IPv4", "IPv6")).atomic(),
      "The families of the addresses, IPv4 or IPv6, the main one first, which cannot be changed. Chosen by cluster and policy when it is absent.",
    ),
    allocateLoadBalancerNodePorts: field(
      20,
      bool(),
      "Whether a LoadBalancer also gets ports on all nodes; true by default. Without them the balancer must reach pods another way; ports that are asked for are still given.",
    ).keepEmpty(),
    loadBalancerClass: field(
      21,
      string(),
      "Which implementation makes the load balancer, such as `example.com/internal-vip`. The cloud provider's when it is absent. Cannot be changed once it is set.",
    ).keepEmpty(),
    internalTrafficPolicy: field(
      22,
      string().enum("Cluster", "Local"),
      "Where traffic from within goes: Cluster (the default) to all endpoints, Local only to those on the same node, and nowhere if there are none.",
    ).keepEmpty(),
    trafficDistribution: field(
      23,
      string(),
      "Which endpoints are preferred while all is well: PreferSameZone (formerly PreferClose) or PreferSameNode. No preference when it is absent.",
    ).keepEmpty(),
  },
  { doc: "Which pods a service stands for, and at which addresses." },
);
export type ServiceSpec = TypeOf<typeof ServiceSpec>;

export const ServiceStatus = message(
  "io.k8s.api.core.v1.ServiceStatus",
  {
    loadBalancer: field(1, LoadBalancerStatus, "Where the load balancer takes traffic, if there is one.").always(),
    conditions: field(
      2,
      list(Condition).mapKey("type").patch("merge", "type"),
      "Aspects of where the service stands, one for each type.",
    ),
  },
  { doc: "Load balancer and conditions of a service." },
);
export type ServiceStatus = TypeOf<typeof ServiceStatus>;

export const Service = defineKind({
  group: "",
  version: "v1",
  kind: "Service",
  definition: "io.k8s.api.core.v1.Service",
  names: { plural: "services", short: ["svc"], categories: ["all"] },
  scope: "Namespaced",
  generation: false,
  doc: "One stable name and address for a set of pods that come and go, with traffic spread over them.",
  subresources: {
    proxy: {
      verbs: ["create", "delete", "get", "patch", "update"],
      speaks: { group: "", version: "v1", kind: "ServiceProxyOptions" },
    },
    ...STATUS,
  },
  fields: {
    spec: field(2, ServiceSpec, "Which pods are meant, and where they are reached.").always(),
    status: field(3, ServiceStatus, "What the service has got. Read-only for users.").always(),
  },
  defaults({ spec, status }) {
    defaultServiceSpec(spec);
    if (spec.type !== "LoadBalancer") return;
    for (const point of status.loadBalancer.ingress ?? []) if (point.ip) point.ipMode ??= "VIP";
  },
  columns: serviceColumns,
  returnsDeleted: true,
  selectableFields: { "spec.clusterIP": ({ spec }) => spec.clusterIP ?? "", "spec.type": ({ spec }) => spec.type },
  allowCreateOnUpdate: true,
  validateName: nameIsDNSLabel,
  changesFirst: true,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  warnings: serviceWarnings,
  statusWarnings: serviceStatusWarnings,
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
