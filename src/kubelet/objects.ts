/**
 * The config maps and secrets that pods on this node refer to.
 *
 * A real node may read only what its pods name, so {@link watchedObjects} watches each object by itself while
 * some pod needs it. Nodes that live beside the API server share {@link sharedObjects} over two informers.
 */
import type { Client, Informers } from "../client/client.ts";
import { isReason } from "../machinery/errors.ts";
import type { Clock } from "../machinery/clock.ts";
import { sleep } from "../machinery/clock.ts";
import { ConfigMap, Secret } from "../api/core/index.ts";
import type { Pod } from "../api/core/index.ts";
import type { Kind } from "../machinery/kind.ts";

export interface ObjectSource {
  /** Undefined where there is no such object. */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  /** Calls `changed` whenever one of `references` changes, until the result is called. */
  hold(references: readonly Reference[], changed: () => void): () => void;
}

export interface Reference {
  readonly resource: "configmaps" | "secrets";
  readonly namespace: string;
  readonly name: string;
}

const RETRY = 1000;

/** Everything a pod refers to, each once. */
export function referencesOf(pod: Pod): Reference[] {
  const namespace = pod.metadata.namespace ?? "";
  const found = new Map<string, Reference>();
  const add = (resource: Reference["resource"], name: string | undefined): void => {
    if (name) found.set(`${resource}/${name}`, { resource, namespace, name });
  };
  for (const { name } of pod.spec.imagePullSecrets ?? []) add("secrets", name);
  for (const volume of pod.spec.volumes ?? []) {
    add("configmaps", volume.configMap?.name);
    add("secrets", volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      add("configmaps", source.configMap?.name);
      add("secrets", source.secret?.name);
    }
  }
  for (const { env, envFrom } of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const source of envFrom ?? []) {
      add("configmaps", source.configMapRef?.name);
      add("secrets", source.secretRef?.name);
    }
    for (const { valueFrom } of env ?? []) {
      add("configmaps", valueFrom?.configMapKeyRef?.name);
      add("secrets", valueFrom?.secretKeyRef?.name);
    }
  }
  return [...found.values()];
}

/** Over informers that hold all config maps and secrets of the cluster. */
export function sharedObjects(informers: Informers): ObjectSource {
  const configMaps = informers.of(ConfigMap);
  const secrets = informers.of(Secret);
  const holders = new Map<string, Set<() => void>>();
  const tell = (resource: string) => (event: { readonly object: ConfigMap | Secret }) => {
    const { namespace, name } = event.object.metadata;
    for (const changed of holders.get(`${resource}/${namespace}/${name}`) ?? []) changed();
  };
  configMaps.subscribe(tell("configmaps"));
  secrets.subscribe(tell("secrets"));
  return {
    async configMap(namespace, name) {
      await configMaps.synced;
      return configMaps.get(name, namespace);
    },
    async secret(namespace, name) {
      await secrets.synced;
      return secrets.get(name, namespace);
    },
    hold(references, changed) {
      const keys = references.map(({ resource, namespace, name }) => `${resource}/${namespace}/${name}`);
      for (const key of keys) {
        const set = holders.get(key) ?? new Set();
        holders.set(key, set.add(changed));
      }
      return () => {
        for (const key of keys) {
          const set = holders.get(key);
          set?.delete(changed);
          if (set?.size === 0) holders.delete(key);
        }
      };
    },
  };
}

interface Watched {
  readonly holders: Set<() => void>;
  readonly stop: AbortController;
  object: ConfigMap | Secret | undefined;
  /** True while `object` is what the watch says. */
  current: boolean;
  /** What was handed out since the last change: whoever had another version than a new list's must look again. */
  readonly given: Set<string>;
}

const versionOf = (object: ConfigMap | Secret | undefined): string => object?.metadata.resourceVersion ?? "";

/** One watch for each object that some pod holds; others are read when asked for. */
export function watchedObjects(client: Client, clock: Clock): ObjectSource {
  const watched = new Map<string, Watched>();

  async function read<T extends ConfigMap | Secret>(
    kind: Kind<T>,
    resource: Reference["resource"],
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    const entry = watched.get(`${resource}/${namespace}/${name}`);
    const asked = entry?.current ? undefined : await ask(kind, namespace, name);
    // The watch may have begun meanwhile, and knows better.
    const object = entry?.current ? (entry.object as T | undefined) : asked;
    entry?.given.add(versionOf(object));
    return object;
  }

  async function ask<T extends ConfigMap | Secret>(
    kind: Kind<T>,
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    try {
      return await client.get(kind, name, namespace);
    } catch (error) {
      if (isReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  function changed(entry: Watched): void {
    entry.given.clear();
    for (const tell of entry.holders) tell();
  }

  async function follow({ resource, namespace, name }: Reference, entry: Watched): Promise<void> {
    const kind = (resource === "configmaps" ? ConfigMap : Secret) as Kind<ConfigMap | Secret>;
    const { signal } = entry.stop;
    while (!signal.aborted) {
      try {
        const options = { namespace, fieldSelector: `metadata.name=${name}`, signal };
        const list = await client.list(kind, options);
        entry.object = list.items[0];
        entry.current = true;
        const version = versionOf(entry.object);
        if ([...entry.given].some((given) => given !== version)) changed(entry);
        for await (const events of client.watch(kind, { ...options, resourceVersion: list.metadata.resourceVersion })) {
          for (const { type, object } of events) {
            if (type === "BOOKMARK") continue;
            entry.object = type === "DELETED" ? undefined : object;
            changed(entry);
          }
        }
      } catch {
        // Whatever broke the watch, a later list tells the truth again; until then reads go to the server.
      }
      entry.current = false;
      if (!signal.aborted) await sleep(clock, RETRY, signal).catch(() => {});
    }
  }

  return {
    configMap: (namespace, name) => read(ConfigMap, "configmaps", namespace, name),
    secret: (namespace, name) => read(Secret, "secrets", namespace, name),
    hold(references, changed) {
      for (const reference of references) {
        const key = `${reference.resource}/${reference.namespace}/${reference.name}`;
        let entry = watched.get(key);
        if (!entry) {
          entry = {
            holders: new Set(),
            stop: new AbortController(),
            object: undefined,
            current: false,
            given: new Set(),
          };
          watched.set(key, entry);
          void follow(reference, entry);
        }
        entry.holders.add(changed);
      }
      return () => {
        for (const { resource, namespace, name } of references) {
          const key = `${resource}/${namespace}/${name}`;
          const entry = watched.get(key);
          entry?.holders.delete(changed);
          if (entry?.holders.size === 0) {
            entry.stop.abort(new Error("no pod refers to it any more"));
            watched.delete(key);
          }
        }
      };
    },
  };
}
