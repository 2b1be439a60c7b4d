/** What is allowed in a Service and without effect, on its way out, or badly written. */
import { path } from "../../machinery/field-errors.ts";
import { cidrWarnings, ipWarnings } from "../../machinery/ip.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { ServiceSpec, ServiceStatus } from "./service.ts";

const SPEC = path("spec");
const INGRESS = path("status", "loadBalancer", "ingress");
const HINTS = "service.kubernetes.io/topology-aware-hints";

export function serviceWarnings({ metadata, spec }: KubeObject & { readonly spec: ServiceSpec }): string[] {
  const { type, clusterIP, clusterIPs = [], externalIPs = [], loadBalancerIP = "" } = spec;
  const out: string[] = [];
  if (metadata.annotations?.[HINTS] !== undefined) {
    out.push(`annotation ${HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`);
  }
  clusterIPs.forEach((ip, index) => out.push(...ipWarnings(SPEC.child("clusterIPs").index(index), ip)));
  const headless = type === "ClusterIP" && clusterIP === "None";
  if (headless) {
    if (loadBalancerIP !== "") out.push("spec.loadBalancerIP is ignored for headless services");
    if (externalIPs.length > 0) out.push("spec.externalIPs is ignored for headless services");
    if (spec.sessionAffinity !== "None") out.push("spec.SessionAffinity is ignored for headless services");
  }
  externalIPs.forEach((ip, index) => out.push(...ipWarnings(SPEC.child("externalIPs").index(index), ip)));
  if (externalIPs.length > 0 && !headless && type !== "ExternalName") {
    out.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
  }
  out.push(...ipWarnings(SPEC.child("loadBalancerIP"), loadBalancerIP));
  spec.loadBalancerSourceRanges?.forEach((range, index) =>
    out.push(...cidrWarnings(SPEC.child("loadBalancerSourceRanges").index(index), range)),
  );
  if (type === "ExternalName" && externalIPs.length > 0) {
    out.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (type !== "ExternalName" && spec.externalName) {
    out.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === "PreferClose") {
    out.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return out;
}

export const serviceStatusWarnings = ({ status }: KubeObject & { readonly status: ServiceStatus }): string[] =>
  (status.loadBalancer?.ingress ?? []).flatMap(({ ip = "" }, index) => ipWarnings(INGRESS.index(index), ip));
