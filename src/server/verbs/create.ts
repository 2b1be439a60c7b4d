import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest, unknownError } from "../../machinery/errors.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { bytesOfBody, decodeBody, formatOfBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { noteUpdate } from "../managed-fields.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import type { Resource } from "../resource.ts";
import { negotiated } from "../respond.ts";
import { answerOutcome } from "./outcome.ts";
import { write } from "../write.ts";

export async function create(exchange: Exchange): Promise<ApiResponse> {
  const resource = exchange.resource!;
  const { namespace } = exchange.info;
  negotiated(exchange);
  // What the body is in, and how large it is, is told before options that are wrong.
  if (exchange.request.body?.form !== "object") formatOfBody(exchange, resource.kind.schema.custom === true);
  bytesOfBody(exchange);
  const options = writeOptionsOf(exchange.query, "CreateOptions");
  // The first decoding says what the plan needs to know; a later try decodes again, since admission changes the draft.
  let decoded: Draft<KubeObject> | undefined = decodeNew(exchange, resource, namespace);
  const outcome = await write({
    exchange,
    resource,
    namespace,
    name: decoded.metadata.name ?? "",
    mode: "create",
    subresource: "",
    dryRun: options.dryRun !== undefined,
    options,
    make() {
      const draft = decoded ?? decodeNew(exchange, resource, namespace);
      decoded = undefined;
      return draft;
    },
    manage: (draft) => noteUpdate(exchange, resource, undefined, draft, options),
  });
  return answerOutcome(exchange, resource, outcome, 201);
}

function decodeNew(exchange: Exchange, resource: Resource, namespace: string): Draft<KubeObject> {
  const options = writeOptionsOf(exchange.query, "CreateOptions");
  const draft = decodeBody(exchange, resource.kind, fieldValidationOf(options));
  placeIn(draft, resource, namespace);
  const revision = draft.metadata.resourceVersion ?? "";
  if (revision !== "" && revision !== "0") {
    throw unknownError("resourceVersion should not be set on objects to be created");
  }
  return draft;
}

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
