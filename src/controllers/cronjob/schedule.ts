/**
 * Cron schedules as CronJobs write them: five fields, names of months and days, `@hourly` and its kin, and
 * `@every 1h30m`; read in a time zone.
 *
 * When both day fields are restricted, either may match, as cron has always done it.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import { formatTime, parseDuration } from "../../machinery/time.ts";

export interface Schedule {
  /** The first moment after `after` (milliseconds) that it names; undefined where there is none in five years. */
  next(after: number): number | undefined;
}

const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LOOK_AHEAD_DAYS = 5 * 366;

/** Throws an Error that says what is wrong. `zone` is an IANA name; UTC when nothing is said. */
export function parseSchedule(text: string, zone = "UTC"): Schedule {
  const trimmed = text.trim();
  if (trimmed.startsWith("@every ")) {
    const every = Math.max(1000, Math.floor(parseDuration(trimmed.slice(7)) / 1000) * 1000);
    return { next: (after) => Math.floor(after / 1000) * 1000 + every };
  }
  const fields = (ownValue(MACROS, trimmed) ?? trimmed).split(/\s+/);
  if (fields.length !== 5) throw new Error(`expected exactly 5 fields, found ${fields.length}: [${text}]`);
  const [minutes, hours, days, months, weekdays] = fields as [string, string, string, string, string];
  const cron: Cron = {
    minutes: parseField(minutes, 0, 59),
    hours: parseField(hours, 0, 23),
    days: parseField(days, 1, 31),
    months: parseField(months, 1, 12, MONTHS, 1),
    weekdays: new Set([...parseField(weekdays, 0, 7, DAYS)].map((day) => day % 7)),
    anyDay: isAny(days),
    anyWeekday: isAny(weekdays),
  };
  const clock = wallClock(zone);
  return { next: (after) => nextOf(cron, clock, after) };
}

export function isTimeZone(zone: string): boolean {
  try {
    wallClock(zone);
    return true;
  } catch {
    return false;
  }
}

/** As clocks of the zone show it, with their distance to UTC: `2026-07-01T08:00:00+02:00`. */
export function formatInZone(time: number, zone = "UTC"): string {
  const wall = wallClock(zone).at(time);
  const offset = Math.round((wall - time) / MINUTE);
  if (offset === 0) return formatTime(time);
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, "0");
  const distance = `${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
  return `${formatTime(wall).slice(0, -1)}${offset < 0 ? "-" : "+"}${distance}`;
}

interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

/** Every value, alone or among others; steps of all values leave some out. */
const isAny = (field: string): boolean => field.split(",").some((part) => /^[*?](?:\/0*1)?$/.test(part));

function parseField(text: string, least: number, most: number, names: readonly string[] = [], base = 0): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^([*?]|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (match === null) throw new Error(`failed to parse ${part}`);
    const [, from = "", to, step] = match;
    const any = from === "*" || from === "?";
    const first = any ? least : numberOf(from, names, base);
    const last = to !== undefined ? numberOf(to, names, base) : any || step !== undefined ? most : first;
    const stride = Number(step ?? 1);
    if (first < least || last > most || first > last || stride === 0)
      throw new Error(`${part} is not within ${least} to ${most}`);
    for (let value = first; value <= last; value += stride) values.add(value);
  }
  return values;
}

function numberOf(text: string, names: readonly string[], base: number): number {
  if (/^\d+$/.test(text)) return Number(text);
  const at = names.indexOf(text.toLowerCase());
  if (at < 0) throw new Error(`failed to parse ${text}`);
  return at + base;
}

/** What a clock on the wall shows, and when it does. */
interface WallClock {
  /** Wall time as if it were UTC, in milliseconds. */
  at(time: number): number;
  /** The moments at which the wall shows it, in order: none where clocks jump over it, two where they are set back. */
  times(wall: number): readonly number[];
}

function wallClock(zone: string): WallClock {
  if (zone === "UTC" || zone === "Etc/UTC") return { at: (time) => time, times: (wall) => [wall] };
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const at = (time: number): number => {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(time)) parts[type] = Number(value);
    return Date.UTC(
      parts["year"]!,
      parts["month"]! - 1,
      parts["day"]!,
      parts["hour"]!,
      parts["minute"]!,
      parts["second"]!,
    );
  };
  return {
    at,
    times: (wall) => {
      // The offset before and after whatever change there is about that time.
      const guesses = [wall - DAY, wall + DAY].map((near) => wall - (at(near) - near));
      return [...new Set(guesses)].filter((guess) => at(guess) === wall).toSorted((a, b) => a - b);
    },
  };
}

function nextOf(cron: Cron, clock: WallClock, after: number): number | undefined {
  const start = Math.floor(clock.at(after) / MINUTE) * MINUTE + MINUTE;
  const found = firstFrom(cron, clock, start, after);
  if (found === undefined) return undefined;
  // Clocks set back in between show some times once more.
  const offset = clock.at(found) - found;
  const back = clock.at(after) - after - offset;
  for (let wall = start - back; wall < start; wall += MINUTE) {
    const time = wall - offset;
    if (time > after && time < found && clock.at(time) === wall && names(cron, wall)) return time;
  }
  return found;
}

/** By the wall from `start` on. */
function firstFrom(cron: Cron, clock: WallClock, start: number, after: number): number | undefined {
  const day = new Date(start);
  day.setUTCHours(0, 0, 0, 0);
  for (let count = 0; count < LOOK_AHEAD_DAYS; count++) {
    if (isDay(cron, day)) {
      for (const wall of momentsOf(cron, day.getTime())) {
        if (wall < start) continue;
        const time = clock.times(wall).find((one) => one > after);
        if (time !== undefined) return time;
      }
    }
    day.setUTCDate(day.getUTCDate() + 1);
  }
  return undefined;
}

/** Whether a time on the wall is one of the schedule's. */
function names(cron: Cron, wall: number): boolean {
  const date = new Date(wall);
  return isDay(cron, date) && cron.hours.has(date.getUTCHours()) && cron.minutes.has(date.getUTCMinutes());
}

function isDay({ days, months, weekdays, anyDay, anyWeekday }: Cron, day: Date): boolean {
  if (!months.has(day.getUTCMonth() + 1)) return false;
  const byDay = days.has(day.getUTCDate());
  const byWeekday = weekdays.has(day.getUTCDay());
  return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
}

function* momentsOf({ hours, minutes }: Cron, midnight: number): Iterable<number> {
  for (let hour = 0; hour < 24; hour++) {
    if (!hours.has(hour)) continue;
    for (let minute = 0; minute < 60; minute++) if (minutes.has(minute)) yield midnight + (hour * 60 + minute) * MINUTE;
  }
}
