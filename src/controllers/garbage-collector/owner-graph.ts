/**
 * Who owns whom, over all kinds: a node for each object that owns or is owned, by uid.
 *
 * Worked example: pod p names ReplicaSet r as its owner, and r is not known. A *virtual* node stands for r, and r is
 * looked up on the server; only if it is truly gone is p looked at. Where a virtual node is (kind, namespace, name) is only
 * what the first who named it said: another who names the same uid elsewhere is looked at itself.
 */
import type { Kind, KubeObject, OwnerReference } from "../../machinery/kind.ts";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

export interface GraphNode {
  readonly uid: string;
  /** Undefined for a virtual node whose kind is not served (yet). */
  kind: Kind | undefined;
  apiVersion: string;
  kindName: string;
  name: string;
  namespace: string | undefined;
  owners: readonly OwnerReference[];
  readonly dependents: Set<GraphNode>;
  /** Known only from what others say. */
  virtual: boolean;
  /** A virtual one that was not found where it should be. */
  missing: boolean;
  deleting: boolean;
  /** Being deleted, after its dependents. */
  waiting: boolean;
  orphaning: boolean;
}

/** What is to be looked at because of a change. */
export interface Attention {
  readonly check: GraphNode[];
  readonly orphan: GraphNode[];
}

export class OwnerGraph {
  readonly nodes = new Map<string, GraphNode>();

  /** An object was added or changed. */
  put(kind: Kind, object: KubeObject): Attention {
    const attention: Attention = { check: [], orphan: [] };
    const { uid, ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata;
    const known = this.nodes.get(uid);
    // Most objects own nothing and are owned by nobody; they cost no node.
    if (known === undefined && ownerReferences.length === 0 && deletionTimestamp === undefined) return attention;
    const node = known ?? this.add(object, kind);
    if (node.virtual) this.locate(node, kind, object, attention);
    const wasWaiting = node.waiting;
    const wasOrphaning = node.orphaning;
    node.deleting = deletionTimestamp !== undefined;
    node.waiting = node.deleting && finalizers.includes(FOREGROUND);
    node.orphaning = node.deleting && finalizers.includes(ORPHAN);
    if (!sameOwners(node.owners, ownerReferences)) {
      if (known !== undefined && node.owners.length > 0) attention.check.push(node);
      this.setOwners(node, ownerReferences, attention);
    }
    if (node.orphaning && !wasOrphaning) attention.orphan.push(node);
    if (node.waiting && !wasWaiting) attention.check.push(...node.dependents, node);
    return attention;
  }

  /** An object is gone, or was never there. */
  remove(uid: string): Attention {
    const attention: Attention = { check: [], orphan: [] };
    const node = this.nodes.get(uid);
    if (node === undefined) return attention;
    for (const { uid: ownerUid } of node.owners) {
      const owner = this.nodes.get(ownerUid);
      owner?.dependents.delete(node);
      if (owner?.waiting === true) attention.check.push(owner);
      if (owner !== undefined) this.prune(owner);
    }
    node.owners = [];
    attention.check.push(...node.dependents);
    this.nodes.delete(uid);
    return attention;
  }

  /** A virtual node turns out to be this object. Those who named it elsewhere are looked at. */
  private locate(node: GraphNode, kind: Kind, object: KubeObject, attention: Attention): void {
    const { apiVersion, kind: kindName, metadata } = object;
    const { name, namespace } = metadata;
    Object.assign(node, { kind, apiVersion, kindName, name, namespace, virtual: false, missing: false });
    for (const dependent of node.dependents) {
      const reference = dependent.owners.find(({ uid }) => uid === node.uid);
      if (reference !== undefined && !isAt(node, reference, dependent)) attention.check.push(dependent);
    }
  }

  private add({ apiVersion, kind: kindName, metadata }: KubeObject, kind: Kind): GraphNode {
    return this.insert(metadata.uid, apiVersion, kindName, metadata.name, metadata.namespace, kind, false);
  }

  private insert(
    uid: string,
    apiVersion: string,
    kindName: string,
    name: string,
    namespace: string | undefined,
    kind: Kind | undefined,
    virtual: boolean,
  ): GraphNode {
    const node: GraphNode = {
      uid,
      kind,
      apiVersion,
      kindName,
      name,
      namespace,
      owners: [],
      dependents: new Set(),
      virtual,
      missing: false,
      deleting: false,
      waiting: false,
      orphaning: false,
    };
    this.nodes.set(uid, node);
    return node;
  }

  private setOwners(node: GraphNode, owners: readonly OwnerReference[], attention: Attention): void {
    for (const { uid } of node.owners) {
      if (owners.some((owner) => owner.uid === uid)) continue;
      const owner = this.nodes.get(uid);
      owner?.dependents.delete(node);
      if (owner?.waiting === true) attention.check.push(owner);
      if (owner !== undefined) this.prune(owner);
    }
    for (const reference of owners) {
      const { uid, apiVersion, kind, name } = reference;
      let owner = this.nodes.get(uid);
      if (owner === undefined) {
        owner = this.insert(uid, apiVersion, kind, name, node.namespace, undefined, true);
        attention.check.push(owner);
      } else if (owner.missing || !isAt(owner, reference, node)) {
        attention.check.push(node);
      }
      owner.dependents.add(node);
    }
    node.owners = owners;
  }

  /** A virtual node nobody names any more stands for nothing. */
  private prune(node: GraphNode): void {
    if (node.virtual && node.dependents.size === 0) this.nodes.delete(node.uid);
  }
}

/** Whether the owner is where the reference of this dependent says. */
function isAt(owner: GraphNode, { kind, name }: OwnerReference, dependent: GraphNode): boolean {
  const inside = owner.namespace === undefined || owner.namespace === dependent.namespace;
  return inside && owner.kindName === kind && owner.name === name;
}

function sameOwners(a: readonly OwnerReference[], b: readonly OwnerReference[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ uid, blockOwnerDeletion }, at) => uid === b[at]!.uid && blockOwnerDeletion === b[at]!.blockOwnerDeletion)
  );
}
