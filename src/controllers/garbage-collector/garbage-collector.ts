/**
 * Deletes what belongs to owners that are gone, and carries out deletions that wait for dependents (foreground) or let
 * them go (orphan). It knows all kinds that can be listed, watched and deleted, also those that come later.
 *
 * The graph only says what to look at; whether an owner is gone is always asked of the server itself.
 */
import { APIService } from "../../api/apiregistration/index.ts";
import { CustomResourceDefinition } from "../../api/apiextensions/index.ts";
import { BackOff } from "../../client/back-off.ts";
import { discover } from "../../client/discovery.ts";
import { WorkQueue } from "../../client/work-queue.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { ControllerContext } from "../runtime/controller.ts";
import { Disposal } from "./disposal.ts";
import { OwnerGraph } from "./owner-graph.ts";
import type { Attention, GraphNode } from "./owner-graph.ts";

/** Objects looked at at once. */
const WORKERS = 20;
/** After a change of what is served, milliseconds: a CRD's several changes are one. */
const SETTLE = 500;
/** How long the first lists are waited for, milliseconds; a kind whose list fails for longer must not stop all others. */
const FIRST_LISTS = 30_000;

export const garbageCollector = defineController({
  name: "generic-garbage-collector",
  rbac: [right("delete get list patch update watch", "*", "*"), tellsEvents],
  start(context) {
    const run = new CollectorRun(context);
    run.start();
    return () => run.stop();
  },
});

class CollectorRun {
  private readonly context: ControllerContext;
  private readonly graph = new OwnerGraph();
  private readonly queue: WorkQueue<string>;
  private readonly disposal: Disposal;
  private readonly backOff: BackOff;
  /** `group/Kind` to the kind and how to end its subscription. */
  private readonly followed = new Map<string, { readonly kind: Kind; readonly end: () => void }>();
  private readonly orphaning = new Set<string>();
  private readonly ends: (() => void)[] = [];
  private refreshing: (() => void) | undefined;
  private active = 0;
  private ready = false;
  private stopped = false;

  constructor(context: ControllerContext) {
    this.context = context;
    this.queue = new WorkQueue(context.clock);
    this.backOff = new BackOff({ initial: 1000, maximum: 30_000 }, context.clock, context.random);
    this.disposal = new Disposal(context.client, (apiVersion, kind) => this.kindOf(apiVersion, kind));
  }

  start(): void {
    const { cache } = this.context;
    this.queue.onReady(() => queueMicrotask(() => this.pump()));
    const changed = (): void => this.refreshAfter(SETTLE);
    this.ends.push(cache.of(CustomResourceDefinition).subscribe(changed), cache.of(APIService).subscribe(changed));
    this.refreshAfter(0);
  }

  stop(): void {
    this.stopped = true;
    this.refreshing?.();
    for (const end of this.ends.splice(0)) end();
    for (const { end } of this.followed.values()) end();
    this.queue.stop();
  }

  private refreshAfter(milliseconds: number): void {
    this.refreshing ??= this.context.clock.after(milliseconds, () => void this.refresh());
  }

  /** Follows what is served now. Resources of a group that does not answer stay as they were. */
  private async refresh(): Promise<void> {
    this.refreshing = undefined;
    if (this.stopped) return;
    try {
      const { resources, failed } = await discover(this.context.client);
      if (this.stopped) return;
      const found = new Map(resources.filter(isCollectable).map((kind) => [`${kind.group}/${kind.kind}`, kind]));
      for (const [key, { kind, end }] of this.followed) {
        if (found.has(key) || failed.length > 0) continue;
        end();
        this.followed.delete(key);
        this.context.informers.drop(kind);
      }
      const fresh = [...found].filter(([key]) => !this.followed.has(key));
      const lists = Promise.all(fresh.map(([key, kind]) => this.follow(key, kind)));
      if (!this.ready) await this.within(FIRST_LISTS, lists);
      if (failed.length > 0) this.refreshAfter(this.backOff.next());
      else this.backOff.reset();
      this.ready = true;
      this.pump();
    } catch (error) {
      this.context.log.warn("what the server serves could not be asked", { error: String(error) });
      this.refreshAfter(this.backOff.next());
    }
  }

  /** Resolves when `done` does, or after so long. */
  private within(milliseconds: number, done: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.context.clock.after(milliseconds, resolve);
      this.ends.push(cancel);
      void done.then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Resolves when the first list is in. */
  private follow(key: string, kind: Kind): Promise<void> {
    const informer = this.context.informers.of(kind);
    const end = informer.subscribe(({ type, object }) => {
      if (type === "DELETED") this.disposal.wasDeleted(object.metadata.uid);
      this.attend(type === "DELETED" ? this.graph.remove(object.metadata.uid) : this.graph.put(kind, object));
    });
    this.followed.set(key, { kind, end });
    return informer.synced;
  }

  private attend({ check, orphan }: Attention): void {
    for (const { uid } of orphan) this.orphaning.add(uid);
    for (const { uid } of check) this.queue.add(uid);
    for (const { uid } of orphan) this.queue.add(uid);
  }

  private pump(): void {
    while (this.ready && !this.stopped && this.active < WORKERS) {
      const uid = this.queue.take();
      if (uid === undefined) return;
      this.active++;
      void this.work(uid).finally(() => {
        this.active--;
        this.queue.done(uid);
        this.pump();
      });
    }
  }

  private async work(uid: string): Promise<void> {
    const node = this.graph.nodes.get(uid);
    if (node === undefined) {
      this.orphaning.delete(uid);
      this.queue.forget(uid);
      return;
    }
    if (this.locate(node)) return this.queue.forget(uid);
    try {
      if (this.orphaning.delete(uid)) await this.orphan(node);
      const outcome = await this.disposal.check(node);
      if (outcome.gone) this.attend(this.graph.remove(uid));
      for (const dependent of outcome.next ?? []) this.queue.add(dependent.uid);
      if (outcome.retry === true) this.queue.addRateLimited(uid);
      else this.queue.forget(uid);
    } catch (error) {
      this.context.log.debug("an object is looked at again", { name: node.name, error: String(error) });
      this.queue.addRateLimited(uid);
    }
  }

  /** Finds a virtual node's object among those we follow; the graph has no node for what owned nothing until now. */
  private locate({ virtual, uid, kindName, apiVersion, name, namespace }: GraphNode): boolean {
    const kind = virtual ? this.kindOf(apiVersion, kindName) : undefined;
    if (kind === undefined) return false;
    const object = this.context.informers.of(kind).get(name, kind.scope === "Namespaced" ? namespace : undefined);
    if (object?.metadata.uid !== uid) return false;
    this.attend(this.graph.put(kind, object));
    return true;
  }

  private async orphan(node: GraphNode): Promise<void> {
    try {
      await this.disposal.orphan(node);
    } catch (error) {
      this.orphaning.add(node.uid);
      throw error;
    }
  }

  private kindOf(apiVersion: string, kind: string): Kind | undefined {
    const slash = apiVersion.indexOf("/");
    const group = slash < 0 ? "" : apiVersion.slice(0, slash);
    return this.followed.get(`${group}/${kind}`)?.kind;
  }
}

/** Events are owned by nobody, and are many. */
function isCollectable({ names, verbs }: Kind<KubeObject>): boolean {
  return names.plural !== "events" && ["list", "watch", "delete"].every((verb) => verbs.includes(verb));
}
