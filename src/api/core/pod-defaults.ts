/**
 * Defaults of pods that follow from other fields. Those of single fields stand in the schemas.
 *
 * A pod template gets {@link defaultPodSpec}; a pod itself also gets what is only known once it is to run.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Container } from "./container.ts";
import { defaultPullPolicy } from "./image-reference.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { PodStatus } from "./pod-status.ts";
import type { ResourceRequirements } from "./resource-requirements.ts";
import { addQuantity, formatQuantity } from "../../machinery/quantity.ts";

/** For every pod spec, in templates too. */
export function defaultPodSpec(spec: Draft<PodSpec>): void {
  // The old name of the field follows the new one, and stands for it where only the old one is given.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) spec.serviceAccount = spec.serviceAccountName = account;
  else delete spec.serviceAccount;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    container.imagePullPolicy ??= defaultPullPolicy(container.image ?? "");
  }
  for (const container of spec.ephemeralContainers ?? []) {
    container.imagePullPolicy ??= defaultPullPolicy(container.image ?? "");
  }
  for (const volume of spec.volumes ?? []) {
    // A volume that says nothing but its name is an empty directory.
    if (Object.keys(volume).length <= 1) volume.emptyDir = {};
    if (volume.image !== undefined) volume.image.pullPolicy ??= defaultPullPolicy(volume.image.reference ?? "");
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

/** The one address and the first of the list are the same; where they differ, older kubelets mean the one. */
export function alignIPs(status: Draft<PodStatus>): void {
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && status.podIP !== first) status.podIPs = [{ ip: status.podIP }];
  else if (first) status.podIP = first;
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
