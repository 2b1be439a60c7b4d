/**
 * Whether clients of API servers can tell them from one register for each key, while etcd's members die, stand still and are
 * cut off. Needs root, ip, unshare and etcd; without members it tries the embedded store.
 *
 *     node test/soak/linearizability.ts --seconds 300 --members 3 --faults kill,pause,cut --seed 1
 *
 * Prints what was done and found; exit code 1 where anything was found. The seed fixes what clients try and which faults come;
 * how they meet in time it cannot fix.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { openEtcd } from "../../adapters/etcd/etcd-database.ts";
import { openKeys } from "../../adapters/keys/cluster-keys.ts";
import { openLmdbJournal } from "../../adapters/lmdb/lmdb-journal.ts";
import { type RunningApiServer, startApiServer } from "../../apps/tiphys/api-server.ts";
import { silent } from "../../src/machinery/log.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { findAnomalies } from "../../src/store/testing/concurrent-history.ts";
import type { Told, Watching } from "../../src/store/testing/concurrent-history.ts";
import { EtcdCluster } from "../etcd/etcd-server.ts";
import { send } from "../etcd/requests.ts";
import { type Fault, FAULTS, Faults } from "./faults.ts";
import { inNamespaces, isInside, Machines } from "./machines.ts";
import { pause, RecordedClient, RecordedWatcher, Recording, toldOf } from "./recorded-clients.ts";

interface Settings {
  readonly seconds: number;
  readonly members: number;
  readonly servers: number;
  readonly clients: number;
  readonly faults: readonly Fault[];
  readonly seed: number;
}

/** Each round has a namespace of its own and is judged by itself, for the search grows faster than the history. In seconds. */
const ROUND = 10;
/** So long every watch may take to be told the last write of a round, in milliseconds. */
const LAST_WORD = 30_000;
/** So few revisions are kept by servers over etcd that who is away for long is told 410. */
const KEPT = 40;
/** So many anomalies are printed. */
const PRINTED = 20;

function settingsOf(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "60" },
      members: { type: "string", default: "3" },
      servers: { type: "string", default: "2" },
      clients: { type: "string", default: "6" },
      faults: { type: "string", default: "" },
      seed: { type: "string", default: "1" },
    },
  });
  const faults = values.faults.split(",").filter((fault) => fault !== "");
  const wrong = faults.find((fault) => !(FAULTS as readonly string[]).includes(fault));
  if (wrong !== undefined) throw new Error(`--faults takes ${FAULTS.join(", ")}, not ${JSON.stringify(wrong)}`);
  const numbers = Object.fromEntries(
    (["seconds", "members", "servers", "clients", "seed"] as const).map((name) => {
      const number = Number(values[name]);
      const least = name === "members" || name === "seed" ? 0 : 1;
      if (!Number.isInteger(number) || number < least) throw new Error(`--${name} takes a number, not ${values[name]}`);
      return [name, number];
    }),
  ) as Record<"seconds" | "members" | "servers" | "clients" | "seed", number>;
  if (numbers.members === 0 && faults.length > 0)
    throw new Error("--faults needs --members, for it is those they meet");
  return { ...numbers, servers: numbers.members === 0 ? 1 : numbers.servers, faults: faults as Fault[] };
}

