/**
 * Reads as of another moment: `/as-of/<moment>/api/v1/pods`, or `/api/v1/pods?asOf=<moment>`; see {@link snapshotOf} for what a
 * moment is. The first form makes the whole API of then a server of its own, so that any client can be pointed there:
 *
 *     kubectl --server https://127.0.0.1:6443/as-of/15m get pods -A
 *
 * Who may read something now may read it as it was. What is not in the store (logs, other API servers' objects, what kinds there
 * are) has no past, and nothing can be written there.
 */
import { badRequest, methodNotAllowed } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import { PastStore } from "../../store/past-store.ts";
import type { Exchange } from "../exchange.ts";
import { snapshotOf } from "../moment.ts";
import type { Query } from "../query.ts";
import type { RequestInfo } from "../request-info.ts";

const PREFIX = "/as-of/";
const PARAMETER = "asOf";
/** Subresources that are parts of the object. */
const STORED = new Set(["", "status", "scale", "approval", "finalize", "ephemeralcontainers", "resize"]);

export interface Asked {
  /** The path in the API of then. */
  readonly path: string;
  /** Undefined: now. */
  readonly moment: string | undefined;
}

/** What moment a request is about. Throws 400 where it names two. */
export function askedMoment(path: string, query: Query): Asked {
  const given = query.has(PARAMETER) ? query.get(PARAMETER) : undefined;
  if (!path.startsWith(PREFIX)) return { path, moment: given };
  const end = path.indexOf("/", PREFIX.length);
  const moment = path.slice(PREFIX.length, end === -1 ? undefined : end);
  if (given !== undefined && given !== moment) {
    throw badRequest(`the path is about ${quote(moment)} and the parameter ${PARAMETER} about ${quote(given)}`);
  }
  return { path: end === -1 ? "/" : path.slice(end), moment };
}

/** Shows the rest of the request the store as it was. */
export function asOf(exchange: Exchange): void {
  const { asOf: moment, parts, info, request } = exchange;
  if (moment === undefined) return;
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed("the past can only be read");
  const foreign = info.isResource && parts.aggregation.handlerOf(info.path) !== undefined;
  if (foreign || !hasPast(info))
    throw methodNotAllowed(`${info.path} has no past: it is not kept in this server's store`);
  const snapshot = snapshotOf(parts.store, moment, exchange.received);
  exchange.parts = { ...parts, store: new PastStore(parts.store, snapshot) };
}

function hasPast({ isResource, path, subresource }: RequestInfo): boolean {
  return isResource ? STORED.has(subresource) : !path.startsWith("/tiphys/");
}
