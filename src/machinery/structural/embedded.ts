/** Objects inside objects (`x-kubernetes-embedded-resource`): their type and metadata follow the rules of all objects. */
import { ownValue } from "../json-tree.ts";
import { invalid, path, required } from "../field-errors.ts";
import type { FieldError, Path } from "../field-errors.ts";
import { isDNS1035Label, isValidPathSegmentName } from "../names.ts";
import { validateObjectMeta } from "../validate-metadata.ts";
import { isObject, itemsOf, memberOf } from "./schema.ts";
import type { Json, StructuralSchema } from "./schema.ts";

/** The whole object's own metadata is not looked at: it is checked with every write. */
export function embeddedErrors(schema: StructuralSchema, value: unknown, at?: Path): FieldError[] {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items === undefined ? [] : value.flatMap((item, index) => embeddedErrors(items, item, at?.index(index)));
  }
  if (!isObject(value)) return [];
  const own = schema["x-kubernetes-embedded-resource"] === true && at !== undefined ? objectErrors(value, at) : [];
  const inner = Object.keys(value).flatMap((name) => {
    const member = memberOf(schema, name);
    if (member === undefined) return [];
    const known = ownValue(schema.properties, name) !== undefined;
    return embeddedErrors(member, value[name], at === undefined ? path(name) : known ? at.child(name) : at.key(name));
  });
  return [...own, ...inner];
}

function objectErrors(value: Json, at: Path): FieldError[] {
  return [...apiVersionErrors(value, at), ...kindErrors(value, at), ...metadataErrors(value, at)];
}

function apiVersionErrors({ apiVersion }: Json, at: Path): FieldError[] {
  const here = at.child("apiVersion");
  if (apiVersion === undefined) return [required(here)];
  if (typeof apiVersion !== "string") return [invalid(here, apiVersion, "must be a string")];
  if (apiVersion === "") return [invalid(here, apiVersion, "must not be empty")];
  if (apiVersion.split("/").length <= 2) return [];
  return [invalid(here, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
}

function kindErrors({ kind }: Json, at: Path): FieldError[] {
  const here = at.child("kind");
  if (kind === undefined) return [required(here)];
  if (typeof kind !== "string") return [invalid(here, kind, "must be a string")];
  if (kind === "") return [invalid(here, kind, "must not be empty")];
  const texts = isDNS1035Label(kind.toLowerCase());
  if (texts.length === 0) return [];
  return [invalid(here, kind, `may have mixed case, but should otherwise match: ${texts.join(",")}`)];
}

function metadataErrors({ metadata }: Json, at: Path): FieldError[] {
  if (!isObject(metadata)) return [];
  const named = { ...metadata, name: metadata["name"] || "fakename" };
  const rules = {
    namespaced: typeof metadata["namespace"] === "string" && metadata["namespace"] !== "",
    nameRule: isValidPathSegmentName,
    at: at.child("metadata"),
  };
  return validateObjectMeta(named as never, rules as never);
}
