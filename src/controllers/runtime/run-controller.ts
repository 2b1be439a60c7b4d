/** Runs one controller of objects: queue, workers, pace, causes, retries. */
import { keyOf, splitKey } from "../../client/indexed-store.ts";
import { WorkQueue } from "../../client/work-queue.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { carryOut } from "./carry-out.ts";
import type { Changed, ControllerContext, DecidingController, Outcome, ReconcilingController } from "./controller.ts";
import { equivalent } from "./equivalent.ts";
import { OwnWrites } from "./own-writes.ts";
import { controllerOf, matcherOf, refersTo } from "./owners.ts";

/** Told of each finished round; for metrics. */
export interface RoundListener {
  round(controller: string, milliseconds: number, failed: boolean, waiting: number): void;
}

type Runnable = DecidingController<KubeObject> | ReconcilingController<KubeObject>;

/** Revisions kept as the cause of a round; what a door passes on. */
const CAUSES = 16;

/** Starts it: returns at once; it works as soon as its informers have synced. Gives how to stop. */
export function runController(
  controller: DecidingController<any, any> | ReconcilingController<any>,
  context: ControllerContext,
  listener?: RoundListener,
): () => void {
  const run = new ControllerRun(controller as Runnable, context, listener);
  run.start();
  return () => run.stop();
}

class ControllerRun {
  private readonly controller: Runnable;
  private readonly context: ControllerContext;
  private readonly listener: RoundListener | undefined;
  private readonly queue: WorkQueue<string>;
  private readonly workers: number;
  private readonly causes = new Map<string, number[]>();
  private readonly lastRound = new Map<string, number>();
  /** When a status that waits is written at the latest, by key. */
  private readonly statusDue = new Map<string, number>();
  private readonly ends: (() => void)[] = [];
  private active = 0;
  private pumping = false;
  private stopped = false;

  constructor(controller: Runnable, context: ControllerContext, listener: RoundListener | undefined) {
    this.controller = controller;
    this.context = context;
    this.listener = listener;
    this.workers = controller.workers ?? 10;
    this.queue = new WorkQueue(context.clock);
  }

  start(): void {
    const { cache } = this.context;
    const { kind, owns = [], watches = [] } = this.controller;
    cache.of(kind);
    for (const owned of owns) cache.ofOwned(owned);
    for (const { kind: watched } of watches) cache.of(watched);
    void cache.synced().then(() => {
      if (!this.stopped) this.subscribe();
    });
  }

  stop(): void {
    this.stopped = true;
    for (const end of this.ends.splice(0)) end();
    this.queue.stop();
  }

  private subscribe(): void {
    const { cache, clock } = this.context;
    const { kind, owns = [], watches = [] } = this.controller;
    this.queue.onReady(() => this.schedule());
    this.ends.push(cache.of(kind).subscribe((change) => this.changed(change)));
    for (const owned of owns) this.ends.push(cache.of(owned).subscribe((change) => this.ownedChanged(change)));
    for (const watch of watches) {
      const wake = (change: Changed<KubeObject>): void => {
        for (const key of watch.keys(change, cache, clock.now())) this.wake(key, change.object, false);
      };
      this.ends.push(cache.of(watch.kind).subscribe(wake));
    }
  }

  private changed({ type, object, previous }: Changed<KubeObject>): void {
    const key = keyOf(object);
    if (type === "DELETED") {
      this.lastRound.delete(key);
      this.statusDue.delete(key);
    }
    this.wake(key, object, previous === undefined || type === "DELETED" || isMoreThanStatus(previous, object));
  }

  private ownedChanged({ type, object, previous }: Changed<KubeObject>): void {
    const before = previous === undefined ? undefined : controllerOf(previous);
    const now = controllerOf(object);
    if (before !== undefined && before.uid !== now?.uid) this.wakeOwner(before, object);
    if (now !== undefined) this.wakeOwner(now, object);
    else if (type !== "DELETED") this.wakeMatching(object);
  }

  private wakeOwner(reference: NonNullable<ReturnType<typeof controllerOf>>, object: KubeObject): void {
    const { kind } = this.controller;
    if (!refersTo(reference, kind)) return;
    const owner = this.context.cache.get(kind, reference.name, object.metadata.namespace);
    if (owner?.metadata.uid === reference.uid) this.wake(keyOf(owner), object, false);
  }

  private wakeMatching(orphan: KubeObject): void {
    const { kind, selector } = this.controller;
    if (selector === undefined) return;
    for (const object of this.context.cache.of(kind).list(orphan.metadata.namespace)) {
      if (matcherOf(selector(object))(orphan.metadata.labels)) this.wake(keyOf(object), orphan, false);
    }
  }

