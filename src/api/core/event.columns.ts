import { age } from "../../machinery/duration.ts";
import type { Column, KubeObject } from "../../machinery/kind.ts";

interface Reference {
  readonly kind?: string;
  readonly name?: string;
  readonly fieldPath?: string;
}

/** An event by the names of core/v1; the newer form is read through them. */
export interface EventParts {
  readonly involvedObject: Reference;
  readonly source: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly type?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string | null };
}

/** The columns of both kinds of events; `parts` reads one by core's names. */
export function eventColumns<T extends KubeObject>(parts: (object: T) => EventParts): readonly Column<T>[] {
  return [
    { name: "Last Seen", type: "string", value: (event, now) => age(lastSeen(parts(event)), now) },
    { name: "Type", type: "string", value: (event) => parts(event).type ?? "" },
    { name: "Reason", type: "string", value: (event) => parts(event).reason ?? "" },
    { name: "Object", type: "string", value: (event) => objectText(parts(event).involvedObject) },
    { name: "Subobject", type: "string", priority: 1, value: (event) => parts(event).involvedObject.fieldPath ?? "" },
    { name: "Source", type: "string", priority: 1, value: (event) => sourceText(parts(event)) },
    { name: "Message", type: "string", value: (event) => (parts(event).message ?? "").trim() },
    { name: "First Seen", type: "string", priority: 1, value: (event, now) => age(firstSeen(parts(event)), now) },
    { name: "Count", type: "string", priority: 1, value: (event) => countOf(parts(event)) },
    { name: "Name", type: "string", format: "name", priority: 1, value: ({ metadata }) => metadata.name },
  ];
}

const firstSeen = ({ firstTimestamp, eventTime }: EventParts): string | null => firstTimestamp || eventTime || null;

function lastSeen(event: EventParts): string | null {
  return event.series?.lastObservedTime || event.lastTimestamp || firstSeen(event);
}

const countOf = ({ series, count }: EventParts): number => (series === undefined ? count || 1 : (series.count ?? 0));

function objectText({ kind = "", name }: Reference): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function sourceText({ source, reportingComponent, reportingInstance }: EventParts): string {
  const component = source.component || reportingComponent || "";
  const host = source.host || reportingInstance || "";
  return host === "" ? component : `${component}, ${host}`;
}
