/**
 * A client that remembers what one round wrote, so that the next round of the same key begins only when the informers
 * have seen it. Every write carries the round's cause.
 */
import type { Client, DeleteOptions, ListOptions, WriteOptions } from "../../client/client.ts";
import type { Cause } from "../../machinery/door.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import type { Cache } from "./cache.ts";

interface Seen {
  revision: number;
  readonly deleted: {
    readonly name: string;
    readonly namespace: string | undefined;
    readonly uid: string | undefined;
  }[];
}

export class OwnWrites {
  readonly client: Client;
  private readonly writes = new Map<Kind, Seen>();

  constructor(client: Client, cause: Cause) {
    this.client = this.tracking(client, cause);
  }

  /** Resolves when the informers have all of it. Kinds the controller does not look at are not waited for. */
  async seen(cache: Cache): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const [kind, seen] of this.writes) {
      const informer = cache.known(kind);
      if (informer === undefined) continue;
      waits.push(
        informer.until(() => {
          if (informer.revision < seen.revision) return false;
          for (let last = seen.deleted.at(-1); last !== undefined; last = seen.deleted.at(-1)) {
            const there = informer.get(last.name, last.namespace);
            const old = there !== undefined && (last.uid === undefined || there.metadata.uid === last.uid);
            if (old && there.metadata.deletionTimestamp === undefined) return false;
            seen.deleted.pop();
          }
          return true;
        }),
      );
    }
    await Promise.all(waits);
  }

  private of(kind: Kind): Seen {
    let seen = this.writes.get(kind);
    if (seen === undefined) this.writes.set(kind, (seen = { revision: 0, deleted: [] }));
    return seen;
  }

  private note<T extends KubeObject>(kind: Kind<T>, object: T, options: WriteOptions | undefined): T {
    const revision = Number(object?.metadata?.resourceVersion);
    if (options?.dryRun === true || !(revision > 0)) return object;
    const seen = this.of(kind as unknown as Kind);
    if (revision > seen.revision) seen.revision = revision;
    return object;
  }

  private tracking(client: Client, cause: Cause): Client {
    const caused = <O extends { readonly cause?: Cause } | undefined>(options: O) => ({ cause, ...options });
    return {
      get: (kind, name, namespace, options) => client.get(kind, name, namespace, options),
      list: (kind, options) => client.list(kind, options),
      watch: (kind, options) => client.watch(kind, options),
      create: async (kind, object, options) =>
        this.note(kind, await client.create(kind, object, caused(options)), options),
      update: async (kind, object, options) =>
        this.note(kind, await client.update(kind, object, caused(options)), options),
      patch: async (kind, name, namespace, patch, options) =>
        this.note(kind, await client.patch(kind, name, namespace, patch, caused(options)), options),
      delete: async (kind: Kind, name: string, namespace?: string, options?: DeleteOptions) => {
        await client.delete(kind, name, namespace, caused(options));
        if (options?.dryRun !== true) this.of(kind).deleted.push({ name, namespace, uid: options?.preconditions?.uid });
      },
      deleteCollection: (kind: Kind, options: ListOptions & DeleteOptions) =>
        client.deleteCollection(kind, caused(options)),
      subresource: (kind, name, namespace, subresource, body, options) =>
        client.subresource(kind, name, namespace, subresource, body, caused(options)),
      request: (request) => client.request({ cause, ...request }),
    };
  }
}
