/**
 * The control groups above the pods' own: how the node's processors are shared out between the classes.
 *
 * All pods together weigh as much as what the node gives to pods, the Burstable ones as much as they ask for, and the
 * BestEffort ones as little as can be: they get what the others leave. Worked example: on a node of 4 CPUs with Burstable
 * pods that ask for 500m and 250m the shares are 4096 for `/kubepods`, 768 for `burstable` and 2 for `besteffort`.
 */
import type { Pod } from "../../api/core/index.ts";
import type { Log } from "../../machinery/log.ts";
import type { Cgroups } from "../host.ts";
import { quantityMilli } from "../pod/quantity.ts";
import { cpuShares, podRequest, qosCgroup, qosClass } from "../pod/resources.ts";
import type { QosClass } from "../pod/resources.ts";

const CLASSES: readonly QosClass[] = ["Guaranteed", "Burstable", "BestEffort"];

/** Shares of each class's group; `allocatable` is the node's CPU for pods. */
export function qosShares(pods: Iterable<Pod>, allocatable: string | undefined): Readonly<Record<QosClass, number>> {
  let asked = 0;
  for (const pod of pods) if (qosClass(pod) === "Burstable") asked += podRequest(pod, "cpu");
  return { Guaranteed: cpuShares(quantityMilli(allocatable)), Burstable: cpuShares(asked), BestEffort: cpuShares(0) };
}

export class QosGroups {
  readonly #cgroups: Cgroups;
  readonly #root: string;
  readonly #allocatable: string | undefined;
  readonly #log: Log;
  readonly #written = new Map<QosClass, number>();
  #turn: Promise<void> = Promise.resolve();
  /** Why the last update failed, so that it is said once. */
  #problem: string | undefined;

  constructor(cgroups: Cgroups, root: string, allocatable: string | undefined, log: Log) {
    this.#cgroups = cgroups;
    this.#root = root;
    this.#allocatable = allocatable;
    this.#log = log;
  }

  /**
   * Brings the groups to what the pods ask for together; one update after the other, and only what is new is written.
   * `pods` is asked when its turn comes. Never rejects: what failed is tried with the next update.
   */
  update(pods: () => Iterable<Pod>): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      try {
        await this.#write(qosShares(pods(), this.#allocatable));
        this.#problem = undefined;
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        if (problem !== this.#problem) {
          this.#log.warn("the node's processors are not shared out between its pods", { error: problem });
        }
        this.#problem = problem;
      }
    });
    return this.#turn;
  }

  async #write(shares: ReturnType<typeof qosShares>): Promise<void> {
    for (const qos of CLASSES) {
      if (this.#written.get(qos) === shares[qos]) continue;
      await this.#cgroups.ensure(qosCgroup(this.#root, qos), { cpuShares: shares[qos] });
      this.#written.set(qos, shares[qos]);
    }
  }
}
