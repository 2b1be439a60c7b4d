/** A point in time as calendars show it, in a zone. Months, days of the month and of the year count from zero. */
import { quote } from "../../go-text.ts";
import { CelError, floorDivide } from "../values.ts";
import type { Timestamp } from "../values.ts";

export function timeParts({ nanos }: Timestamp, zone: string) {
  const instant = Number(floorDivide(nanos, 1_000_000n));
  const milliseconds = instant + offsetOf(zone, instant) * 60_000;
  const date = new Date(milliseconds);
  const newYear = new Date(0);
  newYear.setUTCFullYear(date.getUTCFullYear());
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth(),
    date: date.getUTCDate(),
    dayOfMonth: date.getUTCDate() - 1,
    dayOfWeek: date.getUTCDay(),
    dayOfYear: Math.floor((milliseconds - newYear.getTime()) / 86_400_000),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
    seconds: date.getUTCSeconds(),
    milliseconds: date.getUTCMilliseconds(),
  };
}

/** Minutes east of Greenwich: `+05:30`, or a zone's name. */
function offsetOf(zone: string, instant: number): number {
  const colon = zone.indexOf(":");
  if (colon < 0) return offsetOfName(zone, instant);
  const minutes = whole(zone.slice(colon + 1));
  return whole(zone.slice(0, colon)) * 60 + (zone.startsWith("-") ? -minutes : minutes);
}

function whole(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new CelError(`strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
  return Number(text);
}

function offsetOfName(zone: string, instant: number): number {
  if (zone === "" || zone === "UTC" || zone === "Local") return 0;
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const there = new Date(0);
  there.setUTCFullYear(parts.get("year")!, parts.get("month")! - 1, parts.get("day"));
  there.setUTCHours(parts.get("hour")!, parts.get("minute"), parts.get("second"));
  return Math.round((there.getTime() - instant) / 60_000);
}

const FIELDS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", { ...FIELDS, second: "2-digit", hourCycle: "h23", timeZone });
  } catch {
    throw new CelError(`unknown time zone ${timeZone}`);
  }
}
