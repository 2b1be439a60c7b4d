import type { ApiResponse } from "../../machinery/door.ts";
import { unknownError } from "../../machinery/errors.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { bytesOfBody, decodeBody, formatOfBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { noteUpdate } from "../managed-fields.ts";
import { placeIn } from "../namespace-of-path.ts";
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
  // What is only tried is not stored, and stores are who would not have it.
  if (options.dryRun === undefined && revision !== "" && revision !== "0") {
    throw unknownError("resourceVersion should not be set on objects to be created");
  }
  return draft;
}
