/** Times as objects carry them. */

/** RFC 3339 with whole seconds, as metav1.Time: `2026-01-01T00:00:00Z`. */
export function timeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with six decimals, as metav1.MicroTime. */
export function microTimeText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds since the epoch of a time in an object; NaN-free: absent or malformed is undefined. */
export function timeOf(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
