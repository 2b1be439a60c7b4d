import { nameOwnersOnce } from "../owners.ts";
import type { WriteAttempt } from "../write.ts";

/** Makes the new object: decodes the body or applies the patch, fills in defaults, and notes who set what. */
export async function decodeAndDefault(attempt: WriteAttempt): Promise<void> {
  const { previous } = attempt;
  const made = attempt.make(previous);
  const draft = made instanceof Promise ? await made : made;
  const { exchange } = attempt;
  if (exchange.info.verb !== "patch") nameOwnersOnce(exchange, draft.metadata, false);
  const managed = attempt.manage === undefined ? draft : attempt.manage(draft, previous);
  attempt.draft = managed instanceof Promise ? await managed : managed;
}
