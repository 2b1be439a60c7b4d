/** A pod's phase from its containers' statuses. */
import type { ContainerStatus, Pod } from "../../api/core/index.ts";
import { isSidecar, restartPolicy } from "./spec.ts";

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

/**
 * What the pod has come to; sidecars that still run do not count. `ended`: nothing of the pod runs any more and
 * nothing will be started again.
 */
export function phaseOf(
  pod: Pod,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
  ended: boolean,
): Phase {
  const started = main.some(
    (status) => status.state?.running || status.state?.terminated || status.lastState?.terminated,
  );
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map((container) => container.name));

  let pendingInit = 0;
  for (const status of init) {
    if (sidecars.has(status.name)) {
      if (!started && status.started !== true) pendingInit++;
    } else if (!started) {
      const end = status.state?.terminated;
      if (end && end.exitCode !== 0 && restartPolicy(pod) === "Never") return "Failed";
      if (!end || end.exitCode !== 0) pendingInit++;
    }
  }
  if (ended && pendingInit > 0) return "Failed";

  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  for (const { state, lastState } of main) {
    if (state?.running) running++;
    else if (state?.terminated) {
      stopped++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (lastState?.terminated) stopped++;
    else waiting++;
  }

  if (pendingInit > 0) return "Pending";
  if (ended) return waiting === 0 && stopped > 0 && stopped === succeeded ? "Succeeded" : "Failed";
  if (waiting > 0) return "Pending";
  if (running > 0) return "Running";
  if (stopped === 0) return "Pending";
  if (restartPolicy(pod) === "Always") return "Running";
  if (stopped === succeeded) return "Succeeded";
  return restartPolicy(pod) === "Never" ? "Failed" : "Running";
}

export function isFinished(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}
