/**
 * What to do for a pod now: which sandbox to make, which containers to start and which to kill.
 *
 * `decide` sees one {@link Situation}, calls nothing and reads no clock. The worker carries the actions out and asks
 * again when something has changed, so no rule here remembers what it asked for before.
 */
import type { Container, Pod } from "../../api/core/index.ts";
import { formatDuration } from "../../machinery/time.ts";
import { remaining } from "./backoff.ts";
import { CONTAINER_HASH, podText } from "./names.ts";
import { needsRestart } from "./resizing.ts";
import type { PodContainer, Situation, StartFailure } from "./situation.ts";
import { currentSandbox, hasStarted, newest, restartCount } from "./situation.ts";
import type { Member } from "./spec.ts";
import { containerHash, lastStatus, members, restartPolicy } from "./spec.ts";

export interface Actions {
  /** The sandbox is missing or broken: stop what is left of the old one, make one with this attempt. */
  readonly newSandbox?: { readonly attempt: number; readonly replaces?: string };
  readonly start: readonly Start[];
  readonly kill: readonly Kill[];
  /** Containers that wait out a back-off, with what their status says meanwhile. */
  readonly waiting: ReadonlyMap<string, StartFailure>;
  /** When to decide again though nothing has changed; milliseconds since the epoch. */
  readonly recheckAt?: number;
}

export interface Start {
  readonly member: Member;
  /** 0 for the first start of this container in the pod's life. */
  readonly restarts: number;
}

export interface Kill {
  readonly container: PodContainer;
  readonly member: Member;
  readonly why: KillReason;
  readonly message: string;
}

export type KillReason = "LivenessProbe" | "StartupProbe" | "Changed" | "Resized" | "Unknown";

export function decide(situation: Situation): Actions {
  const { pod, runtime, memory } = situation;
  const plan = new Plan(situation);
  if (memory.terminating) return plan;

  const sandbox = currentSandbox(runtime);
  const usable = sandbox?.state === "READY" && (pod.spec.hostNetwork === true || sandbox.ips.length > 0);
  if (memory.notBefore !== undefined && memory.notBefore > situation.now) {
    plan.recheckAt = memory.notBefore;
    return plan;
  }
  if (!usable) {
    if (nothingLeftToRun(situation)) return plan;
    plan.newSandbox = { attempt: sandbox ? sandbox.metadata.attempt + 1 : 0, replaces: sandbox?.id };
    plan.inSandbox(undefined);
  } else {
    plan.inSandbox(sandbox.id);
  }
  return plan;
}

/** A pod that has run and may not run again needs no new sandbox. */
function nothingLeftToRun({ pod, runtime }: Situation): boolean {
  if (runtime.containers.length === 0 || restartPolicy(pod) === "Always") return false;
  return pod.spec.containers.every((container) => {
    const last = newest(runtime, container.name);
    return last?.state === "EXITED" && !mayRestart(pod, container, last.exitCode);
  });
}

class Plan implements Actions {
  newSandbox?: { attempt: number; replaces?: string };
  readonly start: Start[] = [];
  readonly kill: Kill[] = [];
  readonly waiting = new Map<string, StartFailure>();
  recheckAt?: number;
  readonly #situation: Situation;
  #sandboxId: string | undefined;

  constructor(situation: Situation) {
    this.#situation = situation;
  }

