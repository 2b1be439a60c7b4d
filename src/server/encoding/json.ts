/**
 * JSON as it goes over the wire, made once an entry.
 *
 * What is kept of a stored object is its JSON from behind the type on: `"metadata":{…},…}` (see jsonBody). A GET puts
 * `{"kind":"Pod","apiVersion":"v1",` in front, an item of a LIST only `{`, and a watch event wraps the whole.
 */
import { fromJson, toJson } from "../../machinery/exact-json.ts";
import { jsonBody, jsonHead, jsonText, typedJsonText } from "../../machinery/schema/kind-codec.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import { refuseEncrypted } from "../../store/encryption/transformer.ts";
import type { Codec } from "../../store/entry.ts";
import type { Entry } from "../../store/store.ts";
import type { Resource } from "../resource.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const OPENING = Uint8Array.of(0x7b);
const NEXT = Uint8Array.of(0x2c, 0x7b);
const CLOSE = 0x7d;
const NEWLINE = 0x0a;

export const encodeText = (text: string): Uint8Array => encoder.encode(text);

/** Any value, with the newline that ends every JSON answer. */
export function encodeJson(value: unknown, pretty = false): Uint8Array {
  return encoder.encode(toJson(value, pretty ? 2 : undefined) + "\n");
}

/**
 * How the store keeps objects: the same bytes that answers are made of. The type of built-in objects follows from the
 * key; custom ones say it, for they may be stored in any version that their definition ever had.
 */
export function objectCodec(scheme: Scheme): Codec {
  const isBuiltIn = ({ apiVersion, kind }: KubeObject): boolean => {
    if (kind === undefined) return true;
    const known = scheme.byApiVersion(apiVersion, kind);
    return known !== undefined && known.schema.custom !== true;
  };
  return {
    name: "json",
    encode: (object) => encoder.encode(isBuiltIn(object as KubeObject) ? jsonText(object) : typedJsonText(object)),
    decode(bytes, key) {
      refuseEncrypted(bytes, key);
      const text = decoder.decode(bytes);
      if (text.startsWith(TYPED)) return fromJson(`{${text}`) as object;
      const [, group, resource] = key.split("/");
      const kind = scheme.stored({ group: group!, resource: resource! });
      const head = kind === undefined ? "{" : decoder.decode(jsonHead(kind));
      return fromJson(head + text) as object;
    },
  };
}

const TYPED = '"kind":';

/** The cached JSON of an entry behind its type. */
function bodyOf(entry: Entry, resource: Resource): Uint8Array {
  const textOf = resource.kind.schema.custom ? typedJsonText : jsonText;
  if (resource.face === "") return jsonBody(entry, textOf);
  const name = `json${resource.face}`;
  let bytes = resource.encodings(entry).get(name);
  if (bytes === undefined) {
    bytes = encoder.encode(textOf(resource.view(entry)));
    resource.encodings(entry).set(name, bytes);
  }
  return bytes;
}

/** A stored object. */
export function jsonOf(entry: Entry, resource: Resource): Uint8Array {
  return framed(headOf(resource), bodyOf(entry, resource), LINE);
}

/** Bodies of custom resources have their type in them. */
const headOf = ({ kind }: Resource): Uint8Array => (kind.schema.custom ? OPENING : jsonHead(kind));

const LINE = Uint8Array.of(NEWLINE);
const END_OF_EVENT = Uint8Array.of(CLOSE, NEWLINE);

/**
 * Small answers share pieces of memory of this size: one of its own for each would cost more than filling it. A piece stays for as
 * long as any answer in it, so only what is sent and forgotten may be in one, and nothing that is kept.
 */
const SHARED = 64 * 1024;
let piece = new Uint8Array(0);
let used = 0;

function memory(length: number): Uint8Array {
  if (length > SHARED / 8) return new Uint8Array(length);
  if (used + length > piece.length) {
    piece = new Uint8Array(SHARED);
    used = 0;
  }
  return piece.subarray(used, (used += length));
}

function framed(head: Uint8Array, body: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = memory(head.length + body.length + tail.length);
  bytes.set(head);
  bytes.set(body, head.length);
  bytes.set(tail, head.length + body.length);
  return bytes;
}

/** `{"type":"ADDED","object":…}` and a newline, around a stored object. */
export function jsonEventOf(type: string, entry: Entry, resource: Resource): Uint8Array {
  return framed(eventHead(type, resource), bodyOf(entry, resource), END_OF_EVENT);
}

/** The same around an object that is not stored as it is. */
export function jsonEvent(type: string, object: object): Uint8Array {
  return encoder.encode(`{"type":"${type}","object":${toJson(object)}}\n`);
}

const eventHeads = new WeakMap<Resource, Map<string, Uint8Array>>();

function eventHead(type: string, resource: Resource): Uint8Array {
  let heads = eventHeads.get(resource);
  if (heads === undefined) eventHeads.set(resource, (heads = new Map()));
  let head = heads.get(type);
  if (head === undefined) {
    // Not of a shared piece: it stays for as long as the resource.
    head = encoder.encode(`{"type":"${type}","object":${decoder.decode(headOf(resource))}`);
    heads.set(type, head);
  }
  return head;
}

const END_OF_LIST = encoder.encode("]}\n");

/**
 * A list's bytes: its items' cached ones, with what stands between them. Nothing is copied here; a door joins the pieces
 * to what its transport likes best. `meta` is the ListMeta.
 */
export function* jsonListChunks(
  resource: Resource,
  meta: object,
  entries: readonly Entry[],
): Generator<Uint8Array, void, undefined> {
  yield encoder.encode(
    `{"kind":"${resource.listKind}","apiVersion":"${resource.apiVersion}","metadata":${JSON.stringify(meta)},"items":[`,
  );
  // Items of built-in kinds do not say what they are, custom resources do.
  for (let i = 0; i < entries.length; i++) {
    yield i === 0 ? OPENING : NEXT;
    yield bodyOf(entries[i]!, resource);
  }
  yield END_OF_LIST;
}
