/**
 * Brings the limits of running containers to what the spec says now: pods can be resized without a restart.
 *
 * What a container was last given is remembered by its id; of containers that were taken over it is taken to be right.
 */
import type { KubeletContext } from "../context.ts";
import type { LocalState } from "./local-state.ts";
import { linuxResources, podCgroup, podCgroupLimits } from "./resources.ts";
import { newest } from "./situation.ts";
import { members } from "./spec.ts";

export class Resizer {
  readonly #given = new Map<string, string>();

  /** Gives whether anything was changed. */
  async run({ pod, runtime: seen }: LocalState, { runtime, host, node, events }: KubeletContext): Promise<boolean> {
    let changed = false;
    for (const member of members(pod)) {
      const running = newest(seen, member.container.name);
      if (running?.state !== "RUNNING") continue;
      const wanted = JSON.stringify(member.container.resources ?? {});
      const given = this.#given.get(running.id);
      this.#given.set(running.id, wanted);
      if (given === undefined || given === wanted) continue;
      // The pod's own group first: it must hold what its containers may use.
      if (!changed) await host.cgroups.ensure(podCgroup(node.cgroupRoot, pod), podCgroupLimits(pod));
      changed = true;
      try {
        const limits = linuxResources(pod, member.container, node.memoryBytes, host.cgroups);
        await runtime.updateContainerResources(running.id, limits);
      } catch (error) {
        this.#given.set(running.id, given);
        events.pod(pod, "Warning", "ResizeError", error instanceof Error ? error.message : String(error), member);
        throw error;
      }
    }
    const ids = new Set(seen.containers.map(({ id }) => id));
    for (const id of this.#given.keys()) if (!ids.has(id)) this.#given.delete(id);
    return changed;
  }
}
