/**
 * Brings up what `decide` asked for: the sandbox, the volumes and the images at the same time, then the containers
 * one after the other, in order. The sandbox takes longest by far, so its call is on its way before anything else is
 * begun, and what the containers need of the disk is made meanwhile. A new sandbox's address is asked for while its first
 * container is made; it is known before that starts.
 *
 * Whatever fails leaves a reason in the state (for the status) and an event, and says when to try again.
 */
import type { Secret } from "../../api/core/index.ts";
import { sandboxConfig } from "../config/sandbox.ts";
import { sleep } from "../../machinery/clock.ts";
import type { PodSandboxConfig } from "../runtime.ts";
import { isUnavailable, rpcText } from "../runtime.ts";
import { MountError } from "../volumes/volumes.ts";
import type { Actions } from "./decide.ts";
import { Patience, UNDERWAY_RETRY, Underway, madeSandbox } from "./earlier-life.ts";
import { Furnishing } from "./furnishing.ts";
import type { StartContext, Wanted } from "./launching.ts";
import { Address, Launcher } from "./launching.ts";
import type { LocalState } from "./local-state.ts";
import { currentSandbox } from "./situation.ts";

/** Milliseconds until a failed sandbox or volume is tried again: the first wait, which doubles, and the last. */
const RETRY = { sandbox: 1000, mount: 500 };
const LAST_RETRY = 120_000;
/** What patience knows the sandbox by. */
const SANDBOX = "";

export class Starter {
  readonly #context: StartContext;
  readonly #state: LocalState;
  readonly #patience = new Patience();
  readonly #furnishing: Furnishing;
  readonly #launcher: Launcher;
  #failures = 0;
  #refreshFailures = 0;

  constructor(state: LocalState, context: StartContext) {
    this.#state = state;
    this.#context = context;
    this.#furnishing = new Furnishing(state, context);
    this.#launcher = new Launcher(state, context, this.#furnishing);
  }