/** Everything of one run, from the members to the table. */
class Soak {
  readonly #settings: Settings;
  readonly #random: SeededRandom;
  readonly #folder = mkdtempSync(join(tmpdir(), "linearizability-"));
  readonly #stops: (() => Promise<void> | void)[] = [];
  readonly #servers: RunningApiServer[] = [];
  readonly #recordings: Recording[] = [];
  #cluster: EtcdCluster | undefined;
  #faults: Faults | undefined;
  /** Watches that were not told the last write of their round, and what each round's database held. */
  readonly #missed: string[] = [];
  readonly #truths: Watching[] = [];

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#random = new SeededRandom(settings.seed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops.toReversed()) await stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async start(): Promise<void> {
    const { members, servers } = this.#settings;
    if (members > 0) {
      const machines = await Machines.start(members);
      this.#stops.push(() => machines.stop());
      this.#cluster = await EtcdCluster.start({ members, machines: machines.all });
      this.#stops.push(() => this.#cluster!.stop());
      this.#faults = new Faults(this.#cluster, machines, this.#newRandom());
    }
    const keys = openKeys(this.#folder, { now: Date.now() });
    for (let at = 0; at < servers; at++) {
      const server = await startApiServer({
        clock: systemClock,
        random: systemRandom,
        log: silent,
        keys: keys.tokens,
        ...(this.#cluster
          ? { database: openEtcd(this.#cluster.options), keep: { revisions: KEPT } }
          : { journal: await openLmdbJournal(join(this.#folder, "store")) }),
      });
      this.#stops.push(() => server.close());
      this.#servers.push(server);
      await server.bootstrap();
    }
  }

  async run(): Promise<void> {
    const ending = new AbortController();
    const faults = this.#faults?.run(this.#settings.faults, ending.signal);
    const until = performance.now() + this.#settings.seconds * 1000;
    while (performance.now() < until) {
      const left = until - performance.now();
      await this.#round(Math.min(left, ROUND * 1000));
    }
    ending.abort();
    await faults;
  }

  async #round(milliseconds: number): Promise<void> {
    const recording = new Recording(`round-${this.#recordings.length}`);
    this.#recordings.push(recording);
    const after = await this.#makeNamespace(recording.namespace);
    const ending = new AbortController();
    const watchers = this.#servers.flatMap((server, at) => [
      new RecordedWatcher(`watcher-${at}`, recording, server, after),
      new RecordedWatcher(`watcher-${at}-that-leaves`, recording, server, after, this.#newRandom()),
    ]);
    const watching = watchers.map((watcher) => watcher.run(ending.signal));
    const clients = Array.from({ length: this.#settings.clients }, (_, i) => {
      return new RecordedClient(`client-${i}`, recording, this.#servers, this.#newRandom());
    });
    const stopping = AbortSignal.timeout(Math.ceil(milliseconds));
    await Promise.all(clients.map((client) => client.run(stopping)));
    await clients[0]!.fence();
    const last = Math.max(
      ...recording.operations.flatMap(({ outcome }) => ("revision" in outcome && outcome.revision) || 0),
    );
    const patience = performance.now() + LAST_WORD;
    while (watchers.some(({ reached }) => reached < last) && performance.now() < patience) await pause(5);
    for (const at of this.#servers.keys()) await clients[0]!.readAll(at);
    ending.abort();
    await Promise.all(watching);
    for (const [at, { reached }] of watchers.entries()) {
      if (reached < last)
        this.#missed.push(`watcher ${at} of ${recording.namespace} stands at ${reached}, not ${last}`);
    }
    this.#truths.push(await this.#truth(recording, after, last));
  }

  #newRandom(): SeededRandom {
    return new SeededRandom(this.#random.next() * 2 ** 31);
  }

  async #makeNamespace(name: string): Promise<number> {
    for (;;) {
      const { status } = await send(this.#servers[0]!, "POST", "/api/v1/namespaces", { metadata: { name } });
      if (status !== 201 && status !== 409) continue;
      // Every server must know it.
      const seen = await Promise.all(this.#servers.map((server) => send(server, "GET", `/api/v1/namespaces/${name}`)));
      if (seen.every((answer) => answer.status === 200)) return Number(seen[0]!.object.metadata.resourceVersion);
    }
  }

  /** What really happened between two revisions: the database's own history, not a server's. */
  async #truth({ prefix, namespace }: Recording, after: number, reached: number): Promise<Watching> {
    if (this.#cluster === undefined) {
      const told: Told[] = [];
      for (const change of this.#servers[0]!.store.changes(after, reached)) {
        if (!change.key.startsWith(`/core/configmaps/${namespace}/`)) continue;
        told.push({
          ...toldOf(prefix, (change.after ?? change.before!).object, !change.after),
          revision: change.revision,
        });
      }
      return { process: "the store", prefix, after, reached, told };
    }
    const database = openEtcd(this.#cluster.options);
    try {
      for (;;) {
        const told = await historyOf(database, `/registry/configmaps/${prefix}`, after, reached).catch(() => undefined);
        if (told === undefined) continue;
        const named = told.map(({ key, ...rest }) => ({ ...rest, key: prefix + key }));
        return { process: "etcd", prefix, after, reached, told: named };
      }
    } finally {
      await database.close();
    }
  }

  /** Prints the table; answers whether all is well. */
  report(): boolean {
    const lost: string[] = [];
    const anomalies: string[] = [...this.#missed];
    for (const [at, recording] of this.#recordings.entries()) {
      const truth = this.#truths[at]!;
      lost.push(...lostWrites(recording, truth));
      const { operations, listings, watches } = recording;
      anomalies.push(...findAnomalies({ operations, listings, watches: [...watches, truth] }));
    }
    const gaps = anomalies.filter((text) => text.startsWith("watcher"));
    for (const text of [...lost, ...anomalies].slice(0, PRINTED)) console.log(text);
    for (const [name, value] of Object.entries(this.#figures())) console.log(`${name.padEnd(28)}${value}`);
    console.log(`${"acknowledged writes lost".padEnd(28)}${lost.length}`);
    console.log(`${"watch gaps".padEnd(28)}${gaps.length}`);
    console.log(`${"anomalies".padEnd(28)}${anomalies.length}`);
    return lost.length === 0 && anomalies.length === 0;
  }

  #figures(): Record<string, string | number> {
    const { members, servers, clients, seconds, seed } = this.#settings;
    const all = this.#recordings.flatMap(({ operations }) => operations);
    const writes = all.filter(({ call }) => call.type !== "read");
    const count = (type: string): number => writes.filter(({ outcome }) => outcome.type === type).length;
    const sum = (of: (recording: Recording) => number): number => this.#recordings.map(of).reduce((a, b) => a + b, 0);
    const standstills = this.#recordings.flatMap((recording) => recording.standstills);
    const faults = [...(this.#faults?.done ?? [])].map(([fault, times]) => `${fault} ${times}`).join(", ");
    return {
      "etcd members": members || "none (embedded store)",
      "API servers, clients": `${servers}, ${clients}`,
      "seconds, seed": `${seconds}, ${seed}`,
      "faults done": faults || "none",
      operations: all.length,
      "writes acknowledged": count("done"),
      "writes refused (conflict)": count("conflict"),
      "writes unknown": count("unknown"),
      "reads without an answer": all.filter(({ call, outcome }) => call.type === "read" && outcome.type === "unknown")
        .length,
      lists: sum(({ listings }) => listings.length),
      "changes told to watchers": sum(({ watches }) => watches.reduce((total, { told }) => total + told.length, 0)),
      "watches resumed, relisted": `${sum(({ resumed }) => resumed)}, ${sum(({ relisted }) => relisted)}`,
      "longest without a write": `${(Math.max(...standstills) / 1000).toFixed(1)} s`,
      "over 1 s, 2 s, 3 s without": [1, 2, 3]
        .map((least) => standstills.filter((ms) => ms > least * 1000).length)
        .join(", "),
    };
  }
}

/** Writes that a client was told are done and that the database never held. */
function lostWrites({ operations }: Recording, { told, reached }: Watching): string[] {
  const held = new Set(told.map(({ revision, key, value }) => `${revision} ${key} ${value}`));
  return operations.flatMap(({ process, key, call, outcome }) => {
    if (call.type === "read" || outcome.type !== "done" || outcome.revision === undefined) return [];
    if (outcome.revision > reached || held.has(`${outcome.revision} ${key} ${call.value}`)) return [];
    return [`${process} was told that ${key} is ${call.value} since revision ${outcome.revision}; it never was`];
  });
}

/** All changes below a prefix from one revision to another, as etcd has them. Rejects where the watch breaks. */
function historyOf(
  database: ReturnType<typeof openEtcd>,
  prefix: string,
  after: number,
  until: number,
): Promise<{ revision: number; key: string; value: string | undefined }[]> {
  const told: { revision: number; key: string; value: string | undefined }[] = [];
  return new Promise((resolve, reject) => {
    const advance = (revision: number): void => {
      if (revision < until) return;
      clearInterval(asking);
      watch.close();
      resolve(told);
    };
    const watch = database.watch(prefix, after, {
      events(events) {
        for (const { key, value, revision } of events) {
          const text = value && (JSON.parse(new TextDecoder().decode(value)).data.value as string);
          if (revision <= until) told.push({ revision, key: key.slice(prefix.length), value: text });
        }
        advance(events.at(-1)!.revision);
      },
      progress: advance,
      lost(cause) {
        clearInterval(asking);
        reject(cause);
      },
    });
    const asking = setInterval(() => watch.requestProgress(), 50);
  });
}

async function inside(settings: Settings): Promise<boolean> {
  await using soak = new Soak(settings);
  await soak.start();
  await soak.run();
  return soak.report();
}

/** Outside: the namespaces, and a folder that goes away with them however it ends. */
function outside(): void {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-soak-"));
  const ending = new AbortController();
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => ending.abort());
  const child = inNamespaces({ TMPDIR: folder }, ending.signal);
  child.on("error", (error) => ending.signal.aborted || console.error(error.message));
  child.on("close", (code) => process.exit(code ?? 1));
}

const settings = settingsOf(process.argv.slice(2));
if (settings.members > 0 && !isInside) outside();
else process.exit((await inside(settings)) ? 0 : 1);
