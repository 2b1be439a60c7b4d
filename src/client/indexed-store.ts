/**
 * The objects of one informer by namespace and name, and by whatever else they are looked up: the very objects the
 * server gave, never copies.
 */
import type { KubeObject } from "../machinery/kind.ts";

export type IndexFunction<T> = (object: T) => readonly string[];

export class IndexedStore<T extends KubeObject> {
  private readonly namespaces = new Map<string, Map<string, T>>();
  private readonly indices = new Map<string, Index<T>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  get(name: string, namespace = ""): T | undefined {
    return this.namespaces.get(namespace)?.get(name);
  }

  *list(namespace?: string): Iterable<T> {
    if (namespace !== undefined) {
      yield* this.namespaces.get(namespace)?.values() ?? [];
      return;
    }
    for (const names of this.namespaces.values()) yield* names.values();
  }

  /** Puts the object in; gives the one it replaces. */
  set(object: T): T | undefined {
    const { name, namespace = "" } = object.metadata;
    let names = this.namespaces.get(namespace);
    if (names === undefined) this.namespaces.set(namespace, (names = new Map()));
    const previous = names.get(name);
    names.set(name, object);
    if (previous === undefined) this.count++;
    for (const index of this.indices.values()) index.replace(previous, object);
    return previous;
  }

  /** Takes it out; gives what was there. */
  remove(name: string, namespace = ""): T | undefined {
    const names = this.namespaces.get(namespace);
    const previous = names?.get(name);
    if (names === undefined || previous === undefined) return undefined;
    names.delete(name);
    if (names.size === 0) this.namespaces.delete(namespace);
    this.count--;
    for (const index of this.indices.values()) index.replace(previous, undefined);
    return previous;
  }

  hasIndex(name: string): boolean {
    return this.indices.has(name);
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    const index = new Index(values);
    for (const object of this.list()) index.replace(undefined, object);
    this.indices.set(name, index);
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.indices.get(name);
    if (index === undefined) throw new Error(`there is no index ${name}; name it when the informer is made`);
    return index.get(value);
  }
}

/** Objects by value. The list of a value is made when asked for and kept until one of its objects changes. */
class Index<T extends KubeObject> {
  private readonly values: IndexFunction<T>;
  private readonly byValue = new Map<string, { members: Map<string, T>; list: readonly T[] | undefined }>();

  constructor(values: IndexFunction<T>) {
    this.values = values;
  }

  get(value: string): readonly T[] {
    const bucket = this.byValue.get(value);
    if (bucket === undefined) return [];
    return (bucket.list ??= [...bucket.members.values()]);
  }

  replace(previous: T | undefined, object: T | undefined): void {
    const before = previous === undefined ? [] : this.values(previous);
    const after = object === undefined ? [] : this.values(object);
    if (previous !== undefined) for (const value of before) if (!after.includes(value)) this.drop(value, previous);
    if (object !== undefined) for (const value of after) this.put(value, object);
  }

  private put(value: string, object: T): void {
    let bucket = this.byValue.get(value);
    if (bucket === undefined) this.byValue.set(value, (bucket = { members: new Map(), list: undefined }));
    bucket.members.set(keyOf(object), object);
    bucket.list = undefined;
  }

  private drop(value: string, object: T): void {
    const bucket = this.byValue.get(value);
    if (bucket === undefined) return;
    bucket.members.delete(keyOf(object));
    bucket.list = undefined;
    if (bucket.members.size === 0) this.byValue.delete(value);
  }
}

/** `namespace/name`, or the name alone: how queues and logs name an object. */
export function keyOf({ metadata: { name, namespace } }: KubeObject): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

export function splitKey(key: string): { readonly name: string; readonly namespace: string | undefined } {
  const slash = key.indexOf("/");
  if (slash < 0) return { name: key, namespace: undefined };
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