  /** Failures are left in the state, with when to try again. */
  async run({ newSandbox, start }: Actions): Promise<void> {
    const { images, events, signal, notes } = this.#context;
    const { pod } = this.#state;
    const attempt = newSandbox?.attempt ?? currentSandbox(this.#state.runtime)?.metadata.attempt ?? 0;
    const config = sandboxConfig(pod, attempt, this.#context.node);

    const sandbox = newSandbox ? this.#makeSandbox(config, newSandbox.replaces) : Promise.resolve(new Address());
    sandbox.catch(() => {});
    // The call leaves when this turn of the event loop ends: what else there is to do would hold it, and other pods' calls, up.
    if (newSandbox) await sleep(this.#context.clock, 0);
    const wanted = start.map((one): Wanted => {
      const tell = (type: "Normal" | "Warning", reason: string, message: string): void =>
        events.pod(pod, type, reason, message, one.member);
      const image = images.ensure({
        pod,
        member: one.member,
        secrets: () => this.#pullSecrets(),
        sandbox: config,
        tell,
        notes,
      });
      const terminationLog = this.#furnishing.terminationLog(one.member, one.restarts);
      for (const result of [image, terminationLog]) result.catch(() => {});
      return { start: one, image, terminationLog };
    });
    let address: Address;
    try {
      address = await both(sandbox, this.#furnishing.prepare());
      this.#failures = 0;
      this.#patience.over(SANDBOX);
      this.#state.notBefore = undefined;
    } catch (error) {
      return this.#failed(error);
    }
    this.#context.progressed();
    for (const one of wanted) {
      if (signal.aborted) break;
      await this.#launcher.start(one, config, address);
      if (address.failure !== undefined) break;
      this.#context.progressed();
    }
    if (!(await address.known)) this.#failed(address.failure);
  }

  /** Volumes' contents are brought up to date; nothing is started. Gives when to try again what failed: it is told. */
  async refreshVolumes(): Promise<number | undefined> {
    const { events, clock } = this.#context;
    try {
      await this.#furnishing.refreshVolumes();
      this.#refreshFailures = 0;
      return undefined;
    } catch (error) {
      if (!(error instanceof MountError)) throw error;
      events.pod(this.#state.pod, "Warning", "FailedMount", error.message);
      return clock.now() + waitAfter(RETRY.mount, this.#refreshFailures++);
    }
  }

  async #makeSandbox(config: PodSandboxConfig, replaces: string | undefined): Promise<Address> {
    const { runtime, notes, events } = this.#context;
    if (replaces !== undefined) {
      events.pod(this.#state.pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      await runtime.stopPodSandbox(replaces);
      await this.#state.inspect(runtime);
    }
    const detail = { attempt: config.metadata.attempt };
    const id = await notes.step("sandbox", detail, () => this.#runSandbox(config));
    const { metadata, labels, annotations } = config;
    const made = { id, metadata, labels, annotations, state: "READY", createdAt: this.#context.clock.now() } as const;
    this.#state.putSandbox({ ...made, ips: [] });
    return new Address(async () => {
      try {
        this.#state.putSandbox(await runtime.podSandboxStatus(id));
        await this.#furnishing.hosts();
      } catch (error) {
        // It is made, and found again under its name.
        this.#state.drop(id);
        throw error;
      }
    });
  }

  async #runSandbox(config: PodSandboxConfig): Promise<string> {
    const { runtime } = this.#context;
    const making = runtime.runPodSandbox(config, this.#state.pod.spec.runtimeClassName);
    try {
      return await madeSandbox(making, config.metadata, this.#state, runtime);
    } catch (error) {
      throw error instanceof Underway ? error : new SandboxError(error);
    }
  }

  #failed(caught: unknown): void {
    const { events, clock, log } = this.#context;
    const { pod } = this.#state;
    const error = this.#patience.judge(caught, SANDBOX, clock.now());
    if (error instanceof Underway) return void (this.#state.notBefore = clock.now() + UNDERWAY_RETRY);
    const cause = error instanceof SandboxError ? error.cause : error;
    if (isUnavailable(cause)) this.#context.runtimeFailed(cause);
    const wait = waitAfter(error instanceof MountError ? RETRY.mount : RETRY.sandbox, this.#failures++);
    if (error instanceof MountError) events.pod(pod, "Warning", "FailedMount", error.message);
    else if (error instanceof SandboxError) events.pod(pod, "Warning", "FailedCreatePodSandBox", error.message);
    else log.warn("a pod could not be started", { pod: pod.metadata.name, namespace: pod.metadata.namespace, error });
    this.#state.notBefore = clock.now() + wait;
  }

  async #pullSecrets(): Promise<readonly Secret[]> {
    const { objects, events } = this.#context;
    const { pod } = this.#state;
    const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
    const found = await Promise.all(names.map((name) => objects.secret(pod.metadata.namespace ?? "", name)));
    const missing = names.filter((_, index) => !found[index]);
    if (missing.length > 0) {
      const message = `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`;
      events.pod(pod, "Warning", "FailedToRetrieveImagePullSecret", message);
    }
    return found.filter((secret) => secret !== undefined);
  }
}

function waitAfter(base: number, failures: number): number {
  return Math.min(LAST_RETRY, base * 2 ** failures);
}

/** The runtime refused the sandbox. */
class SandboxError extends Error {
  constructor(cause: unknown) {
    super(`Failed to create pod sandbox: ${rpcText(cause)}`, { cause });
  }
}

/**
 * Ends when both have, also where one fails: a sandbox that is being made when a volume fails is waited for, with its
 * address, or the next try would make a second one.
 */
async function both(sandbox: Promise<Address>, furnishing: Promise<void>): Promise<Address> {
  const [made, furnished] = await Promise.allSettled([sandbox, furnishing]);
  if (made.status === "rejected") throw made.reason;
  if (furnished.status === "fulfilled") return made.value;
  await made.value.known;
  throw furnished.reason;
}
