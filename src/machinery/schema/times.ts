/** RFC 3339 as Go reads and writes it: Time has whole seconds, MicroTime exactly six decimals, both end up in UTC. */

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;
const MICRO_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{6})(Z|[+-]\d\d:\d\d)$/;

const TIME_LAYOUT = "2006-01-02T15:04:05Z07:00";
const MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00";

/** The text as Go would write it again. Throws with Go's words where it is no time. */
export function canonicalTime(text: string): string {
  const match = TIME.exec(text);
  if (match === null) throw new Error(whyNot(text, TIME_LAYOUT));
  const seconds = toSeconds(match, text, TIME_LAYOUT);
  return match[8] === "Z" && match[7] === undefined ? text : fromSeconds(seconds);
}

export function canonicalMicroTime(text: string): string {
  const match = MICRO_TIME.exec(text);
  if (match === null) throw new Error(whyNot(text, MICRO_LAYOUT));
  const seconds = toSeconds(match, text, MICRO_LAYOUT);
  return match[8] === "Z" ? text : `${fromSeconds(seconds).slice(0, -1)}${match[7]}Z`;
}

/** Seconds since the epoch and the nanoseconds beyond, as protobuf has them. */
export function secondsAndNanos(text: string): { seconds: number; nanos: number } {
  const match = TIME.exec(text);
  if (match === null) throw new Error(whyNot(text, TIME_LAYOUT));
  const nanos = match[7] === undefined ? 0 : Number(match[7].slice(1).padEnd(9, "0").slice(0, 9));
  return { seconds: toSeconds(match, text, TIME_LAYOUT), nanos };
}

export function timeFrom(seconds: number): string {
  return fromSeconds(seconds);
}

export function microTimeFrom(seconds: number, nanos: number): string {
  const micros = Math.floor(nanos / 1000);
  return `${fromSeconds(seconds).slice(0, -1)}.${String(micros).padStart(6, "0")}Z`;
}

function fromSeconds(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

function toSeconds(match: RegExpExecArray, text: string, layout: string): number {
  const [, year, month, day, hour, minute, second, , zone] = match;
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const date = new Date(utc);
  if (year! < "0100") date.setUTCFullYear(Number(year));
  const part = outOfRange(date, match);
  if (part !== undefined) throw new Error(`parsing time ${JSON.stringify(text)}: ${part} out of range`);
  if (zone === "Z") return date.getTime() / 1000;
  const offset = Number(zone!.slice(1, 3)) * 60 + Number(zone!.slice(4));
  if (Number(zone!.slice(4)) > 59) throw new Error(whyNot(text, layout));
  return date.getTime() / 1000 - (zone!.startsWith("-") ? -offset : offset) * 60;
}

/** Date rolls a 31st of April over to May; Go refuses it. */
function outOfRange(date: Date, [, , month, day, hour, minute, second]: RegExpExecArray): string | undefined {
  if (Number(month) < 1 || Number(month) > 12) return "month";
  if (Number(hour) > 23) return "hour";
  if (Number(minute) > 59) return "minute";
  if (Number(second) > 59) return "second";
  if (Number(day) < 1 || date.getUTCDate() !== Number(day)) return "day";
  return undefined;
}

/** The layout's elements with what each takes; the first that does not fit is named in the error. */
function whyNot(text: string, layout: string): string {
  let rest = text;
  const elements = layout.includes(".000000") ? MICRO_ELEMENTS : TIME_ELEMENTS;
  for (const [element, pattern] of elements) {
    const found = pattern.exec(rest);
    if (found === null) {
      return `parsing time ${quoted(text)} as ${quoted(layout)}: cannot parse ${quoted(rest)} as ${quoted(element)}`;
    }
    rest = rest.slice(found[0].length);
  }
  return `parsing time ${quoted(text)}: extra text: ${quoted(rest)}`;
}

const quoted = (text: string): string => JSON.stringify(text);

const DATE_ELEMENTS: readonly (readonly [string, RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  ["05", /^\d\d/],
];
const TIME_ELEMENTS = [...DATE_ELEMENTS, ["Z07:00", /^([.,]\d+)?(Z|[+-]\d\d:\d\d)/] as const];
const MICRO_ELEMENTS = [...DATE_ELEMENTS, [".000000", /^\.\d{6}/] as const, ["Z07:00", /^(Z|[+-]\d\d:\d\d)/] as const];
