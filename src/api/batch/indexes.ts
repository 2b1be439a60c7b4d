/** Indexes of a Job as text: `1,3-5`. */
import { quote } from "../../machinery/go-text.ts";

export interface Indexes {
  /** In order, up to where something is wrong. */
  readonly intervals: readonly (readonly [from: number, to: number])[];
  readonly error?: string;
}

/** The indexes that `text` names, all below `completions`. */
export function indexesOf(text: string, completions: number): Indexes {
  const intervals: [number, number][] = [];
  if (text === "") return { intervals };
  for (const part of text.split(",")) {
    const interval = intervalOf(part, completions);
    if (typeof interval === "string") return { intervals, error: interval };
    const last = intervals.at(-1)?.[1] ?? -1;
    if (interval[0] <= last) {
      return { intervals, error: `non-increasing order, previous: ${last}, current: ${interval[0]}` };
    }
    intervals.push(interval);
  }
  return { intervals };
}

/** From and to, or what is wrong. */
function intervalOf(part: string, completions: number): [number, number] | string {
  const limits = part.split("-");
  if (limits.length > 2) {
    return `the fragment ${quote(part)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  for (const limit of limits) {
    if (!/^\+?\d+$/.test(limit)) return `cannot convert string to integer for index: ${quote(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${quote(limit)}`;
  }
  const [from, to = from] = limits.map(Number) as [number, number?];
  if (limits.length === 2 && from >= to) return `non-increasing order, previous: ${from}, current: ${to}`;
  return [from, to];
}
