/**
 * Frees the disk of images that no container uses: when it is fuller than the high mark, the longest unused go first
 * until the low mark is reached.
 */
import type { Clock } from "../../machinery/clock.ts";
import type { Log } from "../../machinery/log.ts";
import type { MachineUsage } from "../host.ts";
import type { ContainerRuntime, Image } from "../runtime.ts";

const HIGH = 0.85;
const LOW = 0.8;
/** An image is kept this long after it was first seen, in milliseconds. */
const MIN_AGE = 120_000;

export class ImageCollector {
  readonly #runtime: ContainerRuntime;
  readonly #clock: Clock;
  readonly #log: Log;
  /** When an image was first seen and last used, by id. */
  readonly #seen = new Map<string, { readonly first: number; used: number }>();

  constructor(runtime: ContainerRuntime, clock: Clock, log: Log) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#log = log;
  }

  /** Gives how many bytes were freed; `emergency` frees all that is unused, whatever its age. */
  async collect({ disk }: MachineUsage, emergency = false): Promise<number> {
    const images = await this.#runtime.listImages();
    const unused = await this.#unused(images);
    const used = disk.capacityBytes - disk.availableBytes;
    if (!emergency && used < disk.capacityBytes * HIGH) return 0;
    const wanted = emergency ? Infinity : used - disk.capacityBytes * LOW;
    let freed = 0;
    for (const { id, size } of toCollect(unused, this.#seen, this.#clock.now(), emergency)) {
      if (freed >= wanted) break;
      try {
        await this.#runtime.removeImage({ image: id });
        freed += size;
        this.#seen.delete(id);
      } catch (error) {
        this.#log.warn("an unused image was not removed", { image: id, error });
      }
    }
    return freed;
  }

  async #unused(images: readonly Image[]): Promise<Image[]> {
    const now = this.#clock.now();
    const inUse = new Set(
      (await this.#runtime.listContainers()).flatMap(({ imageRef, imageId }) => [imageRef, imageId ?? ""]),
    );
    const present = new Set(images.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!present.has(id)) this.#seen.delete(id);
    const unused: Image[] = [];
    for (const image of images) {
      const entry = this.#seen.get(image.id) ?? { first: now, used: 0 };
      this.#seen.set(image.id, entry);
      if (inUse.has(image.id) || image.repoDigests.some((digest) => inUse.has(digest))) entry.used = now;
      else if (!image.pinned) unused.push(image);
    }
    return unused;
  }
}

/** Those that may go, the longest unused first. */
export function toCollect(
  unused: readonly Image[],
  seen: ReadonlyMap<string, { readonly first: number; readonly used: number }>,
  now: number,
  emergency: boolean,
): Image[] {
  const at = (image: Image): { readonly first: number; readonly used: number } =>
    seen.get(image.id) ?? { first: now, used: 0 };
  return unused
    .filter((image) => emergency || now - at(image).first >= MIN_AGE)
    .toSorted((a, b) => at(a).used - at(b).used || at(a).first - at(b).first);
}
