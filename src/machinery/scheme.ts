/**
 * The kinds a server or client knows: those of src/api, and those that CustomResourceDefinitions add and take
 * away while it runs.
 *
 * Lookups are O(1). Two kinds that serve the same stored objects (autoscaling/v1 and v2) stand under one storage:
 * {@link Scheme.served} gives all faces of it.
 */
import type { Kind } from "./kind.ts";

export interface Scheme {
  /** Adds a kind, or replaces the one of the same group, version and kind. */
  add(kind: Kind): void;
  /** Takes a kind away; nothing happens when it is not there. */
  remove(group: string, version: string, kind: string): void;

  byKind(group: string, version: string, kind: string): Kind | undefined;
  /** `apiVersion` as objects carry it: `v1`, `apps/v1`. */
  byApiVersion(apiVersion: string, kind: string): Kind | undefined;
  /** Only kinds that have an endpoint of their own. */
  byResource(group: string, version: string, plural: string): Kind | undefined;
  /** All faces of one storage, in the order they were added. */
  served(storage: { readonly group: string; readonly resource: string }): readonly Kind[];
  /** The face the objects are stored as. */
  stored(storage: { readonly group: string; readonly resource: string }): Kind | undefined;

  /** All kinds, in the order they were added. */
  kinds(): Iterable<Kind>;
  /** Counts changes, so that what is derived (discovery, OpenAPI) knows when to be made again. */
  readonly generation: number;
  /** Calls `listener` after each change. Returns how to stop. */
  subscribe(listener: () => void): () => void;
}

export function apiVersionOf(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

/** `apps/v1` to its parts. More than one slash leaves the rest in the version, which then matches nothing. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  if (slash < 0) return { group: "", version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function createScheme(kinds: Iterable<Kind> = []): Scheme {
  return new KindRegistry(kinds);
}

class KindRegistry implements Scheme {
  generation = 0;
  private readonly byName = new Map<string, Kind>();
  private readonly byPlural = new Map<string, Kind>();
  private readonly byStorage = new Map<string, Kind[]>();
  private readonly listeners = new Set<() => void>();

  constructor(kinds: Iterable<Kind>) {
    for (const kind of kinds) this.put(kind);
  }

  add(kind: Kind): void {
    this.drop(nameKey(kind.group, kind.version, kind.kind));
    this.put(kind);
    this.changed();
  }

  remove(group: string, version: string, kind: string): void {
    if (this.drop(nameKey(group, version, kind))) this.changed();
  }

  byKind(group: string, version: string, kind: string): Kind | undefined {
    return this.byName.get(nameKey(group, version, kind));
  }

  byApiVersion(apiVersion: string, kind: string): Kind | undefined {
    return this.byName.get(apiVersion.includes("/") ? `${apiVersion}/${kind}` : `/${apiVersion}/${kind}`);
  }

  byResource(group: string, version: string, plural: string): Kind | undefined {
    return this.byPlural.get(nameKey(group, version, plural));
  }

  served(storage: { readonly group: string; readonly resource: string }): readonly Kind[] {
    return this.byStorage.get(storageKey(storage)) ?? [];
  }

  stored(storage: { readonly group: string; readonly resource: string }): Kind | undefined {
    const faces = this.served(storage);
    const asStored = (kind: Kind): boolean => kind.version === kind.storage.version;
    return faces.find((kind) => kind.convert === undefined) ?? faces.find(asStored) ?? faces[0];
  }

  kinds(): Iterable<Kind> {
    return this.byName.values();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private put(kind: Kind): void {
    this.byName.set(nameKey(kind.group, kind.version, kind.kind), kind);
    if (kind.verbs.length === 0) return;
    this.byPlural.set(nameKey(kind.group, kind.version, kind.names.plural), kind);
    const key = storageKey(kind.storage);
    this.byStorage.set(key, [...(this.byStorage.get(key) ?? []), kind]);
  }

  private drop(key: string): boolean {
    const kind = this.byName.get(key);
    if (kind === undefined) return false;
    this.byName.delete(key);
    const plural = nameKey(kind.group, kind.version, kind.names.plural);
    if (this.byPlural.get(plural) === kind) this.byPlural.delete(plural);
    const storage = storageKey(kind.storage);
    const left = (this.byStorage.get(storage) ?? []).filter((other) => other !== kind);
    if (left.length > 0) this.byStorage.set(storage, left);
    else this.byStorage.delete(storage);
    return true;
  }

  private changed(): void {
    this.generation++;
    for (const listener of this.listeners) listener();
  }
}

const nameKey = (group: string, version: string, name: string): string => `${group}/${version}/${name}`;
const storageKey = (storage: { readonly group: string; readonly resource: string }): string =>
  `${storage.group}/${storage.resource}`;
