/**
 * Where a list goes on: base64url of `{"v":"meta.k8s.io/v1","rv":42,"start":"default/web\u0000"}`, as upstream's.
 * `start` is the last key given, below the list's prefix; the revision keeps all pages of one list at one moment.
 */
import { badRequest } from "../../machinery/errors.ts";
import { parseText } from "../../machinery/schema/decode.ts";
import { jsonType } from "../../machinery/schema/go-names.ts";

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
  const { v = "", rv = 0, start = "" } = partsOf(fromBase64(token));
  if (v !== VERSION) throw invalidToken(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw invalidToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (start === "") throw invalidToken("encoded start key empty (version meta.k8s.io/v1)");
  const key = start.startsWith("/") ? start.slice(1) : start;
  if (key !== "" && key.split("/").some((part) => part === "" || part === "." || part === "..")) {
    throw invalidToken(start);
  }
  return { revision: rv, after: key.endsWith("\u0000") ? key.slice(0, -1) : key };
}

interface Parts {
  readonly v?: string;
  readonly rv?: number;
  readonly start?: string;
}

const TYPES: Readonly<Record<keyof Parts, string>> = { v: "string", rv: "int64", start: "string" };

/** What the text says; in Go's words where it says nothing of the kind. A null says nothing at all. */
function partsOf(binary: string): Parts {
  const value = parsed(binary);
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw invalidToken(`json: cannot unmarshal ${jsonType(value)} into Go value of type storage.continueToken`);
  }
  const parts: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (!Object.hasOwn(TYPES, name) || given === null) continue;
    const type = TYPES[name as keyof Parts];
    if (typeof given !== (type === "string" ? "string" : "number") || (type === "int64" && !Number.isInteger(given))) {
      const what = typeof given === "number" && type === "int64" ? `number ${given}` : jsonType(given);
      throw invalidToken(`json: cannot unmarshal ${what} into Go struct field continueToken.${name} of type ${type}`);
    }
    parts[name] = given;
  }
  return parts;
}

function parsed(binary: string): unknown {
  const first = binary.charCodeAt(0);
  // Go looks at bytes: one that no character begins with is shown as the character of its number.
  if (first >= 0x80) throw invalidToken(`invalid character '${shown(first)}' looking for beginning of value`);
  try {
    return parseText(decoder.decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
  } catch (error) {
    throw invalidToken(error instanceof Error ? error.message : String(error));
  }
}

const SOFT_HYPHEN = 0xad;

function shown(byte: number): string {
  const isSeen = byte > 0xa0 && byte !== SOFT_HYPHEN;
  return isSeen ? String.fromCharCode(byte) : `\\u00${byte.toString(16)}`;
}

function fromBase64(token: string): string {
  const at = token.search(/[^A-Za-z0-9_-]/);
  // Whole groups only tell of a last character that has none beside it where they end.
  if (at >= 0 || token.length % 4 === 1) {
    throw invalidToken(`illegal base64 data at input byte ${at >= 0 ? at : token.length - 1}`);
  }
  return atob(token.replaceAll("-", "+").replaceAll("_", "/"));
}

const invalidToken = (why: string): Error => badRequest(`invalid continue token: continue key is not valid: ${why}`);
