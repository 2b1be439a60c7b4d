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
    {
      name: "Last Seen",
      type: "string",
      doc: "The time at which the most recent occurrence of this event was recorded.",
      value: (event, now) => age(lastSeen(parts(event)), now),
    },
    {
      name: "Type",
      type: "string",
      doc: "Type of this event (Normal, Warning), new types could be added in the future",
      value: (event) => parts(event).type ?? "",
    },
    {
      name: "Reason",
      type: "string",
      doc: "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
      value: (event) => parts(event).reason ?? "",
    },
    {
      name: "Object",
      type: "string",
      doc: "The object that this event is about.",
      value: (event) => objectText(parts(event).involvedObject),
    },
    {
      name: "Subobject",
      type: "string",
      doc: 'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
      priority: 1,
      value: (event) => parts(event).involvedObject.fieldPath ?? "",
    },
    {
      name: "Source",
      type: "string",
      doc: "The component reporting this event. Should be a short machine understandable string.",
      priority: 1,
      value: (event) => sourceText(parts(event)),
    },
    {
      name: "Message",
      type: "string",
      doc: "A human-readable description of the status of this operation.",
      value: (event) => (parts(event).message ?? "").trim(),
    },
    {
      name: "First Seen",
      type: "string",
      doc: "The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)",
      priority: 1,
      value: (event, now) => age(firstSeen(parts(event)), now),
    },
    {
      name: "Count",
      type: "string",
      doc: "The number of times this event has occurred.",
      priority: 1,
      value: (event) => countOf(parts(event)),
    },
    {
      name: "Name",
      type: "string",
      format: "name",
      doc: "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
      priority: 1,
      value: ({ metadata }) => metadata.name,
    },
  ];
}

const firstSeen = ({ firstTimestamp, eventTime }: EventParts): string | null => firstTimestamp || eventTime || null;

function lastSeen(event: EventParts): string | null {
  return event.series === undefined ? event.lastTimestamp || firstSeen(event) : (event.series.lastObservedTime ?? null);
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
