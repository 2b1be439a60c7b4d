import { badRequest, methodNotAllowed, methodNotSupported, notFound, unknownResource } from "../../machinery/errors.ts";
import type { Kind } from "../../machinery/kind.ts";
import type { RequestInfo } from "../request-info.ts";
import type { Exchange } from "../exchange.ts";
import { resourceOf } from "../resource.ts";
import { pageNotFound } from "../respond.ts";

/** What answers: a verb of a resource, one of its subresources, or a path of its own. */
export function route(exchange: Exchange): void {
  const { info, parts } = exchange;
  const { group, version, resource, subresource } = info;
  exchange.handler = parts.aggregation.handlerOf(info.path);
  if (exchange.handler !== undefined) return;
  if (!info.isResource) return routePath(exchange);
  const kind = parts.scheme.byResource(group, version, resource);
  if (kind === undefined || isMisplaced(kind, info)) {
    // Paths of custom resources are no paths of the server's own: nothing is known there.
    if (group !== "" && !parts.routes.isBuiltIn(group)) exchange.response = pageNotFound();
    else throw unknownResource();
    return;
  }
  if (kind.schema.custom) return routeCustom(exchange, kind);
  if (info.verb === "proxy") throw unknownResource();
  if (kind.scope === "Namespaced" && info.namespace === "" && info.named) throw unknownResource();
  exchange.resource = resourceOf(kind);
  const handler = parts.routes.handlerOf(exchange.resource, subresource, info);
  if (kind.deprecated !== undefined) exchange.warn(kind.deprecated);
  if (info.rest && subresource !== "proxy") throw unknownResource();
  if (handler === "unknown") throw unknownResource();
  if (handler === undefined || exchange.request.method === "HEAD") throw methodNotAllowed();
  if (info.verb === "watch" && exchange.request.method !== "GET") throw methodNotAllowed();
  exchange.handler = handler;
}

/** Upstream has no list of paths for these: it looks at what is asked, and lets pass what its paths would not. */
function routeCustom(exchange: Exchange, kind: Kind): void {
  const { info, parts } = exchange;
  const { verb, namespace, name, named, subresource } = info;
  const everywhere = kind.scope === "Namespaced" && namespace === "";
  if (everywhere && verb !== "list" && verb !== "watch") {
    exchange.response = pageNotFound();
    return;
  }
  const resource = resourceOf(kind);
  exchange.resource = resource;
  if (kind.deprecated !== undefined) exchange.warn(kind.deprecated);
  const handler = parts.routes.handlerOf(resource, subresource, info);
  if (handler === "unknown") throw notFound(resource.groupResource, name);
  if (!named && (verb === "update" || verb === "patch")) throw badRequest("name must be provided");
  if (handler === undefined) throw methodNotSupported(resource.groupResource, verb);
  exchange.handler = handler;
}

/** A cluster-scoped resource inside of a namespace. */
function isMisplaced(kind: Kind, { namespace, resource }: RequestInfo): boolean {
  return kind.scope === "Cluster" && namespace !== "" && resource !== "namespaces";
}

function routePath(exchange: Exchange): void {
  const { info, parts, request } = exchange;
  const handler = parts.routes.pathHandler(info.path, request.method);
  if (handler === undefined) {
    if (parts.routes.isApiPath(info.path)) throw unknownResource();
    exchange.response = pageNotFound();
  } else if (handler === "other") throw methodNotAllowed();
  else exchange.handler = handler;
}
