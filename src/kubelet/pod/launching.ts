/**
 * Makes and starts one container, with its hook and its probes. Whatever fails leaves a reason in the state (for the
 * status) and an event, and says when to try again.
 */
import type { Container } from "../../api/core/index.ts";
import { containerConfig } from "../config/container.ts";
import { ConfigError } from "../config/env.ts";
import { verifyNonRoot } from "../config/security.ts";
import type { KubeletContext } from "../context.ts";
import { ImageError } from "../images/images.ts";
import type { PodNotes } from "../notes.ts";
import { runHook } from "../probes/handler.ts";
import type { PodSandboxConfig } from "../runtime.ts";
import { isUnavailable, rpcText } from "../runtime.ts";
import { next } from "./backoff.ts";
import type { Start } from "./decide.ts";
import { Patience, UNDERWAY_RETRY, Underway, madeContainer, startedOnce } from "./earlier-life.ts";
import type { Furnishing } from "./furnishing.ts";
import type { LocalState } from "./local-state.ts";
import { currentSandbox, newest, newestTwo } from "./situation.ts";

/** Milliseconds until a container that could not be configured or made is tried again. */
const RETRY = { config: 10_000, create: 2000 };

export interface StartContext extends KubeletContext {
  readonly notes: PodNotes;
  /** Aborts when the pod is to end, or the kubelet: pulls and hooks are given up, and nothing more is begun. */
  readonly signal: AbortSignal;
  /** The picture has changed: tell the API soon. */
  progressed(): void;
  stopContainer(state: LocalState, start: Start, id: string, message: string): Promise<void>;
}

/** A container to start, with what is got ready for it while the sandbox is made. */
export interface Wanted {
  readonly start: Start;
  readonly image: ReturnType<KubeletContext["images"]["ensure"]>;
  readonly terminationLog: Promise<string>;
}

/** Whether the sandbox's address is known by now; it is asked for beside other work. */
export class Address {
  /** Never rejects; false: it could not be had, and {@link failure} says why. */
  readonly known: Promise<boolean>;
  failure: unknown;

  /** Without `learn` it was known before. */
  constructor(learn?: () => Promise<void>) {
    const fail = (error: unknown): boolean => {
      this.failure = error;
      return false;
    };
    this.known = learn ? learn().then(() => true, fail) : Promise.resolve(true);
  }
}

export class Launcher {
  readonly #context: StartContext;
  readonly #state: LocalState;
  readonly #furnishing: Furnishing;
  readonly #patience = new Patience();

  constructor(state: LocalState, context: StartContext, furnishing: Furnishing) {
    this.#state = state;
    this.#context = context;
    this.#furnishing = furnishing;
  }

