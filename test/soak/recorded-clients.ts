/**
 * Clients of several API servers that write, read, list and watch the same few config maps at once, and keep what they were told,
 * for {@link findAnomalies}.
 *
 * Each key is a register: every value is written at most once. A key of a history is `NAMESPACE/NAME`.
 */
import { setTimeout } from "node:timers/promises";
import type { RunningApiServer } from "../../apps/tiphys/api-server.ts";
import type { WatchEvent } from "../../src/machinery/door.ts";
import type { Random } from "../../src/machinery/random.ts";
import type { Listing, Operation, Outcome, Told, Value, Watching } from "../../src/store/testing/concurrent-history.ts";
import { ADMIN, type Json, send } from "../etcd/requests.ts";

/** What was there when somebody looked. */
interface Held {
  readonly value: Value;
  readonly version: string | undefined;
}

const ABSENT: Held = { value: undefined, version: undefined };
/** Pause between two operations of one client, in milliseconds, at most. */
const LONGEST_PAUSE = 12;
const KEYS = ["a", "b", "c", "d"];

/** What one namespace's clients did and were told. */
export class Recording {
  readonly operations: Operation[] = [];
  readonly listings: Listing[] = [];
  readonly watches: Watching[] = [];
  /** Watches that were begun again where they had ended, and those that had to list first. */
  resumed = 0;
  relisted = 0;
  /** How long no write was acknowledged, each time between two, in milliseconds. */
  readonly standstills: number[] = [];
  #acknowledged = performance.now();
  readonly namespace: string;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  get path(): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps`;
  }

  get prefix(): string {
    return `${this.namespace}/`;
  }

  add(operation: Operation): void {
    this.operations.push(operation);
    if (operation.call.type === "read" || operation.outcome.type !== "done") return;
    const now = performance.now();
    this.standstills.push(now - this.#acknowledged);
    this.#acknowledged = now;
  }
}

/** One client, by turns through any of the servers. */
export class RecordedClient {
  readonly #name: string;
  readonly #recording: Recording;
  readonly #servers: readonly RunningApiServer[];
  readonly #random: Random;
  readonly #held = new Map<string, Held>();
  #written = 0;

  constructor(name: string, recording: Recording, servers: readonly RunningApiServer[], random: Random) {
    this.#name = name;
    this.#recording = recording;
    this.#servers = servers;
    this.#random = random;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#step();
      await pause(this.#random.next() * LONGEST_PAUSE);
    }
  }

  /** A write after which every watch must be told something; repeated until it is acknowledged. */
  async fence(): Promise<void> {
    for (let i = 0; ; i++) {
      await this.#create(`fence-${i}`);
      const last = this.#recording.operations.at(-1)!;
      if (last.outcome.type === "done") return;
    }
  }

  /** Reads every key once through the server of this number. */
  async readAll(server: number): Promise<void> {
    for (const key of KEYS) await this.#read(key, this.#servers[server]!);
    await this.#list(this.#servers[server]!);
  }

  #step(): Promise<void> {
    const key = pick(KEYS, this.#random);
    const what = this.#random.next();
    const held = this.#held.get(key);
    if (what < 0.05) return this.#list();
    if (held === undefined || what < 0.35) return this.#read(key);
    if (held.value === undefined || what < 0.45) return this.#create(key);
    if (what < 0.85) return this.#update(key, held);
    return this.#delete(key, what < 0.93 ? held : undefined);
  }

  async #read(key: string, server?: RunningApiServer): Promise<void> {
    const [answer, at] = await this.#send("GET", `/${key}`, undefined, server);
    const { status, object } = answer;
    if (status === 200) this.#record(key, at, { type: "read" }, this.#saw(key, object));
    else this.#record(key, at, { type: "read" }, status === 404 ? this.#saw(key, undefined) : { type: "unknown" });
  }

  async #create(key: string): Promise<void> {
    const value = this.#newValue();
    const [{ status, object }, at] = await this.#send("POST", "", configMap(key, value));
    const call = { type: "compare-and-set", expected: undefined, value } as const;
    this.#record(key, at, call, this.#wrote(key, status, 201, object));
  }

  async #update(key: string, { value: expected, version }: Held): Promise<void> {
    const value = this.#newValue();
    const [{ status, object }, at] = await this.#send("PUT", `/${key}`, configMap(key, value, version));
    this.#record(
      key,
      at,
      { type: "compare-and-set", expected, value },
      status === 404 ? this.#lost(key) : this.#wrote(key, status, 200, object),
    );
  }

  /** Where nothing is held, whatever is there. */
  async #delete(key: string, held: Held | undefined): Promise<void> {
    const preconditions = held && { resourceVersion: held.version };
    const options = { apiVersion: "v1", kind: "DeleteOptions", preconditions };
    const [{ status }, at] = await this.#send("DELETE", `/${key}`, options);
    if (held !== undefined) {
      const call = { type: "compare-and-set", expected: held.value, value: undefined } as const;
      this.#record(key, at, call, status === 404 ? this.#lost(key) : this.#wrote(key, status, 200, undefined));
    } else if (status === 404) this.#record(key, at, { type: "read" }, this.#saw(key, undefined));
    else this.#record(key, at, { type: "put", value: undefined }, this.#wrote(key, status, 200, undefined));
  }

  async #list(server?: RunningApiServer): Promise<void> {
    const [{ status, object }, [invoked, returned]] = await this.#send("GET", "", undefined, server);
    if (status !== 200) return;
    const { prefix } = this.#recording;
    const revision = Number(object.metadata.resourceVersion);
    const entries = object.items.map((item: Json) => toldOf(prefix, item));
    this.#recording.listings.push({ process: this.#name, invoked, returned, prefix, revision, entries });
  }

  /** The answer, when it was asked for and when it came. */
  async #send(
    method: string,
    path: string,
    body?: object,
    server = pick(this.#servers, this.#random),
  ): Promise<[{ status: number; object: Json }, [number, number]]> {
    const invoked = performance.now();
    const answer = await send(server, method, this.#recording.path + path, body);
    return [answer, [invoked, performance.now()]];
  }

  #record(key: string, [invoked, returned]: [number, number], call: Operation["call"], outcome: Outcome): void {
    const { prefix } = this.#recording;
    this.#recording.add({ process: this.#name, key: prefix + key, invoked, returned, call, outcome });
  }

  #saw(key: string, object: Json): Outcome {
    if (object === undefined) {
      this.#held.set(key, ABSENT);
      return { type: "done", value: undefined };
    }
    const { value } = object.data;
    this.#held.set(key, { value, version: object.metadata.resourceVersion });
    return { type: "done", value, revision: Number(object.metadata.resourceVersion) };
  }

  /** A deletion tells no revision. What is refused with another code than 409 may have been done all the same. */
  #wrote(key: string, status: number, good: number, object: Json): Outcome {
    if (status === 409) return this.#lost(key);
    if (status === good) return object === undefined ? this.#saw(key, undefined) : this.#saw(key, object);
    this.#held.delete(key);
    return { type: "unknown" };
  }

  /** Something else is there than what is held: it is read again. */
  #lost(key: string): Outcome {
    this.#held.delete(key);
    return { type: "conflict" };
  }

  #newValue(): string {
    return `${this.#name}-${++this.#written}`;
  }
}

