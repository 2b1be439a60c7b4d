/** Decoding and encoding whole objects of a kind: schema, then the kind's own defaults. */
import { toJson } from "../exact-json.ts";
import { fieldSetText } from "../apply/field-set.ts";
import type { FieldSet } from "../apply/field-set.ts";
import { textOfAlike } from "../alike.ts";
import type { Draft, Kind, KubeObject, ManagedFieldsEntry } from "../kind.ts";
import { decode, decodeText } from "./decode.ts";
import type { DecodedText } from "./decode.ts";
import { decodeMessage, encodeMessage } from "./protobuf.ts";

/**
 * From a parsed value. `unknown` collects paths of fields the kind does not have. What it shares with `known`, an object of
 * this kind that is stored, is not gone through again. Throws DecodeError.
 */
export function decodeObject<T extends KubeObject>(
  kind: Kind<T>,
  value: unknown,
  unknown?: string[],
  known?: T,
): Draft<T> {
  return defaulted(kind, decode(kind.schema, value, unknown, known), known);
}

/** From JSON text (and `value`, what it parses to), with what Strict and Warn tell of it. Throws DecodeError. */
export function decodeObjectText<T extends KubeObject>(
  kind: Kind<T>,
  text: string,
  strict: boolean,
  value?: unknown,
): DecodedText<T> {
  const decoded = decodeText(kind.schema, text, strict, value);
  defaulted(kind, decoded.object);
  return decoded;
}

/** From a protobuf message without envelope. */
export function decodeObjectMessage<T extends KubeObject>(kind: Kind<T>, raw: Uint8Array): Draft<T> {
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  return defaulted(kind, decodeMessage(kind.schema, raw, { apiVersion, kind: kind.kind }));
}

function defaulted<T extends KubeObject>(kind: Kind<T>, draft: Draft<T>, known?: T): Draft<T> {
  kind.defaults?.(draft, known);
  return draft;
}

/** What has encodings of its own kept beside it; the store's Entry is one. */
export interface Encoded {
  readonly object: object;
  readonly encodings: { get(name: string): Uint8Array | undefined; set(name: string, bytes: Uint8Array): unknown };
}

const encoder = new TextEncoder();

/**
 * The JSON of an object from behind its type on, made once: `"metadata":{…},…}`. A GET answers
 * {@link jsonHead} and this, an item of a LIST is `{` and this. `textOf` makes it where it is not made yet.
 */
export function jsonBody(entry: Encoded, textOf = jsonText): Uint8Array {
  let bytes = entry.encodings.get("json");
  if (bytes === undefined) {
    bytes = encoder.encode(textOf(entry.object));
    entry.encodings.set("json", bytes);
  }
  return bytes;
}

/** The same text, not kept. */
export function jsonText(object: object): string {
  const fields = object as Readonly<Record<string, unknown>>;
  const { metadata } = fields;
  let text = metadata === undefined ? "" : `"metadata":${metadataText(metadata as KubeObject["metadata"])}`;
  for (const name in fields) {
    if (name === "apiVersion" || name === "kind" || name === "metadata") continue;
    const value = name === "spec" ? specText(fields[name]) : toJson(fields[name]);
    if (value !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${value}`;
  }
  return `${text}}`;
}

/** Who owns what is often half of an object's text, and seldom new: its texts are at hand. */
function metadataText(metadata: KubeObject["metadata"]): string {
  const { managedFields: managed } = metadata;
  if (!Array.isArray(managed) || managed.length === 0) return toJson(metadata);
  const { managedFields: _, ...plain } = metadata;
  const inside = toJson(plain).slice(0, -1);
  return `${inside}${inside === "{" ? "" : ","}"managedFields":[${managed.map(managerText).join(",")}]}`;
}

function specText(spec: unknown): string {
  const known = typeof spec === "object" && spec !== null ? textOfAlike(spec) : undefined;
  return known ?? toJson(spec);
}

function managerText(entry: ManagedFieldsEntry): string {
  const { fieldsV1, ...head } = entry;
  const text = JSON.stringify(head);
  if (fieldsV1 === undefined) return text;
  return `${text.slice(0, -1)}${text === "{}" ? "" : ","}"fieldsV1":${fieldSetText(fieldsV1 as FieldSet)}}`;
}

/** The same with its type in front, for objects whose type does not follow from where they are kept. */
export function typedJsonText(object: object): string {
  const { apiVersion, kind } = object as { readonly apiVersion?: string; readonly kind?: string };
  return `"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},${jsonText(object)}`;
}

const heads = new WeakMap<Kind, Uint8Array>();

/** `{"kind":"Pod","apiVersion":"v1",` */
export function jsonHead(kind: Kind): Uint8Array {
  let head = heads.get(kind);
  if (head === undefined) {
    const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
    head = encoder.encode(`{"kind":${JSON.stringify(kind.kind)},"apiVersion":${JSON.stringify(apiVersion)},`);
    heads.set(kind, head);
  }
  return head;
}

/** An object's protobuf message without envelope, made once. */
export function protobufBody(kind: Kind, entry: Encoded): Uint8Array {
  let bytes = entry.encodings.get("protobuf");
  if (bytes === undefined) {
    bytes = encodeMessage(kind.schema, entry.object);
    entry.encodings.set("protobuf", bytes);
  }
  return bytes;
}
