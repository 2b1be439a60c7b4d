/** What the plugins that concern pods share. */
import type { Pod } from "../../api/core/index.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { AdmissionAttributes } from "./admission.ts";

/** A pod itself is created, not one of its subresources. */
export function createsPod({ operation, group, resource, subresource }: AdmissionAttributes): boolean {
  return operation === "CREATE" && resource === "pods" && group === "" && !subresource;
}

/** A pod itself is changed, not one of its subresources. */
export function updatesPod({ operation, group, resource, subresource }: AdmissionAttributes): boolean {
  return operation === "UPDATE" && resource === "pods" && group === "" && !subresource;
}

/** The new pod. A client may have left out its containers, which only validation refuses, later. */
export function podOf({ object }: AdmissionAttributes): Draft<Pod> {
  const pod = object as Draft<Pod>;
  pod.spec.containers ??= [];
  return pod;
}

/** A kubelet's image of a pod it runs from a file. */
export function isMirror(pod: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}): boolean {
  return pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
}

export const PODS = { group: "", resource: "pods" };
