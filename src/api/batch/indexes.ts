/** Lists of indexes as Jobs write them: `1,3-5` is one and three to five. */
import { quote } from "../../machinery/go-text.ts";

type Interval = readonly [from: number, to: number];

/** How many indexes the text names; or what is wrong with it, in upstream's words. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === "") return 0;
  let count = 0;
  let last: number | undefined;
  for (const part of text.split(",")) {
    const interval = parseInterval(part, completions);
    if (typeof interval === "string") return interval;
    const [from, to] = interval;
    if (last !== undefined && last >= from) return outOfOrder(last, from);
    count += to - from + 1;
    last = to;
  }
  return count;
}

function parseInterval(text: string, completions: number): Interval | string {
  const limits = text.split("-");
  if (limits.length > 2) {
    return `the fragment ${quote(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const numbers: number[] = [];
  for (const limit of limits) {
    if (!/^\+?\d+$/.test(limit)) return `cannot convert string to integer for index: ${quote(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${quote(limit)}`;
    numbers.push(Number(limit));
  }
  const [from, to] = [numbers[0]!, numbers.at(-1)!];
  return numbers.length === 2 && from >= to ? outOfOrder(from, to) : [from, to];
}

const outOfOrder = (previous: number, current: number): string =>
  `non-increasing order, previous: ${previous}, current: ${current}`;

/** The first index that both name. Intervals that cannot be read are passed over: their own errors tell of them. */
export function firstOverlap(one: string, other: string, completions: number): number | undefined {
  const [left, right] = [one, other].map((text) => readable(text, completions)) as [Interval[], Interval[]];
  for (let l = 0, r = 0; l < left.length && r < right.length;) {
    const [from, to] = left[l]!;
    const [start, end] = right[r]!;
    if (from <= end && start <= to) return Math.max(from, start);
    if (from <= start) l++;
    else r++;
  }
  return undefined;
}

function readable(text: string, completions: number): Interval[] {
  if (text === "") return [];
  return text.split(",").flatMap((part) => {
    const interval = parseInterval(part, completions);
    return typeof interval === "string" ? [] : [interval];
  });
}
