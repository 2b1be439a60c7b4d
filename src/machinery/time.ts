/**
 * Times and durations as the API writes them. In memory a time is milliseconds since the epoch, in objects
 * its text: RFC 3339 in UTC, whole seconds (Time) or six decimals (MicroTime).
 */
import { quote } from "./go-text.ts";
import { remembering } from "./remember.ts";

/** The text is no time or duration; `message` is Go's. */
export class TimeError extends Error {}

/** `2026-01-02T03:04:05Z`; fractions of a second are cut off. */
export function formatTime(milliseconds: number): string {
  const second = Math.floor(milliseconds / 1000);
  if (second !== lastSecond) {
    lastText = `${isoOf(milliseconds).slice(0, -5)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** Most times that are written down are now. */
let lastSecond = Number.NaN;
let lastText = "";

/** `2026-01-02T03:04:05.678000Z`. */
export function formatMicroTime(milliseconds: number): string {
  return `${isoOf(milliseconds).slice(0, -1)}000Z`;
}

function isoOf(milliseconds: number): string {
  return new Date(Math.floor(milliseconds)).toISOString();
}

const FORM = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})([.,]\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch of a Time or MicroTime; finer digits are kept as a fraction. Throws {@link TimeError}. */
export function parseTime(text: string): number {
  const match = FORM.exec(text);
  if (match === null) throw new TimeError(syntaxError(text, "2006-01-02T15:04:05Z07:00"));
  return instantOf(text, match);
}

/** As {@link parseTime}; undefined for what is absent or no time. For reading stored objects. */
export function timeOf(text: string | undefined): number | undefined {
  const match = text === undefined ? null : FORM.exec(text);
  return match === null ? undefined : instantOf(text!, match);
}

/** A client's Time as it is stored. Throws {@link TimeError}. */
export const canonicalTime = remembering((text: string): string => formatTime(parseTime(text)));

/** A client's MicroTime, which needs exactly six decimals, as it is stored. Throws {@link TimeError}. */
export function canonicalMicroTime(text: string): string {
  const layout = "2006-01-02T15:04:05.000000Z07:00";
  const match = FORM.exec(text);
  if (match === null || match[7]?.length !== 7) throw new TimeError(syntaxError(text, layout));
  const seconds = formatTime(instantOf(text, match)).slice(0, -1);
  return `${seconds}.${match[7].slice(1)}Z`;
}

function instantOf(text: string, match: RegExpExecArray): number {
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const bad = rangeError(year, month, day, hour, minute, second);
  if (bad !== undefined) throw new TimeError(`parsing time ${quote(text)}: ${bad} out of range`);
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(hour, minute, second);
  const fraction = match[7] === undefined ? 0 : Number(`0.${match[7].slice(1)}`) * 1000;
  return utc.getTime() + fraction - offsetOf(match[8]!);
}

function rangeError(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): string | undefined {
  if (month < 1 || month > 12) return "month";
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
  if (day < 1 || day > days) return "day";
  if (hour > 23) return "hour";
  if (minute > 59) return "minute";
  return second > 59 ? "second" : undefined;
}

function offsetOf(zone: string): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** What each part of a layout takes from the text. */
const STEPS: readonly (readonly [layout: string, form: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d{2}/],
  ["-", /^-/],
  ["02", /^\d{2}/],
  ["T", /^T/],
  ["15", /^\d{2}/],
  [":", /^:/],
  ["04", /^\d{2}/],
  [":", /^:/],
  ["05", /^\d{2}/],
];

/** As Go's time.Parse says where it stopped: `cannot parse "yesterday" as "2006"`. */
function syntaxError(text: string, layout: string): string {
  let rest = text;
  let stopped: string | undefined;
  for (const [name, form] of STEPS) {
    const taken = form.exec(rest);
    if (taken === null) {
      stopped = name;
      break;
    }
    rest = rest.slice(taken[0].length);
  }
  if (stopped === undefined) {
    const fraction = layout.includes(".") ? /^\.\d{6}(?!\d)/ : /^(?:[.,]\d+)?/;
    const taken = fraction.exec(rest);
    if (taken === null) stopped = ".000000";
    else {
      rest = rest.slice(taken[0].length);
      const zone = /^(?:Z|[+-]\d{2}:\d{2})/.exec(rest);
      if (zone === null) stopped = "Z07:00";
      else return `parsing time ${quote(text)}: extra text: ${quote(rest.slice(zone[0].length))}`;
    }
  }
  return `parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(stopped)}`;
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of Go's `1h30m`, `1.5s`, `-2m`. Throws {@link TimeError}. */
export function parseDuration(text: string): number {
  const signed = /^[+-]?/.exec(text)![0];
  let rest = text.slice(signed.length);
  if (rest === "0") return 0;
  const fail = (why: string): never => {
    throw new TimeError(`time: ${why} ${quote(text)}`);
  };
  if (rest === "") fail("invalid duration");
  let total = 0;
  while (rest !== "") {
    const number = /^(?:\d+\.?\d*|\.\d+)/.exec(rest);
    if (number === null) fail("invalid duration");
    rest = rest.slice(number![0].length);
    const unit = /^[^.\d]*/.exec(rest)![0];
    if (unit === "") fail("missing unit in duration");
    const factor = UNITS[unit];
    if (factor === undefined) fail(`unknown unit ${quote(unit)} in duration`);
    total += Number(number![0]) * factor!;
    rest = rest.slice(unit.length);
  }
  return signed === "-" ? -total : total;
}

/** As Go prints a duration: `1h30m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  const sign = milliseconds < 0 ? "-" : "";
  const nanos = Math.round(Math.abs(milliseconds) * 1e6);
  if (nanos < 1000) return `${sign}${nanos}ns`;
  if (nanos < 1e6) return `${sign}${nanos / 1e3}µs`;
  if (nanos < 1e9) return `${sign}${nanos / 1e6}ms`;
  const minutes = Math.floor(nanos / 6e10);
  const seconds = `${(nanos - minutes * 6e10) / 1e9}s`;
  if (minutes === 0) return sign + seconds;
  if (minutes < 60) return `${sign}${minutes}m${seconds}`;
  return `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}
