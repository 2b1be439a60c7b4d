import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { embedded, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { TypedLocalObjectReference } from "../core/references.ts";
import { loadBalancerText } from "../core/service.columns.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";
import { validateIngress } from "./ingress.validation.ts";

export const ServiceBackendPort = message(
  "io.k8s.api.networking.v1.ServiceBackendPort",
  { name: field(1, string(), "By name."), number: field(2, int32(), "By number.") },
  { doc: "A Service's port; one of the two.", mapType: "atomic" },
);
export type ServiceBackendPort = TypeOf<typeof ServiceBackendPort>;

export const IngressServiceBackend = message(
  "io.k8s.api.networking.v1.IngressServiceBackend",
  {
    name: field(1, string(), "The Service.").required(),
    port: field(2, ServiceBackendPort, "Its port, by name or number.").always(),
  },
  { doc: "A port of a Service." },
);
export type IngressServiceBackend = TypeOf<typeof IngressServiceBackend>;

export const IngressBackend = message(
  "io.k8s.api.networking.v1.IngressBackend",
  {
    resource: field(3, TypedLocalObjectReference, "An object in the same namespace."),
    service: field(4, IngressServiceBackend, "A Service in the same namespace."),
  },
  { doc: "Where requests go; one of the two." },
);
export type IngressBackend = TypeOf<typeof IngressBackend>;

export const HTTPIngressPath = message(
  "io.k8s.api.networking.v1.HTTPIngressPath",
  {
    path: field(1, string(), "The path, beginning with a slash; required but for `ImplementationSpecific`."),
    backend: field(2, IngressBackend, "Where they go.").required(),
    pathType: field(
      3,
      string().enum("Exact", "ImplementationSpecific", "Prefix"),
      "`Exact`, `Prefix` (part by part between slashes) or `ImplementationSpecific`.",
    )
      .required()
      .orNull()
      .keepEmpty(),
  },
  { doc: "Where requests to a path go." },
);
export type HTTPIngressPath = TypeOf<typeof HTTPIngressPath>;

export const HTTPIngressRuleValue = message(
  "io.k8s.api.networking.v1.HTTPIngressRuleValue",
  {
    paths: field(1, list(HTTPIngressPath).atomic(), "Paths, of which the longest that fits counts.").required(),
  },
  { doc: "Where requests to a host's paths go." },
);
export type HTTPIngressRuleValue = TypeOf<typeof HTTPIngressRuleValue>;

export const IngressPortStatus = message(
  "io.k8s.api.networking.v1.IngressPortStatus",
  {
    port: field(1, int32(), "The number.").required(),
    protocol: field(2, string().enum("SCTP", "TCP", "UDP"), "`TCP`, `UDP` or `SCTP`.").required(),
    error: field(3, string(), "What is wrong with it, in one word.").keepEmpty(),
  },
  { doc: "How a port of a load balancer is." },
);
export type IngressPortStatus = TypeOf<typeof IngressPortStatus>;

export const IngressLoadBalancerIngress = message(
  "io.k8s.api.networking.v1.IngressLoadBalancerIngress",
  {
    ip: field(1, string(), "Its address, where it has one."),
    hostname: field(2, string(), "Its name, where it has one."),
    ports: field(4, list(IngressPortStatus).atomic(), "Its ports and how they are."),
  },
  { doc: "One place at which an ingress can be reached." },
);
export type IngressLoadBalancerIngress = TypeOf<typeof IngressLoadBalancerIngress>;

export const IngressLoadBalancerStatus = message(
  "io.k8s.api.networking.v1.IngressLoadBalancerStatus",
  {
    ingress: field(1, list(IngressLoadBalancerIngress).atomic(), "The places."),
  },
  { doc: "Where an ingress can be reached." },
);
export type IngressLoadBalancerStatus = TypeOf<typeof IngressLoadBalancerStatus>;

export const IngressRule = message(
  "io.k8s.api.networking.v1.IngressRule",
  {
    host: field(1, string(), "The host, or `*.example.com` for one label before it. Nothing said: any."),
    ...embedded(2, { http: field(1, HTTPIngressRuleValue, "Where the requests to its paths go.") }),
  },
  { doc: "Where requests to a host go." },
);
export type IngressRule = TypeOf<typeof IngressRule>;

export const IngressTLS = message(
  "io.k8s.api.networking.v1.IngressTLS",
  {
    hosts: field(
      1,
      list(string()).atomic(),
      "Hosts that the certificate is for. Nothing said: what the controller makes of it.",
    ),
    secretName: field(
      2,
      string(),
      "The Secret with certificate and key. Nothing said: only the host's name is looked at.",
    ),
  },
  { doc: "A certificate for some hosts." },
);
export type IngressTLS = TypeOf<typeof IngressTLS>;

export const IngressSpec = message(
  "io.k8s.api.networking.v1.IngressSpec",
  {
    defaultBackend: field(1, IngressBackend, "Where requests go that no rule fits."),
    tls: field(2, list(IngressTLS).atomic(), "Certificates for hosts. Several on one port are told apart by SNI."),
    rules: field(3, list(IngressRule).atomic(), "Where requests go, by host and path."),
    ingressClassName: field(
      4,
      string(),
      "The IngressClass that carries it out. Nothing said: the cluster's default class.",
    ).keepEmpty(),
  },
  { doc: "What an ingress wants." },
);
export type IngressSpec = TypeOf<typeof IngressSpec>;

export const IngressStatus = message(
  "io.k8s.api.networking.v1.IngressStatus",
  {
    loadBalancer: field(1, IngressLoadBalancerStatus, "Where it can be reached.").always(),
  },
  { doc: "How an ingress is getting on." },
);
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
  fields: {
    spec: field(2, IngressSpec, "Which requests from outside go to which Services.").always(),
    status: field(3, IngressStatus, "Where it can be reached.").always(),
  },
  columns: [
    nameColumn,
    {
      name: "Class",
      type: "string",
      doc: "The name of the IngressClass resource that should be used for additional configuration",
      value: ({ spec }) => spec.ingressClassName ?? NONE,
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
      value: ({ spec }) => (spec.tls?.length ? "80, 443" : "80"),
    },
    ageColumn,
  ],
  metadataOnUpdate: ["change", "whole"],
  validate: validateIngress,
  warnings({ metadata, spec }, previous) {
    if (previous !== undefined || spec.ingressClassName !== undefined) return [];
    if (metadata.annotations?.[OLD_CLASS] === undefined) return [];
    return [`annotation "${OLD_CLASS}" is deprecated, please use 'spec.ingressClassName' instead`];
  },
});
export type Ingress = ObjectOf<typeof Ingress>;

/** The first three hosts. As upstream, what follows is counted by rules, those without a host among them. */
function hostsText({ rules = [] }: IngressSpec): string {
  const hosts: string[] = [];
  for (const { host } of rules) {
    if (hosts.length === 3) return `${hosts.join(",")} + ${rules.length - 3} more...`;
    if (host) hosts.push(host);
  }
  return hosts.join(",") || "*";
}
