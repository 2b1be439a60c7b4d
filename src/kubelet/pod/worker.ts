/**
 * One pod's way through this node, from its first sight to its last file removed.
 *
 * A worker does one thing at a time. Whatever happens (a new version of the pod, a container's end, a probe, a timer)
 * only marks it; it then looks at the whole situation, decides and acts, again and again until nothing is marked.
 */
import type { Pod } from "../../api/core/index.ts";
import type { KubeletContext } from "../context.ts";
import { PodNotes } from "../notes.ts";
import { EVICTED } from "../node/eviction.ts";
import { referencesOf } from "../objects.ts";
import type { RuntimeEvent } from "../runtime.ts";
import { isUnavailable } from "../runtime.ts";
import { newer } from "../status-writer.ts";
import { tellBackOffs } from "./back-offs.ts";
import { collectOld } from "./collecting.ts";
import { looksTheSame, showsItself } from "../volumes/shown.ts";
import type { Actions } from "./decide.ts";
import { decide } from "./decide.ts";
import { cleanUp, deleteFromApi, removeRemains } from "./ending.ts";
import { beginFoundProbes } from "./found-probes.ts";
import type { ListedPod } from "./found.ts";
import { LocalState, deadlineOf } from "./local-state.ts";
import { isFinished } from "./phase.ts";
import { ResizeEvents } from "./resize-events.ts";
import { resize, resourcesOf, sizeDiffers, takeAsGiven } from "./resizing.ts";
import type { NodeMadeCondition, PodContainer, PodRuntime } from "./situation.ts";
import { currentSandbox } from "./situation.ts";
import { graceSeconds, isStatic } from "./spec.ts";
import { Starter } from "./starting.ts";
import type { NodeAddressing } from "./status.ts";
import { isOver, statusOf } from "./status.ts";
import { carryOut, stopAll, stopContainer } from "./stopping.ts";
import { withTerminationMessage } from "./termination-message.ts";

/** How long a status may wait while a pod is being started, in milliseconds: most are up by then and told once. */
const STARTING_DELAY = 1000;
/** The first wait after an error, in milliseconds, which doubles, and the last. */
const [FIRST_RETRY, LAST_RETRY] = [1000, 10_000];
/** Seconds: a node that is out of room cannot wait for its pods. */
const EVICTION_GRACE = 1;

export class PodWorker {
  readonly #context: KubeletContext;
  readonly #state: LocalState;
  readonly #notes: PodNotes;
  readonly #starter: Starter;
  readonly #resizing: ResizeEvents;
  /** Aborts what only a living pod needs: pulls, hooks. */
  readonly #alive = new AbortController();
  /** Aborts when the kubelet stops: nothing more is begun. */
  readonly #letGo = new AbortController();
  #stopping: { readonly abort: AbortController; readonly grace: number } | undefined;
  #release: (() => void) | undefined;
  #cancelRecheck: (() => void) | undefined;
  #running = false;
  #marked = false;
  #stale = false;
  /** Listed by the runtime and not looked at yet. */
  #found: ListedPod | undefined;
  /** When the volumes' contents are to be looked at, milliseconds since the epoch. */
  #volumesDue = Infinity;
  /** How often in a row something has gone wrong. */
  #errors = 0;
  #admitted = false;
  /** The API has no such pod any more. */
  #removed = false;
  #stage: "living" | "stopped" | "cleaned" | "gone" = "living";
  #waiting: Actions["waiting"] = new Map();

  constructor(pod: Pod, context: KubeletContext) {
    this.#context = context;
    const lastWords = (ended: PodContainer): Promise<PodContainer> => withTerminationMessage(ended, context.host);
    const carriesOn = context.carriesOn(pod.metadata.uid);
    this.#state = new LocalState(pod, context.clock.now(), context.prober.results, lastWords, carriesOn);
    this.#resizing = new ResizeEvents(context.events);
    this.#notes = new PodNotes(context.clock);
    this.#notes.saw(pod.metadata.resourceVersion);
    this.#starter = new Starter(this.#state, {
      ...context,
      notes: this.#notes,
      signal: AbortSignal.any([this.#alive.signal, this.#letGo.signal]),
      progressed: () => this.#publish(STARTING_DELAY),
      stopContainer: async (state, { member }, id, message) => {
        const container = state.runtime.containers.find((one) => one.id === id);
        if (container)
          await stopContainer(state, { container, member, message, grace: graceSeconds(state.pod) }, context);
      },
    });
  }

  get pod(): Pod {
    return this.#state.pod;
  }

