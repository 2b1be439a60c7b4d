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

export const EventsV1EventSeries = message("io.k8s.api.events.v1.EventSeries", {
  count: field(1, int32()).required(),
  lastObservedTime: field(2, microTime()).required().orNull(),
});
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
    eventTime: field(2, microTime()).required().orNull(),
    series: field(3, EventsV1EventSeries),
    reportingController: field(4, string()),
    reportingInstance: field(5, string()),
    action: field(6, string()),
    reason: field(7, string()),
    regarding: field(8, ObjectReference).always(),
    related: field(9, ObjectReference),
    note: field(10, string()),
    type: field(11, string()),
    deprecatedSource: field(12, EventSource).always(),
    deprecatedFirstTimestamp: field(13, time()).orNull(),
    deprecatedLastTimestamp: field(14, time()).orNull(),
    deprecatedCount: field(15, int32()),
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
