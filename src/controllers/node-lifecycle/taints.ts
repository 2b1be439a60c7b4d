/** Which taints a node's conditions give it, and what pods make of them. */
import type { Node, Taint, Toleration } from "../../api/core/index.ts";
import { tolerates } from "../../api/core/tolerations.ts";
import { formatTime, timeOf } from "../../machinery/time.ts";

export const NOT_READY = "node.kubernetes.io/not-ready";
export const UNREACHABLE = "node.kubernetes.io/unreachable";
export const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

/** Condition type and value that keep new pods off. */
const CONDITION_TAINTS: readonly (readonly [type: string, status: string, taint: string])[] = [
  ["Ready", "False", NOT_READY],
  ["Ready", "Unknown", UNREACHABLE],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure"],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure"],
];
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
const OURS: ReadonlySet<string> = new Set([...CONDITION_TAINTS.map(([, , taint]) => taint), UNSCHEDULABLE]);

/** What Ready says: `True`, `False`, or `Unknown` where it says nothing. */
export function readiness({ status }: Node): string {
  return status.conditions?.find(({ type }) => type === "Ready")?.status ?? "Unknown";
}

/**
 * The node's taints as they should be: NoSchedule as the conditions say; NoExecute while `evict`. Others' taints, and
 * ours that stay, keep their place and time.
 */
export function taintsFor(node: Node, evict: boolean, now: number): Taint[] {
  const wanted: Taint[] = [];
  for (const [type, status, key] of CONDITION_TAINTS) {
    const condition = node.status.conditions?.find((one) => one.type === type);
    if (condition?.status === status) wanted.push({ key, effect: "NoSchedule" });
  }
  if (node.spec.unschedulable === true) wanted.push({ key: UNSCHEDULABLE, effect: "NoSchedule" });
  const ready = readiness(node);
  if (evict && ready !== "True") {
    wanted.push({ key: ready === "False" ? NOT_READY : UNREACHABLE, effect: "NoExecute" });
  }
  const present = node.spec.taints ?? [];
  const kept = present.filter((taint) => !isOurs(taint) || wanted.some((one) => same(one, taint)));
  const fresh = wanted.filter((one) => !present.some((taint) => same(one, taint)));
  return [...kept, ...fresh.map((taint) => ({ ...taint, timeAdded: formatTime(now) }))];
}

function isOurs({ key, effect }: Taint): boolean {
  return (
    OURS.has(key) && (effect === "NoSchedule" || (effect === "NoExecute" && (key === NOT_READY || key === UNREACHABLE)))
  );
}

const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

/**
 * When a pod must leave a node with these NoExecute taints: -Infinity at once, undefined never. Each taint's time
 * begins when it was added, and of the tolerations that fit it the first one holds, for ever without `tolerationSeconds`.
 */
export function leavesAt(
  tolerations: readonly Toleration[],
  taints: readonly Taint[],
  now: number,
): number | undefined {
  let leave: number | undefined;
  for (const taint of taints) {
    const holding = tolerations.find((toleration) => tolerates(toleration, taint));
    if (holding === undefined) return -Infinity;
    const { tolerationSeconds } = holding;
    if (tolerationSeconds === undefined) continue;
    if (tolerationSeconds <= 0) return -Infinity;
    const until = (timeOf(taint.timeAdded) ?? now) + Number(tolerationSeconds) * 1000;
    if (leave === undefined || until < leave) leave = until;
  }
  return leave;
}
