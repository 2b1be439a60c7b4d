/**
 * Other API servers behind this one. An APIService that names a Service says who serves a group version; requests to
 * it are passed on, and discovery and OpenAPI show it beside the kinds of this server.
 *
 *     APIService with spec.service ─→ Extension: checks every 30 s, and when Service or EndpointSlices change
 *       ├─ status: condition Available
 *       ├─ /apis/<group>/<version>/… ─→ proxy.ts
 *       └─ documents.ts ─→ discovery, OpenAPI
 */
import type { APIService } from "../../api/index.ts";
import { formatTime } from "../../machinery/time.ts";
import { Conflict } from "../../store/store.ts";
import type { Entry } from "../../store/store.ts";
import type { Handler } from "../exchange.ts";
import type { Parts } from "../parts.ts";
import { serviceKey, slicesPrefix } from "../services/ends.ts";
import { Extension } from "./extension.ts";
import { proxied } from "./proxy.ts";

const PREFIX = "/apiregistration.k8s.io/apiservices/";

export class Aggregation {
  readonly #extensions = new Map<string, Extension>();
  readonly #stops = new Map<string, () => void>();
  #parts: Parts | undefined;
  /** Grows with each change of what the extensions are or say. */
  generation = 0;

  /** Follows the APIServices until the result is called. */
  start(parts: Parts): () => void {
    this.#parts = parts;
    const snapshot = parts.store.snapshot();
    for (const { key, object } of snapshot.range(PREFIX)) this.#changed(key, object as APIService);
    const stop = parts.store.watch(PREFIX, snapshot.revision, {
      changes: (changes) => {
        for (const { key, after } of changes) this.#changed(key, after?.object as APIService | undefined);
      },
    });
    return () => {
      stop();
      for (const key of this.#stops.keys()) this.#withdraw(key);
    };
  }

  /** By group and version, those with the highest priority first. */
  extensions(): readonly Extension[] {
    const priority = ({ service: { spec } }: Extension): number =>
      spec.groupPriorityMinimum * 1001 + spec.versionPriority;
    return [...this.#extensions.values()].toSorted((a, b) => priority(b) - priority(a) || (a.name < b.name ? -1 : 1));
  }

  extension(group: string, version: string): Extension | undefined {
    if (this.#extensions.size === 0) return undefined;
    return this.#extensions.get(`${group}/${version}`);
  }

  /** What answers a path of the API, where that is another server. */
  handlerOf(path: string): Handler | undefined {
    if (this.#extensions.size === 0) return undefined;
    const [, root, group = "", version = ""] = path.split("/", 4);
    const extension = root === "apis" ? this.extension(group, version) : undefined;
    return extension && ((exchange) => proxied(exchange, extension));
  }

  #changed(key: string, service: APIService | undefined): void {
    const known = this.#extensions.get(nameOf(key));
    if (service?.spec.service == null) return this.#withdraw(key);
    if (known !== undefined && sameSpec(known.service, service)) return;
    this.#withdraw(key);
    this.#follow(key, service);
  }

  #follow(key: string, service: APIService): void {
    const { store } = this.#parts!;
    const extension = new Extension(service, this.#parts!, (told) => {
      this.generation++;
      this.#report(key, told);
    });
    const look = { changes: () => extension.check() };
    const reference = service.spec.service!;
    const stops = [
      store.watch(serviceKey(reference), store.revision, look),
      store.watch(slicesPrefix(reference), store.revision, look),
    ];
    this.#extensions.set(nameOf(key), extension);
    this.#stops.set(key, () => {
      for (const stop of stops) stop();
      extension.stop();
    });
    this.generation++;
    extension.check();
  }

  #withdraw(key: string): void {
    const stop = this.#stops.get(key);
    if (stop === undefined) return;
    stop();
    this.#stops.delete(key);
    this.#extensions.delete(nameOf(key));
    this.generation++;
  }

  /** Writes the condition where it says something else than before. */
  #report(key: string, { problem }: Extension): void {
    const { store, log } = this.#parts!;
    const entry = store.head(key);
    const next = entry && withCondition(entry, problem, formatTime(this.#parts!.clock.now()));
    if (entry === undefined || next === undefined) return;
    const object = (revision: number): object => ({
      ...next,
      metadata: { ...next.metadata, resourceVersion: String(revision) },
    });
    store
      .commit([{ key, expected: entry.revision, object }], { user: "system:apiserver", verb: "update" })
      .catch((error: unknown) => {
        // Somebody else wrote it meanwhile: the next check says it again.
        if (error instanceof Conflict) return this.#extensions.get(nameOf(key))?.check();
        log.error("the condition of an APIService could not be written", { key, error: String(error) });
      });
  }
}

/** `v1.metrics.k8s.io` is `metrics.k8s.io/v1`. */
function nameOf(key: string): string {
  const name = key.slice(PREFIX.length);
  const dot = name.indexOf(".");
  return `${name.slice(dot + 1)}/${name.slice(0, dot)}`;
}

const sameSpec = (a: APIService, b: APIService): boolean =>
  a.metadata.uid === b.metadata.uid && JSON.stringify(a.spec) === JSON.stringify(b.spec);

function withCondition(
  { object }: Entry,
  problem: { readonly reason: string; readonly message: string } | undefined,
  now: string,
): APIService | undefined {
  const service = object as APIService;
  const conditions = service.status.conditions ?? [];
  const before = conditions.find(({ type }) => type === "Available");
  const status = problem === undefined ? "True" : "False";
  const { reason, message } = problem ?? { reason: "Passed", message: "all checks passed" };
  if (before?.status === status && before.reason === reason && before.message === message) return undefined;
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
  const condition = { type: "Available", status, lastTransitionTime, reason, message };
  const others = conditions.filter((each) => each !== before);
  return { ...service, status: { ...service.status, conditions: [...others, condition] } };
}
