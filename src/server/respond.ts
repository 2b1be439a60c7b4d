/**
 * Making answers: objects in the negotiated form, Statuses for failures, and the headers that every answer has.
 */
import type { ApiResponse, ResponseBody } from "../machinery/door.ts";
import {
  Denied,
  PAGE_NOT_FOUND,
  StatusError,
  internalError,
  overloaded,
  serviceUnavailable,
  timeout,
  tooLargeResourceVersion,
  tooOldResourceVersion,
} from "../machinery/errors.ts";
import type { Status } from "../machinery/errors.ts";
import type { Kind, KubeObject } from "../machinery/kind.ts";
import { DatabaseFull, DatabaseUnavailable, WriteInDoubt } from "../store/shared-database.ts";
import { Compacted, FutureRevision, JournalFailed, StoreBusy, StoreClosed, StoreFull } from "../store/store.ts";
import type { Entry } from "../store/store.ts";
import type { AuditAnnotations } from "./audit-annotations.ts";
import { encodeText } from "./encoding/json.ts";
import {
  ALL_FORMATS,
  ALL_STREAMED,
  WITHOUT_PROTOBUF,
  WITHOUT_TABLES,
  negotiate,
  negotiateError,
  wantsPretty,
} from "./encoding/negotiate.ts";
import type { Negotiated, Offer } from "./encoding/negotiate.ts";
import { bytesOf, entryBytes } from "./encoding/encode.ts";
import { transformed } from "./encoding/transform.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestInfo } from "./request-info.ts";
import type { Resource } from "./resource.ts";

const NO_CACHE = "no-cache, private";

/** The form of the answer: what Accept says of what there is. Throws 406. */
export function negotiated(exchange: Exchange, resource = exchange.resource, offered?: Offer): Negotiated {
  if (exchange.negotiated !== undefined) return exchange.negotiated;
  const offer = offered ?? offerOf(exchange.info, resource?.kind);
  const pretty = wantsPretty(exchange.query, exchange.userAgent);
  exchange.negotiated = negotiate(exchange.request.headers["accept"] ?? "", offer, pretty);
  return exchange.negotiated;
}

function offerOf({ verb }: RequestInfo, kind: Kind | undefined): Offer {
  if (kind?.schema.custom) return WITHOUT_PROTOBUF;
  const tables = kind === undefined || kind.columns !== undefined || kind.verbs.includes("list");
  if (!tables) return WITHOUT_TABLES;
  return verb === "list" || verb === "watch" ? ALL_STREAMED : ALL_FORMATS;
}

/** A stored object; its cached bytes are sent where no other form is asked for. */
export function answerEntry(exchange: Exchange, resource: Resource, entry: Entry, status = 200): ApiResponse {
  const form = negotiated(exchange, resource);
  const object = resource.view(entry);
  if (form.as !== undefined) return answerPlain(exchange, transformed(exchange, resource, form.as, object), status);
  return respond(status, form.contentType, {
    form: "object",
    object,
    bytes: () => entryBytes(form, entry, resource),
  });
}

/** An object of `resource` that is not stored, such as the outcome of a dry run. */
export function answerObject(exchange: Exchange, resource: Resource, object: KubeObject, status = 200): ApiResponse {
  const form = negotiated(exchange, resource);
  if (form.as !== undefined) return answerPlain(exchange, transformed(exchange, resource, form.as, object), status);
  return respond(status, form.contentType, {
    form: "object",
    object,
    bytes: () => bytesOf(form, object, resource.kind),
  });
}

/** Anything else that has apiVersion and kind and is known to JSON alone: tables, statuses, discovery. */
export function answerPlain(exchange: Exchange, object: object, status = 200): ApiResponse {
  const form = negotiated(exchange);
  return respond(status, form.contentType, { form: "object", object, bytes: () => bytesOf(form, object) });
}

function answerStatus(exchange: Exchange, status: Status): ApiResponse {
  const form = formOfStatus(exchange, status);
  const response = respond(status.code ?? 200, form.contentType, {
    form: "object",
    object: status,
    bytes: () => bytesOf(form, status),
  });
  const seconds = status.status === "Failure" ? (status.details?.retryAfterSeconds ?? 0) : 0;
  return seconds > 0 ? { ...response, headers: { ...response.headers, "retry-after": String(seconds) } } : response;
}

/** A failure is told in another form where Accept asks for what it cannot be made into. */
function formOfStatus({ request, query, userAgent, negotiated: form }: Exchange, { status }: Status): Negotiated {
  if (status !== "Failure" && form !== undefined) return form;
  return negotiateError(request.headers["accept"] ?? "", wantsPretty(query, userAgent));
}

export function answerText(status: number, text: string): ApiResponse {
  return respond(status, "text/plain; charset=utf-8", { form: "bytes", bytes: encodeText(text) });
}

export const pageNotFound = (): ApiResponse => answerText(404, PAGE_NOT_FOUND);

export function respond(status: number, contentType: string, body: ResponseBody): ApiResponse {
  return { status, headers: { "content-type": contentType }, body };
}

/** What went wrong as a Status. Of a fault of our own the client learns nothing but that there was one. */
export function answerError(exchange: Exchange, error: unknown): ApiResponse {
  const response = answerStatus(exchange, statusErrorOf(exchange, error).status);
  if (!(error instanceof Denied)) return response;
  return { ...response, headers: { ...response.headers, "x-content-type-options": "nosniff" } };
}

export function statusErrorOf(exchange: Exchange, error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof Compacted) return tooOldResourceVersion(error.revision, error.compactedRevision);
  if (error instanceof FutureRevision) return tooLargeResourceVersion(error.revision, error.newest, 1);
  if (error instanceof StoreBusy) return overloaded(1);
  if (error instanceof StoreClosed) return serviceUnavailable("the server is shutting down");
  if (error instanceof DatabaseUnavailable || error instanceof DatabaseFull || error instanceof StoreFull) {
    return serviceUnavailable(error.message);
  }
  // It says itself what to do, and the store has told its own log.
  if (error instanceof JournalFailed) return internalError(error.message);
  if (error instanceof WriteInDoubt) return timeout(error.message);
  const { method, path } = exchange.request;
  exchange.parts.log.error("a request failed unexpectedly", {
    method,
    path,
    auditId: exchange.auditId,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return internalError(`apiserver panic'd on ${method} ${path}`);
}

/** Adds what every answer carries. */
export function finish(exchange: Exchange): ApiResponse {
  const { response, auditId, warnings, request, flow } = exchange;
  const { status, headers, body } = response!;
  const warning = warnings?.headers() ?? [];
  exchange.finished();
  exchange.parts.metrics.count(exchange, status);
  if (exchange.annotations !== undefined) tellAnnotations(exchange, exchange.annotations, status);
  return {
    status,
    headers: {
      "audit-id": auditId,
      "cache-control": NO_CACHE,
      ...flow?.headers,
      ...headers,
      ...(warning.length > 0 && { warning }),
    },
    body: request.method === "HEAD" ? { form: "none" } : body,
  };
}

/** What was noted of a request that no revision tells of: it was refused, or only tried. */
function tellAnnotations(exchange: Exchange, annotations: AuditAnnotations, status: number): void {
  const { parts, recorded, auditId, user, info } = exchange;
  if (recorded && status < 400) return;
  const { verb, path } = info;
  parts.log.info("audit", { auditId, user: user.username, verb, path, status, annotations: annotations.all() });
}
