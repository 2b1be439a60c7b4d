/** Ends containers the way they asked for: preStop hook, stop signal, and a kill when their time is up. */
import type { Pod } from "../../api/core/index.ts";
import type { KubeletContext } from "../context.ts";
import { runHook } from "../probes/handler.ts";
import { CONTAINER_NAME } from "./names.ts";
import type { LocalState } from "./local-state.ts";
import type { PodContainer } from "./situation.ts";
import { currentSandbox } from "./situation.ts";
import type { Member } from "./spec.ts";
import { members } from "./spec.ts";
import { withTerminationMessage } from "./termination-message.ts";

/** What is left for the stop signal when a hook has used all the time. */
const LEAST_GRACE = 2;

export interface Stop {
  readonly container: PodContainer;
  /** Undefined where the pod's spec does not name it any more. */
  readonly member: Member | undefined;
  /** What the Killing event says. */
  readonly message: string;
  /** Seconds. */
  readonly grace: number;
}

/** Stops one container; resolves when it has stopped. Aborting gives up waiting, not the stop itself. */
export async function stopContainer(
  state: LocalState,
  stop: Stop,
  context: KubeletContext,
  signal?: AbortSignal,
): Promise<void> {
  const { runtime, events, clock, host, prober } = context;
  const { container, member, message } = stop;
  events.pod(state.pod, "Normal", "Killing", message, member);
  const began = clock.now();
  const hook = member?.container.lifecycle?.preStop;
  if (hook && container.state === "RUNNING" && stop.grace > 0) {
    await preStop(state.pod, { ...stop, member: member! }, hook, podIP(state, context), context, signal);
  }
  const left = hook ? Math.max(LEAST_GRACE, stop.grace - Math.floor((clock.now() - began) / 1000)) : stop.grace;
  await runtime.stopContainer(container.id, stop.grace === 0 ? 0 : left, signal);
  prober.end(container.id);
  const ended = await state.look(runtime, container.id, container.podSandboxId);
  if (ended) state.putContainer(await withTerminationMessage(ended, host));
}

/** A hook that fails or takes too long is told and holds nothing up. */
async function preStop(
  pod: Pod,
  { container, member, grace }: Stop & { readonly member: Member },
  hook: NonNullable<NonNullable<Member["container"]["lifecycle"]>["preStop"]>,
  ip: string,
  { runtime, clock, host, events }: KubeletContext,
  signal: AbortSignal | undefined,
): Promise<void> {
  const limit = new AbortController();
  const cancel = clock.after(grace * 1000, () => limit.abort(new Error(`timed out after ${grace}s`)));
  const both = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
  const timeUp = new Promise<never>((_, reject) => {
    both.addEventListener("abort", () => reject(both.reason), { once: true });
  });
  timeUp.catch(() => {});
  try {
    const target = { pod, container: member.container, containerId: container.id, podIP: ip };
    await Promise.race([runHook(hook, target, { runtime, clock, network: host.network }, grace, both), timeUp]);
  } catch (error) {
    if (signal?.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    events.pod(pod, "Warning", "FailedPreStopHook", `PreStopHook failed: ${why}`, member);
  } finally {
    cancel();
  }
}

/**
 * Stops all of a pod's running containers: the main ones together, then the sidecars, the last started first. All of
 * it takes at most `grace` seconds and the runtime's own time.
 */
export async function stopAll(
  state: LocalState,
  grace: number,
  context: KubeletContext,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = context;
  const deadline = clock.now() + grace * 1000;
  const left = (): number => Math.max(0, Math.ceil((deadline - clock.now()) / 1000));
  const all = members(state.pod);
  const sidecars: Stop[] = [];
  const others: Promise<void>[] = [];
  for (const container of state.runtime.containers) {
    if (container.state === "EXITED") continue;
    const name = container.labels[CONTAINER_NAME] ?? "";
    const member = all.find((one) => one.container.name === name);
    const stop = { container, member, message: `Stopping container ${name}`, grace };
    if (member?.role === "sidecar") sidecars.push(stop);
    else others.push(stopContainer(state, stop, context, signal));
  }
  await Promise.all(others);
  const order = (stop: Stop): number => all.indexOf(stop.member!);
  for (const stop of sidecars.toSorted((a, b) => order(b) - order(a))) {
    const seconds = grace === 0 ? 0 : Math.max(LEAST_GRACE, left());
    await stopContainer(state, { ...stop, grace: seconds }, context, signal);
  }
}

function podIP(state: LocalState, { node }: KubeletContext): string {
  if (state.pod.spec.hostNetwork) return node.hostIPs[0] ?? "";
  return currentSandbox(state.runtime)?.ips[0] ?? "";
}
