/** Objects, lists and events in `application/vnd.kubernetes.protobuf`; messages of stored objects are made once. */
import type { Kind } from "../../machinery/kind.ts";
import { APIGroupDiscoveryList } from "../../machinery/meta/aggregated-discovery.ts";
import { APIGroup, APIGroupList, APIResourceList, APIVersions } from "../../machinery/meta/discovery.ts";
import { ListMeta } from "../../machinery/meta/list-meta.ts";
import { PartialObjectMetadata, PartialObjectMetadataList } from "../../machinery/meta/partial-object-metadata.ts";
import { Status } from "../../machinery/meta/status.ts";
import { protobufBody } from "../../machinery/schema/kind-codec.ts";
import { encodeMessage } from "../../machinery/schema/protobuf.ts";
import { envelope, itemHeader, watchFrame } from "../../machinery/schema/protobuf-envelope.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import type { Entry } from "../../store/store.ts";
import type { Resource } from "../resource.ts";

interface Typed {
  readonly apiVersion?: string;
  readonly kind?: string;
}

const DISCOVERY = [APIVersions, APIGroupList, APIGroup, APIResourceList, APIGroupDiscoveryList];

/** What stands for objects of any kind, or tells of the API; all else that says no kind of its own is a Status. */
const OF_ANY_KIND: ReadonlyMap<string | undefined, MessageSchema> = new Map(
  [PartialObjectMetadata, PartialObjectMetadataList, ...DISCOVERY].map((schema) => [
    schema.name.split(".").at(-1),
    schema,
  ]),
);

/** An object that is not stored. */
export function protobufOf(object: Typed, schema = OF_ANY_KIND.get(object.kind) ?? Status): Uint8Array {
  return envelope(object.apiVersion ?? "", object.kind ?? "", encodeMessage(schema, object));
}

function messageOf(entry: Entry, resource: Resource): Uint8Array {
  if (resource.face === "") return protobufBody(resource.kind, entry);
  const name = `protobuf${resource.face}`;
  let bytes = resource.encodings(entry).get(name);
  if (bytes === undefined) {
    bytes = encodeMessage(resource.kind.schema, resource.view(entry));
    resource.encodings(entry).set(name, bytes);
  }
  return bytes;
}

/** A stored object. */
export function protobufEntry(entry: Entry, resource: Resource): Uint8Array {
  return envelope(resource.apiVersion, resource.kind.kind, messageOf(entry, resource));
}

/** A list from its items' cached messages. */
export function protobufList(resource: Resource, meta: object, entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const listMeta = encodeMessage(ListMeta, meta);
  parts.push(Uint8Array.of(0x0a), varint(listMeta.length), listMeta);
  for (const entry of entries) {
    const message = messageOf(entry, resource);
    parts.push(itemHeader(message.length), message);
  }
  return envelope(resource.apiVersion, resource.listKind, joined(parts));
}

export function protobufEventOf(type: string, entry: Entry, resource: Resource): Uint8Array {
  return watchFrame(type, protobufEntry(entry, resource));
}

export function protobufEvent(type: string, object: Typed, kind?: Kind): Uint8Array {
  return watchFrame(type, protobufOf(object, kind?.schema));
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