  private wake(key: string, because: KubeObject, urgent: boolean): void {
    this.remember(key, Number(because.metadata.resourceVersion));
    this.queue.addAfter(key, urgent ? 0 : this.remainingPause(key));
  }

  private remainingPause(key: string): number {
    const { pace, kind } = this.controller;
    const last = this.lastRound.get(key);
    if (pace === undefined || last === undefined) return 0;
    const { name, namespace } = splitKey(key);
    const object = this.context.cache.get(kind, name, namespace);
    return object === undefined ? 0 : last + pace(object) - this.context.clock.now();
  }

  /** Of what is there; keys of what is gone come and never go. */
  private noteRound(key: string, began: number): void {
    const { name, namespace } = splitKey(key);
    const { kind, pace } = this.controller;
    if (pace === undefined) return;
    if (this.context.cache.get(kind, name, namespace) === undefined) this.lastRound.delete(key);
    else this.lastRound.set(key, began);
  }

  private remember(key: string, revision: number): void {
    let revisions = this.causes.get(key);
    if (revisions === undefined) this.causes.set(key, (revisions = []));
    if (revisions.at(-1) === revision) return;
    revisions.push(revision);
    if (revisions.length > CAUSES) revisions.shift();
  }

  /** After the present batch of events, so that all of it makes one round. */
  private schedule(): void {
    if (this.pumping) return;
    this.pumping = true;
    queueMicrotask(() => {
      this.pumping = false;
      this.pump();
    });
  }

  private pump(): void {
    while (!this.stopped && this.active < this.workers) {
      const key = this.queue.take();
      if (key === undefined) return;
      void this.work(key);
    }
  }

  private async work(key: string): Promise<void> {
    const { clock, cache, log } = this.context;
    const began = clock.now();
    const revisions = this.causes.get(key) ?? [];
    this.causes.delete(key);
    this.noteRound(key, began);
    this.active++;
    const writes = new OwnWrites(this.context.client, { revisions });
    let failure: unknown;
    try {
      const outcome = await this.round(key, writes);
      if (outcome?.recheckAt !== undefined) this.queue.addAfter(key, Math.max(1, outcome.recheckAt - clock.now()));
    } catch (error) {
      failure = error;
    }
    this.active--;
    this.pump();
    this.listener?.round(this.controller.name, clock.now() - began, failure !== undefined, this.queue.length);
    await writes.seen(cache);
    if (failure === undefined) this.queue.forget(key);
    else {
      // Somebody else was faster: the informer brings the newer object, and there is nothing to complain about.
      const level = isReason(failure, "Conflict") ? "debug" : "warn";
      log[level]("a round failed and is tried again", { key, error: String(failure) });
      for (const revision of revisions) this.remember(key, revision);
      this.queue.addRateLimited(key);
    }
    this.queue.done(key);
  }

  private async round(key: string, writes: OwnWrites): Promise<Outcome | void> {
    const { controller, context } = this;
    const now = context.clock.now();
    const { name, namespace } = splitKey(key);
    if ("reconcile" in controller) {
      return controller.reconcile({ name, namespace }, { ...context, client: writes.client, now });
    }
    const object = context.cache.get(controller.kind, name, namespace);
    const due = this.statusDue.get(key) ?? Infinity;
    this.statusDue.delete(key);
    if (object === undefined) return;
    const plan = controller.decide({ object, now, ...controller.observe(object, context.cache) });
    const mayWait = (status: object): boolean => {
      const until = Math.min(due, now + (controller.patience?.(object, status as never) ?? 0));
      if (now >= until) return false;
      this.statusDue.set(key, until);
      return true;
    };
    const { client } = writes;
    await carryOut(plan, { object, kind: controller.kind as Kind, client, events: context.events, mayWait });
    const recheckAt = Math.min(plan.recheckAt ?? Infinity, this.statusDue.get(key) ?? Infinity);
    return recheckAt === Infinity ? undefined : { recheckAt };
  }
}

/** Something a controller must answer at once, not only a status. */
function isMoreThanStatus(before: KubeObject, after: KubeObject): boolean {
  const [a, b] = [before.metadata, after.metadata];
  return (
    a.uid !== b.uid ||
    a.generation !== b.generation ||
    b.generation === undefined ||
    a.deletionTimestamp !== b.deletionTimestamp ||
    !equivalent(a.labels, b.labels) ||
    !equivalent(a.annotations, b.annotations) ||
    !equivalent(a.finalizers, b.finalizers) ||
    !equivalent(a.ownerReferences, b.ownerReferences)
  );
}
