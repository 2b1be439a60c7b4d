/** Rules on events of the newer API: those of the older one, and a new event uses no field of it. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { immutable, invalid, required } from "../../machinery/field-errors.ts";
import type { ObjectMeta, StrategyContext } from "../../machinery/kind.ts";
import { checkEvent } from "../core/event.validation.ts";
import { ObjectReference } from "../core/references.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import { goStruct } from "../go-struct.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";

interface EventParts {
  readonly metadata: Pick<ObjectMeta, "namespace">;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly eventTime?: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime?: string | null };
  readonly reportingController?: string;
  readonly reportingInstance?: string;
  readonly action?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly type?: string;
  readonly deprecatedSource: { readonly component?: string; readonly host?: string };
  readonly deprecatedFirstTimestamp?: string | null;
  readonly deprecatedLastTimestamp?: string | null;
  readonly deprecatedCount?: number;
}

const UNSET = "needs to be unset";

export function validateNewEvent(event: EventParts, { previous }: Pick<StrategyContext, "previous">): FieldError[] {
  const errors: Errors = [];
  const facts = {
    metadata: event.metadata,
    involvedNamespace: event.regarding.namespace ?? "",
    eventTime: event.eventTime ?? null,
    reporter: event.reportingController ?? "",
    instance: event.reportingInstance ?? "",
    action: event.action ?? "",
    reason: event.reason ?? "",
    message: event.note ?? "",
  };
  checkEvent(errors, facts, "reportingController");
  if (previous !== undefined) return errors;
  checkSeries(errors, event.series);
  if ((event.eventTime ?? null) === null) errors.push(required("eventTime"));
  if (event.type !== "Normal" && event.type !== "Warning") {
    errors.push(invalid("type", "", `has invalid value: ${event.type ?? ""}`));
  }
  if ((event.deprecatedFirstTimestamp ?? null) !== null) errors.push(invalid("firstTimestamp", "", UNSET));
  if ((event.deprecatedLastTimestamp ?? null) !== null) errors.push(invalid("lastTimestamp", "", UNSET));
  if (event.deprecatedCount !== undefined) errors.push(invalid("count", "", UNSET));
  const { component = "", host = "" } = event.deprecatedSource;
  if (component !== "" || host !== "") errors.push(invalid("source", "", UNSET));
  return errors;
}

function checkSeries(errors: Errors, series: EventParts["series"]): void {
  if (series === undefined) return;
  if (series.count < 2) errors.push(invalid("series.count", "", "should be at least 2"));
  if ((series.lastObservedTime ?? null) === null) errors.push(required("series.lastObservedTime"));
}

/** As Go prints it. */
const shown = (reference: ObjectReference | undefined): unknown =>
  goStruct(ObjectReference as MessageSchema, reference);

const shownSource = ({ deprecatedSource: { component = "", host = "" } }: EventParts): unknown => ({
  Component: component,
  Host: host,
});

/** What happened stays; how often it did may grow. */
export function validateNewEventUpdate(next: EventParts, before: EventParts): FieldError[] {
  const errors: Errors = [];
  if (!same(next.series ?? null, before.series ?? null)) checkSeries(errors, next.series);
  const reason = ["reason", next.reason ?? "", before.reason ?? ""] as const;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ["involvedObject", shown(next.regarding), shown(before.regarding)],
    reason,
    ["message", next.note ?? "", before.note ?? ""],
    ["source", shownSource(next), shownSource(before)],
    ["firstTimestamp", next.deprecatedFirstTimestamp ?? null, before.deprecatedFirstTimestamp ?? null],
    ["lastTimestamp", next.deprecatedLastTimestamp ?? null, before.deprecatedLastTimestamp ?? null],
    ["count", next.deprecatedCount ?? 0, before.deprecatedCount ?? 0],
    // Upstream looks at it twice.
    reason,
    ["type", next.type ?? "", before.type ?? ""],
    ["eventTime", next.eventTime ?? null, before.eventTime ?? null],
    ["action", next.action ?? "", before.action ?? ""],
    ["related", shown(next.related), shown(before.related)],
    ["reportingController", next.reportingController ?? "", before.reportingController ?? ""],
    ["reportingInstance", next.reportingInstance ?? "", before.reportingInstance ?? ""],
  ];
  for (const [field, now, then] of pairs) if (!same(now, then)) errors.push(immutable(field, now));
  return errors;
}
