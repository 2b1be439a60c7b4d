/** The room on a node: what pods take of it, who gets in, who may grow, and how the processors are shared out. */
import type { Node, Pod } from "../../api/core/index.ts";
import type { Rejection, ResizeProblem } from "../context.ts";
import { admit, resizeProblem } from "../pod/admit.ts";
import type { PodWorker } from "../pod/worker.ts";
import type { QosGroups } from "./qos-groups.ts";

export interface RoomOptions {
  /** By pod uid. */
  readonly workers: ReadonlyMap<string, PodWorker>;
  readonly allocatable: Readonly<Record<string, string>>;
  node(): Node | undefined;
  /** Absent where nothing is limited. */
  readonly groups?: QosGroups;
}

export class Room {
  readonly #options: RoomOptions;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Why the node cannot take the pod. */
  admit(pod: Pod): Rejection | undefined {
    const { allocatable, node } = this.#options;
    const rejection = admit(pod, { node: node(), allocatable, others: this.#taken(pod) });
    if (!rejection) this.shareOut();
    return rejection;
  }

  /** Why a pod that runs cannot get the size that its spec asks for. */
  judgeResize(pod: Pod): ResizeProblem | undefined {
    const problem = resizeProblem(pod, { allocatable: this.#options.allocatable, others: this.#taken(pod) });
    if (!problem) this.shareOut();
    return problem;
  }

  /** The classes' control groups follow the pods as they come and go; a heartbeat makes good what has failed. */
  shareOut(): void {
    void this.#options.groups?.update(() => this.#taken());
  }

  /** The pods that take up room, each as large as was granted; `but`: it is asked for this one. */
  #taken(but?: Pod): Pod[] {
    const pods: Pod[] = [];
    for (const worker of this.#options.workers.values()) {
      if (worker.taken && worker.active && worker.pod.metadata.uid !== but?.metadata.uid) pods.push(worker.granted);
    }
    return pods;
  }
}
