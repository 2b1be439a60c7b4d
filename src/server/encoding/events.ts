/**
 * Watch events. One that all watchers of a resource in one form see is made once: it is found again by its change
 * while it is fresh, and so its bytes are made at most once, when the first door asks for them.
 */
import type { WatchEvent } from "../../machinery/door.ts";
import type { Status } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Change, Entry } from "../../store/store.ts";
import type { Exchange } from "../exchange.ts";
import type { Resource } from "../resource.ts";
import { decode } from "../../machinery/schema/decode.ts";
import { encodeText, jsonEvent, jsonEventOf } from "./json.ts";
import type { Negotiated } from "./negotiate.ts";
import { protobufEvent, protobufEventOf } from "./protobuf.ts";
import { partialOf } from "./transform.ts";
import { tableOf } from "./table.ts";
import { formatYaml } from "../../machinery/yaml.ts";

export interface EventMaker {
  /** An object as it is stored. */
  stored(type: "ADDED" | "MODIFIED", entry: Entry): WatchEvent;
  /** The same, shared by all watchers that make it of this change. */
  changed(type: "ADDED" | "MODIFIED", entry: Entry, change: Change): WatchEvent;
  /** The last state of an object that is gone (or out of the selector), with the revision at which it went. */
  deleted(before: Entry, change: Change): WatchEvent;
  bookmark(revision: number, initialEventsEnd: boolean): WatchEvent;
  error(status: Status): WatchEvent;
}

/** How many fresh changes are remembered; watchers of one change ask within the same turn. */
const REMEMBERED = 64;

class Event implements WatchEvent {
  readonly type: WatchEvent["type"];
  readonly object: unknown;
  readonly #encode: () => Uint8Array;
  #bytes: Uint8Array | undefined;

  constructor(type: WatchEvent["type"], object: unknown, encode: () => Uint8Array) {
    this.type = type;
    this.object = object;
    this.#encode = encode;
  }

  bytes(): Uint8Array {
    return (this.#bytes ??= this.#encode());
  }
}

const fresh = new Map<Change, Map<string, WatchEvent>>();

function shared(change: Change, name: string, make: () => WatchEvent): WatchEvent {
  let events = fresh.get(change);
  if (events === undefined) {
    if (fresh.size >= REMEMBERED) fresh.delete(fresh.keys().next().value!);
    fresh.set(change, (events = new Map()));
  }
  let event = events.get(name);
  if (event === undefined) events.set(name, (event = make()));
  return event;
}

export function eventMaker(exchange: Exchange, resource: Resource, form: Negotiated): EventMaker {
  if (form.as !== undefined) return transformingMaker(exchange, resource, form);
  const name = `${form.format} ${resource.apiVersion} `;
  const stored = (type: "ADDED" | "MODIFIED", entry: Entry): WatchEvent =>
    new Event(type, resource.view(entry), () => storedBytes(form, type, entry, resource));
  return {
    stored,
    changed: (type, entry, change) => shared(change, name + type, () => stored(type, entry)),
    deleted: (before, change) =>
      shared(change, `${name}DELETED`, () => {
        const object = lastState(resource.view(before), change.revision);
        return new Event("DELETED", object, () => plainBytes(form, "DELETED", object, resource));
      }),
    bookmark(revision, initialEventsEnd) {
      const { apiVersion, kind } = resource;
      const object = { kind: kind.kind, apiVersion, metadata: bookmarkMeta(revision, initialEventsEnd) };
      return new Event("BOOKMARK", object, () => plainBytes(form, "BOOKMARK", object, resource));
    },
    error: (status) => new Event("ERROR", status, () => plainBytes(form, "ERROR", status)),
  };
}

function bookmarkMeta(revision: number, initialEventsEnd: boolean): object {
  return {
    resourceVersion: String(revision),
    ...(initialEventsEnd && { annotations: { "k8s.io/initial-events-end": "true" } }),
  };
}

function lastState(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function storedBytes(form: Negotiated, type: string, entry: Entry, resource: Resource): Uint8Array {
  if (form.format === "json") return jsonEventOf(type, entry, resource);
  if (form.format === "protobuf") return protobufEventOf(type, entry, resource);
  return plainBytes(form, type, resource.view(entry), resource);
}

function plainBytes(form: Negotiated, type: string, object: object, resource?: Resource): Uint8Array {
  if (form.format === "json") return jsonEvent(type, object);
  if (form.format === "protobuf") return protobufEvent(type, object, resource?.kind);
  return encodeText(`---\n${formatYaml({ type, object })}`);
}

/** Tables and partial metadata; rare enough that each watcher makes its own. Columns come with the first event only. */
function transformingMaker(exchange: Exchange, resource: Resource, form: Negotiated): EventMaker {
  const as = form.as!;
  let first = true;
  const change = (object: KubeObject, filled = object): object => {
    if (as.kind !== "Table") return partialOf(object, as.version);
    const { resourceVersion } = object.metadata;
    const table = tableOf(exchange, resource, as.version, { resourceVersion }, [filled], [object]);
    if (first) {
      first = false;
      return table;
    }
    return { ...table, columnDefinitions: null };
  };
  const make = (type: WatchEvent["type"], object: object): WatchEvent =>
    new Event(type, object, () => plainBytes(form, type, object));
  return {
    stored: (type, entry) => make(type, change(resource.view(entry))),
    changed: (type, entry) => make(type, change(resource.view(entry))),
    deleted: (before, { revision }) => make("DELETED", change(lastState(resource.view(before), revision))),
    bookmark(revision, initialEventsEnd) {
      const metadata = bookmarkMeta(revision, initialEventsEnd);
      if (as.kind !== "Table")
        return make("BOOKMARK", { kind: as.kind, apiVersion: `meta.k8s.io/${as.version}`, metadata });
      const object = { kind: resource.kind.kind, apiVersion: resource.apiVersion, metadata } as KubeObject;
      const filled = decode(resource.kind.schema, object) as unknown as KubeObject;
      return make("BOOKMARK", change(object, { ...filled, metadata: { ...filled.metadata, name: "" } }));
    },
    error: (status) => make("ERROR", status),
  };
}
