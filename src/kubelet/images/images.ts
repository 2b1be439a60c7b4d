/** Brings images to the node as pull policies ask, with back-off after failures. */
import type { Pod, Secret } from "../../api/core/index.ts";
import type { Clock } from "../../machinery/clock.ts";
import { formatDuration } from "../../machinery/time.ts";
import type { PodNotes } from "../notes.ts";
import { next, remaining } from "../pod/backoff.ts";
import type { BackOff } from "../pod/situation.ts";
import type { Member } from "../pod/spec.ts";
import type { ContainerRuntime, Image, ImageSpec, PodSandboxConfig, RegistryAuth } from "../runtime.ts";
import { isUnavailable, rpcText } from "../runtime.ts";
import { credentialsFor } from "./credentials.ts";
import { defaultPullPolicy, withTag } from "./reference.ts";

/** Why a container has no image; `reason` is what its status says. */
export class ImageError extends Error {
  readonly reason: "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" | "ImageInspectError";
  /** When to try again, milliseconds since the epoch. */
  readonly retryAt: number;
  constructor(reason: ImageError["reason"], message: string, retryAt: number) {
    super(message);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

/** Tells events of one container. */
export type Tell = (type: "Normal" | "Warning", reason: string, message: string) => void;

export interface Wanted {
  readonly pod: Pod;
  readonly member: Member;
  readonly secrets: () => Promise<readonly Secret[]>;
  readonly sandbox: PodSandboxConfig;
  readonly tell: Tell;
  readonly notes: PodNotes;
}

/** Pulls that run at once on a node. */
const MAX_PULLS = 5;
/** How long ErrImagePull stands before the status says that the kubelet backs off. */
const SHOWN_FOR = 1500;
const FORGET_AFTER = 2 * 300_000;

interface Failure extends BackOff {
  readonly message: string;
}

export class Images {
  readonly #runtime: ContainerRuntime;
  readonly #clock: Clock;
  /** By pod and image. */
  readonly #failures = new Map<string, Failure>();
  /** The same image asked for with the same credentials is pulled once. */
  readonly #pulling = new Map<string, Promise<string>>();
  /** Images known to be there, by the name pods use; emptied when images are removed. */
  readonly #present = new Map<string, Image>();
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(runtime: ContainerRuntime, clock: Clock) {
    this.#runtime = runtime;
    this.#clock = clock;
  }

  /** The image as `createContainer` takes it, with what is known of it. Throws {@link ImageError}. */
  async ensure(wanted: Wanted): Promise<{ readonly spec: ImageSpec; readonly image: Image | undefined }> {
    const { member, tell } = wanted;
    const written = member.container.image ?? "";
    const name = withTag(written);
    if (name === undefined) {
      const message = `Failed to apply default image tag "${written}": couldn't parse image name "${written}": invalid reference format`;
      tell("Warning", "InspectFailed", message);
      throw new ImageError("InvalidImageName", message, this.#clock.now() + 10_000);
    }
    const policy = member.container.imagePullPolicy || defaultPullPolicy(written);
    const present = await this.#inspect(name, tell);
    if (present && policy !== "Always") {
      tell(
        "Normal",
        "Pulled",
        `Container image "${written}" already present on machine and can be accessed by the pod`,
      );
      return { spec: { image: refOf(present), userSpecifiedImage: written }, image: present };
    }
    if (policy === "Never") {
      const message = `Container image "${written}" is not present with pull policy of Never`;
      tell("Warning", "ErrImageNeverPull", message);
      throw new ImageError("ErrImageNeverPull", message, this.#clock.now() + 10_000);
    }
    const ref = await this.#pullOnce(wanted, written, name);
    const image = await this.#inspect(name, tell);
    return { spec: { image: ref, userSpecifiedImage: written }, image };
  }

  /** Images were removed behind our back: look again. */
  forgetPresent(): void {
    this.#present.clear();
  }

  forgetPod(uid: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${uid}_`)) this.#failures.delete(key);
  }

  async #inspect(name: string, tell: Tell): Promise<Image | undefined> {
    const known = this.#present.get(name);
    if (known) return known;
    try {
      const image = await this.#runtime.imageStatus({ image: name });
      if (image) this.#present.set(name, image);
      return image;
    } catch (error) {
      const message = `Failed to inspect image "${name}": ${rpcText(error)}`;
      tell("Warning", "InspectFailed", message);
      throw new ImageError("ImageInspectError", message, this.#clock.now() + 10_000);
    }
  }

  async #pullOnce(wanted: Wanted, written: string, name: string): Promise<string> {
    const { pod, tell } = wanted;
    const key = `${pod.metadata.uid}_${name}`;
    const failed = this.#failures.get(key);
    const wait = failed ? remaining(failed, failed.updatedAt, this.#clock.now()) : 0;
    if (failed && wait > 0) {
      tell("Normal", "BackOff", `Back-off pulling image "${written}"`);
      const message = `Back-off pulling image "${written}": ErrImagePull: ${failed.message}`;
      throw new ImageError("ImagePullBackOff", message, this.#clock.now() + wait);
    }
    tell("Normal", "Pulling", `Pulling image "${written}"`);
    try {
      const ref = await this.#pull(wanted, written, name);
      this.#failures.delete(key);
      return ref;
    } catch (error) {
      const message = rpcText(error);
      tell("Warning", "Failed", `Failed to pull image "${written}": ${message}`);
      const now = this.#clock.now();
      this.#failures.set(key, { ...next(failed, now, now), message });
      this.#sweep(now);
      throw new ImageError("ErrImagePull", message, now + SHOWN_FOR);
    }
  }

  async #pull({ secrets, sandbox, tell, notes }: Wanted, written: string, name: string): Promise<string> {
    const asked = this.#clock.now();
    const credentials = credentialsFor(written, await secrets());
    const key = JSON.stringify([name, credentials]);
    let pull = this.#pulling.get(key);
    let began = asked;
    if (!pull) {
      pull = this.#inTurn(() => {
        began = this.#clock.now();
        return this.#tryEach(name, credentials, sandbox);
      });
      this.#pulling.set(key, pull);
      const done = (): void => void this.#pulling.delete(key);
      pull.then(done, done);
    }
    const ref = await pull;
    const ended = this.#clock.now();
    this.#present.delete(name);
    const size = (await this.#runtime.imageStatus({ image: name }))?.size ?? 0;
    notes.add({ step: "pull image", began, ended, detail: { image: written, bytes: size } });
    const took = `in ${formatDuration(ended - began)} (${formatDuration(ended - asked)} including waiting)`;
    tell("Normal", "Pulled", `Successfully pulled image "${written}" ${took}. Image size: ${size} bytes.`);
    return ref;
  }

  /** One credential after the other, then none: the first that the registry takes. */
  async #tryEach(name: string, credentials: readonly RegistryAuth[], sandbox: PodSandboxConfig): Promise<string> {
    let failure: unknown;
    for (const auth of credentials.length > 0 ? credentials : [undefined]) {
      try {
        return await this.#runtime.pullImage({ image: name }, { ...(auth && { auth }), sandbox });
      } catch (error) {
        failure = error;
        if (isUnavailable(error)) break;
      }
    }
    throw failure;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= MAX_PULLS) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }

  #sweep(now: number): void {
    for (const [key, failure] of this.#failures) {
      if (now - failure.updatedAt > FORGET_AFTER) this.#failures.delete(key);
    }
  }
}

function refOf(image: Image): string {
  return image.id;
}
