import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const PortStatus = message("io.k8s.api.core.v1.PortStatus", {
  port: field(1, int32()).required(),
  protocol: field(2, string().enum("SCTP", "TCP", "UDP")).required(),
  error: field(3, string()).keepEmpty(),
});
export type PortStatus = TypeOf<typeof PortStatus>;

export const LoadBalancerIngress = message("io.k8s.api.core.v1.LoadBalancerIngress", {
  ip: field(1, string()),
  hostname: field(2, string()),
  ipMode: field(3, string()).keepEmpty(),
  ports: field(4, list(PortStatus).atomic()),
});
export type LoadBalancerIngress = TypeOf<typeof LoadBalancerIngress>;

export const LoadBalancerStatus = message("io.k8s.api.core.v1.LoadBalancerStatus", {
  ingress: field(1, list(LoadBalancerIngress).atomic()),
});
export type LoadBalancerStatus = TypeOf<typeof LoadBalancerStatus>;
