import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../machinery/log.ts";
import { SeededRandom } from "../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { createClient } from "./create-client.ts";
import { createEventRecorder } from "./event-recorder.ts";
import { TinyServer } from "./testing/tiny-server.ts";

const pod = { apiVersion: "v1", kind: "Pod", name: "web", namespace: "default", uid: "u1" };

function setUp() {
  const server = new TinyServer();
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const client = createClient(server.door, { userAgent: "test", user: { username: "test", groups: [] } });
  const recorder = createEventRecorder({
    client,
    component: "kubelet",
    host: "n1",
    clock,
    random: new SeededRandom(),
    log: silent,
  });
  const events = () =>
    [...server.objects.values()] as unknown as { message: string; count: number; lastTimestamp: string }[];
  return { server, clock, recorder, events };
}

test("the same event again raises its count and last time", async () => {
  const { clock, recorder, events } = setUp();
  recorder.event(pod, "Warning", "BackOff", "again");
  recorder.event(pod, "Warning", "BackOff", "again");
  await clock.advance(2000);
  recorder.event(pod, "Warning", "BackOff", "again");
  await recorder.settled();
  assert.deepEqual(
    events().map(({ message, count, lastTimestamp }) => ({ message, count, lastTimestamp })),
    [{ message: "again", count: 3, lastTimestamp: "2026-01-01T00:00:02Z" }],
  );
});

test("what is told waits a moment, and says when it was told", async () => {
  const { clock, recorder, events } = setUp();
  await clock.advance(950);
  recorder.event(pod, "Normal", "Created", "first");
  await clock.advance(60);
  recorder.event(pod, "Normal", "Started", "second");
  await clock.advance(939);
  assert.deepEqual(events(), []);
  await clock.advance(1);
  assert.deepEqual(
    events().map(({ message, lastTimestamp }) => [message, lastTimestamp]),
    [
      ["first", "2026-01-01T00:00:00Z"],
      ["second", "2026-01-01T00:00:01Z"],
    ],
  );
});

test("one that is stopped writes what it was told, waits for nothing, and takes no more", async () => {
  const { clock, recorder, events } = setUp();
  recorder.event(pod, "Normal", "Created", "first");
  recorder.stop();
  recorder.event(pod, "Normal", "Started", "second");
  await clock.advance(0);
  assert.deepEqual(
    events().map(({ message }) => message),
    ["first"],
  );
  assert.equal(clock.pending, 0);
});

test("a flood does not wait", async () => {
  const { clock, recorder, events } = setUp();
  for (let i = 0; i < 200; i++) recorder.event({ ...pod, uid: `u${i}` }, "Normal", "Created", "told");
  await clock.advance(0);
  assert.equal(events().length, 200);
});

test("from the eleventh differing message on they are combined", async () => {
  const { recorder, events } = setUp();
  for (let i = 0; i < 13; i++) recorder.event(pod, "Normal", "Pulled", `image ${i}`);
  await recorder.settled();
  assert.equal(events().length, 11);
  assert.deepEqual(
    events()
      .slice(-1)
      .map(({ message, count }) => ({ message, count })),
    [{ message: "(combined from similar events): image 12", count: 3 }],
  );
});

test("one object gets 25 at once, then one each five minutes", async () => {
  const { clock, recorder, server } = setUp();
  for (let i = 0; i < 40; i++) recorder.event(pod, "Normal", "Same", "same");
  await recorder.settled();
  assert.equal(server.requests.length, 25);
  await clock.advance(300_001);
  for (let i = 0; i < 5; i++) recorder.event(pod, "Normal", "Same", "same");
  await recorder.settled();
  assert.equal(server.requests.length, 26);
});

test("an event that was deleted meanwhile is made anew", async () => {
  const { recorder, server, events } = setUp();
  recorder.event(pod, "Normal", "Same", "same");
  await recorder.settled();
  server.objects.clear();
  recorder.event(pod, "Normal", "Same", "same");
  await recorder.settled();
  assert.deepEqual(
    events().map(({ count }) => count),
    [1],
  );
});