  /** The pod, as large as the node has granted it. */
  get granted(): Pod {
    return this.#state.granted;
  }

  /** What the runtime has of the pod, as far as the worker knows. */
  get runtime(): PodRuntime {
    return this.#state.runtime;
  }

  /** Whether the node has accepted the pod. */
  get taken(): boolean {
    return this.#admitted;
  }

  /** Whether the pod still takes up room on the node. */
  get active(): boolean {
    return this.#stage === "living" && !isFinished(this.#state.pod.status?.phase);
  }

  /** Whether a container waits out its back-off. */
  waits(name: string): boolean {
    return this.#waiting.has(name) || this.#state.failures.has(name);
  }

  /** Why a container has not started, as its status says it. */
  waitingReason(name: string): string {
    const status = this.#status(false);
    const all = [status.containerStatuses, status.initContainerStatuses, status.ephemeralContainerStatuses];
    return (
      all.flatMap((list) => list ?? []).find((one) => one.name === name)?.state?.waiting?.reason ?? "ContainerCreating"
    );
  }

  /** Whether the node ends the pod of its own accord. */
  get ending(): boolean {
    return this.#state.ended !== undefined;
  }

  /** Takes over what the runtime already has of the pod, before the first look. */
  adopt(listed: ListedPod): void {
    this.#found = listed;
    this.#admitted = listed.sandboxes.length > 0;
  }

