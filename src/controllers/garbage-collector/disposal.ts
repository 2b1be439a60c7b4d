/** What becomes of one object: kept, freed of owners that are gone, or deleted. Asks the server before it acts. */
import type { Client } from "../../client/client.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Kind, KubeObject, OwnerReference } from "../../machinery/kind.ts";
import { FOREGROUND, ORPHAN } from "./owner-graph.ts";
import type { GraphNode } from "./owner-graph.ts";

export interface Outcome {
  /** It is not there (any more). */
  readonly gone?: boolean;
  /** Look at these now. */
  readonly next?: Iterable<GraphNode>;
  /** Something is not known yet; look again later. */
  readonly retry?: boolean;
}

/** Owners known to be gone; enough for what one deletion leaves behind. */
const REMEMBERED = 10_000;

export class Disposal {
  private readonly client: Client;
  private readonly kindOf: (apiVersion: string, kind: string) => Kind | undefined;
  private readonly absent = new Set<string>();

  constructor(client: Client, kindOf: Disposal["kindOf"]) {
    this.client = client;
    this.kindOf = kindOf;
  }

  /** It was seen to go. A uid never comes back, so that may be remembered. */
  wasDeleted(uid: string): void {
    this.remember(uid);
  }

  /** What was not found is not there for those who say the same of it; anybody may name a uid that lives elsewhere. */
  private remember(absent: string): void {
    this.absent.add(absent);
    if (this.absent.size <= REMEMBERED) return;
    for (const oldest of this.absent) {
      this.absent.delete(oldest);
      return;
    }
  }

  async check(node: GraphNode): Promise<Outcome> {
    if (node.deleting && !node.waiting) return {};
    const kind = node.kind ?? this.kindOf(node.apiVersion, node.kindName);
    // Of a kind that is not served: nothing can be said, so nothing is done.
    if (kind === undefined) return { retry: true };
    const live = await this.read(kind, node.name, node.namespace);
    if (live === undefined || live.metadata.uid !== node.uid) {
      if (!node.virtual) {
        this.wasDeleted(node.uid);
        return { gone: true };
      }
      // Each dependent is looked at by what it says itself; for some the owner may be there.
      node.missing = true;
      return { next: node.dependents };
    }
    if (node.virtual) return {};
    if (node.waiting) return this.finishWaiting(node, kind, live);
    const owners = live.metadata.ownerReferences ?? [];
    if (owners.length === 0) return {};
    return this.judge(node, kind, live, owners);
  }

  private async judge(
    node: GraphNode,
    kind: Kind,
    live: KubeObject,
    owners: readonly OwnerReference[],
  ): Promise<Outcome> {
    const states = await Promise.all(owners.map((owner) => this.stateOf(owner, live)));
    const of = (state: OwnerState): OwnerReference[] => owners.filter((_, at) => states[at] === state);
    if (of("unknown").length > 0) return { retry: true };
    const unwanted = [...of("gone"), ...of("waiting")];
    if (of("there").length > 0) {
      if (unwanted.length > 0) await this.dropOwners(kind, live, unwanted);
      return {};
    }
    const waiting = of("waiting");
    if (waiting.length > 0 && node.dependents.size > 0) {
      // A circle would wait for ever: those that wait themselves no longer block.
      if ([...node.dependents].some((dependent) => dependent.waiting)) await this.unblock(kind, live, waiting);
      await this.delete(kind, live, "Foreground");
      return {};
    }
    const finalizers = live.metadata.finalizers ?? [];
    await this.delete(
      kind,
      live,
      finalizers.includes(ORPHAN) ? "Orphan" : finalizers.includes(FOREGROUND) ? "Foreground" : "Background",
    );
    return {};
  }

