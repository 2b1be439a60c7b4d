import type { KubeObject } from "../../machinery/kind.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { embedded, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { TypedLocalObjectReference } from "../core/references.ts";
import { loadBalancerText } from "../core/service.columns.ts";
import { NONE, ageColumn, firstFew, nameColumn } from "../columns.ts";
import { validateIngress } from "./ingress.validation.ts";

export const ServiceBackendPort = message(
  "io.k8s.api.networking.v1.ServiceBackendPort",
  { name: field(1, string()), number: field(2, int32()) },
  { mapType: "atomic" },
);
export type ServiceBackendPort = TypeOf<typeof ServiceBackendPort>;

export const IngressServiceBackend = message("io.k8s.api.networking.v1.IngressServiceBackend", {
  name: field(1, string()).required(),
  port: field(2, ServiceBackendPort).always(),
});
export type IngressServiceBackend = TypeOf<typeof IngressServiceBackend>;

export const IngressBackend = message("io.k8s.api.networking.v1.IngressBackend", {
  resource: field(3, TypedLocalObjectReference),
  service: field(4, IngressServiceBackend),
});
export type IngressBackend = TypeOf<typeof IngressBackend>;

export const HTTPIngressPath = message("io.k8s.api.networking.v1.HTTPIngressPath", {
  path: field(1, string()),
  backend: field(2, IngressBackend).required(),
  pathType: field(3, string().enum("Exact", "ImplementationSpecific", "Prefix"))
    .required()
    .orNull()
    .keepEmpty(),
});
export type HTTPIngressPath = TypeOf<typeof HTTPIngressPath>;

export const HTTPIngressRuleValue = message("io.k8s.api.networking.v1.HTTPIngressRuleValue", {
  paths: field(1, list(HTTPIngressPath).atomic()).required(),
});
export type HTTPIngressRuleValue = TypeOf<typeof HTTPIngressRuleValue>;

export const IngressPortStatus = message("io.k8s.api.networking.v1.IngressPortStatus", {
  port: field(1, int32()).required(),
  protocol: field(2, string().enum("SCTP", "TCP", "UDP")).required(),
  error: field(3, string()).keepEmpty(),
});
export type IngressPortStatus = TypeOf<typeof IngressPortStatus>;

export const IngressLoadBalancerIngress = message("io.k8s.api.networking.v1.IngressLoadBalancerIngress", {
  ip: field(1, string()),
  hostname: field(2, string()),
  ports: field(4, list(IngressPortStatus).atomic()),
});
export type IngressLoadBalancerIngress = TypeOf<typeof IngressLoadBalancerIngress>;

export const IngressLoadBalancerStatus = message("io.k8s.api.networking.v1.IngressLoadBalancerStatus", {
  ingress: field(1, list(IngressLoadBalancerIngress).atomic()),
});
export type IngressLoadBalancerStatus = TypeOf<typeof IngressLoadBalancerStatus>;

export const IngressRule = message("io.k8s.api.networking.v1.IngressRule", {
  host: field(1, string()),
  ...embedded(2, { http: field(1, HTTPIngressRuleValue) }),
});
export type IngressRule = TypeOf<typeof IngressRule>;

export const IngressTLS = message("io.k8s.api.networking.v1.IngressTLS", {
  hosts: field(1, list(string()).atomic()),
  secretName: field(2, string()),
});
export type IngressTLS = TypeOf<typeof IngressTLS>;

export const IngressSpec = message("io.k8s.api.networking.v1.IngressSpec", {
  defaultBackend: field(1, IngressBackend),
  tls: field(2, list(IngressTLS).atomic()),
  rules: field(3, list(IngressRule).atomic()),
  ingressClassName: field(4, string()).keepEmpty(),
});
export type IngressSpec = TypeOf<typeof IngressSpec>;

export const IngressStatus = message("io.k8s.api.networking.v1.IngressStatus", {
  loadBalancer: field(1, IngressLoadBalancerStatus).always(),
});
export type IngressStatus = TypeOf<typeof IngressStatus>;

const OLD_CLASS = "kubernetes.io/ingress.class";

export const Ingress = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "Ingress",
  definition: "io.k8s.api.networking.v1.Ingress",
  names: { plural: "ingresses", short: ["ing"] },
  scope: "Namespaced",
  doc: "Routes from outside, by host and path, to Services.",
  subresources: { ...STATUS },
  fields: { spec: field(2, IngressSpec).always(), status: field(3, IngressStatus).always() },
  columns: [
    nameColumn,
    {
      name: "Class",
      type: "string",
      doc: "The name of the IngressClass resource that should be used for additional configuration",
      value: (ingress) => ingressClassText(ingress),
    },
    {
      name: "Hosts",
      type: "string",
      doc: "Hosts that incoming requests are matched against before the ingress rule",
      value: ({ spec }) => hostsText(spec),
    },
    {
      name: "Address",
      type: "string",
      doc: "Address is a list containing ingress points for the load-balancer",
      value: ({ status }) => loadBalancerText(status.loadBalancer),
    },
    {
      name: "Ports",
      type: "string",
      doc: "Ports of TLS configurations that open",
      value: ({ spec }) => (spec.tls === undefined ? "80" : "80, 443"),
    },
    ageColumn,
  ],
  validate: validateIngress,
  warnings({ metadata, spec }, previous) {
    if (previous !== undefined || spec.ingressClassName !== undefined) return [];
    if (metadata.annotations?.[OLD_CLASS] === undefined) return [];
    return [`annotation "${OLD_CLASS}" is deprecated, please use 'spec.ingressClassName' instead`];
  },
});
export type Ingress = ObjectOf<typeof Ingress>;

/** The annotation is from before the field. */
function ingressClassText({ metadata, spec }: KubeObject & { readonly spec: IngressSpec }): string {
  return spec.ingressClassName ?? metadata.annotations?.["kubernetes.io/ingress.class"] ?? NONE;
}

function hostsText({ rules = [] }: IngressSpec): string {
  const hosts = rules.flatMap(({ host }) => (host ? [host] : []));
  return rules.length === 0 || hosts.length === 0 ? "*" : firstFew(hosts, "*");
}
