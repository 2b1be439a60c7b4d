/**
 * Cron schedules as CronJobs write them: five fields, names of months and days, `@hourly` and its kin, and
 * `@every 1h30m`; read in a time zone.
 *
 * When both day fields are restricted, either may match, as cron has always done it.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import { parseDuration } from "../../machinery/time.ts";

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

interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

const isAny = (field: string): boolean => /^[*?]/.test(field);

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
  /** The moment at which the wall shows it; undefined where clocks jump over it. */
  time(wall: number): number | undefined;
}

function wallClock(zone: string): WallClock {
  if (zone === "UTC" || zone === "Etc/UTC") return { at: (time) => time, time: (wall) => wall };
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
    time: (wall) => {
      const first = wall - (at(wall) - wall);
      // Twice, since the offset may change between the guess and the moment.
      for (const guess of [first, wall - (at(first) - first)]) if (at(guess) === wall) return guess;
      return undefined;
    },
  };
}

function nextOf(cron: Cron, clock: WallClock, after: number): number | undefined {
  const start = Math.floor(clock.at(after) / MINUTE) * MINUTE + MINUTE;
  const day = new Date(start);
  day.setUTCHours(0, 0, 0, 0);
  for (let count = 0; count < LOOK_AHEAD_DAYS; count++) {
    if (isDay(cron, day)) {
      for (const wall of momentsOf(cron, day.getTime())) {
        if (wall < start) continue;
        const time = clock.time(wall);
        if (time !== undefined && time > after) return time;
      }
    }
    day.setUTCDate(day.getUTCDate() + 1);
  }
  return undefined;
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
