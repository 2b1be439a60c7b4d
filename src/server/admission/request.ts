/**
 * A request as policies' expressions and webhooks see it: AdmissionRequest of admission.k8s.io/v1 without its objects.
 * What is empty is an empty string, as expressions want it.
 */
import { parseApiVersion } from "../../machinery/scheme.ts";
import type { Kind } from "../../machinery/kind.ts";
import type { AdmissionAttributes } from "./admission.ts";

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** `as` is the equivalent kind and resource that a webhook wants to see in the place of the one that was asked for. */
export function requestOf(
  attributes: AdmissionAttributes,
  as: { readonly kind: Kind; readonly resource: GroupVersionResource } = {
    kind: attributes.kind,
    resource: attributes,
  },
): object {
  const { operation, kind, group, resource, subresource = "", name, user, dryRun, options } = attributes;
  // A namespace that is created is its own, too.
  const { namespace = group === "" && resource === "namespaces" ? name : "" } = attributes;
  return {
    kind: kindOf(as.kind),
    resource: resourceOf(as.resource),
    subResource: subresource,
    requestKind: kindOf(kind),
    requestResource: resourceOf(attributes),
    requestSubResource: subresource,
    name,
    namespace,
    operation,
    userInfo: user,
    dryRun,
    options: operation === "CONNECT" ? null : (options ?? null),
  };
}

const kindOf = ({ group, version, kind }: Kind): object => ({ group, version, kind });
const resourceOf = ({ group, version, resource }: GroupVersionResource): object => ({ group, version, resource });

/** Go's text of a group, version and kind. */
export function typeText(apiVersion: string, kind: string): string {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}, Kind=${kind}`;
}
