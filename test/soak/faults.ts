/** What happens to members of an etcd cluster: one fault after the other, each healed before the next. */
import { etcdStatus } from "../../adapters/etcd/admin.ts";
import type { Random } from "../../src/machinery/random.ts";
import type { EtcdCluster } from "../etcd/etcd-server.ts";
import type { Machines } from "./machines.ts";
import { pause, pick } from "./recorded-clients.ts";

export const FAULTS = ["kill", "pause", "cut"] as const;
export type Fault = (typeof FAULTS)[number];

/** How long a member is away, and how long all is well after it is back, in milliseconds: at least so long, and so much more. */
const AWAY = [500, 3000] as const;
const WELL = [300, 1500] as const;

export class Faults {
  readonly done = new Map<Fault, number>();
  readonly #cluster: EtcdCluster;
  readonly #machines: Machines;
  readonly #random: Random;

  constructor(cluster: EtcdCluster, machines: Machines, random: Random) {
    this.#cluster = cluster;
    this.#machines = machines;
    this.#random = random;
  }

  /** Resolves when all members are well again. */
  async run(faults: readonly Fault[], signal: AbortSignal): Promise<void> {
    while (faults.length > 0 && !signal.aborted) {
      const fault = pick(faults, this.#random);
      const at = await this.#victim();
      const heal = await this.#harm(fault, at);
      try {
        await pause(this.#between(AWAY), signal);
      } finally {
        await heal();
      }
      this.done.set(fault, (this.done.get(fault) ?? 0) + 1);
      await this.#cluster.ready();
      await pause(this.#between(WELL), signal);
    }
  }

  /** The leader half of the time, for its death costs most. */
  async #victim(): Promise<number> {
    const { endpoints, options } = this.#cluster;
    if (this.#random.next() < 0.5) return Math.floor(this.#random.next() * endpoints.length);
    const leader = (await etcdStatus(options)).findIndex((member) => member.leader);
    return Math.max(leader, 0);
  }

  async #harm(fault: Fault, at: number): Promise<() => Promise<void> | void> {
    switch (fault) {
      case "kill":
        await this.#cluster.signal(at, "SIGKILL");
        return () => this.#cluster.startMember(at);
      case "pause":
        await this.#cluster.signal(at, "SIGSTOP");
        return () => this.#cluster.signal(at, "SIGCONT");
      case "cut":
        this.#machines.all[at]!.cut();
        return () => this.#machines.all[at]!.mend();
    }
  }

  #between([least, more]: readonly [number, number]): number {
    return least + this.#random.next() * more;
  }
}
