/**
 * Brings up what `decide` asked for: the sandbox, the volumes and the images at the same time, then the containers
 * one after the other, in order. The sandbox takes longest by far, so its call goes out before anything else is
 * begun, and what the containers need of the disk is made meanwhile.
 *
 * Whatever fails leaves a reason in the state (for the status) and an event, and says when to try again.
 */
import type { Secret } from "../../api/core/index.ts";
import { containerConfig } from "../config/container.ts";
import { hostNetworkHostsFile, hostsFile } from "../config/dns.ts";
import type { EnvSources } from "../config/env.ts";
import { ConfigError, environment } from "../config/env.ts";
import { sandboxConfig } from "../config/sandbox.ts";
import { verifyNonRoot } from "../config/security.ts";
import type { KubeletContext } from "../context.ts";
import { ImageError } from "../images/images.ts";
import type { PodNotes } from "../notes.ts";
import { runHook } from "../probes/handler.ts";
import type { PodSandboxConfig } from "../runtime.ts";
import { RuntimeError, rpcText } from "../runtime.ts";
import type { ContentSources } from "../volumes/content.ts";
import { containerMounts } from "../volumes/mounts.ts";
import { MountError, setUpVolumes } from "../volumes/volumes.ts";
import type { VolumePaths } from "../volumes/volumes.ts";
import { next } from "./backoff.ts";
import type { Actions, Start } from "./decide.ts";
import { Patience, Underway, madeContainer, madeSandbox, startedOnce } from "./earlier-life.ts";
import type { LocalState } from "./local-state.ts";
import { podCgroup, podCgroupLimits } from "./resources.ts";
import { podDirectory, podLogDirectory } from "./names.ts";
import { currentSandbox, newest } from "./situation.ts";

/** Milliseconds until a failed sandbox, volume or container configuration is tried again. */
const RETRY = { sandbox: 1000, mount: 500, config: 10_000, create: 2000, underway: 200 };
const LAST_RETRY = 120_000;
/** What patience knows the sandbox by: no container is named so. */
const SANDBOX = "";

export interface StartContext extends KubeletContext {
  readonly notes: PodNotes;
  /** Aborts when the pod is to end, or the kubelet: pulls and hooks are given up, and nothing more is begun. */
  readonly signal: AbortSignal;
  /** The picture has changed: tell the API soon. */
  progressed(): void;
  stopContainer(state: LocalState, start: Start, id: string, message: string): Promise<void>;
}

/** A container to start, with what is got ready for it while the sandbox is made. */
interface Wanted {
  readonly start: Start;
  readonly image: ReturnType<KubeletContext["images"]["ensure"]>;
  readonly terminationLog: Promise<string>;
}

export class Starter {
  readonly #context: StartContext;
  readonly #state: LocalState;
  readonly #patience = new Patience();
  #failures = 0;
  #paths: VolumePaths | undefined;

  constructor(state: LocalState, context: StartContext) {
    this.#state = state;
    this.#context = context;
  }

  /** Failures are left in the state, with when to try again. */
  async run({ newSandbox, start }: Actions): Promise<void> {
    const { images, events, signal, notes } = this.#context;
    const { pod } = this.#state;
    const attempt = newSandbox?.attempt ?? currentSandbox(this.#state.runtime)?.metadata.attempt ?? 0;
    const config = sandboxConfig(pod, attempt, this.#context.node);

    const sandbox = newSandbox && this.#makeSandbox(config, newSandbox.replaces);
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
      const terminationLog = this.#terminationLog(one);
      for (const result of [image, terminationLog]) result.catch(() => {});
      return { start: one, image, terminationLog };
    });
    try {
      await Promise.all([sandbox, newSandbox && this.#places(), this.#volumes()]);
      this.#failures = 0;
      this.#patience.over(SANDBOX);
      this.#state.notBefore = undefined;
    } catch (error) {
      return this.#failed(error);
    }
    this.#context.progressed();
    for (const one of wanted) {
      if (signal.aborted) return;
      await this.#startOne(one, config);
      this.#context.progressed();
    }
  }

  /** Volumes' contents are brought up to date; nothing is started. */
  async refreshVolumes(): Promise<void> {
    const { host, client, node } = this.#context;
    this.#paths = await setUpVolumes(this.#state.pod, this.#contentSources(), {
      host,
      client,
      places: node.places,
    });
  }

