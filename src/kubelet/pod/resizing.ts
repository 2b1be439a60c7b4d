/**
 * Pods change their size while they run.
 *
 * What the spec asks for is not always to be had: until it is, the pod keeps what it has (`held`), counts as that large for
 * everybody else, and its condition PodResizePending says why. Then its control group and its containers get their new
 * limits where they are; a container whose resizePolicy says so is started anew instead (see decide.ts).
 */
import type { Container, Pod } from "../../api/core/index.ts";
import type { KubeletContext } from "../context.ts";
import type { CgroupLimits } from "../host.ts";
import type { LocalState } from "./local-state.ts";
import type { ResizeEvents } from "./resize-events.ts";
import { CPU_PERIOD, linuxResources, podCgroup, podCgroupLimits } from "./resources.ts";
import { newest } from "./situation.ts";
import { lastStatus, members } from "./spec.ts";
import { equal } from "./equal.ts";

export type Resources = NonNullable<Container["resources"]>;

/** By container name. */
export type Held = ReadonlyMap<string, Resources>;

export function resourcesOf(pod: Pod): Held {
  return new Map(members(pod).map(({ container }) => [container.name, container.resources ?? {}]));
}

/** Whether any container's share is another one. */
export function sizeDiffers(a: Pod, b: Pod): boolean {
  const before = resourcesOf(a);
  return [...resourcesOf(b)].some(([name, resources]) => before.has(name) && !equal(before.get(name), resources));
}

/**
 * What a kubelet that starts anew finds held: what the API was told last, where the spec asks for something else by now. Undefined
 * where it does not.
 */
export function heldBefore(pod: Pod): Held | undefined {
  const held = new Map<string, Resources>();
  let asked = false;
  for (const { role, container } of members(pod)) {
    const told = role === "ephemeral" ? undefined : lastStatus(pod, role, container.name)?.resources;
    if (!told) continue;
    const { limits = {}, requests = {} } = container.resources ?? {};
    asked ||= !equal([told.limits ?? {}, told.requests ?? {}], [limits, requests]);
    held.set(container.name, { ...container.resources, limits: told.limits, requests: told.requests } as Resources);
  }
  return asked ? held : undefined;
}

/** Of what an earlier life of the kubelet has left it is taken that it has what is held. */
export function takeAsGiven(state: LocalState): void {
  const { granted, runtime, given } = state;
  state.group ??= podCgroupLimits(granted);
  for (const { container } of members(granted)) {
    const found = newest(runtime, container.name);
    if (found && !given.has(found.id)) given.set(found.id, container.resources ?? {});
  }
}

/** The pod as large as what is held of it. */
export function withHeld(pod: Pod, held: Held): Pod {
  const sized = <C extends { readonly name: string; readonly resources?: Resources }>(containers: readonly C[]): C[] =>
    containers.map((container) => ({ ...container, resources: held.get(container.name) ?? container.resources }));
  const { containers, initContainers } = pod.spec;
  const spec = {
    ...pod.spec,
    containers: sized(containers),
    ...(initContainers && { initContainers: sized(initContainers) }),
  };
  return { ...pod, spec } as Pod;
}

/** Whether a container must be started anew to get another share than it was given. */
export function needsRestart({ resources = {}, resizePolicy = [] }: Container, given: Resources): boolean {
  const changed = (resource: string): boolean =>
    given.limits?.[resource] !== resources.limits?.[resource] ||
    given.requests?.[resource] !== resources.requests?.[resource];
  return resizePolicy.some(
    ({ resourceName, restartPolicy }) => restartPolicy === "RestartContainer" && changed(resourceName ?? ""),
  );
}

/** Gives group and running containers their limits. True where a container has others now. */
export async function resize(
  state: LocalState,
  context: KubeletContext,
  told: Pick<ResizeEvents, "failed">,
): Promise<boolean> {
  const { granted: pod, runtime: seen, given } = state;
  const { runtime, host, node } = context;
  const group = podCgroupLimits(pod);
  const had = state.group ?? group;
  let changed = false;
  // What limits the containers must be the larger one while they change.
  const meanwhile = {
    ...group,
    cpuQuota: larger(had.cpuQuota, group.cpuQuota),
    memoryBytes: larger(had.memoryBytes, group.memoryBytes),
  };
  await setGroup(state, meanwhile, context);
  for (const member of members(pod)) {
    const running = newest(seen, member.container.name);
    if (running?.state !== "RUNNING") continue;
    const wanted = member.container.resources ?? {};
    if (equal(given.get(running.id), wanted)) continue;
    try {
      const limits = linuxResources(pod, member.container, node.memoryBytes, host.cgroups);
      await runtime.updateContainerResources(running.id, limits);
      given.set(running.id, wanted);
      changed = true;
    } catch (error) {
      told.failed(pod, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
  await setGroup(state, group, context);
  return changed;
}

async function setGroup(state: LocalState, limits: CgroupLimits, { host, node }: KubeletContext): Promise<void> {
  if (equal(state.group, limits)) return;
  // Without a quota the period says that there is none.
  await host.cgroups.ensure(podCgroup(node.cgroupRoot, state.pod), { cpuPeriod: CPU_PERIOD, ...limits });
  state.group = limits;
}

/** Of two limits; undefined is none. */
function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}
