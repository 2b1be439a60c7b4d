/**
 * Small, certain changes of an object that are none of the usual writes (binding, eviction, scale of others): read the
 * newest, change a copy, commit; again when another writer was faster.
 */
import { conflict, notFound } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { Conflict } from "../../store/store.ts";
import type { Exchange } from "../exchange.ts";
import type { Resource } from "../resource.ts";

const MAX_TRIES = 16;

/** `change` gets the object and answers the new one (sharing what it keeps), or undefined to leave it; it may throw. */
export async function mutate<T extends KubeObject>(
  exchange: Exchange,
  resource: Resource,
  namespace: string,
  name: string,
  change: (object: T) => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const { store } = exchange.parts;
  const key = resource.keyOf(namespace, name);
  for (let tries = 1; ; tries++) {
    const entry = store.head(key);
    if (entry === undefined) throw notFound(resource.groupResource, name);
    const previous = resource.view(entry) as T;
    const next = await change(previous);
    if (next === undefined) {
      await store.settled?.();
      return previous;
    }
    const stored = await resource.toStorage(next);
    const object = (revision: number): object => ({
      ...stored,
      metadata: { ...stored.metadata, resourceVersion: String(revision) },
    });
    try {
      const commit = await store.commit([{ key, expected: entry.revision, object }], exchange.changeRecord());
      return resource.view(commit.entries[0]!) as T;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      if (tries >= MAX_TRIES) throw conflict(resource.groupResource, name);
    }
  }
}
