/**
 * Ends containers the way they asked for: preStop hook, stop signal, and a kill when their time is up. A sidecar's hook
 * runs at once as well; its signal waits until all that it serves have ended, or the time is up.
 */
import type { Pod } from "../../api/core/index.ts";
import { sleep } from "../../machinery/clock.ts";
import type { KubeletContext } from "../context.ts";
import { runHook } from "../probes/handler.ts";
import type { Kill } from "./decide.ts";
import { CONTAINER_NAME } from "./names.ts";
import type { LocalState } from "./local-state.ts";
import type { PodContainer } from "./situation.ts";
import { currentSandbox } from "./situation.ts";
import type { Member } from "./spec.ts";
import { graceSeconds, members } from "./spec.ts";

/** Seconds that the stop signal gets in any case, though less was asked for or a hook has used all the time. */
const LEAST_GRACE = 2;

export interface Stop {
  readonly container: PodContainer;
  /** Undefined where the pod's spec does not name it any more. */
  readonly member: Member | undefined;
  /** What the Killing event says. */
  readonly message: string;
  /** Seconds. */
  readonly grace: number;
  /** The signal waits for this, as long as there is time. Never rejects. */
  readonly turn?: Promise<unknown>;
}

/** Stops one container; resolves when it has stopped. Aborting gives up waiting, not the stop itself. */
export async function stopContainer(
  state: LocalState,
  stop: Stop,
  context: KubeletContext,
  signal?: AbortSignal,
): Promise<void> {
  const { runtime, events, clock, prober } = context;
  const { container, member, message } = stop;
  events.pod(state.pod, "Normal", "Killing", message, member);
  const began = clock.now();
  const hook = member?.container.lifecycle?.preStop;
  if (hook && container.state === "RUNNING" && stop.grace > 0) {
    await preStop(state.pod, { ...stop, member: member! }, hook, podIP(state, context), context, signal);
  }
  const left = (): number => stop.grace - Math.floor((clock.now() - began) / 1000);
  if (stop.turn && left() > 0) await within(stop.turn, left() * 1000, clock, signal);
  await runtime.stopContainer(container.id, Math.max(LEAST_GRACE, left()), signal);
  prober.end(container.id);
  await state.look(runtime, container.id, container.podSandboxId);
}

/** Stops a container that is to be started again, or differently. A probe may give it another time than the pod has. */
export async function carryOut(
  { container, member, message, why }: Kill,
  state: LocalState,
  context: KubeletContext,
  signal: AbortSignal,
): Promise<void> {
  const { livenessProbe, startupProbe } = member.container;
  const probe = why === "LivenessProbe" ? livenessProbe : why === "StartupProbe" ? startupProbe : undefined;
  const grace = Number(probe?.terminationGracePeriodSeconds ?? graceSeconds(state.pod));
  await stopContainer(state, { container, member, message, grace }, context, signal);
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
  } catch {
    if (signal?.aborted) return;
    events.pod(pod, "Warning", "FailedPreStopHook", "PreStopHook failed", member);
  } finally {
    cancel();
  }
}

/** Resolves when `turn` does, or after `milliseconds`; rejects when `signal` aborts. */
async function within(
  turn: Promise<unknown>,
  milliseconds: number,
  clock: KubeletContext["clock"],
  signal: AbortSignal | undefined,
): Promise<void> {
  const over = new AbortController();
  const limit = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const timeUp = sleep(clock, milliseconds, limit).catch(() => {});
  await Promise.race([turn, timeUp]);
  over.abort();
  signal?.throwIfAborted();
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
  const all = members(state.pod);
  const stops = state.runtime.containers
    .filter((container) => container.state !== "EXITED")
    .map((container): Stop => {
      const name = container.labels[CONTAINER_NAME] ?? "";
      const member = all.find((one) => one.container.name === name);
      return { container, member, message: `Stopping container ${name}`, grace };
    });
  const ends: Promise<void>[] = [];
  for (const stop of stops.filter(({ member }) => member?.role !== "sidecar")) {
    ends.push(stopContainer(state, stop, context, signal));
  }
  const order = (stop: Stop): number => all.indexOf(stop.member!);
  const sidecars = stops.filter(({ member }) => member?.role === "sidecar");
  for (const stop of sidecars.toSorted((a, b) => order(b) - order(a))) {
    // All that were stopped before: the main ones, and the sidecars that started later.
    const turn = Promise.allSettled(ends);
    ends.push(stopContainer(state, { ...stop, turn }, context, signal));
  }
  await Promise.all(ends);
}

function podIP(state: LocalState, { node }: KubeletContext): string {
  if (state.pod.spec.hostNetwork) return node.hostIPs[0] ?? "";
  return currentSandbox(state.runtime)?.ips[0] ?? "";
}
