/** Questions about a pod's spec that several parts ask. */
import type { Container, ContainerStatus, EphemeralContainer, Pod, Probe } from "../../api/core/index.ts";
import { CONFIG_SOURCE, hashOf } from "./names.ts";

export type ContainerRole = "init" | "sidecar" | "main" | "ephemeral";

export interface Member {
  readonly role: ContainerRole;
  readonly container: Container;
  /** For ephemeral containers: whose processes it shares. */
  readonly target?: string;
}

/** An init container that keeps running beside the main ones. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

const membersOf = new WeakMap<Pod, readonly Member[]>();

/** All containers in the order of their start. Made once for each version of the pod. */
export function members(pod: Pod): readonly Member[] {
  let all = membersOf.get(pod);
  if (!all) {
    all = [
      ...(pod.spec.initContainers ?? []).map((container): Member => ({
        role: isSidecar(container) ? "sidecar" : "init",
        container,
      })),
      ...pod.spec.containers.map((container): Member => ({ role: "main", container })),
      ...(pod.spec.ephemeralContainers ?? []).map(ephemeral),
    ];
    membersOf.set(pod, all);
  }
  return all;
}

function ephemeral(container: EphemeralContainer): Member {
  return { role: "ephemeral", container: container as Container, target: container.targetContainerName };
}

/** Where in the pod a container stands, as events name it: `spec.containers{web}`. */
export function fieldPath({ role, container }: Member): string {
  const list = role === "main" ? "containers" : role === "ephemeral" ? "ephemeralContainers" : "initContainers";
  return `spec.${list}{${container.name}}`;
}

const hashes = new WeakMap<Container, string>();

/** Of what makes a running container another one: its image and name. */
export function containerHash(container: Container): string {
  let hash = hashes.get(container);
  if (hash === undefined) {
    hash = hashOf(JSON.stringify([container.name, container.image]));
    hashes.set(container, hash);
  }
  return hash;
}

export function restartPolicy(pod: Pod): string {
  return pod.spec.restartPolicy ?? "Always";
}

/** Seconds a container has to end: what the deletion asked for, else what the spec says. */
export function graceSeconds(pod: Pod): number {
  return Number(pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
}

export type ProbeType = "liveness" | "readiness" | "startup";

export function probeOf(container: Container, type: ProbeType): Probe | undefined {
  if (type === "liveness") return container.livenessProbe;
  return type === "readiness" ? container.readinessProbe : container.startupProbe;
}

/** Pods with this priority or a higher one are the system's. */
const SYSTEM_PRIORITY = 2_000_000_000;

/** Pods that the node cannot do without: it makes room for them, and evicts none of them. */
export function isCritical(pod: Pod): boolean {
  return isStatic(pod) || (pod.spec.priority ?? 0) >= SYSTEM_PRIORITY;
}

/** True for pods that a manifest on the node asked for. A pod of the API has a revision, whatever its annotations say. */
export function isStatic({ metadata }: Pod): boolean {
  const source = metadata.annotations?.[CONFIG_SOURCE];
  return source !== undefined && source !== "api" && !metadata.resourceVersion;
}

/** What the API has of that container: what a kubelet that lost its memory knows. */
export function lastStatus(pod: Pod, role: ContainerRole, name: string): ContainerStatus | undefined {
  const { status } = pod;
  const list =
    role === "main"
      ? status?.containerStatuses
      : role === "ephemeral"
        ? status?.ephemeralContainerStatuses
        : status?.initContainerStatuses;
  return list?.find((entry) => entry.name === name);
}
