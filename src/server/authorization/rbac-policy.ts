/**
 * The RBAC objects of the store, indexed by who they are for. Kept current by a watch, so that a decision costs
 * a few map look-ups and a change costs only the binding that changed.
 */
import type { UserInfo } from "../../machinery/door.ts";
import { serviceAccountName } from "../../machinery/service-accounts.ts";
import type { Change, Store } from "../../store/store.ts";

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

/** One subject of one binding. `namespace` is absent for a ClusterRoleBinding. */
export interface Binding {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly role: { readonly kind: string; readonly name: string };
  readonly subject: Subject;
}

interface BindingObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[];
}

const GROUP = "/rbac.authorization.k8s.io/";
const NONE: readonly Binding[] = [];

export class RbacPolicy {
  readonly #store: Store;
  /** Subject → bindings of the whole cluster. */
  readonly #cluster = new Map<string, Binding[]>();
  /** Namespace → subject → bindings there. */
  readonly #namespaces = new Map<string, Map<string, Binding[]>>();
  readonly stop: () => void;

  constructor(store: Store) {
    this.#store = store;
    const snapshot = store.snapshot();
    for (const resource of ["clusterrolebindings", "rolebindings"]) {
      for (const entry of snapshot.range(`${GROUP}${resource}/`)) this.#add(entry.object as BindingObject);
    }
    this.stop = store.watch(GROUP, snapshot.revision, {
      changes: (changes) => changes.forEach((change) => this.#apply(change)),
    });
  }

  /** Bindings that name the user, a group of his, or his service account: cluster-wide ones first. */
  *bindingsOf(user: UserInfo, namespace: string | undefined): Iterable<Binding> {
    const keys = subjectsOf(user);
    for (const key of keys) yield* this.#cluster.get(key) ?? NONE;
    const here = namespace ? this.#namespaces.get(namespace) : undefined;
    if (here) for (const key of keys) yield* here.get(key) ?? NONE;
  }

  /** The rules a binding gives; undefined where its role does not exist. */
  rulesOf({ namespace, role }: Binding): readonly PolicyRule[] | undefined {
    return this.rulesOfRole(role.kind, role.name, namespace);
  }

  rulesOfRole(kind: string, name: string, namespace: string | undefined): readonly PolicyRule[] | undefined {
    const key = kind === "ClusterRole" ? `${GROUP}clusterroles/${name}` : `${GROUP}roles/${namespace}/${name}`;
    const object = this.#store.snapshot().get(key)?.object as { rules?: readonly PolicyRule[] | null } | undefined;
    return object && (object.rules ?? []);
  }

  #apply({ key, before, after }: Change): void {
    if (!key.startsWith("clusterrolebindings/", GROUP.length) && !key.startsWith("rolebindings/", GROUP.length)) return;
    if (before) this.#remove(before.object as BindingObject);
    if (after) this.#add(after.object as BindingObject);
  }

  #add({ metadata: { name, namespace }, roleRef, subjects }: BindingObject): void {
    const index = this.#indexOf(namespace);
    for (const subject of subjects ?? []) {
      const key = keyOf(subject, namespace);
      const list = index.get(key);
      const binding = { namespace, name, role: roleRef, subject };
      if (list) list.push(binding);
      else index.set(key, [binding]);
    }
  }

  #remove({ metadata: { name, namespace }, subjects }: BindingObject): void {
    const index = this.#indexOf(namespace);
    for (const subject of subjects ?? []) {
      const key = keyOf(subject, namespace);
      const left = index.get(key)?.filter((binding) => binding.name !== name);
      if (left?.length) index.set(key, left);
      else index.delete(key);
    }
    if (namespace !== undefined && index.size === 0) this.#namespaces.delete(namespace);
  }

  #indexOf(namespace: string | undefined): Map<string, Binding[]> {
    if (namespace === undefined) return this.#cluster;
    let index = this.#namespaces.get(namespace);
    if (!index) this.#namespaces.set(namespace, (index = new Map()));
    return index;
  }
}

/** A service account is a user too, in the binding's namespace if it says none: `system:serviceaccount:NAMESPACE:NAME`. */
function keyOf({ kind, name, namespace }: Subject, here: string | undefined): string {
  if (kind === "ServiceAccount") return `User/${serviceAccountName(namespace || (here ?? ""), name)}`;
  return `${kind}/${name}`;
}

function subjectsOf({ username, groups }: UserInfo): string[] {
  return [`User/${username}`, ...groups.map((name) => `Group/${name}`)];
}
