/**
 * Where a list goes on: base64url of `{"v":"meta.k8s.io/v1","rv":42,"start":"default/web\u0000"}`, as upstream's.
 * `start` is the last key given, below the list's prefix; the revision keeps all pages of one list at one moment.
 */
import { badRequest } from "../../machinery/errors.ts";

export interface ContinueToken {
  readonly revision: number;
  /** The last key that was given, without the resource's prefix. */
  readonly after: string;
}

const VERSION = "meta.k8s.io/v1";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeContinue({ revision, after }: ContinueToken): string {
  const json = JSON.stringify({ v: VERSION, rv: revision, start: `${after}\u0000` });
  const binary = String.fromCharCode(...encoder.encode(json));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws 400 for anything that is no token of ours. */
export function decodeContinue(token: string): ContinueToken {
  const binary = fromBase64(token);
  let value: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    value = JSON.parse(decoder.decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)))) as typeof value;
  } catch {
    throw invalidToken(`continue key is not valid: ${jsonProblem(binary)}`);
  }
  if (value === null || typeof value !== "object" || value.v !== VERSION) {
    throw invalidToken("continue key is not valid: server does not recognize this encoded version");
  }
  if (typeof value.start !== "string" || value.start === "") {
    throw invalidToken("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)");
  }
  if (typeof value.rv !== "number" || value.rv === 0) {
    throw invalidToken("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  const after = value.start.endsWith("\u0000") ? value.start.slice(0, -1) : value.start;
  if (after.startsWith("/") || after.split("/").includes("..")) {
    throw invalidToken(`continue key is not valid: ${value.start}`);
  }
  return { revision: value.rv, after };
}

function fromBase64(token: string): string {
  try {
    return atob(token.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    const at = token.search(/[^A-Za-z0-9_-]/);
    throw invalidToken(`continue key is not valid: illegal base64 data at input byte ${Math.max(at, 0)}`);
  }
}

/** Go's words for the first byte that begins no JSON value. */
function jsonProblem(binary: string): string {
  const first = binary.charCodeAt(0);
  if (binary === "") return "unexpected end of JSON input";
  if ('{["0123456789-tfn \t\r\n'.includes(binary[0]!)) return "unexpected end of JSON input";
  const shown = first > 0x1f && first < 0x7f ? binary[0]! : `\\u${first.toString(16).padStart(4, "0")}`;
  return `invalid character '${shown}' looking for beginning of value`;
}

const invalidToken = (why: string): Error => badRequest(`invalid continue token: ${why}`);
