/** What the server decides of a pod: how it begins, and how long it may take to end. */
import type { Draft, StrategyContext } from "../../machinery/kind.ts";
import { isZero, parseQuantity } from "../../machinery/quantity.ts";
import { adoptProfiles } from "./app-armor.ts";
import { mergeMatchLabelKeys } from "./match-label-keys.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { PodStatus } from "./pod-status.ts";
import type { ResourceRequirements } from "./resource-requirements.ts";

interface PodParts {
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

/** A pod begins pending; one with gates says that it is held back. */
export function beginPod(
  draft: {
    metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
    spec: Draft<PodSpec>;
    status: Draft<PodStatus>;
  },
  { warn = () => {} }: StrategyContext,
): void {
  mergeMatchLabelKeys(draft.spec, draft.metadata.labels ?? {});
  adoptProfiles(draft, warn);
  draft.status = { phase: "Pending", qosClass: qosClass(draft.spec) };
  if (draft.spec.schedulingGates === undefined) return;
  draft.status.conditions = [
    {
      type: "PodScheduled",
      status: "False",
      lastProbeTime: null,
      lastTransitionTime: null,
      reason: "SchedulingGated",
      message: "Scheduling is blocked due to non-empty scheduling gates",
    },
  ];
}

/** A pod that no node has, or that has ended, goes at once. */
export function podGracePeriod({ spec, status }: PodParts, requested: number | undefined): number {
  if (spec.nodeName === undefined || status.phase === "Failed" || status.phase === "Succeeded") return 0;
  const period = requested ?? spec.terminationGracePeriodSeconds;
  return period < 0 ? 1 : period;
}

const COUNTED = ["cpu", "memory"];

/**
 * Guaranteed: every container limits CPU and memory and requests no less. BestEffort: none requests or limits any.
 * Burstable: everything between. Resources of the pod as a whole take the containers' place where there are any.
 */
export function qosClass(
  spec: Pick<PodSpec, "containers" | "initContainers" | "resources">,
): "Guaranteed" | "Burstable" | "BestEffort" {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ resources }) => resources);
  const all: readonly ResourceRequirements[] = spec.resources === undefined ? containers : [spec.resources];
  if (all.every((resources) => amounts(resources.requests).length + amounts(resources.limits).length === 0)) {
    return "BestEffort";
  }
  const guaranteed = all.every(
    ({ requests, limits }) =>
      amounts(limits).length === COUNTED.length &&
      amounts(requests).every(([name, amount]) => limits?.[name] === amount),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

function amounts(list: Readonly<Record<string, string>> | undefined): [string, string][] {
  const counted = Object.entries(list ?? {}).filter(([name]) => COUNTED.includes(name));
  return counted.filter(([, amount]) => !isZero(parseQuantity(amount)));
}
