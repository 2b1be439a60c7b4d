/**
 * A cluster's API in memory, as far as a kubelet can tell: objects by path, patches of status with conditions merged by
 * type, watches, graceful deletion of pods, tokens. Requests are kept, so that tests can count writes.
 */
import type { Pod } from "../../api/core/index.ts";
import type { Client, ObjectEvent, Patch, WatchOptions, WriteOptions } from "../../client/index.ts";
import { alreadyExists, conflict, notFound } from "../../machinery/errors.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import type { Clock } from "../../machinery/clock.ts";
import { formatTime } from "../../machinery/time.ts";

type Stored = KubeObject & Record<string, unknown>;

interface Watcher {
  readonly resource: string;
  readonly fits: (object: Stored) => boolean;
  readonly push: (event: ObjectEvent<never>) => void;
}

export interface Told {
  readonly verb: string;
  readonly resource: string;
  readonly name: string;
  readonly body?: unknown;
  readonly options?: WriteOptions;
}

export class FakeApi {
  readonly requests: Told[] = [];
  readonly #objects = new Map<string, Stored>();
  readonly #watchers = new Set<Watcher>();
  readonly #clock: Clock;
  #revision = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Events in the order they were told: `Reason: message`. */
  events(reason?: string): string[] {
    return this.all("events")
      .filter((event) => reason === undefined || event.reason === reason)
      .map((event) => `${String(event.reason)}: ${String(event.message)}`);
  }

