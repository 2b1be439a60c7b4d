/**
 * A local copy of a list, kept current by a watch: list (in pages), watch from the list's revision, take up again
 * where the watch ended, list anew when the server no longer knows that revision (410).
 *
 * A batch of events is put in as a whole before the first handler hears of it, so whoever looks while handling an
 * event sees the newest state.
 */
import type { Clock } from "../machinery/clock.ts";
import { sleep } from "../machinery/clock.ts";
import { isReason } from "../machinery/errors.ts";
import type { Kind, KubeObject } from "../machinery/kind.ts";
import type { Log } from "../machinery/log.ts";
import type { Random } from "../machinery/random.ts";
import { BackOff } from "./back-off.ts";
import type { Client, Informer, InformerHandler, InformerOptions, ObjectEvent } from "./client.ts";
import { IndexedStore } from "./indexed-store.ts";
import type { IndexFunction } from "./indexed-store.ts";

/** Objects asked for at once while listing. */
const PAGE = 500;
/** A watch is ended by the server after 5 to 10 minutes, so that load moves to servers that were added. */
const WATCH_SECONDS = 300;

export interface InformerPorts {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type Change<T> = Parameters<InformerHandler<T>>[0];

interface Waiter {
  readonly reached: () => boolean;
  readonly resolve: () => void;
}

export class ListWatchInformer<T extends KubeObject> implements Informer<T> {
  readonly kind: Kind<T>;
  readonly synced: Promise<void>;
  hasSynced = false;
  revision = 0;
  private readonly options: InformerOptions<T>;
  private readonly ports: InformerPorts;
  private readonly store = new IndexedStore<T>();
  private readonly handlers = new Set<InformerHandler<T>>();
  private readonly stopper = new AbortController();
  private readonly backOff: BackOff;
  private waiters: Waiter[] = [];
  /** As the server gave it, to go on from. */
  private resourceVersion = "";
  private markSynced: () => void = () => {};

  constructor(kind: Kind<T>, options: InformerOptions<T>, ports: InformerPorts) {
    this.kind = kind;
    this.options = options;
    this.ports = ports;
    this.backOff = new BackOff(
      { initial: 800, maximum: 30_000, jitter: 1, resetAfter: 120_000 },
      ports.clock,
      ports.random,
    );
    this.synced = new Promise((resolve) => (this.markSynced = resolve));
    for (const [name, values] of Object.entries(options.indices ?? {})) this.store.addIndex(name, values);
  }

  /** Begins to list and watch; call it once. */
  start(): void {
    void this.run();
  }

  stop(): void {
    this.stopper.abort();
    for (const waiter of this.waiters.splice(0)) waiter.resolve();
  }

  get size(): number {
    return this.store.size;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.store.get(name, namespace);
  }

  list(namespace?: string): Iterable<T> {
    return this.store.list(namespace);
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.store.byIndex(index, value);
  }

  /** Adds indices that are not there yet; one that is keeps its function. */
  addIndices(indices: Readonly<Record<string, IndexFunction<T>>>): void {
    for (const [name, values] of Object.entries(indices)) {
      if (!this.store.hasIndex(name)) this.store.addIndex(name, values);
    }
  }

  subscribe(handler: InformerHandler<T>): () => void {
    this.handlers.add(handler);
    if (this.hasSynced) for (const object of this.store.list()) this.tell(handler, { type: "ADDED", object });
    return () => this.handlers.delete(handler);
  }