  /** A listing of the runtime that may know more than we do. */
  relisted(listed: ListedPod): void {
    // While the worker acts it knows better than a list that was made meanwhile.
    if (this.#running || this.#stage === "gone") return;
    const known = this.#state.runtime.sandboxes.length + this.#state.runtime.containers.length;
    if (listed.sandboxes.length + listed.containers.length > known) this.#found = listed;
    else if (!this.#state.differs(listed)) return;
    this.lookAgain();
  }

  /** A newer version of the pod. */
  update(pod: Pod): void {
    if (newer(this.#state.pod, pod) !== pod) return;
    const { pod: before, granted } = this.#state;
    this.#state.pod = pod;
    const respecified = pod.metadata.generation !== before.metadata.generation;
    if (respecified && this.#admitted && sizeDiffers(before, pod)) this.#state.hold(resourcesOf(granted));
    if (respecified || pod.metadata.deletionTimestamp !== before.metadata.deletionTimestamp) {
      this.#notes.saw(pod.metadata.resourceVersion);
    }
    if (respecified) this.#state.changed(before);
    if (pod.metadata.deletionTimestamp !== undefined) this.#endSooner();
    if (showsItself(pod) && !looksTheSame(before, pod)) this.#volumesDue = 0;
    this.wake();
  }

  /** Our own write came back: the same pod, or its mirror, with the status we gave it. */
  written(pod: Pod): void {
    const { pod: known } = this.#state;
    const mirrors = pod.metadata.uid !== known.metadata.uid;
    this.#state.pod = mirrors ? { ...known, status: pod.status } : newer(known, pod);
  }

  /** The pod is gone from the API; `pod` is its last version, with the grace it was deleted with. */
  removed(pod: Pod): void {
    this.#state.pod = newer(this.#state.pod, pod);
    this.#removed = true;
    this.#endSooner();
    this.wake();
  }

  /** Ends the pod for a reason of the node's own. */
  end(reason: string, message: string, conditions?: readonly NodeMadeCondition[]): void {
    if (this.#state.ended || this.#stage !== "living") return;
    this.#state.ended = { reason, message, ...(conditions && { conditions }) };
    this.#alive.abort(new Error(message));
    this.wake();
  }

  /** Something happened to one of its sandboxes or containers that we did not do. */
  runtimeEvent({ type, id }: RuntimeEvent): void {
    if (type === "CREATED" || type === "STARTED") return;
    const { containers, sandboxes } = this.#state.runtime;
    const container = containers.find((one) => one.id === id);
    const sandbox = sandboxes.find((one) => one.id === id);
    if (container ? container.state === "EXITED" : sandbox?.state !== "READY") return;
    this.lookAgain();
  }

  /** Asks the runtime again. */
  lookAgain(): void {
    this.#stale = true;
    this.wake();
  }

  probed(): void {
    this.wake();
  }

  /** On each heartbeat: tokens that are due are replaced, and a size that was not to be had is asked for again. */
  tick(now: number): void {
    if (this.#state.asksForMore) this.wake();
    const due = this.#context.tokens.refreshAt(this.#state.pod.metadata.uid);
    if (due !== undefined && due <= now && this.#stage === "living") this.refreshVolumes();
  }

  refreshVolumes(): void {
    this.#volumesDue = 0;
    this.wake();
  }

  wake(): void {
    this.#marked = true;
    if (this.#running || this.#stage === "gone") return;
    this.#running = true;
    void this.#loop();
  }

  /** Lets go of the pod as it is; what runs goes on running. */
  stop(): void {
    this.#stage = "gone";
    this.#letGo.abort(new Error("the kubelet stops"));
    this.#cancelRecheck?.();
    this.#release?.();
    for (const { id } of this.#state.runtime.containers) this.#context.prober.end(id);
    this.#context.statuses.forget(this.#state.pod.metadata.uid);
  }

  async #loop(): Promise<void> {
    while (this.#marked && this.#stage !== "gone") {
      this.#marked = false;
      try {
        await this.#look();
        this.#errors = 0;
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#running = false;
  }

  async #look(): Promise<void> {
    const { clock, runtime, prober } = this.#context;
    if (this.#found) {
      const found = this.#found;
      await this.#state.learn(runtime, found);
      if (this.#found === found) this.#found = undefined;
      takeAsGiven(this.#state);
      beginFoundProbes(this.#state, this.#context);
    }
    if (this.#stale) {
      this.#stale = false;
      for (const { id } of await this.#state.inspect(runtime)) prober.end(id);
    }
    if (this.#stage !== "living" || this.#mustEnd()) return this.#end();
    if (!this.#admit()) return this.#end();
    this.#judgeResize();
    this.#release ??= this.#context.objects.hold(referencesOf(this.#state.pod), () => {
      this.#state.retrySoon();
      this.refreshVolumes();
    });

    const actions = decide(this.#state.situation(clock.now()));
    tellBackOffs(this.#state.pod, actions, this.#waiting, this.#context);
    this.#waiting = actions.waiting;
    const starting = actions.newSandbox !== undefined || actions.start.length > 0;
    this.#publish(starting ? STARTING_DELAY : 0);
    if (this.#over()) return this.#end();

    await Promise.all(actions.kill.map((kill) => carryOut(kill, this.#state, this.#context, this.#alive.signal)));
    if (actions.kill.length > 0) this.#marked = true;
    if (starting) {
      await this.#starter.run(actions);
      this.#marked = true;
      if (!this.#mustEnd()) this.#publish(0);
    }
    if (!starting) {
      if (await resize(this.#state, this.#context, this.#resizing)) this.#publish(0);
      if (actions.kill.length === 0) this.#resizing.given(this.#state.granted);
      await collectOld(this.#state, this.#context);
    }
    await this.#refreshVolumes();
    const due = this.#volumesDue > clock.now() ? this.#volumesDue : Infinity;
    this.#recheck(Math.min(actions.recheckAt ?? Infinity, deadlineOf(this.#state) ?? Infinity, due));
  }

  async #refreshVolumes(): Promise<void> {
    if (this.#volumesDue > this.#context.clock.now() || !this.#starterIsUp()) return;
    this.#volumesDue = Infinity;
    const again = await this.#starter.refreshVolumes();
    this.#volumesDue = Math.min(this.#volumesDue, again ?? Infinity);
  }

  #starterIsUp(): boolean {
    return currentSandbox(this.#state.runtime)?.state === "READY";
  }

  /** Judges once whether the node can take the pod; what already runs has been taken. */
  #admit(): boolean {
    if (this.#admitted) return true;
    const rejection = this.#context.admit(this.#state.pod);
    if (!rejection) return (this.#admitted = true);
    const { reason, message } = rejection;
    this.#context.events.pod(this.#state.pod, "Warning", reason, message);
    this.#state.ended = { reason, message: `Pod was rejected: ${message}` };
    return false;
  }

  #judgeResize(): void {
    if (!this.#state.asksForMore) return;
    const { pod, granted } = this.#state;
    this.#state.resize = this.#context.judgeResize(pod);
    this.#resizing.judged(pod, this.#state.resize, sizeDiffers(granted, pod));
    if (!this.#state.resize) this.#state.hold(undefined);
  }

  #mustEnd(): boolean {
    const { pod, ended } = this.#state;
    if (this.#removed || ended || pod.metadata.deletionTimestamp !== undefined || isFinished(pod.status?.phase))
      return true;
    const deadline = deadlineOf(this.#state);
    if (deadline === undefined || this.#context.clock.now() < deadline) return false;
    const message = "Pod was active on the node longer than the specified deadline";
    this.#context.events.pod(pod, "Normal", "DeadlineExceeded", message);
    this.#state.ended = { reason: "DeadlineExceeded", message };
    return true;
  }

  /** Whether everything has run to its end by itself. */
  #over(): boolean {
    return isOver(this.#state.situation(this.#context.clock.now()), this.#addressing());
  }

  /** Stops what runs, tells the final status, cleans up, and lets the API forget the pod. Each step once. */
  async #end(): Promise<void> {
    this.#cancelRecheck?.();
    this.#alive.abort(new Error("the pod ends"));
    if (this.#stage === "living") {
      if (!this.#state.terminating) {
        this.#state.terminating = true;
        for (const { id } of this.#state.runtime.containers) this.#context.prober.endLiveness(id);
        if (!this.#removed && !this.#state.ended) this.#publish(STARTING_DELAY);
      }
      if (!(await this.#stopAll())) return;
      this.#stage = "stopped";
      this.#publish(0, true);
    }
    if (this.#stage === "stopped") {
      this.#release?.();
      await cleanUp(this.#state, this.#context);
      this.#stage = "cleaned";
    }
    const { pod } = this.#state;
    if (!this.#removed && pod.metadata.deletionTimestamp !== undefined && !isStatic(pod)) {
      // The watch may have told of its end before the answer comes.
      if (await deleteFromApi(pod, this.#notes, this.#context)) this.#removed = true;
    }
    if (!this.#removed) return;
    await removeRemains(this.#state, this.#context);
    this.#stage = "gone";
    this.#context.forget(this.#state.pod);
  }

  /** False where it was interrupted by a shorter grace period, and is to be done again. */
  async #stopAll(): Promise<boolean> {
    const grace = this.#state.ended?.reason === EVICTED ? EVICTION_GRACE : graceSeconds(this.#state.pod);
    const stopping = { abort: new AbortController(), grace };
    this.#stopping = stopping;
    const { runtime } = this.#context;
    try {
      const began = this.#context.clock.now();
      await stopAll(this.#state, grace, this.#context, stopping.abort.signal);
      await Promise.all(
        this.#state.runtime.sandboxes
          .filter(({ state }) => state === "READY")
          .map(async ({ id }) => {
            await runtime.stopPodSandbox(id);
            await this.#state.inspect(runtime);
          }),
      );
      this.#notes.add({ step: "stop", began, ended: this.#context.clock.now(), detail: { graceSeconds: grace } });
      return true;
    } catch (error) {
      if (!stopping.abort.signal.aborted) throw error;
      this.#marked = true;
      return false;
    } finally {
      this.#stopping = undefined;
    }
  }

  /** A deletion may come while the pod is being stopped, with less time than it was given before. */
  #endSooner(): void {
    this.#alive.abort(new Error("the pod ends"));
    const grace = graceSeconds(this.#state.pod);
    if (this.#stopping && grace < this.#stopping.grace) this.#stopping.abort.abort(new Error("less time to stop"));
  }

  #status(ended: boolean): ReturnType<typeof statusOf> {
    return statusOf(this.#state.situation(this.#context.clock.now()), this.#addressing(), ended);
  }

  #addressing(): NodeAddressing {
    const { hostIPs, runtimeName } = this.#context.node;
    return { hostIPs, runtimeName, waiting: this.#waiting };
  }

  #publish(delay: number, ended = false): void {
    // A pod that was let go is written no more: nobody would end the tries.
    if (this.#removed || this.#stage === "gone") return;
    this.#context.statuses.set(this.#state.pod, () => this.#status(ended), this.#notes, delay);
  }

  #recheck(at: number): void {
    this.#cancelRecheck?.();
    this.#cancelRecheck = undefined;
    if (at === Infinity) return;
    this.#cancelRecheck = this.#context.clock.after(at - this.#context.clock.now(), () => this.wake());
  }

  #failed(error: unknown): void {
    if (this.#stage === "gone") return;
    const { log, clock } = this.#context;
    const { name, namespace } = this.#state.pod.metadata;
    // Work on a living pod was given up because the pod ends: the loop goes on with its end.
    if (error === this.#alive.signal.reason && this.#stage === "living") return void (this.#marked = true);
    if (isUnavailable(error)) this.#context.runtimeFailed(error);
    log.warn("a pod was not brought where it should be; trying again", { pod: `${namespace}/${name}`, error });
    this.#stale = true;
    this.#recheck(clock.now() + Math.min(LAST_RETRY, FIRST_RETRY * 2 ** this.#errors++));
  }
}
