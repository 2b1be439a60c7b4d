import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, message, microTime, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ObjectReference } from "./references.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { eventColumns } from "./event.columns.ts";
import type { EventParts } from "./event.columns.ts";
import { validateEvent } from "./event.validation.ts";

export const EventSeries = message(
  "io.k8s.api.core.v1.EventSeries",
  {
    count: field(1, int32(), "How often it has happened until the last heartbeat."),
    lastObservedTime: field(2, microTime(), "When it happened last.").orNull(),
  },
  { doc: "What is known when an event happens again and again." },
);
export type EventSeries = TypeOf<typeof EventSeries>;

export const EventSource = message(
  "io.k8s.api.core.v1.EventSource",
  {
    component: field(1, string(), "The component that reports it."),
    host: field(2, string(), "The node on which it happened or was noticed."),
  },
  { doc: "Where an event comes from." },
);
export type EventSource = TypeOf<typeof EventSource>;

export const Event = defineKind({
  group: "",
  version: "v1",
  kind: "Event",
  definition: "io.k8s.api.core.v1.Event",
  names: { plural: "events", short: ["ev"] },
  scope: "Namespaced",
  doc: "Something that happened to an object. Kept for a while only, and without promises: do not rely on it.",
  metadata: "required",
  fields: {
    involvedObject: field(2, ObjectReference, "The object it is about.").required(),
    reason: field(3, string(), "A word in CamelCase for what happened, or why; meant for programs."),
    message: field(4, string(), "What happened, meant for people."),
    source: field(
      5,
      EventSource,
      "The component that reports it, in the older form; `reportingComponent` in the newer.",
    ).always(),
    firstTimestamp: field(6, time(), "When it was first noticed.").orNull(),
    lastTimestamp: field(7, time(), "When it was last noticed.").orNull(),
    count: field(8, int32(), "How often it has happened."),
    type: field(9, string(), "Normal, or Warning for what somebody may have to look after."),
    eventTime: field(
      10,
      microTime(),
      "When it was first noticed, in microseconds; set in the newer form of events.",
    ).orNull(),
    series: field(11, EventSeries, "How it repeats. Absent for what happened once."),
    action: field(12, string(), "What was done, or failed, to the object."),
    related: field(13, ObjectReference, "A second object that took part."),
    reportingComponent: field(
      14,
      string(),
      "The controller that reports it, such as `kubernetes.io/kubelet`.",
    ).always(),
    reportingInstance: field(15, string(), "Which instance of the controller, such as `kubelet-xyzf`.").always(),
  },
  columns: eventColumns<KubeObject & EventParts>((event) => event),
  allowCreateOnUpdate: true,
  metadataApart: true,
  metadataOnUpdate: [],
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
