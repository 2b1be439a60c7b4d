import assert from "node:assert/strict";
import { test } from "node:test";
import { expireEvents, removeExpired } from "./event-expiry.ts";
import { testServer } from "./testing/server.ts";

const EVENTS = "/api/v1/namespaces/default/events";
const event = (name: string, lastTimestamp?: string) => ({
  metadata: { name, namespace: "default" },
  involvedObject: { kind: "Pod", namespace: "default", name: "p" },
  reason: "Tested",
  ...(lastTimestamp && { lastTimestamp }),
});
const HOUR = 3600_000;

for (const { rule, seen, after, left } of [
  { rule: "an event stays for an hour", after: HOUR, left: 1 },
  { rule: "and is gone after it", after: HOUR + 1000, left: 0 },
  { rule: "the hour begins when it was last seen", seen: "2026-01-02T03:34:05Z", after: HOUR + 1000, left: 1 },
]) {
  test(rule, async () => {
    const { send, store, clock } = await testServer();
    await send("POST", EVENTS, event("e", seen));
    await removeExpired(store, clock.now() + after);
    assert.equal((await send("GET", EVENTS)).json.items.length, left);
  });
}

test("it looks every minute until it is stopped", async () => {
  const { send, store, clock } = await testServer();
  await send("POST", EVENTS, event("e"));
  const stop = expireEvents(store, clock, (error) => assert.fail(String(error)));
  await clock.advance(HOUR + 60_000);
  assert.equal((await send("GET", EVENTS)).json.items.length, 0);
  stop();
  assert.equal(clock.pending, 0);
});
