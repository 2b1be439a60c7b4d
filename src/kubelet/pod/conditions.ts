/** A pod's conditions, with upstream's reasons and messages. */
import type { ContainerStatus, Pod, PodCondition } from "../../api/core/index.ts";
import type { Phase } from "./phase.ts";
import { isSidecar } from "./spec.ts";

interface Verdict {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}

export interface ConditionFacts {
  readonly phase: Phase;
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  readonly sandboxReady: boolean;
  readonly now: string;
  /** Made by the node itself, such as DisruptionTarget. */
  readonly more: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
  /** Why the pod is not as large as its spec says. */
  readonly resize?: { readonly reason: string; readonly message: string };
}

/** Conditions that are there only while they are true. */
export const PASSING: readonly string[] = ["PodResizePending"];

/** The conditions the kubelet owns, in upstream's order, then those of others as they are. */
export function conditionsOf(pod: Pod, facts: ConditionFacts): PodCondition[] {
  const containersReady = containersReadyVerdict(facts, pod);
  const verdicts: Verdict[] = [
    { type: "PodReadyToStartContainers", status: facts.sandboxReady ? "True" : "False" },
    initialized(pod, facts),
    ready(pod, facts, containersReady),
    containersReady,
    { type: "PodScheduled", status: "True" },
    ...(facts.resize ? [{ type: "PodResizePending", status: "True", ...facts.resize } as const] : []),
    ...facts.more.map((made): Verdict => ({ ...made, status: made.status === "True" ? "True" : "False" })),
  ];
  const previous = pod.status?.conditions ?? [];
  const own = new Set([...verdicts.map(({ type }) => type), ...PASSING]);
  const conditions = verdicts.map((verdict) => dated(verdict, previous, facts.now, pod.metadata.generation));
  return [...conditions, ...previous.filter(({ type }) => !own.has(type))];
}

function dated(
  verdict: Verdict,
  previous: readonly PodCondition[],
  now: string,
  generation: number | undefined,
): PodCondition {
  const before = previous.find(({ type }) => type === verdict.type);
  return {
    ...verdict,
    lastTransitionTime:
      before?.status === verdict.status && before.lastTransitionTime ? before.lastTransitionTime : now,
    ...(generation !== undefined && { observedGeneration: generation }),
  };
}

function initialized(pod: Pod, { init, main, phase }: ConditionFacts): Verdict {
  const type = "Initialized";
  const specs = pod.spec.initContainers ?? [];
  if (specs.length === 0) return { type, status: "True" };
  if (phase === "Succeeded") return { type, status: "True", reason: "PodCompleted" };
  const started = main.some(
    (status) => status.state?.running || status.state?.terminated || status.lastState?.terminated,
  );
  const incomplete = init.filter((status) => {
    const spec = specs.find(({ name }) => name === status.name);
    if (spec && isSidecar(spec)) return !started && status.started !== true;
    return !started && !status.ready;
  });
  if (incomplete.length === 0) return { type, status: "True" };
  return {
    type,
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: ${names(incomplete)}`,
  };
}

function containersReadyVerdict({ init, main, phase }: ConditionFacts, pod: Pod): Verdict {
  const type = "ContainersReady";
  if (phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const unready = [...init.filter(({ name }) => sidecars.has(name)), ...main].filter((status) => !status.ready);
  if (unready.length === 0) return { type, status: "True" };
  return {
    type,
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: ${names(unready)}`,
  };
}

function ready(pod: Pod, { phase }: ConditionFacts, containers: Verdict): Verdict {
  const type = "Ready";
  if (containers.status !== "True") return { ...containers, type };
  const problems: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find((condition) => condition.type === conditionType);
    if (!gate) problems.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== "True") {
      problems.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
    }
  }
  if (problems.length > 0)
    return { type, status: "False", reason: "ReadinessGatesNotReady", message: problems.join(", ") };
  return { type, status: phase === "Running" ? "True" : "False" };
}

function names(statuses: readonly ContainerStatus[]): string {
  return `[${statuses.map(({ name }) => name).join(" ")}]`;
}
