/**
 * The options of each verb, read from the query and checked with upstream's texts.
 */
import { badRequest, invalid as invalidObject } from "../machinery/errors.ts";
import { forbidden, notSupported } from "../machinery/field-errors.ts";
import type { FieldError } from "../machinery/field-errors.ts";
import { quote } from "../machinery/go-text.ts";
import { validateFieldManager } from "../machinery/validate-metadata.ts";
import { flag } from "./query.ts";
import type { Query } from "./query.ts";

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly watch: boolean;
  readonly allowWatchBookmarks: boolean;
  /** undefined: not said. */
  readonly sendInitialEvents: boolean | undefined;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly timeoutSeconds: number | undefined;
  /** 0: all. */
  readonly limit: number;
  readonly continue: string;
}

/** Throws 400 for what cannot be read, 422 for what does not go together. */
export function listOptionsOf(query: Query, watch: boolean): ListOptions {
  const options = {
    labelSelector: query.get("labelSelector"),
    fieldSelector: query.get("fieldSelector"),
    watch,
    allowWatchBookmarks: flag(query, "allowWatchBookmarks"),
    sendInitialEvents: query.has("sendInitialEvents") ? flag(query, "sendInitialEvents") : undefined,
    resourceVersion: query.get("resourceVersion"),
    resourceVersionMatch: query.get("resourceVersionMatch"),
    timeoutSeconds: integer(query, "timeoutSeconds"),
    limit: Math.max(0, integer(query, "limit") ?? 0),
    continue: query.get("continue"),
  };
  const errors = watch ? watchErrors(options) : listErrors(options);
  refuse("ListOptions", errors);
  return options;
}

function listErrors(options: ListOptions): FieldError[] {
  const { resourceVersionMatch: match, resourceVersion } = options;
  const errors: FieldError[] = [];
  const say = (text: string): void => void errors.push(forbidden("resourceVersionMatch", text));
  if (match !== "") {
    if (resourceVersion === "") say("resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (options.continue !== "") say("resourceVersionMatch is forbidden when continue is provided");
    if (match !== "Exact" && match !== "NotOlderThan")
      errors.push(notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
    if (match === "Exact" && resourceVersion === "0")
      say('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (options.sendInitialEvents !== undefined)
    errors.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  return errors;
}

function watchErrors(options: ListOptions): FieldError[] {
  const { resourceVersionMatch: match, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  const say = (text: string): void => void errors.push(forbidden("resourceVersionMatch", text));
  if (sendInitialEvents !== undefined && match !== "NotOlderThan")
    say("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (match !== "") {
    if (sendInitialEvents === undefined)
      say("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
    if (match !== "NotOlderThan") errors.push(notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
    if (options.continue !== "") say("resourceVersionMatch is forbidden when continue is provided");
  }
  return errors;
}

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** CreateOptions, UpdateOptions and PatchOptions. */
export interface WriteOptions {
  readonly kind: string;
  readonly apiVersion: "meta.k8s.io/v1";
  readonly dryRun?: readonly string[];
  readonly fieldManager?: string;
  readonly fieldValidation?: string;
  readonly force?: boolean;
}

const FIELD_VALIDATIONS: ReadonlySet<string> = new Set(["", "Ignore", "Strict", "Warn"]);

/** Throws 422 for values that are not supported. `isApply` is only asked for patches. */
export function writeOptionsOf(query: Query, kind: string, isApply = false): WriteOptions {
  const dryRun = query.all("dryRun");
  const fieldManager = query.get("fieldManager");
  const fieldValidation = query.get("fieldValidation");
  const options: WriteOptions = {
    kind,
    apiVersion: "meta.k8s.io/v1",
    ...(dryRun.length > 0 && { dryRun }),
    ...(fieldManager !== "" && { fieldManager }),
    ...(fieldValidation !== "" && { fieldValidation }),
    ...(kind === "PatchOptions" && query.has("force") && { force: flag(query, "force") }),
  };
  const errors: FieldError[] = [];
  if (kind === "PatchOptions") {
    if (isApply && fieldManager === "") errors.push(requiredManager());
    if (!isApply && options.force !== undefined)
      errors.push(forbidden("force", "may not be specified for non-apply patch"));
  }
  if (fieldManager !== "") errors.push(...validateFieldManager(fieldManager, "fieldManager"));
  errors.push(...dryRunErrors(dryRun));
  if (!FIELD_VALIDATIONS.has(fieldValidation))
    errors.push(notSupported("fieldValidation", fieldValidation, FIELD_VALIDATIONS));
  refuse(kind, errors);
  return options;
}

function requiredManager(): FieldError {
  return {
    reason: "FieldValueRequired",
    field: "fieldManager",
    message: "Required value: is required for apply patch",
  };
}

export function dryRunErrors(dryRun: readonly string[] | undefined): FieldError[] {
  if (dryRun === undefined || dryRun.every((each) => each === "All")) return [];
  const message = `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`;
  return [{ reason: "FieldValueNotSupported", field: "dryRun", message }];
}

export function fieldValidationOf(options: WriteOptions): FieldValidation {
  return (options.fieldValidation as FieldValidation | undefined) ?? "Warn";
}

/** Throws 422 as upstream does for options. */
export function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: "meta.k8s.io", kind }, "", errors);
}

/** A number as Go's strconv reads it; undefined where it is not said. */
export function integer(query: Query, name: string): number | undefined {
  if (!query.has(name)) return undefined;
  const text = query.get(name);
  const refused = (why: string): Error => badRequest(`strconv.ParseInt: parsing ${quote(text)}: ${why}`);
  if (!/^[+-]?[0-9]+$/.test(text)) throw refused("invalid syntax");
  if (text.length > 15 && BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw refused("value out of range");
  return Number(text);
}
