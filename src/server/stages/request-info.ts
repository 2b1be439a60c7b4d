import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Exchange } from "../exchange.ts";
import { requestInfoOf } from "../request-info.ts";
import { answerText } from "../respond.ts";
import { askedMoment } from "./as-of.ts";

/** What the request is about. */
export function readRequestInfo(exchange: Exchange): void {
  const { method } = exchange.request;
  const { path, moment } = askedMoment(exchange.request.path, exchange.query);
  exchange.asOf = moment;
  exchange.info = requestInfoOf(method, path, exchange.query);
  const { namespace, name } = exchange.info;
  if (exchange.info.endsInVerb) exchange.response = unreadable(exchange);
  // A decoded `..` or `/` inside of a segment must never become part of a storage key.
  if (namespace === ".." || name === ".." || path.includes("\0")) throw badRequest("invalid path");
}

/** As upstream, which takes it for a fault of its own; nobody is asked first who it is. */
function unreadable({ request: { path, query } }: Exchange): ApiResponse {
  const url = query === "" ? path : `${path}?${query}`;
  const why = `failed to create RequestInfo: unable to determine kind and namespace from url, ${url}`;
  const said = `Internal Server Error: ${quote(url)}: ${why}`.replace(/[&<>]/g, (char) => ESCAPED[char]!);
  const response = answerText(500, `${said}\n`);
  return { ...response, headers: { ...response.headers, "x-content-type-options": "nosniff" } };
}

const ESCAPED: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
