/** Images of the simulated runtime: there once they were pulled, each the same size. */
import type { Clock } from "../../machinery/clock.ts";
import { sleep } from "../../machinery/clock.ts";
import { withTag } from "../images/reference.ts";
import type { FilesystemUsage, Image, ImageSpec, PullOptions } from "../runtime.ts";
import { RuntimeError } from "../runtime.ts";
import { behaviourOf } from "./behaviour.ts";
import { digestOf } from "./digest.ts";

export class SimImages {
  readonly #clock: Clock;
  readonly #images = new Map<string, Image>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async pull({ image }: ImageSpec, { sandbox, signal }: PullOptions = {}): Promise<string> {
    const { pullDelay, pullError } = behaviourOf(sandbox?.annotations ?? {}, "");
    if (pullDelay > 0) await sleep(this.#clock, pullDelay, signal);
    if (pullError !== undefined) throw new RuntimeError("Unknown", pullError);
    const name = withTag(image);
    if (name === undefined) throw new RuntimeError("InvalidArgument", `invalid reference format: ${image}`);
    const id = `sha256:${digestOf(name)}`;
    this.#images.set(name, {
      id,
      repoTags: name.includes("@") ? [] : [name],
      repoDigests: [`${name.replace(/(@.*|:[^:/]*)$/, "")}@${id}`],
      size: 10_000_000,
      uid: 65_532,
      pinned: false,
    });
    return id;
  }

  list(): readonly Image[] {
    return [...this.#images.values()];
  }

  remove(image: string): void {
    const found = this.find(image);
    for (const [name, { id }] of this.#images) if (id === found?.id) this.#images.delete(name);
  }

  usage(): FilesystemUsage {
    const usedBytes = this.list().reduce((sum, { size }) => sum + size, 0);
    return { mountpoint: "/sim", timestamp: this.#clock.now(), usedBytes, inodesUsed: this.#images.size };
  }

  /** By name, id or digest. */
  find(image: string): Image | undefined {
    const named = this.#images.get(withTag(image) ?? image);
    if (named) return named;
    for (const found of this.#images.values()) {
      if (found.id === image || found.repoDigests.includes(image)) return found;
    }
    return undefined;
  }
}
