/** JSON values as trees. */

type Json = Record<string, unknown>;

/** A copy that shares nothing; or, of so many `levels` of objects (lists not counted), what lies below them. */
export function copyJson<T>(value: T, levels = Infinity): T {
  if (typeof value !== "object" || value === null || levels === 0) return value;
  if (Array.isArray(value)) {
    // A copy is as long as it is; one that grew has room for more, which every object in the store would keep.
    const items: unknown[] = value.slice();
    for (let i = 0; i < items.length; i++) items[i] = copyJson(items[i], levels);
    return items as T;
  }
  const copy: Json = {};
  for (const key in value) put(copy, key, copyJson((value as Json)[key], levels - 1));
  return copy as T;
}

/** `__proto__` is a key like others. */
export function put(out: Json, key: string, value: unknown): void {
  if (key !== "__proto__") out[key] = value;
  else Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
}

/** What an object has under a key that comes from outside: `constructor`, which all objects have, it has only where somebody set it. */
export function ownValue<T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}
