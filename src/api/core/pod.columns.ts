/** A pod in one line: the status column tells the most telling thing of pod, init containers and containers. */
import { age } from "../../machinery/duration.ts";
import type { Column, KubeObject, RowCondition } from "../../machinery/kind.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";
import type { ContainerStatus } from "./container-status.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { PodStatus } from "./pod-status.ts";

interface PodParts extends KubeObject {
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: number;
  /** When the last restart was, in milliseconds; 0 when there was none. */
  readonly restarted: number;
}

export const podColumns: readonly Column<PodParts>[] = [
  nameColumn,
  {
    name: "Ready",
    type: "string",
    doc: "The aggregate readiness state of this pod for accepting traffic.",
    value: (pod) => readyText(summary(pod)),
  },
  {
    name: "Status",
    type: "string",
    doc: "The aggregate status of the containers in this pod.",
    value: (pod) => summary(pod).reason,
  },
  {
    name: "Restarts",
    type: "string",
    doc: "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
    value: (pod, now) => restartText(summary(pod), now),
  },
  ageColumn,
  {
    name: "IP",
    type: "string",
    doc: "podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.",
    priority: 1,
    value: ({ status }) => status.podIPs?.[0]?.ip ?? status.podIP ?? NONE,
  },
  {
    name: "Node",
    type: "string",
    doc: "NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName. Once this field is set, the kubelet for this node becomes responsible for the lifecycle of this pod. This field should not be used to express a desire for the pod to be scheduled on a specific node. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",
    priority: 1,
    value: ({ spec }) => spec.nodeName ?? NONE,
  },
  {
    name: "Nominated Node",
    type: "string",
    doc: "nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.",
    priority: 1,
    value: ({ status }) => status.nominatedNodeName ?? NONE,
  },
  {
    name: "Readiness Gates",
    type: "string",
    doc: 'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates',
    priority: 1,
    value: gatesText,
  },
];

const COMPLETED = { type: "Completed", status: "True" } as const;

const ROW_CONDITIONS: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: [{ ...COMPLETED, reason: "Succeeded", message: "The pod has completed successfully." }],
  Failed: [{ ...COMPLETED, reason: "Failed", message: "The pod failed." }],
};

/** Says of a pod that is through that it is. */
export function podRowConditions({ status }: PodParts): readonly RowCondition[] | undefined {
  return ROW_CONDITIONS[status.phase ?? ""];
}

function readyText({ ready, total }: Summary): string {
  return `${ready}/${total}`;
}

function restartText({ restarts, restarted }: Summary, now: number): string {
  return restarts === 0 || restarted === 0
    ? String(restarts)
    : `${restarts} (${age(new Date(restarted).toISOString(), now)} ago)`;
}

function gatesText({ spec, status }: PodParts): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const met = gates.filter(({ conditionType }) =>
    status.conditions?.some((condition) => condition.type === conditionType && condition.status === "True"),
  );
  return `${met.length}/${gates.length}`;
}

function summary(pod: PodParts): Summary {
  const { spec, status } = pod;
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  let reason = status.reason ?? status.phase ?? "";
  const gated = status.conditions?.some(
    ({ type, reason: why }) => type === "PodScheduled" && why === "SchedulingGated",
  );
  if (gated === true) reason = "SchedulingGated";

  const init = initSummary(pod, sidecars);
  if (init.reason !== undefined) reason = init.reason;
  const initialized = isTrue(status, "Initialized");
  const main = init.reason === undefined || initialized ? containerSummary(status, reason) : undefined;
  if (main !== undefined) reason = main.reason;
  if (main !== undefined && reason === "Completed") reason = completedReason(status, main);
  if (pod.metadata.deletionTimestamp !== undefined) reason = goneReason(status, reason);

  const counted = main ?? { ready: 0, restarts: init.restarts, restarted: init.restarted };
  return {
    reason,
    total: (spec.containers ?? []).length + sidecars.size,
    ready: counted.ready + init.readySidecars,
    restarts: main === undefined ? init.restarts : main.restarts + init.sidecarRestarts,
    restarted: main === undefined ? init.restarted : Math.max(main.restarted, init.sidecarRestarted),
  };
}

