/** Values of the pod itself, for variables and downward API files. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Container, Pod } from "../../api/core/index.ts";
import { quantityMilli } from "../pod/quantity.ts";
import { requestOf } from "../pod/resources.ts";

export interface PodAddresses {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
}

/** What a container without limits may use at most: the node's allocatable, in thousandths. */
export interface NodeSizes {
  readonly allocatable: Readonly<Record<string, string>>;
}

/** As upstream's downward API: undefined where the path names nothing a pod offers. */
export function podField(pod: Pod, path: string, addresses: PodAddresses): string | undefined {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(annotations|labels)\['(.*)'\]$/.exec(path);
  if (subscript) return metadata[subscript[1] as "labels"]?.[subscript[2]!] ?? "";
  switch (path) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid;
    case "metadata.labels":
      return mapText(metadata.labels);
    case "metadata.annotations":
      return mapText(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "status.hostIP":
      return addresses.hostIPs[0] ?? "";
    case "status.hostIPs":
      return addresses.hostIPs.join(",");
    case "status.podIP":
      return addresses.podIPs[0] ?? "";
    case "status.podIPs":
      return addresses.podIPs.join(",");
    default:
      return undefined;
  }
}

/** `key="value"` lines in key order, values quoted as Go does. */
function mapText(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join("\n");
}

/** A container's request or limit in units of `divisor`, rounded up. */
export function containerResource(
  pod: Pod,
  container: Container,
  reference: { readonly resource: string; readonly containerName?: string; readonly divisor?: string },
  node: NodeSizes,
): string {
  const named = reference.containerName
    ? [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find(({ name }) => name === reference.containerName)
    : container;
  const [kind, ...rest] = reference.resource.split(".");
  const resource = rest.join(".");
  const asked =
    kind === "limits"
      ? (ownValue(named?.resources?.limits, resource) ?? ownValue(node.allocatable, resource))
      : named && requestOf(named, resource);
  const divisor = quantityMilli(reference.divisor && reference.divisor !== "0" ? reference.divisor : "1");
  return String(Math.ceil(quantityMilli(asked) / divisor));
}
