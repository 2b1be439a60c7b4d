/** A pod's status as a function of its situation, and the patch that takes the API's copy there. */
import type { ContainerStatus, Pod, PodStatus } from "../../api/core/index.ts";
import { formatTime } from "../../machinery/time.ts";
import { conditionsOf } from "./conditions.ts";
import type { StatusExtras } from "./container-status.ts";
import { containerStatuses } from "./container-status.ts";
import { isFinished, phaseOf } from "./phase.ts";
import type { Phase } from "./phase.ts";
import type { Situation } from "./situation.ts";
import { currentSandbox } from "./situation.ts";
import { qosClass } from "./resources.ts";

export interface NodeAddressing extends StatusExtras {
  readonly hostIPs: readonly string[];
}

/** `ended`: all containers have been stopped for good. */
export function statusOf(situation: Situation, node: NodeAddressing, ended = false): PodStatus {
  const { pod, runtime, memory, now } = situation;
  const init = containerStatuses(situation, "init", node);
  const main = containerStatuses(situation, "main", node);
  const ephemeral = containerStatuses(situation, "ephemeral", node);
  const sandbox = currentSandbox(runtime);
  const sandboxReady = sandbox?.state === "READY" && (pod.spec.hostNetwork === true || sandbox.ips.length > 0);
  const phase = settle(situation, memory.ended ? "Failed" : phaseOf(pod, init, main, ended));
  const ips = podIPs(situation, node.hostIPs);
  const time = formatTime(now);
  // A pod that is over has no waiting containers: what never ran says why nothing is known of it.
  const final = (statuses: ContainerStatus[]): ContainerStatus[] => (ended ? statuses.map(closed) : statuses);

  return {
    ...kept(pod),
    phase,
    ...(memory.ended ? { reason: memory.ended.reason, message: memory.ended.message } : {}),
    conditions: conditionsOf(pod, {
      phase,
      init,
      main,
      sandboxReady: sandboxReady && !ended,
      now: time,
      more: memory.ended?.conditions ?? [],
    }),
    ...(node.hostIPs.length > 0 && { hostIP: node.hostIPs[0], hostIPs: node.hostIPs.map((ip) => ({ ip })) }),
    ...(ips.length > 0 && { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    startTime: pod.status?.startTime ?? formatTime(memory.acceptedAt),
    ...(init.length > 0 && (!memory.ended || runtime.sandboxes.length > 0) && { initContainerStatuses: final(init) }),
    // A pod that was refused has nothing to tell of its containers.
    ...((!memory.ended || runtime.sandboxes.length > 0) && { containerStatuses: final(main) }),
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: final(ephemeral) }),
    qosClass: qosClass(pod),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  };
}

/** Whether the pod's containers have done what they were to do, or cannot any more. */
export function isOver(situation: Situation, node: NodeAddressing): boolean {
  const init = containerStatuses(situation, "init", node);
  const main = containerStatuses(situation, "main", node);
  return isFinished(phaseOf(situation.pod, init, main, false));
}

/** A finished pod stays finished, and none is finished while anything of it runs. */
function settle({ pod, runtime }: Situation, phase: Phase): Phase {
  if (isFinished(pod.status?.phase)) return pod.status!.phase as Phase;
  const runs = runtime.containers.some(({ state }) => state === "RUNNING");
  return isFinished(phase) && runs ? "Running" : phase;
}

/** What other writers own in the status. */
function kept({ status }: Pod): Partial<PodStatus> {
  if (!status) return {};
  const { nominatedNodeName, resourceClaimStatuses, resize, extendedResourceClaimStatus } = status;
  return {
    ...(nominatedNodeName !== undefined && { nominatedNodeName }),
    ...(resourceClaimStatuses && { resourceClaimStatuses }),
    ...(resize !== undefined && { resize }),
    ...(extendedResourceClaimStatus && { extendedResourceClaimStatus }),
  };
}

/** Addresses of the sandbox; the node's for pods in its network; the last known ones once the sandbox is stopped. */
function podIPs({ pod, runtime }: Situation, hostIPs: readonly string[]): readonly string[] {
  const sandbox = currentSandbox(runtime);
  if (pod.spec.hostNetwork) return sandbox ? hostIPs : [];
  if (sandbox && sandbox.ips.length > 0) return sandbox.ips;
  return (pod.status?.podIPs ?? []).map(({ ip }) => ip);
}

function closed(status: ContainerStatus): ContainerStatus {
  if (!status.state?.waiting) return status;
  if (status.lastState?.terminated)
    return { ...status, state: { terminated: status.lastState.terminated }, lastState: {} };
  return {
    ...status,
    state: {
      terminated: {
        exitCode: 137,
        finishedAt: EPOCH,
        reason: "ContainerStatusUnknown",
        message: "The container could not be located when the pod was terminated",
        startedAt: EPOCH,
      },
    },
  };
}

const EPOCH = "1970-01-01T00:00:00Z";

/**
 * A strategic merge patch from what the API has to what it should have; undefined where they are equal.
 * Only fields that differ are in it, so that conditions of other writers are never touched.
 */
export function statusPatch(before: PodStatus | undefined, after: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const old = (before ?? {}) as Record<string, unknown>;
  const wanted = after as Record<string, unknown>;
  for (const [name, value] of Object.entries(wanted)) {
    if (name === "conditions" || equal(old[name], value)) continue;
    // These two lists are merged by address; replacing them is what is meant.
    const merged = (name === "podIPs" || name === "hostIPs") && old[name] !== undefined;
    patch[name] = merged ? [{ $patch: "replace" }, ...(value as unknown[])] : value;
  }
  for (const name of ["reason", "message"]) {
    if (old[name] !== undefined && wanted[name] === undefined) patch[name] = null;
  }
  const changed = changedConditions(before, after);
  if (changed.length > 0) patch.conditions = changed;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function changedConditions(before: PodStatus | undefined, after: PodStatus): unknown[] {
  const changed: unknown[] = [];
  for (const condition of after.conditions ?? []) {
    const old = before?.conditions?.find(({ type }) => type === condition.type);
    if (equal(old, condition)) continue;
    const gone = ["reason", "message"].filter(
      (name) => old?.[name as "reason"] && condition[name as "reason"] === undefined,
    );
    changed.push({ ...condition, ...Object.fromEntries(gone.map((name) => [name, null])) });
  }
  return changed;
}

/** Deep equality of JSON values; an absent field equals an undefined one, and null where the API writes it. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? undefined) === (b ?? undefined);
  if (typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const x = a as Record<string, unknown>;
  const y = b as Record<string, unknown>;
  for (const key of Object.keys(x)) if (!equal(x[key], y[key])) return false;
  for (const key of Object.keys(y)) if (!Object.hasOwn(x, key) && !equal(undefined, y[key])) return false;
  return true;
}
