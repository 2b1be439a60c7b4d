/**
 * Parts that many objects have alike, such as the specs of a Deployment's pods, are kept once; and so is what has been
 * found out of one, by its JSON. Which parts those are the schemas say (`Field.alike`).
 */
import { fromJson, toJson } from "./exact-json.ts";
import { copyJson } from "./json-tree.ts";
import { remembering } from "./remember.ts";

/** Longer texts are seldom met again. In characters of JSON. */
export const LONGEST_ALIKE = 8000;

/** Within a part that is new, smaller parts may be known all the same. In characters of JSON. */
const LONGEST_INNER = 2000;

const texts = new WeakMap<object, string>();

const parts = remembering(
  (text) => {
    const part = fromJson(text) as object;
    shareInner(part);
    texts.set(part, text);
    return part;
  },
  { most: 200, longest: LONGEST_ALIKE },
);

const innerParts = remembering((text) => fromJson(text) as object, { most: 1000, longest: LONGEST_INNER });

/**
 * The one part that stands for all that are like this one. Neither changes any more: whoever wants another makes a new one.
 *
 * Where it is large or new, what lies two levels below it (lists not counted) is exchanged for what others have. Worked
 * example: of `spec.containers[0]` the parts `env`, `ports`, `resources` and so on become those of other pods.
 */
export function alike<T extends object>(part: T): T {
  const text = toJson(part);
  if (text.length <= LONGEST_ALIKE) return parts(text) as T;
  // Its items may be those of the object before, which is stored.
  const own = copyJson(part, 2);
  shareInner(own);
  return own;
}

/** The JSON of a part that {@link alike} gave, where it is at hand. */
export function textOfAlike(part: object): string | undefined {
  return texts.get(part);
}

type Json = Record<string, unknown>;

function shareInner(part: object): void {
  for (const key in part) {
    const value = (part as Json)[key];
    if (Array.isArray(value)) for (const item of value) shareFieldsOf(item);
    else shareFieldsOf(value);
  }
}

function shareFieldsOf(item: unknown): void {
  if (typeof item !== "object" || item === null) return;
  for (const key in item as Json) {
    const value = (item as Json)[key];
    if (typeof value !== "object" || value === null) continue;
    const text = toJson(value);
    if (text.length <= LONGEST_INNER) (item as Json)[key] = innerParts(text);
  }
}