  async #volumes(): Promise<void> {
    const { notes } = this.#context;
    const volumes = this.#state.pod.spec.volumes ?? [];
    if (this.#paths || volumes.length === 0) {
      this.#paths ??= new Map();
      return;
    }
    await notes.step("mount volumes", { volumes: volumes.map(({ name }) => name) }, () => this.refreshVolumes());
  }

  async #makeSandbox(config: PodSandboxConfig, replaces: string | undefined): Promise<void> {
    const { runtime, notes, events } = this.#context;
    if (replaces !== undefined) {
      events.pod(this.#state.pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      await runtime.stopPodSandbox(replaces);
      await this.#state.inspect(runtime);
    }
    const detail = { attempt: config.metadata.attempt };
    const id = await notes.step("sandbox", detail, () => this.#runSandbox(config));
    this.#state.putSandbox(await runtime.podSandboxStatus(id));
  }

  /** The pod's directories and its control group; the runtime makes the group as well where it comes first. */
  async #places(): Promise<void> {
    const { host, node } = this.#context;
    const { pod } = this.#state;
    await Promise.all([
      host.files.makeDirectory(podLogDirectory(node.places, pod), 0o755),
      host.files.makeDirectory(podDirectory(node.places, pod.metadata.uid), 0o750),
      host.cgroups.ensure(podCgroup(node.cgroupRoot, pod), podCgroupLimits(pod)),
    ]);
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

  /** An empty file for the container's last words. */
  async #terminationLog({ member }: Start): Promise<string> {
    const { host, node, random } = this.#context;
    const folder = `${podDirectory(node.places, this.#state.pod.metadata.uid)}/containers/${member.container.name}`;
    const path = `${folder}/${hex(random.bytes(4))}`;
    if (host.keepsFiles) {
      await host.files.makeDirectory(folder, 0o750);
      await host.files.writeFile(path, new Uint8Array(), 0o666);
    }
    return path;
  }

  async #startOne(wanted: Wanted, config: PodSandboxConfig): Promise<void> {
    const { start, image } = wanted;
    const { clock, notes, signal } = this.#context;
    const { container } = start.member;
    const { name } = container;
    try {
      const { spec, image: found } = await orAborted(image, signal);
      verifyNonRoot(this.#state.pod, container, found ?? {});
      const id = await notes.step("create container", { container: name }, () => this.#create(wanted, spec, config));
      if (signal.aborted) return;
      await this.#launch(start, id);
      this.#patience.over(name);
    } catch (caught) {
      const now = clock.now();
      const error = this.#patience.judge(caught, name, now);
      if (error instanceof Underway) {
        this.#state.failures.set(name, { reason: "ContainerCreating", message: "", retryAt: now + RETRY.underway });
      } else if (error instanceof ImageError) {
        this.#fail(start, error.reason, error.message, `Error: ${error.reason}`, error.retryAt);
      } else if (error instanceof StartError) {
        // The container's own back-off says when to start it again.
        this.#fail(start, error.reason, error.message, error.event, now);
      } else if (error instanceof ConfigError) {
        this.#fail(start, "CreateContainerConfigError", error.message, `Error: ${error.message}`, now + RETRY.config);
      } else if (!signal.aborted) {
        this.#runtimeDown(error);
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
  ): Promise<string> {
    const { runtime, host, node, events } = this.#context;
    const { pod } = this.#state;
    const { member, restarts } = start;
    const { name } = member.container;
    const sandbox = currentSandbox(this.#state.runtime)!;
    const left = newest(this.#state.runtime, name, sandbox.id);
    if (left?.state === "CREATED") return left.id;
    const env = await environment(pod, member.container, this.#envSources());
    const hosts = `${podDirectory(node.places, pod.metadata.uid)}/etc-hosts`;
    if (host.keepsFiles) await host.files.writeFile(hosts, await this.#hostsFile(), 0o644);
    const mounts = await containerMounts(pod, member, {
      paths: this.#paths ?? new Map(),
      env,
      host,
      hostsFile: hosts,
      terminationLog: await terminationLog,
    });
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
        cgroupVersion: host.cgroups.version,
        seccompRoot: `${node.places.root}/seccomp`,
        ...(targetId && { targetId }),
      }),
      config,
    );
    const wanted = { name, attempt: restarts, sandboxId: sandbox.id };
    const id = await madeContainer(making, wanted, this.#state, runtime);
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
      const begin = (): Promise<void> =>
        notes.step("start container", { container: name, attempt: start.restarts }, () => runtime.startContainer(id));
      const { refusal } = await startedOnce(begin, { id, sandboxId }, this.#state, runtime);
      // The first failure costs nothing; from then on each start makes the next wait longer.
      if (start.restarts > 0) backOff.set(name, next(backOff.get(name), clock.now()));
      if (refusal !== undefined) {
        this.#runtimeDown(refusal);
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

  #failed(caught: unknown): void {
    const { events, clock, log } = this.#context;
    const { pod } = this.#state;
    const error = this.#patience.judge(caught, SANDBOX, clock.now());
    if (error instanceof Underway) return void (this.#state.notBefore = clock.now() + RETRY.underway);
    this.#runtimeDown(error);
    this.#failures++;
    const base = error instanceof MountError ? RETRY.mount : RETRY.sandbox;
    const wait = Math.min(LAST_RETRY, base * 2 ** (this.#failures - 1));
    if (error instanceof MountError) events.pod(pod, "Warning", "FailedMount", error.message);
    else if (error instanceof SandboxError) events.pod(pod, "Warning", "FailedCreatePodSandBox", error.message);
    else log.warn("a pod could not be started", { pod: pod.metadata.name, namespace: pod.metadata.namespace, error });
    this.#state.notBefore = clock.now() + wait;
  }

  #runtimeDown(error: unknown): void {
    const cause = error instanceof SandboxError ? error.cause : error;
    if (cause instanceof RuntimeError && cause.code === "Unavailable") this.#context.runtimeFailed(cause);
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

  #envSources(): EnvSources {
    const { objects, services, node } = this.#context;
    const { metadata } = this.#state.pod;
    return {
      configMap: (name) => objects.configMap(metadata.namespace ?? "", name),
      secret: (name) => objects.secret(metadata.namespace ?? "", name),
      services,
      file: (volume, path) => this.#volumeFile(volume, path),
      podIPs: this.#podIPs(),
      hostIPs: node.hostIPs,
      node,
    };
  }

  #contentSources(): ContentSources {
    const { objects, tokens, node } = this.#context;
    return { objects, tokens, node, podIPs: this.#podIPs(), hostIPs: node.hostIPs };
  }

  #podIPs(): readonly string[] {
    if (this.#state.pod.spec.hostNetwork) return this.#context.node.hostIPs;
    return currentSandbox(this.#state.runtime)?.ips ?? [];
  }

  async #volumeFile(volume: string, path: string): Promise<string | undefined> {
    const folder = this.#paths?.get(volume);
    if (folder === undefined || path.split("/").includes("..")) return undefined;
    const bytes = await this.#context.host.files.readTail(`${folder}/${path}`, 64 * 1024);
    return bytes && new TextDecoder().decode(bytes);
  }

  async #hostsFile(): Promise<Uint8Array> {
    const { host, node } = this.#context;
    const { pod } = this.#state;
    const text = pod.spec.hostNetwork
      ? hostNetworkHostsFile(pod, new TextDecoder().decode(await host.files.readTail("/etc/hosts", 64 * 1024)))
      : hostsFile(pod, this.#podIPs(), node.clusterDns.domain);
    return new TextEncoder().encode(text);
  }
}

/** The runtime refused the sandbox. */
class SandboxError extends Error {
  constructor(cause: unknown) {
    super(`Failed to create pod sandbox: ${rpcText(cause)}`, { cause });
  }
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

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