  /** Being deleted in the foreground: it may go when nothing that blocks it is left. */
  private async finishWaiting(node: GraphNode, kind: Kind, live: KubeObject): Promise<Outcome> {
    const blocking = [...node.dependents].filter(({ owners }) =>
      owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion === true),
    );
    if (blocking.length > 0) return { next: blocking.filter(({ waiting, deleting }) => !waiting && !deleting) };
    await this.dropFinalizer(kind, live, FOREGROUND);
    return {};
  }

  /** Takes the owner out of all its dependents, then lets it go. */
  async orphan(node: GraphNode): Promise<void> {
    const kind = node.kind;
    if (kind === undefined) return;
    await Promise.all(
      [...node.dependents].map(async (dependent) => {
        if (dependent.kind === undefined) return;
        const live = await this.read(dependent.kind, dependent.name, dependent.namespace);
        if (live?.metadata.uid !== dependent.uid) return;
        const owners = live.metadata.ownerReferences?.filter(({ uid }) => uid === node.uid) ?? [];
        if (owners.length > 0) await this.dropOwners(dependent.kind, live, owners);
      }),
    );
    const live = await this.read(kind, node.name, node.namespace);
    if (live?.metadata.uid === node.uid) await this.dropFinalizer(kind, live, ORPHAN);
  }

  private async stateOf(owner: OwnerReference, dependent: KubeObject): Promise<OwnerState> {
    const { namespace } = dependent.metadata;
    const said = [owner.apiVersion, owner.kind, namespace, owner.name, owner.uid].join("|");
    if (this.absent.has(owner.uid) || this.absent.has(said)) return "gone";
    const kind = this.kindOf(owner.apiVersion, owner.kind);
    if (kind === undefined) return "unknown";
    // Nothing of the cluster may hang on something of a namespace: such a reference is kept and means nothing.
    if (kind.scope === "Namespaced" && namespace === undefined) return "there";
    const live = await this.read(kind, owner.name, namespace);
    if (live === undefined || live.metadata.uid !== owner.uid) {
      this.remember(said);
      return "gone";
    }
    const { deletionTimestamp, finalizers = [] } = live.metadata;
    return deletionTimestamp !== undefined && finalizers.includes(FOREGROUND) ? "waiting" : "there";
  }

  private async read(kind: Kind, name: string, namespace: string | undefined): Promise<KubeObject | undefined> {
    try {
      return await this.client.get(kind, name, kind.scope === "Namespaced" ? namespace : undefined);
    } catch (error) {
      if (isReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  private async delete(kind: Kind, live: KubeObject, propagationPolicy: "Orphan" | "Foreground" | "Background") {
    const { name, namespace, uid, resourceVersion } = live.metadata;
    try {
      await this.client.delete(kind, name, namespace, {
        propagationPolicy,
        preconditions: { uid, resourceVersion },
      });
    } catch (error) {
      if (!isReason(error, "NotFound")) throw error;
    }
  }

  private dropOwners(kind: Kind, live: KubeObject, gone: readonly OwnerReference[]): Promise<void> {
    const left = (live.metadata.ownerReferences ?? []).filter(({ uid }) => !gone.some((owner) => owner.uid === uid));
    return this.setMeta(kind, live, { ownerReferences: left.length > 0 ? left : null });
  }

  private unblock(kind: Kind, live: KubeObject, waiting: readonly OwnerReference[]): Promise<void> {
    const ownerReferences = live.metadata.ownerReferences?.map((owner) =>
      waiting.some(({ uid }) => uid === owner.uid) ? { ...owner, blockOwnerDeletion: false } : owner,
    );
    return this.setMeta(kind, live, { ownerReferences });
  }

  private dropFinalizer(kind: Kind, live: KubeObject, gone: string): Promise<void> {
    const left = (live.metadata.finalizers ?? []).filter((finalizer) => finalizer !== gone);
    return this.setMeta(kind, live, { finalizers: left.length > 0 ? left : null });
  }

  /** A merge patch, which every kind takes, only if the object is still as it was read. */
  private async setMeta(kind: Kind, live: KubeObject, change: object): Promise<void> {
    const { name, namespace, uid, resourceVersion } = live.metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    try {
      await this.client.patch(kind, name, namespace, { type: "merge", body });
    } catch (error) {
      if (!isReason(error, "NotFound")) throw error;
    }
  }
}

type OwnerState = "there" | "gone" | "waiting" | "unknown";
