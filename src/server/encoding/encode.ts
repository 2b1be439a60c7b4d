/** Objects in the negotiated form. Encodings of stored objects are made once and kept with the entry. */
import type { Kind } from "../../machinery/kind.ts";
import type { Entry } from "../../store/store.ts";
import type { Resource } from "../resource.ts";
import { encodeJson, encodeText, jsonOf } from "./json.ts";
import type { Negotiated } from "./negotiate.ts";
import { protobufEntry, protobufOf } from "./protobuf.ts";
import { formatYaml } from "../../machinery/yaml.ts";

/** An object that is not stored. `kind` is needed for protobuf of anything but a Status. */
export function bytesOf(form: Pick<Negotiated, "format" | "pretty">, object: object, kind?: Kind): Uint8Array {
  if (form.format === "json") return encodeJson(typeFirst(object), form.pretty);
  if (form.format === "yaml") return encodeText(formatYaml(object));
  return protobufOf(object, kind?.schema);
}

export function entryBytes(form: Negotiated, entry: Entry, resource: Resource): Uint8Array {
  if (form.format === "json" && !form.pretty) return jsonOf(entry, resource);
  if (form.format === "protobuf") return protobufEntry(entry, resource);
  return bytesOf(form, resource.view(entry), resource.kind);
}

/** Upstream writes kind and apiVersion first. */
function typeFirst(object: object): object {
  const { kind, apiVersion, ...rest } = object as { kind?: string; apiVersion?: string };
  return { ...(kind !== undefined && { kind }), ...(apiVersion !== undefined && { apiVersion }), ...rest };
}