  async start(wanted: Wanted, config: PodSandboxConfig, address: Address): Promise<void> {
    const { start, image } = wanted;
    const { clock, notes, signal } = this.#context;
    const { container } = start.member;
    const { name } = container;
    try {
      const { spec, image: found } = await orAborted(image, signal);
      // The sandbox is forgotten then: nothing can be made in it.
      if (address.failure !== undefined) return;
      verifyNonRoot(this.#state.pod, container, found ?? {});
      const id = await notes.step("create container", { container: name }, () =>
        this.#create(wanted, spec, config, address),
      );
      if (!(await address.known) || signal.aborted) return;
      await this.#launch(start, id);
      this.#patience.over(name);
    } catch (caught) {
      const now = clock.now();
      const error = this.#patience.judge(caught, name, now);
      if (error instanceof Underway) {
        this.#state.failures.set(name, { reason: "ContainerCreating", message: "", retryAt: now + UNDERWAY_RETRY });
      } else if (error instanceof ImageError) {
        this.#fail(start, error.reason, error.message, `Error: ${error.reason}`, error.retryAt);
      } else if (error instanceof StartError) {
        // The container's own back-off says when to start it again.
        this.#fail(start, error.reason, error.message, error.event, now);
      } else if (error instanceof ConfigError) {
        this.#fail(start, "CreateContainerConfigError", error.message, `Error: ${error.message}`, now + RETRY.config);
      } else if (!signal.aborted) {
        if (isUnavailable(error)) this.#context.runtimeFailed(error);
        // The image may have been removed behind our back.
        this.#context.images.forgetPresent();
        this.#fail(start, "CreateContainerError", rpcText(error), `Error: ${rpcText(error)}`, now + RETRY.create);
      }
    }
  }

  /** Gives the container to start: a new one, or one that was made before and may be starting even now. */
  async #create(
    { start, terminationLog }: Wanted,
    image: Parameters<typeof containerConfig>[2]["image"],
    config: PodSandboxConfig,
    address: Address,
  ): Promise<string> {
    const { runtime, host, node, events } = this.#context;
    const { pod } = this.#state;
    const { member, restarts } = start;
    const { name } = member.container;
    const sandbox = currentSandbox(this.#state.runtime)!;
    const left = newest(this.#state.runtime, name, sandbox.id);
    if (left?.state === "CREATED") return left.id;
    if (usesAddress(member.container)) await address.known;
    const { env, mounts } = await this.#furnishing.of(member, await terminationLog);
    const targetId = member.target && newest(this.#state.runtime, member.target)?.id;
    const making = runtime.createContainer(
      sandbox.id,
      containerConfig(pod, member, {
        restarts,
        image,
        env,
        mounts,
        devices: [],
        nodeMemory: node.memoryBytes,
        cgroups: host.cgroups,
        seccompRoot: `${node.places.root}/seccomp`,
        ...(targetId && { targetId }),
      }),
      config,
    );
    const wanted = { name, attempt: restarts, sandboxId: sandbox.id };
    const id = await madeContainer(making, wanted, this.#state, runtime);
    this.#state.given.set(id, member.container.resources ?? {});
    events.pod(pod, "Normal", "Created", "Container created", member);
    return id;
  }

  async #launch(start: Start, id: string): Promise<void> {
    const { runtime, events, notes, clock } = this.#context;
    const { pod, backOff, failures } = this.#state;
    const { member } = start;
    const { name } = member.container;
    const sandboxId = currentSandbox(this.#state.runtime)!.id;
    const hook = member.container.lifecycle?.postStart;
    if (hook) this.#state.hooked.add(id);
    try {
      const before = newestTwo(this.#state.runtime, name).find((one) => one.id !== id);
      const begin = (): Promise<void> =>
        notes.step("start container", { container: name, attempt: start.restarts }, () => runtime.startContainer(id));
      const { refusal } = await startedOnce(begin, { id, sandboxId }, this.#state, runtime);
      // The first failure costs nothing; from then on each start makes the next wait longer.
      if (start.restarts > 0) {
        const now = clock.now();
        backOff.set(name, next(backOff.get(name), before?.finishedAt ?? now, now));
      }
      if (refusal !== undefined) {
        if (isUnavailable(refusal)) this.#context.runtimeFailed(refusal);
        throw new StartError("RunContainerError", rpcText(refusal), `Error: ${rpcText(refusal)}`);
      }
      events.pod(pod, "Normal", "Started", "Container started", member);
      failures.delete(name);
      this.#beginProbes(start, id);
      if (hook) await this.#postStart(start, id, hook);
    } finally {
      this.#state.hooked.delete(id);
    }
  }

  async #postStart(start: Start, id: string, hook: NonNullable<Parameters<typeof runHook>[0]>): Promise<void> {
    const { events, signal } = this.#context;
    const { member } = start;
    this.#context.progressed();
    try {
      const { runtime, clock, host } = this.#context;
      await runHook(hook, this.#target(start, id), { runtime, clock, network: host.network }, 0, signal);
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      // What a command printed may be secret: events do not tell it.
      events.pod(this.#state.pod, "Warning", "FailedPostStartHook", "PostStartHook failed", member);
      await this.#context.stopContainer(this.#state, start, id, "FailedPostStartHook");
      throw new StartError("PostStartHookError", message);
    }
  }

  #beginProbes(start: Start, id: string): void {
    const running = this.#state.runtime.containers.find((container) => container.id === id);
    if (running?.state !== "RUNNING" || start.member.role === "init" || start.member.role === "ephemeral") return;
    this.#context.prober.begin(this.#target(start, id), running.startedAt);
  }

  #target({ member }: Start, containerId: string): Parameters<typeof runHook>[1] {
    const { pod, runtime } = this.#state;
    const podIP = pod.spec.hostNetwork ? this.#context.node.hostIPs[0] : currentSandbox(runtime)?.ips[0];
    return { pod, container: member.container, containerId, podIP: podIP ?? "" };
  }

  #fail(start: Start, reason: string, message: string, event: string | undefined, retryAt: number): void {
    this.#state.failures.set(start.member.container.name, { reason, message, retryAt });
    if (event !== undefined) this.#context.events.pod(this.#state.pod, "Warning", "Failed", event, start.member);
  }
}

/** Whether the container is told the pod's address when it is made. */
function usesAddress({ env = [] }: Container): boolean {
  return env.some(({ valueFrom }) => valueFrom?.fieldRef?.fieldPath.startsWith("status.podIP"));
}

/** A container was made but did not come up. */
class StartError extends Error {
  readonly reason: "RunContainerError" | "PostStartHookError";
  /** What the Failed event says; undefined: it has been told. */
  readonly event: string | undefined;
  constructor(reason: StartError["reason"], message: string, event?: string) {
    super(message);
    this.reason = reason;
    this.event = event;
  }
}

/** The result, or the signal's reason where it aborts first. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const finish = (): void => signal.removeEventListener("abort", stop);
    work.then(resolve, reject).finally(finish);
  });
}
