/**
 * Keeps the status of ResourceQuotas: the limits that hold, and what is used of them.
 *
 * Admission counts what is made before it is stored. This takes back what is gone, has finished or was never stored, and
 * counts afresh every few minutes. It looks only when something may have been given back: a look right after a write
 * could miss what is not in the informers yet, and undo what admission has just counted.
 *
 * A round is about a namespace, with all its quotas. Of what is served only what some quota limits is followed.
 */
import { APIService } from "../../api/apiregistration/index.ts";
import { CustomResourceDefinition } from "../../api/apiextensions/index.ts";
import { ResourceQuota } from "../../api/core/index.ts";
import { concerns } from "../../api/core/quota-usage.ts";
import { discover } from "../../client/discovery.ts";
import type { SharedInformer } from "../../client/informers.ts";
import { WorkQueue } from "../../client/work-queue.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Changed, ControllerContext } from "../runtime/controller.ts";
import { sameAmounts, sameStatus, statusOf, usesLess } from "./tally.ts";
import type { Counted } from "./tally.ts";

/** Namespaces counted at once. */
const WORKERS = 5;
/** After a change of what is served, milliseconds: a CRD's several changes are one. */
const SETTLE = 500;
/** While a group does not answer, milliseconds. */
const FAILED = 30_000;
/** A namespace with quotas is counted afresh this often, and once more soon after its status was changed, milliseconds. */
const RECOUNT = 5 * 60_000;
const SECOND_LOOK = 1000;

export const resourceQuotaController = defineController({
  name: "resourcequota-controller",
  rbac: [right("list watch", "*", "*"), right("update", "core", "resourcequotas/status"), tellsEvents],
  start(context) {
    const run = new QuotaRun(context);
    run.start();
    return () => run.stop();
  },
});

interface Followed {
  readonly kind: Kind;
  readonly informer: SharedInformer<KubeObject>;
  readonly end: () => void;
}

class QuotaRun {
  private readonly context: ControllerContext;
  private readonly quotas: SharedInformer<ResourceQuota>;
  /** Of namespaces. */
  private readonly queue: WorkQueue<string>;
  /** By `resource.group`. */
  private readonly followed = new Map<string, Followed>();
  private readonly ends: (() => void)[] = [];
  /** What could be limited; asked for with the first quota, and again when it may have changed. */
  private served: Promise<readonly Kind[]> | undefined;
  private refreshing: (() => void) | undefined;
  private active = 0;
  private stopped = false;

  constructor(context: ControllerContext) {
    this.context = context;
    this.quotas = context.cache.of(ResourceQuota);
    this.queue = new WorkQueue(context.clock);
  }

  start(): void {
    const { cache } = this.context;
    this.queue.onReady(() => queueMicrotask(() => this.pump()));
    const changed = (): void => this.askAgainAfter(SETTLE);
    this.ends.push(
      this.quotas.subscribe((change) => this.quotaChanged(change)),
      cache.of(CustomResourceDefinition).subscribe(changed),
      cache.of(APIService).subscribe(changed),
    );
  }

  stop(): void {
    this.stopped = true;
    this.refreshing?.();
    for (const end of this.ends.splice(0)) end();
    for (const { end } of this.followed.values()) end();
    this.queue.stop();
  }

  private quotaChanged({ type, object }: Changed<ResourceQuota>): void {
    const { spec, status } = object;
    const counted = sameAmounts(spec.hard ?? {}, status.hard ?? {}) && status.used !== undefined;
    if (type !== "DELETED" && !counted) this.queue.add(object.metadata.namespace!);
  }

  private objectChanged({ group, names }: Kind, { type, object, previous }: Changed<KubeObject>): void {
    const namespace = object.metadata.namespace ?? "";
    if (type === "ADDED" || !this.isLimited(namespace)) return;
    if (type === "DELETED" || (previous !== undefined && usesLess(group, names.plural, previous, object))) {
      this.queue.add(namespace);
    }
  }

  private isLimited(namespace: string): boolean {
    for (const _ of this.quotas.list(namespace)) return true;
    return false;
  }

