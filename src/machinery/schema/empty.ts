/** Messages in which nothing is set, not even defaults: what Go has of a struct before anybody fills it. */
import { ZERO } from "./decoders.ts";
import type { MessageSchema } from "./schema.ts";

/** Only what is always written is there: see the table at `Field`. */
export function emptyMessage(schema: MessageSchema): Record<string, unknown> {
  const empty: Record<string, unknown> = {};
  for (const [name, { always, nullable, schema: inner }] of Object.entries(schema.fields)) {
    if (always !== true) continue;
    if (nullable === true) empty[name] = null;
    else empty[name] = inner.form === "message" ? emptyMessage(inner) : (ZERO[inner.form] ?? null);
  }
  return empty;
}
