import { Ingress } from "./ingress.ts";
import { IngressClass } from "./ingress-class.ts";
import { IPAddress } from "./ip-address.ts";
import { NetworkPolicy } from "./network-policy.ts";
import { ServiceCIDR } from "./service-cidr.ts";

export * from "./ingress.ts";
export * from "./ingress-class.ts";
export * from "./ip-address.ts";
export * from "./network-policy.ts";
export * from "./service-cidr.ts";

export const networkingKinds = [IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR] as const;
