/**
 * What changed between two values, as the lines that follow an error on fields that may not change: one hunk of a
 * unified diff of their JSON, with three lines around it.
 */

const CONTEXT = 3;

export function difference(before: unknown, after: unknown): string {
  const old = lines(before);
  const next = lines(after);
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) head++;
  let tail = 0;
  const most = Math.min(old.length, next.length) - head;
  while (tail < most && old[old.length - 1 - tail] === next[next.length - 1 - tail]) tail++;
  const from = Math.max(0, head - CONTEXT);
  const trailing = Math.min(CONTEXT, tail);
  const removed = old.slice(head, old.length - tail);
  const added = next.slice(head, next.length - tail);
  const around = head - from + trailing;
  return [
    `@@ -${from + 1},${removed.length + around} +${from + 1},${added.length + around} @@`,
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...removed.map((line) => `-${line}`),
    ...added.map((line) => `+${line}`),
    ...old.slice(old.length - tail, old.length - tail + trailing).map((line) => ` ${line}`),
    "",
  ].join("\n");
}

/** Keys in order, so that what was only written in another order does not count. */
function lines(value: unknown): string[] {
  return (JSON.stringify(value, sortKeys, 1) ?? "null").split("\n");
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
