/**
 * Every failure an API server answers, in one catalogue: text, reason, details and HTTP code as upstream's
 * k8s.io/apimachinery/pkg/api/errors gives them. Code throws a {@link StatusError}; whoever answers the
 * request sends its `status`.
 */
import type { FieldError } from "./field-errors.ts";
import { errorText } from "./field-errors.ts";
import { quote } from "./go-text.ts";

/** As metav1.Status. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** A failed request. `message` is the Status' own, so logs and clients read the same text. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(status: Status, options?: { cause?: unknown }) {
    super(status.message ?? "", options);
    this.name = "StatusError";
    this.status = status;
  }

  /** The HTTP code. */
  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): string {
    return this.status.reason ?? "";
  }
}

/** The resource an error speaks of, such as `{ group: "apps", resource: "deployments" }`. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** The body of a 404 for a path that belongs to no group at all; sent as `text/plain; charset=utf-8`. */
export const PAGE_NOT_FOUND = "404 page not found\n";

/** Why an update lost: the object moved on since it was read. */
export const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

// 400

export function badRequest(message: string): StatusError {
  return failure(400, "BadRequest", message);
}

// 401

export function unauthorized(message = "Unauthorized"): StatusError {
  return failure(401, "Unauthorized", message === "" ? "not authorized" : message);
}

// 403

/** `why` follows the name: `pods "x" is forbidden: why`. */
export function forbidden(of: GroupResource, name: string, why: string, causes?: readonly StatusCause[]): StatusError {
  const resource = resourceText(of);
  let message = `forbidden: ${why}`;
  if (name !== "") message = `${resource} ${quote(name)} is forbidden: ${why}`;
  else if (resource !== "") message = `${resource} is forbidden: ${why}`;
  return failure(403, "Forbidden", message, detailsOf(name, of.group, of.resource, causes));
}

/** What was asked, as an authorizer's attributes say it. */
export interface Attempt {
  readonly user: string;
  readonly verb: string;
  /** Absent for paths that are no resources. */
  readonly resource?: GroupResource & { readonly subresource?: string };
  readonly namespace?: string;
  readonly name?: string;
  readonly path?: string;
  /** What the authorizer adds, in brackets or after a colon. */
  readonly reason?: string;
}

/** No authorizer lets it through. Paths come back in the text, so the answer must not be taken for a page. */
export class Denied extends StatusError {}

/** The authorizer said no: `pods "a" is forbidden: User "u" cannot get resource "pods" in API group "" …`. */
export function denied(attempt: Attempt): Denied {
  const { name = "", reason = "", resource = { group: "", resource: "" } } = attempt;
  const why = attemptText(attempt).replaceAll(/[&<>]/g, (char) => HTML_ESCAPES[char]!);
  return new Denied(forbidden(resource, name, reason === "" ? why : `${why}: ${reason}`).status);
}

