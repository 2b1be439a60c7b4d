/** Which chapters of a story somebody wants to see. */
import type { Act, Story } from "./story.ts";

export interface Choice {
  /** All that the log has, not only the last. */
  readonly all?: boolean;
  /** Those that began at this time or later, in milliseconds since the epoch. */
  readonly since?: number;
}

/** The last chapter that somebody wanted something in, where nothing else is asked for. */
export function chosen({ chapters }: Story, { all, since }: Choice): readonly Act[] {
  if (since !== undefined) return chapters.filter(({ began, settled }) => began >= since || settled >= since);
  if (all) return chapters;
  const last = chapters.findLast(({ children }) => children.length > 0) ?? chapters.at(-1);
  return last === undefined ? [] : [last];
}
