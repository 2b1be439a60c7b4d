import { notFound } from "../../machinery/errors.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import type { Entry } from "../../store/store.ts";
import type { Exchange } from "../exchange.ts";
import { answerEntry } from "../respond.ts";
import { notOlderThan, parseRevision } from "../revisions.ts";

/** One object, at least as new as `resourceVersion` where given. */
export function get(exchange: Exchange): ApiResponse | Promise<ApiResponse> {
  const resource = exchange.resource!;
  const entry = found(exchange);
  return resource.readied([entry], () => answerEntry(exchange, resource, entry));
}

export function found(exchange: Exchange): Entry {
  const { info, parts, query } = exchange;
  const resource = exchange.resource!;
  const revision = query.has("resourceVersion")
    ? parseRevision(query.get("resourceVersion"), "invalid resource version: ")
    : undefined;
  const entry = notOlderThan(parts.store, revision).get(resource.keyOf(info.namespace, info.name));
  if (entry === undefined) throw notFound(resource.groupResource, info.name);
  return entry;
}
