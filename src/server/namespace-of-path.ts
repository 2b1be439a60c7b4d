/** An object is in the namespace of the path that it is written to. */
import { badRequest } from "../machinery/errors.ts";
import type { Draft, KubeObject } from "../machinery/kind.ts";
import type { Resource } from "./resource.ts";

/** Throws 400 where an object says another namespace than the path. */
export function checkNamespace(
  { metadata }: { readonly metadata?: { readonly namespace?: string } },
  namespace: string,
): void {
  const said = metadata?.namespace ?? "";
  if (said === "" || said === namespace) return;
  throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

/** The namespace of the path is the object's; one that says otherwise is refused. */
export function placeIn(draft: Draft<KubeObject>, resource: Resource, namespace: string): void {
  draft.metadata ??= {} as Draft<KubeObject>["metadata"];
  if (!resource.namespaced) {
    delete draft.metadata.namespace;
    return;
  }
  if (namespace === "") throw badRequest("an empty namespace may not be set during creation");
  checkNamespace(draft, namespace);
  draft.metadata.namespace = namespace;
}
