/** What becomes of a pod's new size, told as upstream tells it: `Pod resize started: {"containers":[…],"generation":2}`. */
import type { Pod } from "../../api/core/index.ts";
import type { ResizeProblem } from "../context.ts";
import type { Events, EventType } from "../events.ts";
import { goJson } from "../../machinery/go-text.ts";
import { members } from "./spec.ts";
import type { ContainerRole } from "./spec.ts";

export class ResizeEvents {
  readonly #events: Pick<Events, "pod">;
  /** What was told last of a size that is not to be had. */
  #pending: string | undefined;
  /** The generation that is being given. */
  #underWay: number | undefined;

  constructor(events: Pick<Events, "pod">) {
    this.#events = events;
  }

  /** The node can give the size or not; `differs`: from what the pod has. */
  judged(pod: Pod, problem: ResizeProblem | undefined, differs: boolean): void {
    const { generation = 0 } = pod.metadata;
    const pending = problem && `${problem.reason} ${generation}`;
    if (problem && pending !== this.#pending) {
      this.#tell(pod, "Warning", `Resize${problem.reason}`, problem.reason, generation, problem.message);
    }
    this.#pending = pending;
    if (problem || !differs) return;
    this.#underWay = generation;
    this.#tell(pod, "Normal", "ResizeStarted", "started", generation);
  }

  failed(pod: Pod, message: string): void {
    this.#tell(pod, "Warning", "ResizeError", "error", this.#underWay ?? pod.metadata.generation ?? 0, message);
  }

  /** All that runs has the size. */
  given(pod: Pod): void {
    if (this.#underWay === undefined) return;
    this.#tell(pod, "Normal", "ResizeCompleted", "completed", this.#underWay);
    this.#underWay = undefined;
  }

  #tell(pod: Pod, type: EventType, reason: string, what: string, generation: number, error?: string): void {
    const sizes = (...roles: readonly ContainerRole[]): object[] | undefined => {
      const some = members(pod).filter(({ role }) => roles.includes(role));
      return some.length === 0 ? undefined : some.map(({ container }) => sizeOf(container));
    };
    const summary = { initContainers: sizes("init", "sidecar"), containers: sizes("main"), generation, error };
    this.#events.pod(pod, type, reason, `Pod resize ${what}: ${goJson(summary)}`);
  }
}

function sizeOf({ name, resources: { limits, requests, claims } = {} }: Pod["spec"]["containers"][number]): object {
  const sorted = (amounts: Readonly<Record<string, unknown>> | undefined): object | undefined =>
    amounts && Object.fromEntries(Object.entries(amounts).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { name, resources: { limits: sorted(limits), requests: sorted(requests), claims } };
}
