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
import { bookmarkOf } from "./bookmarks.ts";
import { jsonEvent, jsonEventOf } from "./json.ts";
import type { Negotiated } from "./negotiate.ts";
import { protobufEvent, protobufEventOf } from "./protobuf.ts";
import { partialOf } from "./transform.ts";
import { bookmarkTable, includeOf, tableOf } from "./table.ts";

export interface EventMaker {
  /** Only errors can be told in this form; a watch ends where it would have to tell anything else. */
  readonly mute: boolean;
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
    mute: false,
    stored,
    changed: (type, entry, change) => shared(change, name + type, () => stored(type, entry)),
    deleted: (before, change) =>
      shared(change, `${name}DELETED`, () => {
        const object = lastState(resource.view(before), change.revision);
        return new Event("DELETED", object, () => plainBytes(form, "DELETED", object, resource));
      }),
    bookmark(revision, initialEventsEnd) {
      const object = bookmarkOf(resource, revision, initialEventsEnd);
      return new Event("BOOKMARK", object, () => plainBytes(form, "BOOKMARK", object, resource));
    },
    error: (status) => new Event("ERROR", status, () => plainBytes(form, "ERROR", status)),
  };
}

function lastState(object: KubeObject, revision: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function storedBytes(form: Negotiated, type: string, entry: Entry, resource: Resource): Uint8Array {
  return form.format === "json" ? jsonEventOf(type, entry, resource) : protobufEventOf(type, entry, resource);
}

function plainBytes(form: Negotiated, type: string, object: object, resource?: Resource): Uint8Array {
  return form.format === "json" ? jsonEvent(type, object) : protobufEvent(type, object, resource?.kind);
}

/** Tables and partial metadata; rare enough that each watcher makes its own. Columns come with the first event only. */
function transformingMaker(exchange: Exchange, resource: Resource, form: Negotiated): EventMaker {
  const as = form.as!;
  if (as.kind === "Table") includeOf(exchange);
  let first = true;
  const headed = (table: object): object => {
    if (!first) return { ...table, columnDefinitions: null };
    first = false;
    return table;
  };
  const change = (object: KubeObject): object => {
    if (as.kind !== "Table") return partialOf(object, as.version);
    const { resourceVersion } = object.metadata;
    return headed(tableOf(exchange, resource, as.version, { resourceVersion }, [object]));
  };
  const make = (type: WatchEvent["type"], object: object): WatchEvent =>
    new Event(type, object, () => plainBytes(form, type, object));
  return {
    // One object is no list, as upstream finds when it comes to encode it.
    mute: as.kind === "PartialObjectMetadataList",
    stored: (type, entry) => make(type, change(resource.view(entry))),
    changed: (type, entry) => make(type, change(resource.view(entry))),
    deleted: (before, { revision }) => make("DELETED", change(lastState(resource.view(before), revision))),
    bookmark(revision, initialEventsEnd) {
      const bookmark = bookmarkOf(resource, revision, initialEventsEnd);
      if (as.kind !== "Table") return make("BOOKMARK", partialOf(bookmark, as.version));
      return make("BOOKMARK", headed(bookmarkTable(exchange, resource, as.version, bookmark)));
    },
    error: (status) => make("ERROR", status),
  };
}