  /** Resolves once `reached()` is true after a batch (or now), and when the informer stops. */
  until(reached: () => boolean): Promise<void> {
    if (this.stopper.signal.aborted || reached()) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ reached, resolve }));
  }

  private async run(): Promise<void> {
    const { signal } = this.stopper;
    while (!signal.aborted) {
      try {
        if (this.resourceVersion === "") await this.relist();
        await this.follow();
      } catch (error) {
        if (signal.aborted) return;
        const gone = isReason(error, "Expired") || isReason(error, "Gone");
        if (gone) this.resourceVersion = "";
        else this.ports.log.warn("list or watch failed", { kind: this.kind.kind, error: String(error) });
        await this.pause();
      }
    }
  }

  private async pause(): Promise<void> {
    try {
      await sleep(this.ports.clock, this.backOff.next(), this.stopper.signal);
    } catch {
      // Stopped while waiting; run() sees it.
    }
  }

  /** Lists all and tells what differs from what was there. */
  private async relist(): Promise<void> {
    const { client } = this.ports;
    const { namespace, labelSelector, fieldSelector } = this.options;
    const found: T[] = [];
    let token: string | undefined;
    let revision = "";
    do {
      const page = await client.list(this.kind, {
        ...(namespace !== undefined && { namespace }),
        ...(labelSelector !== undefined && { labelSelector }),
        ...(fieldSelector !== undefined && { fieldSelector }),
        limit: PAGE,
        ...(token !== undefined && { continue: token }),
        signal: this.stopper.signal,
      });
      for (const object of page.items) found.push(object);
      revision = page.metadata.resourceVersion;
      token = page.metadata.continue === "" ? undefined : page.metadata.continue;
    } while (token !== undefined);
    if (this.stopper.signal.aborted) return;
    this.replace(found, revision);
  }

  private replace(found: readonly T[], revision: string): void {
    const changes: Change<T>[] = [];
    const seen = new Set<string>();
    for (const object of found) {
      const { name, namespace = "" } = object.metadata;
      seen.add(`${namespace}/${name}`);
      this.put(object, changes);
    }
    // A list of its own: the store changes while we go through it.
    for (const old of Array.from(this.store.list())) {
      const { name, namespace = "" } = old.metadata;
      if (seen.has(`${namespace}/${name}`)) continue;
      this.store.remove(name, namespace);
      changes.push({ type: "DELETED", object: old });
    }
    this.reach(revision);
    this.hasSynced = true;
    this.publish(changes);
    this.markSynced();
  }

  /** Watches until the server ends it; throws where it fails. */
  private async follow(): Promise<void> {
    const { client, clock, random } = this.ports;
    const { namespace, labelSelector, fieldSelector } = this.options;
    const began = clock.now();
    let events = 0;
    const batches = client.watch(this.kind, {
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      resourceVersion: this.resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.floor(WATCH_SECONDS * (1 + random.next())),
      signal: this.stopper.signal,
    });
    for await (const batch of batches) {
      if (this.stopper.signal.aborted) return;
      events += batch.length;
      this.take(batch);
    }
    // A server that ends each watch at once must not be asked in a tight loop.
    if (events === 0 && clock.now() - began < 1000 && !this.stopper.signal.aborted) await this.pause();
  }

  private take(batch: readonly ObjectEvent<T>[]): void {
    const changes: Change<T>[] = [];
    for (const { type, object } of batch) {
      if (type === "DELETED") {
        const previous = this.store.remove(object.metadata.name, object.metadata.namespace);
        if (previous !== undefined) changes.push({ type, object, previous });
      } else if (type !== "BOOKMARK") {
        this.put(object, changes);
      }
      this.reach(object.metadata.resourceVersion);
    }
    this.publish(changes);
  }

  private put(object: T, changes: Change<T>[]): void {
    const previous = this.store.set(object);
    if (previous === undefined) changes.push({ type: "ADDED", object });
    else if (previous.metadata.uid !== object.metadata.uid) {
      // Another one of the same name: that the first one went was missed.
      changes.push({ type: "DELETED", object: previous }, { type: "ADDED", object });
    } else if (previous.metadata.resourceVersion !== object.metadata.resourceVersion)
      changes.push({ type: "MODIFIED", object, previous });
  }

  private reach(resourceVersion: string): void {
    this.resourceVersion = resourceVersion;
    const revision = Number(resourceVersion);
    if (revision > this.revision) this.revision = revision;
  }

  private publish(changes: readonly Change<T>[]): void {
    for (const handler of this.handlers) for (const change of changes) this.tell(handler, change);
    if (this.waiters.length === 0) return;
    const waiting = this.waiters;
    this.waiters = [];
    for (const waiter of waiting) {
      if (waiter.reached()) waiter.resolve();
      else this.waiters.push(waiter);
    }
  }

  /** One handler's mistake must not keep the news from the others. */
  private tell(handler: InformerHandler<T>, change: Change<T>): void {
    try {
      handler(change);
    } catch (error) {
      this.ports.log.error("an informer's handler failed", { kind: this.kind.kind, error: String(error) });
    }
  }
}
