import { badRequest, notFound } from "../../machinery/errors.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import type { Entry } from "../../store/store.ts";
import type { Exchange } from "../exchange.ts";
import type { Resource } from "../resource.ts";
import { flag } from "../query.ts";
import { answerEntry, negotiated } from "../respond.ts";
import { isCached, notOlderThan, parseRevision, whenReached } from "../revisions.ts";

/** One object, at least as new as `resourceVersion` where given. */
export function get(exchange: Exchange): ApiResponse | Promise<ApiResponse> {
  negotiated(exchange);
  if (flag(exchange.query, "export")) {
    throw badRequest("the export parameter, deprecated since v1.14, is no longer supported");
  }
  return withFound(exchange, (entry, resource) =>
    resource.readied([entry], () => answerEntry(exchange, resource, entry)),
  );
}

/** Runs `use` on the object that the path names. */
export function withFound(exchange: Exchange, use: Use): ApiResponse | Promise<ApiResponse> {
  const { query } = exchange;
  const resource = exchange.resource!;
  if (!query.has("resourceVersion")) return use(found(exchange), resource);
  const revision = parseRevision(query.get("resourceVersion"), "invalid resource version: ");
  return whenReached(exchange, revision, isCached(resource), () => use(found(exchange, revision), resource));
}

type Use = (entry: Entry, resource: Resource) => ApiResponse | Promise<ApiResponse>;

/** The object that the path names, as it is now. */
export function found({ info, parts, resource }: Exchange, revision?: number): Entry {
  const entry = notOlderThan(parts.store, revision).get(resource!.keyOf(info.namespace, info.name));
  if (entry === undefined) throw notFound(resource!.groupResource, info.name);
  return entry;
}
