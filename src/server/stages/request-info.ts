import { badRequest } from "../../machinery/errors.ts";
import type { Exchange } from "../exchange.ts";
import { requestInfoOf } from "../request-info.ts";
import { askedMoment } from "./as-of.ts";

/** What the request is about. */
export function readRequestInfo(exchange: Exchange): void {
  const { method } = exchange.request;
  const { path, moment } = askedMoment(exchange.request.path, exchange.query);
  exchange.asOf = moment;
  exchange.info = requestInfoOf(method, path, exchange.query);
  const { namespace, name } = exchange.info;
  // A decoded `..` or `/` inside of a segment must never become part of a storage key.
  if (namespace === ".." || name === ".." || path.includes("\0")) throw badRequest("invalid path");
}
