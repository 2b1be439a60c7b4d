/**
 * A runtime whose client dies in the middle of a call: the call named by a {@link Cut} is never answered, and goes on,
 * or not, without anybody to hear of it. Names are reserved while a thing is being made, as containerd does it.
 */
import type { Clock } from "../../machinery/clock.ts";
import type { ContainerConfig, PodSandboxConfig } from "../runtime.ts";
import { RuntimeError } from "../runtime.ts";
import { SimRuntime } from "../sim/sim-runtime.ts";
import type { SimRuntimeOptions } from "../sim/sim-runtime.ts";

export interface Cut {
  readonly call: "runPodSandbox" | "createContainer" | "startContainer";
  /** Which of the calls of that name: 1 is the first. */
  readonly nth: number;
  /** Where the call is when the client dies. */
  readonly at: "not arrived" | "under way" | "for ever under way" | "done, not heard";
}

/** How long a call takes that is under way, in milliseconds. */
const LASTS = 3000;

export class CutRuntime extends SimRuntime {
  readonly #clock: Clock;
  readonly #cut: Cut;
  readonly #counts = { runPodSandbox: 0, createContainer: 0, startContainer: 0 };
  readonly #reserved = new Set<string>();
  /** Names of containers in the order of their starts. */
  readonly started: string[] = [];
  /** Whether the client has died. */
  dead = false;

  constructor(options: SimRuntimeOptions, cut: Cut) {
    super(options);
    this.#clock = options.clock;
    this.#cut = cut;
  }

  override runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const { uid, attempt } = config.metadata;
    return this.#make("runPodSandbox", `${uid}/${attempt}`, () => super.runPodSandbox(config));
  }

  override createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const { name, attempt } = config.metadata;
    return this.#make("createContainer", `${name}/${attempt}`, () => super.createContainer(sandboxId, config));
  }

  override startContainer(id: string): Promise<void> {
    return this.#make("startContainer", id, async () => {
      await super.startContainer(id);
      this.started.push((await this.containerStatus(id)).metadata.name);
    });
  }

  /** One that is starting is not removed. */
  override async removeContainer(id: string): Promise<void> {
    if (this.#reserved.has(id)) throw new RuntimeError("Unknown", `container ${id} is in starting state`);
    return super.removeContainer(id);
  }

  override async removePodSandbox(id: string): Promise<void> {
    for (const container of await this.listContainers({ podSandboxId: id })) await this.removeContainer(container.id);
    return super.removePodSandbox(id);
  }

  async #make<T>(call: Cut["call"], name: string, act: () => Promise<T>): Promise<T> {
    if (this.#reserved.has(name)) {
      throw new RuntimeError(call === "startContainer" ? "FailedPrecondition" : "AlreadyExists", `${name} is reserved`);
    }
    if (++this.#counts[call] !== this.#cut.nth || call !== this.#cut.call) return act();
    if (this.#cut.at.endsWith("under way")) this.#reserved.add(name);
    if (this.#cut.at === "under way") {
      this.#clock.after(LASTS, () => {
        this.#reserved.delete(name);
        // Nobody hears of a failure either.
        act().catch(() => {});
      });
    } else if (this.#cut.at === "done, not heard") {
      await act();
    }
    this.dead = true;
    return new Promise(() => {});
  }
}