  /** Goes through the containers in order; `sandboxId` undefined: a new one in which nothing runs yet. */
  inSandbox(sandboxId: string | undefined): void {
    this.#sandboxId = sandboxId;
    const { pod } = this.#situation;
    const all = members(pod);
    const initialized = all.some((member) => member.role === "main" && this.#in(member, sandboxId) !== undefined);
    for (const [index, member] of all.entries()) {
      if (member.role === "init") {
        const later = initialized || all.slice(index + 1).some((after) => this.#in(after, sandboxId) !== undefined);
        if (!later && !this.#initDone(member, sandboxId)) return this.#ephemeral(all, sandboxId);
      } else if (member.role === "sidecar") {
        const started = this.#keepRunning(member, sandboxId);
        if (!started && !initialized) return this.#ephemeral(all, sandboxId);
      } else if (member.role === "main") {
        this.#keepRunning(member, sandboxId);
      }
    }
    this.#ephemeral(all, sandboxId);
  }

  /** Ephemeral containers start whenever there is a sandbox, once, and are never started again. */
  #ephemeral(all: readonly Member[], sandboxId: string | undefined): void {
    const { runtime } = this.#situation;
    if (sandboxId === undefined) return;
    for (const member of all) {
      if (member.role !== "ephemeral") continue;
      const now = newest(runtime, member.container.name);
      if (!now || (now.state === "CREATED" && now.podSandboxId === sandboxId)) this.#startWhenAllowed(member, now);
    }
  }

  #in(member: Member, sandboxId: string | undefined): PodContainer | undefined {
    return sandboxId === undefined ? undefined : newest(this.#situation.runtime, member.container.name, sandboxId);
  }

  /** True when the next container may go on. */
  #initDone(member: Member, sandboxId: string | undefined): boolean {
    const { pod } = this.#situation;
    const now = this.#in(member, sandboxId);
    if (now?.state === "EXITED") {
      if (now.exitCode === 0) return true;
      if (mayRestart(pod, member.container, now.exitCode)) this.#startWhenAllowed(member, now);
    } else if (now?.state !== "RUNNING") {
      // One that was made and not started is taken over.
      this.#startWhenAllowed(member, now);
    }
    return false;
  }

  /** Starts, restarts or kills; true when it runs and has started. */
  #keepRunning(member: Member, sandboxId: string | undefined): boolean {
    const { pod } = this.#situation;
    const { container } = member;
    const now = this.#in(member, sandboxId);
    if (now?.state === "RUNNING") {
      const verdict = this.#verdict(member, now);
      if (verdict) {
        this.kill.push({ container: now, member, ...verdict });
        return false;
      }
      return hasStarted(this.#situation, now, container.startupProbe !== undefined);
    }
    if (now?.state === "UNKNOWN") {
      this.kill.push({
        container: now,
        member,
        why: "Unknown",
        message: `Container ${container.name} is in unknown state, try killing it before restart`,
      });
      return false;
    }
    // What ended for good in a sandbox that is lost has ended for good.
    const last = now ?? newest(this.#situation.runtime, container.name);
    if (last?.state === "EXITED" && !mayRestart(pod, container, last.exitCode)) return false;
    this.#startWhenAllowed(member, last);
    return false;
  }

  /** Why a running container must go, in upstream's words. */
  #verdict({ container }: Member, now: PodContainer): { why: KillReason; message: string } | undefined {
    const probes = this.#situation.memory.probes.get(now.id);
    const hash = now.annotations[CONTAINER_HASH];
    if (hash !== undefined && hash !== containerHash(container)) {
      return { why: "Changed", message: `Container ${container.name} definition changed, will be restarted` };
    }
    const given = this.#situation.memory.given.get(now.id);
    if (given && needsRestart(container, given)) {
      return { why: "Resized", message: `Container ${container.name} resize requires restart` };
    }
    if (probes?.startup === false) {
      return { why: "StartupProbe", message: `Container ${container.name} failed startup probe, will be restarted` };
    }
    if (probes?.liveness === false) {
      return { why: "LivenessProbe", message: `Container ${container.name} failed liveness probe, will be restarted` };
    }
    return undefined;
  }

  #startWhenAllowed(member: Member, last: PodContainer | undefined): void {
    const { pod, runtime, memory, now } = this.#situation;
    const { name } = member.container;
    const backOff = memory.backOff.get(name);
    const wait = last?.state === "EXITED" ? remaining(backOff, last.finishedAt, now) : 0;
    if (wait > 0) {
      this.waiting.set(name, {
        reason: "CrashLoopBackOff",
        message: `back-off ${formatDuration(backOff!.delay)} restarting failed container=${name} pod=${podText(pod)}`,
      });
      this.recheckAt = Math.min(this.recheckAt ?? Infinity, now + wait);
      return;
    }
    const retryAt = memory.failures.get(name)?.retryAt ?? 0;
    if (retryAt > now) {
      this.recheckAt = Math.min(this.recheckAt ?? Infinity, retryAt);
      return;
    }
    const before = newest(runtime, name);
    // What was created and not started is still to be started; what a lost sandbox holds keeps its number.
    const same = before?.state === "CREATED" && before.podSandboxId === this.#sandboxId;
    const restarts = before ? restartCount(before) + (same ? 0 : 1) : restartsTold(this.#situation, member);
    this.start.push({ member, restarts });
  }
}

/** A runtime that has lost what it ran (a new disk, a reboot) leaves only the API to know how often that was. */
function restartsTold({ pod, memory }: Situation, { role, container }: Member): number {
  const told = lastStatus(pod, role, container.name);
  if (memory.carriesOn) return told?.restartCount ?? 0;
  // Without an id the count is that of the next one already: see the status of a container that is lost.
  return (told?.restartCount ?? 0) + (told?.containerID ? 1 : 0);
}

/** Whether an exited container is to be started again. */
export function mayRestart(pod: Pod, container: Container, exitCode: number): boolean {
  return pod.metadata.deletionTimestamp === undefined && startsAgain(pod, container, exitCode);
}

/** Whether the policies ask for another start after such an end. */
export function startsAgain(pod: Pod, container: Container, exitCode: number): boolean {
  const byRule = ruleFor(container, exitCode);
  if (byRule !== undefined) return byRule;
  const policy = container.restartPolicy ?? restartPolicy(pod);
  if (policy === "Always") return true;
  return policy === "OnFailure" && exitCode !== 0;
}

/** A container's own rules on exit codes come before its policy. */
function ruleFor(container: Container, exitCode: number): boolean | undefined {
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    if (!exitCodes) continue;
    const listed = exitCodes.values?.includes(exitCode) ?? false;
    if (listed === (exitCodes.operator === "In")) return action === "Restart" ? true : undefined;
  }
  return undefined;
}
