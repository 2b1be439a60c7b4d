/** Rules on ConfigMaps. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { NAMELESS, forbidden, invalid, path, tooLong } from "../../machinery/field-errors.ts";
import { byteLength } from "../../machinery/go-text.ts";
import { isConfigMapKey } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, same } from "../rules.ts";

/** The most that all values of a ConfigMap or Secret may weigh together, in bytes. */
export const DATA_LIMIT = 1024 * 1024;

export const FROZEN = "field is immutable when `immutable` is set";

interface ConfigMapParts {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export function validateConfigMap({ data, binaryData }: ConfigMapParts): FieldError[] {
  const errors: Errors = [];
  let size = 0;
  for (const key in data) {
    checkKey(errors, "data", key);
    if (binaryData !== undefined && Object.hasOwn(binaryData, key)) {
      errors.push(invalid(path("data").key(key), key, "duplicate of key present in binaryData"));
    }
    size += byteLength(data[key]!);
  }
  for (const key in binaryData) {
    checkKey(errors, "binaryData", key);
    size += decodedLength(binaryData[key]!);
  }
  // The whole object is too large, so the error names no field.
  if (size > DATA_LIMIT) errors.push(tooLong(NAMELESS, DATA_LIMIT));
  return errors;
}

export function validateConfigMapUpdate(next: ConfigMapParts, previous: ConfigMapParts): FieldError[] {
  const errors: Errors = [];
  if (previous.immutable !== true) return errors;
  if (next.immutable !== true) errors.push(forbidden("immutable", FROZEN));
  if (!same(next.data, previous.data)) errors.push(forbidden("data", FROZEN));
  if (!same(next.binaryData, previous.binaryData)) errors.push(forbidden("binaryData", FROZEN));
  return errors;
}

export function checkKey(errors: Errors, field: string, key: string): void {
  const texts = isConfigMapKey(key);
  if (texts.length > 0) add(errors, path(field).key(key), key, texts);
}

/** How many bytes a base64 text stands for. */
export function decodedLength(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : Number(base64.endsWith("="));
  return (base64.length / 4) * 3 - padding;
}
