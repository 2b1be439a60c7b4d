/**
 * Defaults of pods that follow from other fields. Those of single fields stand in the schemas.
 *
 * A pod template gets {@link defaultPodSpec}; a pod itself also gets what is only known once it is to run.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Container, EphemeralContainer } from "./container.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { ResourceRequirements } from "./resource-requirements.ts";
import { addQuantity, formatQuantity } from "../../machinery/quantity.ts";

/** For every pod spec, in templates too. */
export function defaultPodSpec(spec: Draft<PodSpec>): void {
  // The old name says only what the new one leaves open.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) spec.serviceAccountName = spec.serviceAccount = account;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) defaultPullPolicy(container);
  for (const container of spec.ephemeralContainers ?? []) defaultPullPolicy(container);
  for (const volume of spec.volumes ?? []) {
    // A volume that says nothing but its name is an empty directory.
    if (Object.keys(volume).length <= 1) volume.emptyDir = {};
    if (volume.image !== undefined) volume.image.pullPolicy ??= pullPolicyOf(volume.image.reference ?? "");
  }
}

/** For pods that are to run. */
export function defaultPod(spec: Draft<PodSpec>): void {
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  for (const container of containers) defaultRequests(container.resources);
  if (spec.hostNetwork === true) {
    for (const port of containers.flatMap(({ ports }) => ports ?? [])) port.hostPort ??= port.containerPort;
  }
  if (spec.resources !== undefined) defaultPodRequests(spec.resources, spec.containers ?? []);
}

function defaultPullPolicy(container: Draft<Container> | Draft<EphemeralContainer>): void {
  container.imagePullPolicy ??= pullPolicyOf(container.image ?? "");
}

/** An image that may change under its name is pulled each time. */
function pullPolicyOf(image: string): "Always" | "IfNotPresent" {
  if (image.includes("@")) return "IfNotPresent";
  const tag = /:([^:/]+)$/.exec(image)?.[1] ?? "latest";
  return tag === "latest" ? "Always" : "IfNotPresent";
}

/** What is limited and not requested is requested in full. */
function defaultRequests(resources: Draft<ResourceRequirements>): void {
  if (resources.limits === undefined) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

/** At pod level the containers' own requests come before the pod's limit. */
function defaultPodRequests(resources: Draft<ResourceRequirements>, containers: readonly Draft<Container>[]): void {
  for (const [name, limit] of Object.entries(resources.limits ?? {})) {
    if (ownValue(resources.requests, name) !== undefined) continue;
    const asked = containers.flatMap((container) => ownValue(container.resources.requests, name) ?? []);
    const sum = asked.reduce((total, each) => formatQuantity(addQuantity(total, each)), "0");
    resources.requests = { ...resources.requests, [name]: asked.length > 0 ? sum : limit };
  }
}
