import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, message, microTime, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ObjectReference } from "./references.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { eventColumns } from "./event.columns.ts";
import type { EventParts } from "./event.columns.ts";
import { validateEvent } from "./event.validation.ts";

export const EventSeries = message("io.k8s.api.core.v1.EventSeries", {
  count: field(1, int32()),
  lastObservedTime: field(2, microTime()).orNull(),
});
export type EventSeries = TypeOf<typeof EventSeries>;

export const EventSource = message("io.k8s.api.core.v1.EventSource", {
  component: field(1, string()),
  host: field(2, string()),
});
export type EventSource = TypeOf<typeof EventSource>;

export const Event = defineKind({
  group: "",
  version: "v1",
  kind: "Event",
  definition: "io.k8s.api.core.v1.Event",
  names: { plural: "events", short: ["ev"] },
  scope: "Namespaced",
  doc: "Something that happened to an object.",
  metadata: "required",
  fields: {
    involvedObject: field(2, ObjectReference).required(),
    reason: field(3, string()),
    message: field(4, string()),
    source: field(5, EventSource).always(),
    firstTimestamp: field(6, time()).orNull(),
    lastTimestamp: field(7, time()).orNull(),
    count: field(8, int32()),
    type: field(9, string()),
    eventTime: field(10, microTime()).orNull(),
    series: field(11, EventSeries),
    action: field(12, string()),
    related: field(13, ObjectReference),
    reportingComponent: field(14, string()).always(),
    reportingInstance: field(15, string()).always(),
  },
  columns: eventColumns<KubeObject & EventParts>((event) => event),
  allowCreateOnUpdate: true,
  validate: validateEvent,
  selectableFields: {
    "involvedObject.kind": ({ involvedObject }) => involvedObject.kind ?? "",
    "involvedObject.namespace": ({ involvedObject }) => involvedObject.namespace ?? "",
    "involvedObject.name": ({ involvedObject }) => involvedObject.name ?? "",
    "involvedObject.uid": ({ involvedObject }) => involvedObject.uid ?? "",
    "involvedObject.apiVersion": ({ involvedObject }) => involvedObject.apiVersion ?? "",
    "involvedObject.resourceVersion": ({ involvedObject }) => involvedObject.resourceVersion ?? "",
    "involvedObject.fieldPath": ({ involvedObject }) => involvedObject.fieldPath ?? "",
    reason: ({ reason }) => reason ?? "",
    reportingComponent: ({ reportingComponent }) => reportingComponent,
    source: ({ source, reportingComponent }) => source.component || reportingComponent,
    type: ({ type }) => type ?? "",
  },
});
export type Event = ObjectOf<typeof Event>;