const HTML_ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function attemptText({ user, verb, resource, namespace = "", path = "" }: Attempt): string {
  if (resource === undefined) return `User ${quote(user)} cannot ${verb} path ${quote(path)}`;
  const full = resource.subresource ? `${resource.resource}/${resource.subresource}` : resource.resource;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${quote(namespace)}`;
  return `User ${quote(user)} cannot ${verb} resource ${quote(full)} in API group ${quote(resource.group)} ${where}`;
}

/** No object may be made in a namespace that is going away. */
export function namespaceTerminating(of: GroupResource, name: string, namespace: string): StatusError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  return forbidden(of, name, why, [{ reason: "NamespaceTerminating", message, field: "metadata.namespace" }]);
}

// 404

export function notFound(of: GroupResource, name: string): StatusError {
  const message = `${resourceText(of)} ${quote(name)} not found`;
  return failure(404, "NotFound", message, detailsOf(name, of.group, of.resource));
}

/** The path belongs to a known group, but nothing is served there. */
export function unknownResource(): StatusError {
  return failure(404, "NotFound", "the server could not find the requested resource", {});
}

// 405, 406, 413, 415

/** The path is served, but not with this method. */
export function methodNotAllowed(
  message = "the server does not allow this method on the requested resource",
): StatusError {
  return failure(405, "MethodNotAllowed", message, {});
}

/** The storage behind the path does not support the action. */
export function methodNotSupported(of: GroupResource, action: string): StatusError {
  const message = `${action} is not supported on resources of kind ${quote(resourceText(of))}`;
  return failure(405, "MethodNotAllowed", message, detailsOf("", of.group, of.resource));
}

/** A path makes nothing that Accept names. */
export function notProducible(available: readonly string[]): StatusError {
  const message = `406: Not Acceptable\n\nAvailable representations: ${available.join(", ")}`;
  return failure(406, "NotAcceptable", message, {});
}

/** It could, but not in the way that Accept asks for. */
export function notAcceptable(accepted: readonly string[]): StatusError {
  return failure(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
}

/** A media type can be made, but not of this object: `you requested Table, but …`. */
export function notRepresentable(message: string): StatusError {
  return failure(406, "NotAcceptable", message);
}

export function requestEntityTooLarge(limit: number): StatusError {
  return failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const list = accepted.join(", ");
  const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
  return failure(415, "UnsupportedMediaType", message);
}

/** A patch of a type that this resource knows but this request may not use. */
export function unsupportedPatchType(): StatusError {
  return failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

// 409

export function alreadyExists(of: GroupResource, name: string): StatusError {
  const message = `${resourceText(of)} ${quote(name)} already exists`;
  return failure(409, "AlreadyExists", message, detailsOf(name, of.group, of.resource));
}

/** Every generated name was taken. */
export function generateNameConflict(of: GroupResource, name: string, retryAfterSeconds: number): StatusError {
  const message = `${resourceText(of)} ${quote(name)} already exists, the server was not able to generate a unique name for the object`;
  const details = withRetry(detailsOf(name, of.group, of.resource), retryAfterSeconds);
  return failure(409, "AlreadyExists", message, details);
}

export function conflict(of: GroupResource, name: string, why = MODIFIED): StatusError {
  const message = `Operation cannot be fulfilled on ${resourceText(of)} ${quote(name)}: ${why}`;
  return failure(409, "Conflict", message, detailsOf(name, of.group, of.resource));
}

/** Other managers own fields that an apply wants to change. */
export function applyConflict(message: string, causes: readonly StatusCause[]): StatusError {
  return failure(409, "Conflict", message, { causes });
}

// 410

/** The revision or the continue token is older than what is kept. */
export function expired(message: string): StatusError {
  return failure(410, "Expired", message);
}

/** A watch or list asked for a revision that is compacted away. */
export function tooOldResourceVersion(asked: number | string, oldest: number | string): StatusError {
  return expired(`too old resource version: ${asked} (${oldest})`);
}

/** A client has seen a revision that this server has not reached. */
export function tooLargeResourceVersion(asked: number, newest: number, retryAfterSeconds: number): StatusError {
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  const message = `Timeout: Too large resource version: ${asked}, current: ${newest}`;
  return failure(504, "Timeout", message, withRetry({ causes }, retryAfterSeconds));
}

export function gone(message: string): StatusError {
  return failure(410, "Gone", message);
}

// 422

/** Errors of one object that are told: a list with hundreds of thousands of wrong items would be told of in gigabytes. */
const MOST_TOLD = 1000;

/** `Pod "x" is invalid: [first, second]`; equal texts are said once, causes are all listed. */
export function invalid(of: GroupKind, name: string, all: readonly FieldError[]): StatusError {
  const errors = all.slice(0, MOST_TOLD);
  const texts = [...new Set(errors.map(errorText))];
  if (all.length > errors.length) texts.push(`and ${all.length - errors.length} more`);
  const head = `${kindText(of)} ${quote(name)} is invalid`;
  let message = head;
  if (texts.length === 1) message = `${head}: ${texts[0]}`;
  else if (texts.length > 1) message = `${head}: [${texts.join(", ")}]`;
  const causes = errors.map(({ reason, message, field }) => ({ reason, message, field }));
  return failure(422, "Invalid", message, detailsOf(name, of.group, of.kind, causes));
}

/** Well-formed, but cannot be processed: a failed test of a JSON patch, for one. */
export function unprocessable(): StatusError {
  return failure(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

// 429

/** `message` as it is; for evictions that a disruption budget holds up. */
export function tooManyRequests(
  message: string,
  retryAfterSeconds: number,
  causes?: readonly StatusCause[],
): StatusError {
  const details = withRetry(causes === undefined ? {} : { causes }, retryAfterSeconds);
  return failure(429, "TooManyRequests", message, details);
}

/** The server is overloaded; flow control turned the request away. */
export function overloaded(retryAfterSeconds: number): StatusError {
  return tooManyRequests("Too many requests, please try again later.", retryAfterSeconds);
}

// 5xx

export function internalError(why: string, cause?: unknown): StatusError {
  return failure(
    500,
    "InternalError",
    `Internal error occurred: ${why}`,
    { causes: [{ message: why }] },
    cause === undefined ? undefined : { cause },
  );
}

/** A failure that upstream has no Status for: code 500, the bare text, no reason. */
export function unknownError(message: string): StatusError {
  return new StatusError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    code: 500,
  });
}

export function serviceUnavailable(message: string): StatusError {
  return failure(503, "ServiceUnavailable", message);
}

export function timeout(why: string, retryAfterSeconds = 0): StatusError {
  return failure(504, "Timeout", `Timeout: ${why}`, withRetry({}, retryAfterSeconds));
}

// Reading errors

/** True for a StatusError with this reason: `isReason(error, "NotFound")`. */
export function isReason(error: unknown, reason: string): error is StatusError {
  return error instanceof StatusError && error.status.reason === reason;
}

/** Any thrown value as the Status to answer; what is no StatusError becomes a 500 with its text. */
export function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return error.status;
  return unknownError(error instanceof Error ? error.message : String(error)).status;
}

/** `deployments.apps`, or `pods` for the core group. */
export function resourceText({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

function kindText({ group, kind }: GroupKind): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** Without the members that are empty, in upstream's order. */
function detailsOf(name: string, group: string, kind: string, causes?: readonly StatusCause[]): StatusDetails {
  return {
    ...(name === "" ? undefined : { name }),
    ...(group === "" ? undefined : { group }),
    ...(kind === "" ? undefined : { kind }),
    ...(causes === undefined || causes.length === 0 ? undefined : { causes }),
  };
}

function withRetry(details: StatusDetails, retryAfterSeconds: number): StatusDetails {
  return retryAfterSeconds > 0 ? { ...details, retryAfterSeconds } : details;
}

function failure(
  code: number,
  reason: string,
  message: string,
  details?: StatusDetails,
  options?: { cause?: unknown },
): StatusError {
  const status: Status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === undefined ? undefined : { details }),
    code,
  };
  return new StatusError(status, options);
}
