/** A short name for a pod template: the same template has the same hash, whatever the order of its fields. */
import { toJson } from "../../machinery/exact-json.ts";
import type { PodTemplateSpec } from "../../api/core/pod-template-spec.ts";

/** Upstream's letters for hashes in names. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** `collisionCount` makes another hash of the same template when the first one is taken. */
export function templateHash(template: PodTemplateSpec, collisionCount = 0): string {
  return encode(fnv(canonical(template) + (collisionCount > 0 ? `#${collisionCount}` : "")));
}

/** The letters of the number's decimal digits, as upstream makes number and text safe for names. */
function encode(hash: number): string {
  let text = "";
  for (const character of String(hash)) text += ALPHABET[character.charCodeAt(0) % ALPHABET.length];
  return text;
}

/** FNV-1a, 32 bits. */
function fnv(text: string): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x0100_0193);
  }
  return hash >>> 0;
}

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return (toJson(value) as string | undefined) ?? "null";
  const fields = value as Readonly<Record<string, unknown>>;
  const parts: string[] = [];
  for (const name of Object.keys(fields).toSorted()) {
    if (fields[name] !== undefined) parts.push(`${JSON.stringify(name)}:${canonical(fields[name])}`);
  }
  return `{${parts.join(",")}}`;
}
