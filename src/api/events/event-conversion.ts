/** events.k8s.io/v1 and core/v1 are two faces of the same events: fields of other names, nothing lost. */
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { Event } from "../core/event.ts";
import { decode } from "../../machinery/schema/decode.ts";

/** events.k8s.io's name to core's. */
const NAMES = {
  regarding: "involvedObject",
  note: "message",
  reportingController: "reportingComponent",
  deprecatedSource: "source",
  deprecatedFirstTimestamp: "firstTimestamp",
  deprecatedLastTimestamp: "lastTimestamp",
  deprecatedCount: "count",
} as const;

const BACK = Object.fromEntries(Object.entries(NAMES).map(([newer, core]) => [core, newer]));

/** The fields of the newer form by core's names, as they are. */
export function coreNames(object: object): Record<string, unknown> {
  return renamed(object, NAMES);
}

export function toCoreEvent(object: KubeObject): Draft<KubeObject> {
  return decode(Event.schema, { ...coreNames(object), apiVersion: "v1" });
}

/** Without the empty values that only the core form writes; decoding fills in what the newer form wants. */
export function coreEventFields(stored: KubeObject): Record<string, unknown> {
  return { ...renamed(stored, BACK), apiVersion: "events.k8s.io/v1" };
}

function renamed(object: object, names: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [names[name] ?? name, value as unknown]));
}
