/**
 * Unified diffs of lines, as Go's difflib (and Python's, after which it is made) writes them: the longest stretch
 * that both have stays, then the same is done before and behind it.
 */
const CONTEXT = 3;
/** In longer texts, lines that make up more than a hundredth of all tell nothing of where a stretch begins. */
const LONG = 200;
/** Lines of both beyond which they are only compared from their ends. */
const TOO_LONG = 6000;

type Span = readonly [from: number, to: number];

interface Step {
  readonly kept: boolean;
  readonly old: Span;
  readonly next: Span;
}

/** Without the names of files; each line with its line break. */
export function unifiedDiff(old: readonly string[], next: readonly string[]): string {
  return hunks(steps(old, next))
    .map((hunk) => printed(hunk, old, next))
    .join("");
}

function printed(hunk: readonly Step[], old: readonly string[], next: readonly string[]): string {
  const first = hunk[0]!;
  const last = hunk.at(-1)!;
  const lines = hunk.flatMap((step) => {
    const before = old.slice(...step.old);
    if (step.kept) return before.map((line) => ` ${line}\n`);
    return [...before.map((line) => `-${line}\n`), ...next.slice(...step.next).map((line) => `+${line}\n`)];
  });
  return `@@ -${range(first.old[0], last.old[1])} +${range(first.next[0], last.next[1])} @@\n${lines.join("")}`;
}

function range(from: number, to: number): string {
  const length = to - from;
  if (length === 1) return `${from + 1}`;
  return length === 0 ? `${from},0` : `${from + 1},${length}`;
}

/** Changes that are near each other together, with some lines around them. */
function hunks(all: readonly Step[]): Step[][] {
  const found: Step[][] = [];
  let hunk: Step[] = [];
  all.forEach((step, index) => {
    if (!step.kept) {
      hunk.push(step);
      return;
    }
    const before = index === 0 ? [] : [part(step, 0, CONTEXT)];
    const behind = index === all.length - 1 ? [] : [part(step, -CONTEXT)];
    const length = step.old[1] - step.old[0];
    if (before.length > 0 && behind.length > 0 && length <= 2 * CONTEXT) hunk.push(step);
    else {
      hunk.push(...before);
      if (hunk.length > 0) found.push(hunk);
      hunk = behind;
    }
  });
  if (hunk.some(({ kept }) => !kept)) found.push(hunk);
  return found;
}

/** The first lines of what both have, or the last. */
function part({ kept, old, next }: Step, from: number, to = Infinity): Step {
  const cut = ([start, end]: Span): Span =>
    from < 0 ? [Math.max(start, end + from), end] : [start, Math.min(end, start + to)];
  return { kept, old: cut(old), next: cut(next) };
}

function steps(old: readonly string[], next: readonly string[]): Step[] {
  const found: Step[] = [];
  let at: readonly [number, number] = [0, 0];
  const until = (toOld: number, toNext: number): void => {
    if (at[0] < toOld || at[1] < toNext) found.push({ kept: false, old: [at[0], toOld], next: [at[1], toNext] });
  };
  const walk = (inOld: Span, inNext: Span, places: Places): void => {
    const [start, where, length] = longest(old, next, places, inOld, inNext);
    if (length === 0) return;
    walk([inOld[0], start], [inNext[0], where], places);
    keep(start, where, length);
    walk([start + length, inOld[1]], [where + length, inNext[1]], places);
  };
  const keep = (start: number, where: number, length: number): void => {
    until(start, where);
    const before = found.at(-1);
    const ends: Pick<Step, "old" | "next"> = { old: [start, start + length], next: [where, where + length] };
    if (before?.kept === true && before.old[1] === start && before.next[1] === where) {
      found[found.length - 1] = { kept: true, old: [before.old[0], ends.old[1]], next: [before.next[0], ends.next[1]] };
    } else found.push({ kept: true, ...ends });
    at = [ends.old[1], ends.next[1]];
  };
  if (old.length + next.length > TOO_LONG) {
    const head = alike(old, next, Math.min(old.length, next.length), false);
    const tail = alike(old, next, Math.min(old.length, next.length) - head, true);
    if (head > 0) keep(0, 0, head);
    if (tail > 0) keep(old.length - tail, next.length - tail, tail);
  } else walk([0, old.length], [0, next.length], placesOf(next));
  until(old.length, next.length);
  return found;
}

/** How many lines are the same from the start, or from the end. */
function alike(old: readonly string[], next: readonly string[], most: number, fromEnd: boolean): number {
  let count = 0;
  const line = (lines: readonly string[]): string => lines[fromEnd ? lines.length - 1 - count : count]!;
  while (count < most && line(old) === line(next)) count++;
  return count;
}

type Places = ReadonlyMap<string, readonly number[]>;

function placesOf(lines: readonly string[]): Places {
  const places = new Map<string, number[]>();
  lines.forEach((line, index) => {
    const known = places.get(line);
    if (known === undefined) places.set(line, [index]);
    else known.push(index);
  });
  if (lines.length < LONG) return places;
  const most = Math.floor(lines.length / 100) + 1;
  return new Map([...places].filter(([, indexes]) => indexes.length <= most));
}

/** Where the longest stretch of both begins in the one and the other, and its length; of several the first. */
function longest(
  old: readonly string[],
  next: readonly string[],
  places: Places,
  [fromOld, toOld]: Span,
  [fromNext, toNext]: Span,
): readonly [number, number, number] {
  let [start, where, length] = [fromOld, fromNext, 0];
  /** By where they end in `next`: how long the stretches are that end at the line of `old` before. */
  let lengths = new Map<number, number>();
  for (let index = fromOld; index < toOld; index++) {
    const longer = new Map<number, number>();
    for (const place of places.get(old[index]!) ?? []) {
      if (place < fromNext) continue;
      if (place >= toNext) break;
      const now = (lengths.get(place - 1) ?? 0) + 1;
      longer.set(place, now);
      if (now > length) [start, where, length] = [index - now + 1, place - now + 1, now];
    }
    lengths = longer;
  }
  while (start > fromOld && where > fromNext && old[start - 1] === next[where - 1]) {
    start--;
    where--;
    length++;
  }
  while (start + length < toOld && where + length < toNext && old[start + length] === next[where + length]) length++;
  return [start, where, length];
}
