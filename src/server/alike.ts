/**
 * Parts that many objects have alike are kept once: the environment, probes, resources and tolerations of a Deployment's
 * pods, the sources of their token volumes.
 *
 * Worked example: of `spec.containers[0]` the parts `env`, `ports`, `resources` and so on are looked up by their JSON; the
 * container itself, whose mount has a name of its own, is not.
 */
import { remembering } from "../machinery/remember.ts";
import type { Json } from "./objects.ts";

/** Smaller parts are not worth a look, larger ones are seldom alike. In characters of JSON. */
const LONGEST = 2000;

const known = remembering((text) => JSON.parse(text) as object, { most: 1000, longest: LONGEST });

/** Exchanges what lies two levels below `part` (lists not counted) for what other objects have. The draft must be final. */
export function shareAlike(part: unknown): void {
  if (typeof part !== "object" || part === null) return;
  for (const key in part as Json) {
    const value = (part as Json)[key];
    if (Array.isArray(value)) for (const item of value) shareParts(item);
    else shareParts(value);
  }
}

function shareParts(item: unknown): void {
  if (typeof item !== "object" || item === null) return;
  for (const key in item as Json) {
    const value = (item as Json)[key];
    if (typeof value !== "object" || value === null) continue;
    const text = JSON.stringify(value);
    if (text.length <= LONGEST) (item as Json)[key] = known(text);
  }
}
