import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const PortStatus = message(
  "io.k8s.api.core.v1.PortStatus",
  {
    port: field(1, int32(), "The number of the service's port.").required(),
    protocol: field(2, string().enum("SCTP", "TCP", "UDP"), "TCP, UDP or SCTP.").required(),
    error: field(
      3,
      string(),
      "What is wrong with the port, as a word in CamelCase; those of a provider have a prefix, `foo.example.com/CamelCase`.",
    ).keepEmpty(),
  },
  { doc: "A port of a load balancer." },
);
export type PortStatus = TypeOf<typeof PortStatus>;

export const LoadBalancerIngress = message(
  "io.k8s.api.core.v1.LoadBalancerIngress",
  {
    ip: field(1, string(), "The IP address, where the load balancer has one."),
    hostname: field(2, string(), "The DNS name, where the load balancer is known by one."),
    ipMode: field(
      3,
      string(),
      "How the address acts: VIP (the default) brings traffic with the balancer's address to the nodes, Proxy with a node's or pod's. Only with `ip`.",
    ).keepEmpty(),
    ports: field(4, list(PortStatus).atomic(), "The service's ports, with what is wrong with them."),
  },
  { doc: "An address at which a load balancer takes traffic for a service." },
);
export type LoadBalancerIngress = TypeOf<typeof LoadBalancerIngress>;

export const LoadBalancerStatus = message(
  "io.k8s.api.core.v1.LoadBalancerStatus",
  {
    ingress: field(
      1,
      list(LoadBalancerIngress).atomic(),
      "Where the load balancer takes traffic. Empty until it is set up.",
    ),
  },
  { doc: "State of a load balancer." },
);
export type LoadBalancerStatus = TypeOf<typeof LoadBalancerStatus>;