/** A watch that leaves now and then stays for so long and is away for so long, in milliseconds, at most. */
const STAYS = 2000;
const AWAY = 1000;

/** Watches the namespace through one server from `after` on. With `leaves` it goes away now and then, and goes on where it was. */
export class RecordedWatcher {
  readonly #name: string;
  readonly #recording: Recording;
  readonly #server: RunningApiServer;
  readonly #leaves: Random | undefined;
  #reached: number;

  constructor(name: string, recording: Recording, server: RunningApiServer, after: number, leaves?: Random) {
    this.#name = name;
    this.#recording = recording;
    this.#server = server;
    this.#reached = after;
    this.#leaves = leaves;
  }

  /** How far it is. */
  get reached(): number {
    return this.#reached;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const stay = this.#leaves && AbortSignal.timeout(Math.ceil(this.#leaves.next() * STAYS));
      const gone = await this.#watchOnce(stay ? AbortSignal.any([signal, stay]) : signal);
      if (signal.aborted) return;
      if (gone) await this.#relist();
      else this.#recording.resumed++;
      await pause(this.#leaves ? this.#leaves.next() * AWAY : 20, signal);
    }
  }

  /** Whether it ended because its revision is forgotten. */
  async #watchOnce(signal: AbortSignal): Promise<boolean> {
    const after = this.#reached;
    const told: Told[] = [];
    const { prefix } = this.#recording;
    const response = await this.#server.door({
      method: "GET",
      path: this.#recording.path,
      query: `watch=1&allowWatchBookmarks=true&resourceVersion=${after}`,
      headers: { accept: "application/json" },
      peer: { address: this.#name, user: ADMIN },
      signal,
    });
    if (response.body.form !== "watch") return response.status === 410;
    let gone = false;
    for await (const batch of response.body.events as AsyncIterable<readonly WatchEvent[]>) {
      for (const { type, object } of batch) {
        if (type === "ERROR") gone = (object as Json).code === 410;
        else if (type !== "BOOKMARK") told.push(toldOf(prefix, object, type === "DELETED"));
        if (type !== "ERROR") this.#reached = Number((object as Json).metadata.resourceVersion);
      }
    }
    this.#recording.watches.push({ process: this.#name, prefix, after, reached: this.#reached, told });
    return gone;
  }

  async #relist(): Promise<void> {
    const invoked = performance.now();
    const { status, object } = await send(this.#server, "GET", this.#recording.path);
    if (status !== 200) return;
    this.#reached = Number(object.metadata.resourceVersion);
    const { prefix } = this.#recording;
    const entries = object.items.map((item: Json) => toldOf(prefix, item));
    const times = { invoked, returned: performance.now() };
    this.#recording.listings.push({ process: this.#name, ...times, prefix, revision: this.#reached, entries });
    this.#recording.relisted++;
  }
}

export function toldOf(prefix: string, object: Json, deleted = false): Told {
  const { name, resourceVersion } = object.metadata;
  return { revision: Number(resourceVersion), key: prefix + name, value: deleted ? undefined : object.data.value };
}

/** Shorter where `signal` comes meanwhile. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch(() => {});
}

export function pick<T>(from: readonly T[], random: Random): T {
  return from[Math.floor(random.next() * from.length)]!;
}

function configMap(name: string, value: string, resourceVersion?: string): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, resourceVersion }, data: { value } };
}
