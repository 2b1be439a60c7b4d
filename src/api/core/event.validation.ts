/** Rules on Events: the older form asks for little, events with an `eventTime` say who reports what. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { invalid, path, required } from "../../machinery/field-errors.ts";
import type { ObjectMeta } from "../../machinery/kind.ts";
import { byteLength } from "../../machinery/go-text.ts";
import { isDNS1123Subdomain, isQualifiedName } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";

export interface EventFacts {
  readonly metadata: Pick<ObjectMeta, "namespace">;
  readonly involvedNamespace: string;
  readonly eventTime: string | null;
  readonly reporter: string;
  readonly instance: string;
  readonly action: string;
  readonly reason: string;
  readonly message: string;
}

const NAME_LIMIT = 128;
const MESSAGE_LIMIT = 1024;

/** `reporterField` is what the version calls the field: reportingComponent or reportingController. */
export function checkEvent(errors: Errors, event: EventFacts, reporterField: string): void {
  const { namespace = "" } = event.metadata;
  if (!namespacesAgree(event, namespace)) {
    errors.push(invalid("involvedObject.namespace", event.involvedNamespace, "does not match event.namespace"));
  }
  if (event.eventTime !== null) {
    if (event.reporter === "") errors.push(required(reporterField));
    add(errors, path(reporterField), event.reporter, isQualifiedName(event.reporter));
    checkText(errors, "reportingInstance", event.instance);
    checkText(errors, "action", event.action);
    checkText(errors, "reason", event.reason);
    checkLength(errors, "message", event.message, MESSAGE_LIMIT);
  }
  add(errors, path("namespace"), namespace, isDNS1123Subdomain(namespace));
}

/** Events on things without a namespace lie in `default`, those of the newer form also in `kube-system`. */
function namespacesAgree({ involvedNamespace: involved, eventTime }: EventFacts, namespace: string): boolean {
  if (eventTime !== null) return involved !== "" || namespace === "default" || namespace === "kube-system";
  if (involved === "") return namespace === "" || namespace === "default";
  return namespace === involved;
}

function checkText(errors: Errors, field: string, text: string): void {
  if (text === "") errors.push(required(field));
  checkLength(errors, field, text, NAME_LIMIT);
}

function checkLength(errors: Errors, field: string, text: string, limit: number): void {
  if (byteLength(text) > limit) errors.push(invalid(field, "", `can have at most ${limit} characters`));
}

interface CoreEventParts {
  readonly metadata: Pick<ObjectMeta, "namespace">;
  readonly involvedObject: { readonly namespace?: string };
  readonly eventTime?: string | null;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
  readonly action?: string;
  readonly reason?: string;
  readonly message?: string;
}

export function validateEvent(event: CoreEventParts): FieldError[] {
  const errors: Errors = [];
  const facts: EventFacts = {
    metadata: event.metadata,
    involvedNamespace: event.involvedObject.namespace ?? "",
    eventTime: event.eventTime ?? null,
    reporter: event.reportingComponent,
    instance: event.reportingInstance,
    action: event.action ?? "",
    reason: event.reason ?? "",
    message: event.message ?? "",
  };
  checkEvent(errors, facts, "reportingComponent");
  return errors;
}
