import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule } from "./schedule.ts";

for (const { schedule, zone, after, next } of [
  { schedule: "*/5 * * * *", after: "2026-01-01T00:02:00Z", next: "2026-01-01T00:05:00Z" },
  { schedule: "0 0 * * *", after: "2026-01-01T00:00:00Z", next: "2026-01-02T00:00:00Z" },
  { schedule: "@hourly", after: "2026-01-01T10:59:59Z", next: "2026-01-01T11:00:00Z" },
  { schedule: "30 8 * * mon-fri", after: "2026-01-02T09:00:00Z", next: "2026-01-05T08:30:00Z" },
  { schedule: "0 0 13 * 5", after: "2026-01-01T12:00:00Z", next: "2026-01-02T00:00:00Z" },
  { schedule: "0 0 29 2 *", after: "2026-01-01T00:00:00Z", next: "2028-02-29T00:00:00Z" },
  { schedule: "0 9 * * 7", after: "2026-01-01T00:00:00Z", next: "2026-01-04T09:00:00Z" },
  { schedule: "5-10/2 3 * feb *", after: "2026-01-01T00:00:00Z", next: "2026-02-01T03:05:00Z" },
  { schedule: "@every 90s", after: "2026-01-01T00:00:00Z", next: "2026-01-01T00:01:30Z" },
  { schedule: "0 8 * * *", zone: "Europe/Berlin", after: "2026-07-01T00:00:00Z", next: "2026-07-01T06:00:00Z" },
  { schedule: "0 0 13 * */2", after: "2026-01-01T12:00:00Z", next: "2026-01-03T00:00:00Z" },
  { schedule: "0 * * * *", zone: "Europe/Berlin", after: "2026-10-25T00:00:00Z", next: "2026-10-25T01:00:00Z" },
  { schedule: "*/30 * * * *", zone: "Europe/Berlin", after: "2026-10-25T00:30:00Z", next: "2026-10-25T01:00:00Z" },
  { schedule: "*/30 * * * *", zone: "Europe/Berlin", after: "2026-10-25T01:10:00Z", next: "2026-10-25T01:30:00Z" },
  { schedule: "15 2 * * *", zone: "Europe/Berlin", after: "2026-10-25T00:15:00Z", next: "2026-10-25T01:15:00Z" },
  { schedule: "0 * * * *", zone: "Europe/Berlin", after: "2026-03-29T00:00:00Z", next: "2026-03-29T01:00:00Z" },
  { schedule: "30 2 * * *", zone: "Europe/Berlin", after: "2026-03-28T12:00:00Z", next: "2026-03-30T00:30:00Z" },
]) {
  test(`${schedule}${zone ? ` in ${zone}` : ""} after ${after} is ${next}`, () => {
    const found = parseSchedule(schedule, zone).next(Date.parse(after));
    assert.equal(found && new Date(found).toISOString(), new Date(next).toISOString());
  });
}

test("a day that never comes is no endless search", () => {
  assert.equal(parseSchedule("0 0 31 2 *").next(0), undefined);
});

for (const schedule of ["", "* * * *", "60 * * * *", "a * * * *", "5-1 * * * *", "*/0 * * * *"]) {
  test(`"${schedule}" is refused`, () => assert.throws(() => parseSchedule(schedule)));
}
