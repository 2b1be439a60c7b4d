/** A pod's situation as its worker keeps it up to date: the runtime's part by inspection, the rest by its own acts. */
import type { Pod } from "../../api/core/index.ts";
import type { ResizeProblem } from "../context.ts";
import type { CgroupLimits } from "../host.ts";
import type { ListedPod } from "./found.ts";
import type { ContainerRuntime, PodSandboxStatus } from "../runtime.ts";
import { RuntimeError } from "../runtime.ts";
import type {
  BackOff,
  PodContainer,
  PodMemory,
  PodRuntime,
  ProbeResults,
  Situation,
  StartFailure,
} from "./situation.ts";
import type { Held, Resources } from "./resizing.ts";
import { heldBefore, withHeld } from "./resizing.ts";
import { NOTHING_RUNS } from "./situation.ts";
import { containerHash, members } from "./spec.ts";

export class LocalState {
  #pod: Pod;
  runtime: PodRuntime = NOTHING_RUNS;
  readonly acceptedAt: number;
  readonly carriesOn: boolean;
  readonly failures = new Map<string, StartFailure>();
  notBefore: number | undefined;
  readonly backOff = new Map<string, BackOff>();
  readonly hooked = new Set<string>();
  readonly given = new Map<string, Resources>();
  resize: ResizeProblem | undefined;
  /** What the pod's control group was last given. */
  group: CgroupLimits | undefined;
  #held: Held | undefined;
  #granted: Pod | undefined;
  ended: PodMemory["ended"];
  terminating = false;
  readonly #probes: ReadonlyMap<string, ProbeResults>;
  readonly #lastWords: (ended: PodContainer) => Promise<PodContainer>;

  /** `lastWords` fills in a container's message when it is first seen to have ended. */
  constructor(
    pod: Pod,
    acceptedAt: number,
    probes: ReadonlyMap<string, ProbeResults>,
    lastWords: (ended: PodContainer) => Promise<PodContainer>,
    carriesOn = false,
  ) {
    this.#pod = pod;
    this.#held = heldBefore(pod);
    this.acceptedAt = acceptedAt;
    this.carriesOn = carriesOn;
    this.#probes = probes;
    this.#lastWords = lastWords;
  }

  /** As the API has it. */
  get pod(): Pod {
    return this.#pod;
  }

  set pod(pod: Pod) {
    this.#pod = pod;
    this.#granted = undefined;
  }

