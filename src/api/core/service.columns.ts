import type { Column, KubeObject } from "../../machinery/kind.ts";
import { NONE, ageColumn, labelsText, nameColumn } from "../columns.ts";
import type { LoadBalancerStatus } from "./load-balancer-status.ts";

interface ServiceParts extends KubeObject {
  readonly spec: {
    readonly type: string;
    readonly clusterIP?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly externalName?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port: number; readonly nodePort?: number; readonly protocol: string }[];
  };
  readonly status: { readonly loadBalancer: LoadBalancerStatus };
}

export const serviceColumns: readonly Column<ServiceParts>[] = [
  nameColumn,
  { name: "Type", type: "string", value: ({ spec }) => spec.type },
  { name: "Cluster-IP", type: "string", value: ({ spec }) => spec.clusterIPs?.[0] ?? (spec.clusterIP || NONE) },
  { name: "External-IP", type: "string", value: externalIPs },
  { name: "Port(s)", type: "string", value: portsText },
  ageColumn,
  { name: "Selector", type: "string", priority: 1, value: ({ spec }) => labelsText(spec.selector) },
];

function externalIPs({ spec, status }: ServiceParts): string {
  if (spec.type === "ExternalName") return spec.externalName ?? "";
  const own = spec.externalIPs ?? [];
  if (spec.type !== "LoadBalancer") return own.length === 0 ? NONE : own.join(",");
  const all = [loadBalancerText(status.loadBalancer), ...own].filter((text) => text !== "");
  return all.length === 0 ? "<pending>" : all.join(",");
}

/** Addresses and names of a load balancer, each once, in order. */
export function loadBalancerText({
  ingress,
}: {
  readonly ingress?: readonly { ip?: string; hostname?: string }[];
}): string {
  const names = (ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
  return [...new Set(names)].toSorted().join(",");
}

function portsText({ spec: { ports } }: ServiceParts): string {
  const texts = (ports ?? []).map(
    ({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ""}/${protocol}`,
  );
  return texts.length === 0 ? NONE : texts.join(",");
}