  all(resource: string): Stored[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object);
  }

  pod(name: string, namespace = "default"): Pod | undefined {
    return this.#objects.get(`pods/${namespace}/${name}`) as Pod | undefined;
  }

  /** How often a pod's status was written. */
  statusWrites(name: string): number {
    return this.requests.filter((told) => told.verb === "patch" && told.resource === "pods" && told.name === name)
      .length;
  }

  put(resource: string, object: object): Stored {
    const given = object as Stored;
    const { namespace = "", name } = given.metadata;
    const key = `${resource}/${namespace}/${name}`;
    const before = this.#objects.get(key);
    const revision = String(++this.#revision);
    const stored = {
      ...given,
      metadata: {
        uid: before?.metadata.uid ?? `uid-${name}-${revision}`,
        creationTimestamp: formatTime(this.#clock.now()),
        ...(given.metadata as object),
        resourceVersion: revision,
      },
    } as Stored;
    this.#objects.set(key, stored);
    this.#tell(resource, before ? "MODIFIED" : "ADDED", stored);
    return stored;
  }

  drop(resource: string, name: string, namespace = ""): void {
    const key = `${resource}/${namespace}/${name}`;
    const object = this.#objects.get(key);
    if (!object) throw notFound({ group: "", resource }, name);
    this.#objects.delete(key);
    const metadata = { ...object.metadata, resourceVersion: String(++this.#revision) };
    this.#tell(resource, "DELETED", { ...object, metadata });
  }

  /** As `kubectl delete pod`. */
  deletePod(name: string, graceSeconds?: number): void {
    const pod = this.pod(name)!;
    const grace = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    if (grace === 0) return this.drop("pods", name, pod.metadata.namespace);
    const deletionTimestamp = formatTime(this.#clock.now() + grace * 1000);
    this.put("pods", { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: grace } });
  }

  readonly client: Client = {
    get: async (kind, name, namespace = "") => this.#get(kind, name, namespace) as never,
    list: async (kind, options = {}) => {
      const items = this.all(kind.names.plural).filter(this.#selector(options));
      return { metadata: { resourceVersion: String(this.#revision) }, items: items as never[] };
    },
    watch: (kind, options) => this.#watch(kind.names.plural, options),
    create: async (kind, object) => {
      const resource = kind.names.plural;
      const { namespace = "", name = "" } = object.metadata;
      this.requests.push({ verb: "create", resource, name, body: object });
      if (this.#objects.has(`${resource}/${namespace}/${name}`)) throw alreadyExists({ group: "", resource }, name);
      return this.put(resource, { apiVersion: kind.version, kind: kind.kind, ...object }) as never;
    },
    update: async (kind, object) => {
      const { name, namespace = "", resourceVersion } = object.metadata;
      this.requests.push({ verb: "update", resource: kind.names.plural, name, body: object });
      const before = this.#get(kind, name, namespace);
      if (resourceVersion && before.metadata.resourceVersion !== resourceVersion) {
        throw conflict({ group: "", resource: kind.names.plural }, name);
      }
      return this.put(kind.names.plural, object) as never;
    },
    patch: async (kind, name, namespace = "", patch, options) =>
      this.#patch(kind, name, namespace, patch, options) as never,
    delete: async (kind, name, namespace = "", options = {}) => {
      this.requests.push({ verb: "delete", resource: kind.names.plural, name, body: options });
      const { uid } = options.preconditions ?? {};
      if (uid && this.#get(kind, name, namespace).metadata.uid !== uid)
        throw conflict({ group: "", resource: "pods" }, name);
      this.drop(kind.names.plural, name, namespace);
    },
    deleteCollection: async () => {
      throw new Error("no kubelet deletes collections");
    },
    subresource: async (kind, name, _, subresource, body) => {
      this.requests.push({ verb: "create", resource: `${kind.names.plural}/${subresource}`, name, body });
      const expirationTimestamp = formatTime(this.#clock.now() + 3600_000);
      return { status: { token: `token-${this.requests.length}`, expirationTimestamp } } as never;
    },
    request: async () => {
      throw new Error("no kubelet asks this way");
    },
  };

  #get(kind: Kind<never> | Kind, name: string, namespace: string): Stored {
    const resource = kind.names.plural;
    const object = this.#objects.get(`${resource}/${namespace}/${name}`);
    if (!object) throw notFound({ group: "", resource }, name);
    return object;
  }

  #patch(kind: Kind<never> | Kind, name: string, namespace: string, { body }: Patch, options?: WriteOptions): Stored {
    const resource = kind.names.plural;
    this.requests.push({ verb: "patch", resource, name, body, options });
    const before = this.#get(kind, name, namespace);
    const { uid } = (body as { metadata?: { uid?: string } }).metadata ?? {};
    if (uid && uid !== before.metadata.uid) throw conflict({ group: "", resource }, name);
    return this.put(resource, merge(before, body) as object);
  }

  #selector({
    namespace,
    fieldSelector,
  }: {
    readonly namespace?: string;
    readonly fieldSelector?: string;
  }): (object: Stored) => boolean {
    const [field, value] = (fieldSelector ?? "").split("=");
    return (object) => {
      if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
      if (!field) return true;
      if (field === "metadata.name") return object.metadata.name === value;
      return (object as unknown as Pod).spec.nodeName === value;
    };
  }

  async *#watch<T>(resource: string, options: WatchOptions): AsyncIterable<readonly ObjectEvent<T>[]> {
    let queue: ObjectEvent<T>[] = [];
    let wake = (): void => {};
    const watcher: Watcher = {
      resource,
      fits: this.#selector(options),
      push: (event) => {
        queue.push(event);
        wake();
      },
    };
    this.#watchers.add(watcher);
    options.signal?.addEventListener("abort", () => wake(), { once: true });
    try {
      while (!options.signal?.aborted) {
        if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const batch = queue;
        queue = [];
        if (batch.length > 0) yield batch;
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  #tell(resource: string, type: ObjectEvent<never>["type"], object: Stored): void {
    for (const watcher of this.#watchers) {
      if (watcher.resource === resource && watcher.fits(object)) watcher.push({ type, object: object as never });
    }
  }
}

/** A strategic merge as far as the kubelet's patches need it. */
function merge(before: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) {
    const items = patch as Record<string, unknown>[];
    if (items[0]?.$patch === "replace") return items.slice(1);
    if (items[0] && ("lastTransitionTime" in items[0] || dropped(items[0]))) {
      const old = (before ?? []) as Record<string, unknown>[];
      const types = new Set(items.map(({ type }) => type));
      const merged = items.map((item) =>
        merge(
          old.find(({ type }) => type === item.type),
          item,
        ),
      );
      return [...old.filter(({ type }) => !types.has(type)), ...merged.filter((item) => !dropped(item))];
    }
    return patch;
  }
  if (typeof patch !== "object" || patch === null) return patch;
  const result: Record<string, unknown> = { ...(before as object) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(result[name], value);
  }
  return result;
}

function dropped(item: unknown): boolean {
  return (item as { readonly $patch?: string }).$patch === "delete";
}
