/**
 * How long to wait before a failed container is started again: nothing the first time, then 10 s, doubled with
 * each failure up to 5 minutes, and forgotten after 10 quiet minutes.
 *
 * Worked example: exits at 0, 1, 12, 33 s are followed by starts at 0, 11, 32, 73 s.
 */
import type { BackOff } from "./situation.ts";

const INITIAL = 10_000;
const MAXIMUM = 300_000;

/** Milliseconds still to wait at `now` after something that ended at `since`; 0: go on. A clock set back adds nothing. */
export function remaining(backOff: BackOff | undefined, since: number, now: number): number {
  if (!backOff || isQuiet(backOff, since)) return 0;
  return Math.min(backOff.delay, Math.max(0, backOff.delay - (now - since)));
}

/** The back-off after one more start at `now` of what ended at `since`: time spent waiting is no quiet time. */
export function next(backOff: BackOff | undefined, since: number, now: number): BackOff {
  const delay = !backOff || isQuiet(backOff, since) ? INITIAL : Math.min(backOff.delay * 2, MAXIMUM);
  return { delay, updatedAt: now };
}

function isQuiet({ updatedAt }: BackOff, since: number): boolean {
  return since - updatedAt > 2 * MAXIMUM;
}
