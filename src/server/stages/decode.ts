import type { WriteAttempt } from "../write.ts";

/** Makes the new object: decodes the body or applies the patch, fills in defaults, and notes who set what. */
export async function decodeAndDefault(attempt: WriteAttempt): Promise<void> {
  const { previous } = attempt;
  const made = attempt.make(previous);
  const draft = made instanceof Promise ? await made : made;
  attempt.draft = attempt.manage === undefined ? draft : attempt.manage(draft, previous);
}