  /** As large as the node has granted it. */
  get granted(): Pod {
    return (this.#granted ??= this.#held ? withHeld(this.#pod, this.#held) : this.#pod);
  }

  /** Whether the spec asks for another size than was granted. */
  get asksForMore(): boolean {
    return this.#held !== undefined;
  }

  /** The pod keeps this size, whatever its spec asks for; undefined: it gets what it asks for. */
  hold(held: Held | undefined): void {
    this.#held = held;
    this.#granted = undefined;
  }

  situation(now: number): Situation {
    const {
      granted: pod,
      runtime,
      acceptedAt,
      carriesOn,
      failures,
      notBefore,
      backOff,
      hooked,
      ended,
      terminating,
      given,
      resize,
    } = this;
    const made = { acceptedAt, carriesOn, failures, notBefore, backOff, hooked, ended, terminating, given, resize };
    return { pod, runtime, memory: { ...made, probes: this.#probes }, now };
  }

  /** The spec is another one than `before`'s: what failed may go well now, and a container that is new waits for nothing. */
  changed(before: Pod): void {
    this.failures.clear();
    const hashes = new Map(members(before).map(({ container }) => [container.name, containerHash(container)]));
    for (const { container } of members(this.pod)) {
      if (hashes.get(container.name) !== containerHash(container)) this.backOff.delete(container.name);
    }
  }

  /** What a failed start lacked may be there now: try again at once. */
  retrySoon(): void {
    this.notBefore = undefined;
    for (const [name, { reason, message }] of this.failures) {
      if (reason !== "ImagePullBackOff" && reason !== "ErrImagePull") this.failures.set(name, { reason, message });
    }
  }

  /** Puts what was just made, or looked at again, into the picture; newest first. */
  putSandbox(sandbox: PodSandboxStatus): void {
    const others = this.runtime.sandboxes.filter(({ id }) => id !== sandbox.id);
    const sandboxes = [...others, sandbox].toSorted(
      (a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt,
    );
    this.runtime = { ...this.runtime, sandboxes };
  }

  putContainer(container: PodContainer): void {
    const others = this.runtime.containers.filter(({ id }) => id !== container.id);
    const containers = [...others, container].toSorted(
      (a, b) => b.createdAt - a.createdAt || b.metadata.attempt - a.metadata.attempt,
    );
    this.runtime = { ...this.runtime, containers };
  }

  drop(id: string): void {
    this.given.delete(id);
    const { sandboxes, containers } = this.runtime;
    this.runtime = {
      sandboxes: sandboxes.filter((sandbox) => sandbox.id !== id),
      containers: containers.filter((container) => container.id !== id && container.podSandboxId !== id),
    };
  }

  /** Learns of everything that was listed and is not known yet; gives whether any known thing looks different now. */
  async learn(runtime: ContainerRuntime, { sandboxes, containers }: ListedPod): Promise<boolean> {
    const known = this.#states();
    await Promise.all([
      ...sandboxes
        .filter(({ id }) => !known.has(id))
        .map(async ({ id }) => {
          const status = await found(runtime.podSandboxStatus(id));
          if (status) this.putSandbox(status);
        }),
      ...containers
        .filter(({ id }) => !known.has(id))
        .map(({ id, podSandboxId }) => this.look(runtime, id, podSandboxId)),
    ]);
    return this.differs({ sandboxes, containers });
  }

  /** Whether a listing says anything else of what is known; unknown things do not count. */
  differs({ sandboxes, containers }: ListedPod): boolean {
    const listed = new Map([...sandboxes, ...containers].map(({ id, state }) => [id, state as string]));
    for (const [id, state] of this.#states()) {
      const now = listed.get(id);
      if (now !== state && !(now === undefined && (state === "EXITED" || state === "NOTREADY"))) return true;
    }
    return false;
  }

  #states(): Map<string, string> {
    const { sandboxes, containers } = this.runtime;
    return new Map([...sandboxes, ...containers].map(({ id, state }) => [id, state]));
  }

  /**
   * Asks the runtime again for all that can still change. What has exited stays as it is; what is gone is dropped.
   * Gives the containers that were found to have ended.
   */
  async inspect(runtime: ContainerRuntime): Promise<readonly PodContainer[]> {
    const { sandboxes, containers } = this.runtime;
    const ended: PodContainer[] = [];
    await Promise.all([
      ...sandboxes
        .filter(({ state }) => state === "READY")
        .map(async ({ id }) => {
          const status = await found(runtime.podSandboxStatus(id));
          if (status) this.putSandbox(status);
          else this.drop(id);
        }),
      ...containers
        .filter(({ state }) => state !== "EXITED")
        .map(async (before) => {
          const after = await this.look(runtime, before.id, before.podSandboxId);
          if (after?.state === "EXITED") ended.push(after);
        }),
    ]);
    return ended;
  }

  async look(runtime: ContainerRuntime, id: string, podSandboxId: string): Promise<PodContainer | undefined> {
    const status = await found(runtime.containerStatus(id));
    if (!status) {
      this.drop(id);
      return undefined;
    }
    const seen = { ...status, podSandboxId };
    const container = seen.state === "EXITED" ? await this.#lastWords(seen) : seen;
    this.putContainer(container);
    return container;
  }
}

/** When activeDeadlineSeconds is over, milliseconds since the epoch. */
export function deadlineOf({ pod, acceptedAt }: LocalState): number | undefined {
  const allowed = pod.spec.activeDeadlineSeconds;
  if (allowed === undefined) return undefined;
  const start = pod.status?.startTime ? Date.parse(pod.status.startTime) : acceptedAt;
  return start + Number(allowed) * 1000;
}

/** Undefined where the runtime does not know it. */
async function found<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "NotFound") return undefined;
    throw error;
  }
}
