/** Rules on Secrets: each built-in type says which keys it needs. */
import { fromBase64 } from "../../machinery/base64.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import { forbidden, immutable, invalid, path, required, tooLong } from "../../machinery/field-errors.ts";
import type { ObjectMeta } from "../../machinery/kind.ts";
import { DecodeError, parseText } from "../../machinery/schema/decode.ts";
import { jsonType } from "../../machinery/schema/go-names.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import { DATA_LIMIT, FROZEN, checkKey, decodedLength } from "./config-map.validation.ts";

interface SecretParts {
  readonly metadata: Pick<ObjectMeta, "annotations">;
  readonly type: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

const DATA = path("data");
const ACCOUNT_NAME = "kubernetes.io/service-account.name";

export function validateSecret(secret: SecretParts): FieldError[] {
  const errors: Errors = [];
  const data = secret.data ?? {};
  let size = 0;
  for (const key in data) {
    checkKey(errors, "data", key);
    size += decodedLength(data[key]!);
  }
  if (size > DATA_LIMIT) errors.push(tooLong(DATA, DATA_LIMIT));
  checkType(errors, secret, data);
  return errors;
}

export function validateSecretUpdate(next: SecretParts, previous: SecretParts): FieldError[] {
  const errors: Errors = [];
  if (next.type !== previous.type) errors.push(immutable("type", next.type));
  if (previous.immutable !== true) return errors;
  if (next.immutable !== true) errors.push(forbidden("immutable", FROZEN));
  if (!same(next.data, previous.data)) errors.push(forbidden("data", FROZEN));
  return errors;
}

function checkType(errors: Errors, { type, metadata }: SecretParts, data: Readonly<Record<string, string>>): void {
  switch (type) {
    case "kubernetes.io/service-account-token":
      if (!metadata.annotations?.[ACCOUNT_NAME]) {
        errors.push(required(path("metadata", "annotations").key(ACCOUNT_NAME)));
      }
      break;
    case "kubernetes.io/dockercfg":
      checkJson(errors, data, ".dockercfg");
      break;
    case "kubernetes.io/dockerconfigjson":
      checkJson(errors, data, ".dockerconfigjson");
      break;
    case "kubernetes.io/basic-auth":
      // One of the two is enough.
      if (!("username" in data) && !("password" in data)) need(errors, data, "username", "password");
      break;
    case "kubernetes.io/ssh-auth":
      if (!data["ssh-privatekey"]) errors.push(required(DATA.key("ssh-privatekey")));
      break;
    case "kubernetes.io/tls":
      need(errors, data, "tls.crt", "tls.key");
      break;
    default:
  }
}

function need(errors: Errors, data: Readonly<Record<string, string>>, ...keys: readonly string[]): void {
  for (const key of keys) if (!(key in data)) errors.push(required(DATA.key(key)));
}

/** The value must be a JSON object; the error does not show it. */
function checkJson(errors: Errors, data: Readonly<Record<string, string>>, key: string): void {
  const value = data[key];
  if (value === undefined) {
    errors.push(required(DATA.key(key)));
    return;
  }
  const wrong = whyNoObject(text(value));
  if (wrong !== undefined) errors.push(invalid(DATA.key(key), "<secret contents redacted>", wrong));
}

function whyNoObject(json: string): string | undefined {
  try {
    const parsed = parseText(json);
    if (parsed === null || (typeof parsed === "object" && !Array.isArray(parsed))) return undefined;
    return `json: cannot unmarshal ${jsonType(parsed)} into Go value of type map[string]interface {}`;
  } catch (error) {
    if (error instanceof DecodeError) return error.message;
    throw error;
  }
}

function text(base64: string): string {
  return new TextDecoder().decode(fromBase64(base64));
}

/** A certificate or key that no server could use. */
export function secretWarnings({ type, data = {} }: SecretParts): string[] {
  if (type !== "kubernetes.io/tls") return [];
  if (!text(data["tls.crt"] ?? "").includes("-----BEGIN ")) {
    return ["tls: failed to find any PEM data in certificate input"];
  }
  return text(data["tls.key"] ?? "").includes("-----BEGIN ") ? [] : ["tls: failed to find any PEM data in key input"];
}