const isSidecar = ({ restartPolicy }: { readonly restartPolicy?: string }): boolean => restartPolicy === "Always";

const isTrue = ({ conditions }: PodStatus, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** One container is through; others may still run, or have failed. */
function completedReason(status: PodStatus, { running, failure }: ContainerSummary): string {
  if (running && isTrue(status, "Ready")) return "Running";
  return failure ?? (running ? "NotReady" : "Completed");
}

/** A node that is lost cannot say that its pod has stopped. */
function goneReason(status: PodStatus, reason: string): string {
  if (status.reason === "NodeLost") return "Unknown";
  return status.phase === "Succeeded" || status.phase === "Failed" ? reason : "Terminating";
}

interface InitSummary {
  /** Undefined when all init containers are through. */
  readonly reason: string | undefined;
  readonly restarts: number;
  readonly restarted: number;
  readonly readySidecars: number;
  readonly sidecarRestarts: number;
  readonly sidecarRestarted: number;
}

function initSummary({ spec, status }: PodParts, sidecars: ReadonlySet<string>): InitSummary {
  const all = status.initContainerStatuses ?? [];
  const stuck = all.findIndex((container) => !isThrough(container, sidecars));
  // What comes after the one that is at work has not begun.
  const statuses = stuck < 0 ? all : all.slice(0, stuck + 1);
  const running = statuses.filter(({ name }) => sidecars.has(name));
  return {
    reason: stuck < 0 ? undefined : initReason(all[stuck]!, stuck, spec.initContainers?.length ?? 0),
    restarts: sum(statuses),
    restarted: latestRestart(statuses),
    readySidecars: running.filter(({ ready, started, state }) => ready && started === true && !endedWell(state)).length,
    sidecarRestarts: sum(running),
    sidecarRestarted: latestRestart(running),
  };
}

function isThrough({ name, state, started }: ContainerStatus, sidecars: ReadonlySet<string>): boolean {
  return endedWell(state) || (sidecars.has(name) && started === true);
}

const endedWell = ({ terminated }: ContainerStatus["state"]): boolean => terminated?.exitCode === 0;

function initReason({ state }: ContainerStatus, index: number, count: number): string {
  if (state.terminated !== undefined) {
    const { reason, signal, exitCode } = state.terminated;
    if (reason !== undefined) return `Init:${reason}`;
    return signal !== undefined ? `Init:Signal:${signal}` : `Init:ExitCode:${exitCode}`;
  }
  const waiting = state.waiting?.reason;
  if (waiting !== undefined && waiting !== "PodInitializing") return `Init:${waiting}`;
  return `Init:${index}/${count}`;
}

interface ContainerSummary {
  readonly reason: string;
  /** How the first one that failed ended. */
  readonly failure: string | undefined;
  readonly running: boolean;
  readonly ready: number;
  readonly restarts: number;
  readonly restarted: number;
}

/** The first container with something to tell decides. */
function containerSummary(status: PodStatus, before: string): ContainerSummary {
  const statuses = status.containerStatuses ?? [];
  let reason = before;
  for (const { state } of statuses.toReversed()) reason = containerReason(state) ?? reason;
  const failed = statuses.find(({ state: { waiting, terminated } }) => !waiting?.reason && terminated?.exitCode);
  const up = statuses.filter(({ ready, state }) => ready && state.running !== undefined).length;
  return {
    reason,
    failure: failed && containerReason(failed.state),
    running: up > 0,
    ready: up,
    restarts: sum(statuses),
    restarted: latestRestart(statuses),
  };
}

function containerReason({ waiting, terminated }: ContainerStatus["state"]): string | undefined {
  if (waiting?.reason !== undefined) return waiting.reason;
  if (terminated === undefined) return undefined;
  if (terminated.reason !== undefined) return terminated.reason;
  return terminated.signal !== undefined ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

const sum = (statuses: readonly ContainerStatus[]): number =>
  statuses.reduce((total, { restartCount }) => total + restartCount, 0);

function latestRestart(statuses: readonly ContainerStatus[]): number {
  const times = statuses.map(({ lastState }) => lastState.terminated?.finishedAt);
  return Math.max(0, ...times.map((time) => (time ? Date.parse(time) : 0)));
}