  private pump(): void {
    while (!this.stopped && this.active < WORKERS) {
      const namespace = this.queue.take();
      if (namespace === undefined) return;
      this.active++;
      void this.work(namespace).finally(() => {
        this.active--;
        this.queue.done(namespace);
        this.pump();
      });
    }
  }

  private async work(namespace: string): Promise<void> {
    try {
      const changed = await this.count(namespace);
      this.queue.forget(namespace);
      if (this.isLimited(namespace)) this.queue.addAfter(namespace, changed ? SECOND_LOOK : RECOUNT);
    } catch (error) {
      const level = isReason(error, "Conflict") ? "debug" : "warn";
      this.context.log[level]("a namespace is counted again", { namespace, error: String(error) });
      this.queue.addRateLimited(namespace);
    }
  }

  /** Whether a status had to be written. */
  private async count(namespace: string): Promise<boolean> {
    const quotas = [...this.quotas.list(namespace)];
    if (quotas.length === 0) return false;
    const all = await this.limitedBy(quotas);
    // The first list of a kind wakes the namespace again.
    if (all.some(({ informer }) => !informer.hasSynced)) return false;
    const counted = all.map(({ kind, informer }): Counted => {
      return { group: kind.group, resource: kind.names.plural, objects: [...informer.list(namespace)] };
    });
    const { client, clock } = this.context;
    let changed = false;
    for (const quota of quotas) {
      const status = statusOf(quota, counted, clock.now());
      if (sameStatus(status, quota.status)) continue;
      await client.update(ResourceQuota, { ...quota, status }, { subresource: "status" });
      changed = true;
    }
    return changed;
  }

  /** Follows what the quotas limit, if it does not yet. */
  private async limitedBy(quotas: readonly ResourceQuota[]): Promise<Followed[]> {
    const names = new Set(quotas.flatMap(({ spec }) => Object.keys(spec.hard ?? {})));
    const limited: Followed[] = [];
    for (const kind of await this.all()) {
      const { group, names: of } = kind;
      if ([...names].some((name) => concerns(name, group, of.plural))) limited.push(this.follow(kind));
    }
    return limited;
  }

  private follow(kind: Kind): Followed {
    const key = keyOf(kind);
    const present = this.followed.get(key);
    if (present !== undefined) return present;
    const informer = this.context.informers.of(kind);
    const end = informer.subscribe((change) => this.objectChanged(kind, change));
    const followed = { kind, informer, end };
    this.followed.set(key, followed);
    void informer.synced.then(() => this.countAll());
    return followed;
  }

  private countAll(): void {
    if (this.stopped) return;
    for (const { metadata } of this.quotas.list()) this.queue.add(metadata.namespace!);
  }

  private all(): Promise<readonly Kind[]> {
    if (this.served === undefined) {
      this.served = this.discovered();
      this.served.catch(() => (this.served = undefined));
    }
    return this.served;
  }

  /** Resources of a group that does not answer stay as they were, and are asked for later. */
  private async discovered(): Promise<readonly Kind[]> {
    const { resources, failed } = await discover(this.context.client);
    const kinds = resources.filter(({ scope, verbs }) => scope === "Namespaced" && isCountable(verbs));
    if (failed.length > 0) {
      this.askAgainAfter(FAILED);
      return [...kinds, ...[...this.followed.values()].map(({ kind }) => kind).filter((kind) => !isAmong(kinds, kind))];
    }
    for (const [key, { kind, end }] of this.followed) {
      if (isAmong(kinds, kind)) continue;
      end();
      this.followed.delete(key);
    }
    return kinds;
  }

  private askAgainAfter(milliseconds: number): void {
    this.refreshing ??= this.context.clock.after(milliseconds, () => {
      this.refreshing = undefined;
      this.served = undefined;
      this.countAll();
    });
  }
}

const keyOf = ({ names, group }: Kind): string => `${names.plural}.${group}`;
const isAmong = (kinds: readonly Kind[], kind: Kind): boolean => kinds.some((one) => keyOf(one) === keyOf(kind));
const isCountable = (verbs: readonly string[]): boolean =>
  ["create", "list", "watch", "delete"].every((verb) => verbs.includes(verb));
