/** Who controls what: owner references, and claiming objects by selector. */
import type { Kind, KubeObject, OwnerReference } from "../../machinery/kind.ts";
import { apiVersionOf, parseApiVersion } from "../../machinery/scheme.ts";
import { compileSelector } from "../../machinery/selectors.ts";
import type { LabelSelector, Matcher } from "../../machinery/selectors.ts";
import { patch } from "./plan.ts";
import type { Write } from "./plan.ts";

/** The reference to the one owner that manages the object, if any. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** True where the reference names an object of this kind, in whatever version. */
export function refersTo(reference: OwnerReference, kind: Kind): boolean {
  return reference.kind === kind.kind && parseApiVersion(reference.apiVersion).group === kind.group;
}

export function controllerReference(kind: Kind, owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

const matchers = new WeakMap<object, Matcher>();

/** The compiled selector; compiled once for each selector object. */
export function matcherOf(selector: LabelSelector | undefined | null): Matcher {
  if (selector === undefined || selector === null) return () => false;
  let matcher = matchers.get(selector);
  if (matcher === undefined) matchers.set(selector, (matcher = compileSelector(selector)));
  return matcher;
}

/**
 * Those of `candidates` (owned by `owner`, or by nobody) that are the owner's, and the writes that make it so:
 * orphans that match are adopted, owned ones that no longer match are let go. An adopted one counts from the next
 * round on. An owner that is being deleted adopts nothing, and lets none go.
 */
export function claim<T extends KubeObject>(
  owner: KubeObject,
  ownerKind: Kind,
  kind: Kind<T>,
  matches: Matcher,
  candidates: Iterable<T>,
): { readonly owned: T[]; readonly writes: Write[] } {
  const owned: T[] = [];
  const writes: Write[] = [];
  const deleting = owner.metadata.deletionTimestamp !== undefined;
  for (const object of candidates) {
    const reference = controllerOf(object);
    if (reference !== undefined) {
      if (reference.uid !== owner.metadata.uid) continue;
      if (matches(object.metadata.labels)) owned.push(object);
      else if (!deleting) writes.push(release(kind, object, owner));
    } else if (!deleting && object.metadata.deletionTimestamp === undefined && matches(object.metadata.labels)) {
      writes.push(adopt(kind, object, controllerReference(ownerKind, owner)));
    }
  }
  return { owned, writes };
}

function adopt<T extends KubeObject>(kind: Kind<T>, object: T, reference: OwnerReference): Write {
  const body = { metadata: { ownerReferences: [reference], uid: object.metadata.uid } };
  return patch(kind, object, { type: "strategic", body }, { onlyIfOwnerLives: true });
}

function release<T extends KubeObject>(kind: Kind<T>, object: T, owner: KubeObject): Write {
  const gone = { $patch: "delete", uid: owner.metadata.uid };
  const body = { metadata: { ownerReferences: [gone], uid: object.metadata.uid } };
  return patch(kind, object, { type: "strategic", body });
}
