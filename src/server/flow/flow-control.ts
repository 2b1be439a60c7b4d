/**
 * API priority and fairness: FlowSchemas sort requests into priority levels, each with its part of the server's seats.
 *
 *     request ─→ first FlowSchema that is about it ─→ its level ─→ a seat, or a queue, or 429
 *
 * A level may use seats that others lend and do not need just now. Where no FlowSchema is about a request (before the
 * cluster has its first objects), all seats are one level without queues.
 */
import type { FlowSchema, FlowSchemaSpec } from "../../api/flowcontrol/flow-schema.ts";
import type { PriorityLevelConfiguration } from "../../api/flowcontrol/priority-level-configuration.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { UserInfo } from "../../machinery/door.ts";
import type { Counter, MetricRegistry } from "../../machinery/metrics.ts";
import type { Store } from "../../store/store.ts";
import type { RequestInfo } from "../request-info.ts";
import { Level } from "./level.ts";
import type { NotQueued, Waiting } from "./level.ts";
import { isAbout } from "./rules.ts";

export const SCHEMAS = "/flowcontrol.apiserver.k8s.io/flowschemas/";
export const LEVELS = "/flowcontrol.apiserver.k8s.io/prioritylevelconfigurations/";
const EXEMPT_GROUP = "system:masters";

/** Kinds of requests whose FlowSchema is remembered. */
const MOST_KNOWN = 2000;
/** Milliseconds a request may wait: a quarter of upstream's request timeout. */
const LONGEST_WAIT = 15_000;

/** How a request was sorted. */
export interface Classified {
  readonly schema: { readonly name: string; readonly by: string } | undefined;
  readonly level: Level;
  /** What the answer says of it. */
  readonly headers: Readonly<Record<string, string>> | undefined;
}

export type Rejection = NotQueued | "time-out" | "cancelled";

export class FlowControl {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #total: number;
  #schemas: readonly FlowSchema[] = [];
  #levels = new Map<string, Level>();
  readonly #known = new Map<string, Classified>();
  /** For requests that no FlowSchema is about. */
  readonly #rest = new Level("");
  readonly #free = new Level("exempt");
  readonly #rejected: Counter;

  constructor(store: Store, clock: Clock, total: number, registry: MetricRegistry) {
    this.#store = store;
    this.#clock = clock;
    this.#total = total;
    this.#rest.nominal = total;
    this.#free.exempt = true;
    this.#rejected = registry.counter(
      "apiserver_flowcontrol_rejected_requests_total",
      "Requests turned away by API priority and fairness.",
      ["priority_level", "flow_schema", "reason"],
    );
  }

  /** Follows the configuration until the result is called. */
  start(): () => void {
    const read = { changes: () => this.#configure() };
    const stops = [SCHEMAS, LEVELS].map((prefix) => this.#store.watch(prefix, this.#store.revision, read));
    this.#configure();
    return () => {
      for (const stop of stops) stop();
    };
  }

  classify(user: UserInfo, info: RequestInfo): Classified {
    const { isResource, verb, group, resource, subresource, namespace, path } = info;
    const what = isResource ? `${verb} ${group} ${resource} ${subresource} ${namespace}` : `${verb} ${path}`;
    const key = `${what} ${user.username} ${user.groups.join(",")}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      this.#known.set(key, (found = this.#classified(user, info)));
    }
    return found;
  }

  #classified(user: UserInfo, info: RequestInfo): Classified {
    for (const { metadata, spec } of this.#schemas) {
      const level = this.#levels.get(spec.priorityLevelConfiguration.name);
      if (level === undefined || !isAbout(spec.rules ?? [], user, info)) continue;
      const { name, uid } = metadata;
      const headers = { "x-kubernetes-pf-flowschema-uid": uid, "x-kubernetes-pf-prioritylevel-uid": level.uid };
      return { schema: { name, by: spec.distinguisherMethod?.type ?? "" }, level, headers };
    }
    const level = user.groups.includes(EXEMPT_GROUP) ? this.#free : this.#rest;
    return { schema: undefined, level, headers: undefined };
  }

  /** Undefined: it has its seat. Otherwise whether it gets one, which may take a while. */
  seat(
    { level, schema }: Classified,
    user: UserInfo,
    info: RequestInfo,
    signal: AbortSignal,
  ): Promise<Rejection | undefined> | undefined {
    if (level.exempt || (level.waiting === 0 && this.#mayStart(level))) {
      level.executing++;
      return undefined;
    }
    const { by = "", name = "" } = schema ?? {};
    const who = by === "ByUser" ? user.username : by === "ByNamespace" ? info.namespace : "";
    return new Promise<Rejection | undefined>((resolve) => {
      const waiting: Waiting = { start: () => settle(undefined) };
      const settle = (outcome: Rejection | undefined): void => {
        cancel();
        signal.removeEventListener("abort", gone);
        resolve(outcome);
      };
      const leave = (why: Rejection): void => {
        level.leave(waiting);
        settle(why);
      };
      const cancel = this.#clock.after(LONGEST_WAIT, () => leave("time-out"));
      const gone = (): void => leave("cancelled");
      signal.addEventListener("abort", gone, { once: true });
      const refused = level.enqueue(`${name}/${who}`, waiting);
      if (refused !== undefined) settle(refused);
    });
  }

  /** The request is over: its seat is for the next one. */
  done({ level }: Classified): void {
    level.executing--;
    this.#dispatch(level);
    for (const other of this.#levels.values()) if (other.waiting > 0) this.#dispatch(other);
  }

  reject({ level, schema }: Classified, reason: Rejection): void {
    this.#rejected.add(1, { priority_level: level.name, flow_schema: schema?.name ?? "", reason });
  }

  #dispatch(level: Level): void {
    while (level.waiting > 0 && this.#mayStart(level)) {
      level.executing++;
      level.next()!.start();
    }
  }

  #mayStart(level: Level): boolean {
    if (level.executing < level.nominal) return true;
    if (level.executing >= level.nominal + level.mayBorrow) return false;
    let free = 0;
    for (const other of this.#levels.values()) free += other.free - other.borrowed;
    return free > 0;
  }

  #configure(): void {
    const snapshot = this.#store.snapshot();
    const configured = [...snapshot.range(LEVELS)].map(({ object }) => object as PriorityLevelConfiguration);
    const before = this.#levels;
    this.#levels = new Map(configured.map(({ metadata: { name } }) => [name, before.get(name) ?? new Level(name)]));
    for (const { metadata, spec } of configured) this.#levels.get(metadata.name)!.configure(metadata.uid, spec);
    const shares = [...this.#levels.values()].reduce((sum, level) => sum + level.shares, 0);
    for (const { metadata, spec } of configured) this.#levels.get(metadata.name)!.divide(this.#total, shares, spec);
    this.#schemas = [...snapshot.range(SCHEMAS)].map(({ object }) => object as FlowSchema).toSorted(byPrecedence);
    this.#known.clear();
    for (const level of before.values()) this.#dispatch(level);
  }
}

function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const of = ({ spec }: { readonly spec: FlowSchemaSpec }): number => spec.matchingPrecedence;
  return of(a) - of(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}
