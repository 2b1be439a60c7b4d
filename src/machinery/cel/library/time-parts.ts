/** A point in time as calendars show it, in a zone. Months, days of the month and of the year count from zero. */
import { CelError } from "../values.ts";
import type { Timestamp } from "../values.ts";

export function timeParts({ nanos }: Timestamp, zone: string) {
  const milliseconds = Number(nanos / 1_000_000n) + offsetOf(zone) * 60_000;
  const date = new Date(milliseconds);
  const year = date.getUTCFullYear();
  return {
    year,
    month: date.getUTCMonth(),
    date: date.getUTCDate(),
    dayOfMonth: date.getUTCDate() - 1,
    dayOfWeek: date.getUTCDay(),
    dayOfYear: Math.floor((milliseconds - Date.UTC(year, 0, 1)) / 86_400_000),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
    seconds: date.getUTCSeconds(),
    milliseconds: date.getUTCMilliseconds(),
  };
}

const OFFSET = /^([+-]?)(\d{2}):(\d{2})$/;

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number {
  if (zone === "" || zone === "UTC" || zone === "Z") return 0;
  const match = OFFSET.exec(zone);
  if (match === null) throw new CelError(`unknown time zone ${zone}`);
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -minutes : minutes;
}
