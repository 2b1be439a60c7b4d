import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest, conflict } from "../../machinery/errors.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { bytesOfBody, decodeBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { isolateOf } from "../isolation.ts";
import { noteUpdate } from "../managed-fields.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import type { Resource } from "../resource.ts";
import { negotiated } from "../respond.ts";
import { write } from "../write.ts";
import type { WritePlan } from "../write.ts";
import { placeIn } from "../namespace-of-path.ts";
import { answerOutcome } from "./outcome.ts";

/** Replaces an object, or what a subresource such as `status` may change of it. */
export async function update(exchange: Exchange): Promise<ApiResponse> {
  const resource = exchange.resource!;
  const { namespace, name, subresource } = exchange.info;
  negotiated(exchange);
  // A body that is too large is told before options that are wrong.
  bytesOfBody(exchange);
  const options = writeOptionsOf(exchange.query, "UpdateOptions");
  const decodeNew = (): Draft<KubeObject> => {
    const draft = decodeBody(exchange, resource.kind, fieldValidationOf(options));
    draft.metadata ??= {} as Draft<KubeObject>["metadata"];
    checkPlace(draft, resource, namespace, name);
    return draft;
  };
  let decoded: Draft<KubeObject> | undefined = decodeNew();
  const isolate = isolateOf(resource, subresource);
  const plan: WritePlan = {
    exchange,
    resource,
    namespace,
    name,
    mode: resource.kind.allowCreateOnUpdate === true && subresource === "" ? "either" : "update",
    subresource,
    dryRun: options.dryRun !== undefined,
    options,
    make(previous) {
      const draft = decoded ?? decodeNew();
      decoded = undefined;
      if (previous !== undefined) {
        checkUid(plan, draft, previous);
        isolate(draft, previous);
      }
      return draft;
    },
    isolate,
    manage: (draft, previous) => noteUpdate(exchange, resource, previous, draft, options),
  };
  return answerOutcome(exchange, resource, await write(plan));
}

/** What is written is what the path names. Throws 400. */
export function checkPlace(draft: Draft<KubeObject>, resource: Resource, namespace: string, name: string): void {
  placeIn(draft, resource, namespace);
  const said = draft.metadata.name ?? "";
  if (said === "")
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (said !== name) throw badRequest(`the name of the object (${said}) does not match the name on the URL (${name})`);
}

/** A client that names a uid means that object, not a later one of the same name. */
export function checkUid(
  { resource, namespace, name }: Pick<WritePlan, "resource" | "namespace" | "name">,
  draft: Draft<KubeObject>,
  previous: KubeObject,
): void {
  const { uid } = draft.metadata;
  if (uid) checkPrecondition({ resource, namespace, name }, "UID", uid, previous.metadata.uid);
}

/** Throws 409, in the words of upstream's store. */
export function checkPrecondition(
  { resource, namespace, name }: Pick<WritePlan, "resource" | "namespace" | "name">,
  what: "UID" | "ResourceVersion",
  wanted: string,
  is: string | undefined,
): void {
  if (wanted === is) return;
  const { group, resource: plural } = resource.groupResource;
  const key = `/registry/${group === "" || !group.includes(".") ? "" : `${group}/`}${plural}/${namespace === "" ? "" : `${namespace}/`}${name}`;
  throw conflict(
    resource.groupResource,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${is}`,
  );
}
