/** Clients that use stores at the same time, and the record of what they did; see `concurrent-history.ts` for what it is good for. */
import type { Random } from "../../machinery/random.ts";
import { Conflict } from "../store.ts";
import type { Change, Entry, Store } from "../store.ts";
import type { ConcurrentHistory, Listing, Operation, Outcome, Told, Value, Watching } from "./concurrent-history.ts";

export interface Clients {
  /** All of one content; each client uses one of them. */
  readonly stores: readonly Store[];
  readonly clients: number;
  /** Of all clients together. */
  readonly operations: number;
  readonly random: Random;
  /** Lets others have their turn. */
  pause(): Promise<void>;
}

const KEYS = ["/core/pods/a/1", "/core/pods/a/2", "/core/pods/b/1", "/core/nodes/1"];
const PREFIXES = ["", "/core/pods/", "/core/pods/a/", "/core/nodes/1"];

export async function recordHistory(setting: Clients): Promise<ConcurrentHistory> {
  const recorder = new Recorder(setting);
  await Promise.all(Array.from({ length: setting.clients }, (_, client) => recorder.client(client)));
  return recorder.end();
}

class Recorder {
  readonly #setting: Clients;
  readonly #operations: Operation[] = [];
  readonly #listings: Listing[] = [];
  readonly #watches: { watching: Watching & { told: Told[] }; store: Store; stop(): void }[] = [];
  /** Ticks with everything that is noted. */
  #time = 0;
  #left: number;

  constructor(setting: Clients) {
    this.#setting = setting;
    this.#left = setting.operations;
    for (const [at, store] of setting.stores.entries()) this.#watch(`store ${at}`, store, "", store.revision);
  }

  async client(client: number): Promise<void> {
    const { stores, random, pause } = this.#setting;
    const store = stores[client % stores.length]!;
    const process = `client ${client}`;
    const seen = new Map<string, Entry | undefined>();
    while (this.#left-- > 0) {
      const key = KEYS[this.#below(KEYS.length)]!;
      const dice = random.next();
      if (dice < 0.3) seen.set(key, await this.#read(process, store, key));
      else if (dice < 0.9) seen.set(key, await this.#write(process, store, key, seen.get(key)));
      else if (dice < 0.97) await this.#list(process, store);
      else this.#watch(process, store, PREFIXES[this.#below(PREFIXES.length)]!, store.revision - this.#below(5));
      if (random.next() < 0.5) await pause();
    }
  }

  async end(): Promise<ConcurrentHistory> {
    for (const store of this.#setting.stores) await store.refresh?.();
    const watches = this.#watches.map(({ watching, store, stop }) => {
      stop();
      return { ...watching, reached: store.revision };
    });
    return { operations: this.#operations, listings: this.#listings, watches };
  }

  async #read(process: string, store: Store, key: string): Promise<Entry | undefined> {
    const invoked = this.#time++;
    await store.refresh?.();
    const entry = store.snapshot().get(key);
    const outcome: Outcome = { type: "done", value: valueOf(entry), revision: entry?.revision };
    this.#operations.push({ process, key, invoked, returned: this.#time++, call: { type: "read" }, outcome });
    return entry;
  }

  /** Builds on what this client saw last, which may be old. Answers what it knows of the key then. */
  async #write(process: string, store: Store, key: string, seen: Entry | undefined): Promise<Entry | undefined> {
    const invoked = this.#time++;
    const value = seen !== undefined && this.#below(4) === 0 ? undefined : `${process}, ${invoked}`;
    const call = { type: "compare-and-set", expected: valueOf(seen), value } as const;
    const object = value === undefined ? undefined : () => ({ value });
    let outcome: Outcome;
    let known: Entry | undefined;
    try {
      const { revision, entries } = await store.commit([{ key, expected: seen?.revision ?? 0, object }], {});
      outcome = { type: "done", revision };
      known = value === undefined ? undefined : entries[0];
    } catch (error) {
      if (error instanceof Conflict) known = error.current;
      outcome = error instanceof Conflict ? { type: "conflict" } : { type: "unknown" };
    }
    this.#operations.push({ process, key, invoked, returned: this.#time++, call, outcome });
    return known;
  }

  async #list(process: string, store: Store): Promise<void> {
    const prefix = PREFIXES[this.#below(3)]!;
    const invoked = this.#time++;
    await store.refresh?.();
    const snapshot = store.snapshot();
    const entries = [...snapshot.range(prefix)].map((entry) => ({
      revision: entry.revision,
      key: entry.key,
      value: valueOf(entry),
    }));
    const { revision } = snapshot;
    this.#listings.push({ process, invoked, returned: this.#time++, prefix, revision, entries });
  }

  #watch(process: string, store: Store, prefix: string, after: number): void {
    const told: Told[] = [];
    const from = Math.max(after, store.compactedRevision);
    const stop = store.watch(prefix, from, {
      changes(changes: readonly Change[]): void {
        for (const { revision, key, after } of changes) told.push({ revision, key, value: valueOf(after) });
      },
    });
    this.#watches.push({ watching: { process, prefix, after: from, reached: from, told }, store, stop });
  }

  #below(limit: number): number {
    return Math.floor(this.#setting.random.next() * limit);
  }
}

function valueOf(entry: Entry | undefined): Value {
  return (entry?.object as { value: string } | undefined)?.value;
}
