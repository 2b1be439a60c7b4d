import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, message, microTime, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { EventSource } from "../core/event.ts";
import { ObjectReference } from "../core/references.ts";
import { coreEventFields, coreNames, toCoreEvent } from "./event-conversion.ts";
import { eventColumns } from "../core/event.columns.ts";
import type { EventParts } from "../core/event.columns.ts";
import { validateNewEvent, validateNewEventUpdate } from "./event.validation.ts";

export const EventsV1EventSeries = message(
  "io.k8s.api.events.v1.EventSeries",
  {
    count: field(1, int32(), "How often, at least 2.").required(),
    lastObservedTime: field(2, microTime(), "When it last happened.").required().orNull(),
  },
  { doc: "An event that happens again and again." },
);
export type EventsV1EventSeries = TypeOf<typeof EventsV1EventSeries>;

export const EventsV1Event = defineKind({
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  definition: "io.k8s.api.events.v1.Event",
  names: { plural: "events", short: ["ev"] },
  scope: "Namespaced",
  doc: "Something that happened to an object, in the newer form.",
  storage: { group: "core", resource: "events", version: "v1" },
  fields: {
    eventTime: field(2, microTime(), "When it first happened.").required().orNull(),
    series: field(3, EventsV1EventSeries, "How often it went on happening; nothing said: once."),
    reportingController: field(4, string(), "Who reports it, such as `kubernetes.io/kubelet`."),
    reportingInstance: field(5, string(), "Which of several such reporters."),
    action: field(6, string(), "What was done or failed, in one word for programs."),
    reason: field(7, string(), "Why the action was taken, in one word of at most 128 characters."),
    regarding: field(8, ObjectReference, "The object it is about.").always(),
    related: field(9, ObjectReference, "A second object that has a part in it."),
    note: field(10, string(), "What happened, in a sentence of at most 1 KiB."),
    type: field(11, string(), "`Normal` or `Warning`."),
    deprecatedSource: field(12, EventSource, "Who reports it, as core's events say it.").always(),
    deprecatedFirstTimestamp: field(13, time(), "When it first happened, as core's events say it.").orNull(),
    deprecatedLastTimestamp: field(14, time(), "When it last happened, as core's events say it.").orNull(),
    deprecatedCount: field(15, int32(), "How often it happened, as core's events count."),
  },
  convert: { toStorage: toCoreEvent, fromStorage: coreEventFields },
  columns: eventColumns((event) => coreNames(event) as unknown as EventParts),
  allowCreateOnUpdate: true,
  selectableFields: {
    "regarding.kind": ({ regarding }) => regarding.kind ?? "",
    "regarding.namespace": ({ regarding }) => regarding.namespace ?? "",
    "regarding.name": ({ regarding }) => regarding.name ?? "",
    "regarding.uid": ({ regarding }) => regarding.uid ?? "",
    "regarding.apiVersion": ({ regarding }) => regarding.apiVersion ?? "",
    "regarding.resourceVersion": ({ regarding }) => regarding.resourceVersion ?? "",
    "regarding.fieldPath": ({ regarding }) => regarding.fieldPath ?? "",
    reason: ({ reason }) => reason ?? "",
    reportingController: ({ reportingController }) => reportingController ?? "",
    type: ({ type }) => type ?? "",
  },
  validate: validateNewEvent,
  validateUpdate: validateNewEventUpdate,
});
export type EventsV1Event = ObjectOf<typeof EventsV1Event>;
