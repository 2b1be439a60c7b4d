/** What the server decides of a pod: how it begins, and how long it may take to end. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Draft, StrategyContext } from "../../machinery/kind.ts";
import { formatTime } from "../../machinery/time.ts";
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
  { warn = () => {}, now }: StrategyContext,
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
      lastTransitionTime: formatTime(now),
      reason: "SchedulingGated",
      message: "Scheduling is blocked due to non-empty scheduling gates",
    },
  ];
}

type Conditions = NonNullable<Draft<PodStatus>["conditions"]>;

/** What older kubelets do not report stays: the class of service, and which generation was seen. */
export function keepReported(
  { status }: { status: Draft<PodStatus> },
  { status: before }: PodParts,
  { subresource }: StrategyContext,
): void {
  if (subresource !== "status") return;
  if (!status.qosClass && before.qosClass !== undefined) status.qosClass = before.qosClass;
  if (!status.observedGeneration && before.observedGeneration) status.observedGeneration = before.observedGeneration;
  if (status.conditions !== undefined) keepGenerations(status.conditions, before.conditions ?? []);
}

/** Conditions of a type are matched in their order: there may be several. */
function keepGenerations(conditions: Conditions, before: NonNullable<PodStatus["conditions"]>): void {
  const seen = new Map<string, number>();
  for (const condition of conditions) {
    const { type } = condition;
    const nth = seen.get(type) ?? 0;
    seen.set(type, nth + 1);
    if (condition.observedGeneration) continue;
    const old = before.filter((each) => each.type === type)[nth]?.observedGeneration;
    if (old) condition.observedGeneration = old;
  }
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
      amounts(requests).every(([name, amount]) => ownValue(limits, name) === amount),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

function amounts(list: Readonly<Record<string, string>> | undefined): [string, string][] {
  const counted = Object.entries(list ?? {}).filter(([name]) => COUNTED.includes(name));
  return counted.filter(([, amount]) => !isZero(parseQuantity(amount)));
}
