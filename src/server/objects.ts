/** Small operations on objects as JSON trees. */

export type Json = Record<string, unknown>;

/** Equal as JSON: key order does not matter, absent and undefined are the same. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!deepEqual(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Json;
  const right = b as Json;
  let present = 0;
  for (const key in left) {
    if (left[key] === undefined) continue;
    present++;
    if (!deepEqual(left[key], right[key])) return false;
  }
  for (const key in right) if (right[key] !== undefined) present--;
  return present === 0;
}

/** The value at a dotted path such as `spec.replicas`. */
export function valueAt(object: unknown, dotted: string): unknown {
  let at = object;
  for (const step of dotted.split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Json)[step];
  }
  return at;
}

/** Sets the value at a dotted path, making objects on the way. */
export function setAt(object: Json, dotted: string, value: unknown): void {
  const steps = dotted.split(".");
  let at = object;
  for (const step of steps.slice(0, -1)) at = (at[step] ??= {}) as Json;
  at[steps.at(-1)!] = value;
}
