import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod } from "../api/core/index.ts";
import type { PodStatus } from "../api/core/index.ts";
import type { Client } from "../client/index.ts";
import { invalid } from "../machinery/errors.ts";
import { silent } from "../machinery/log.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { PodNotes } from "./notes.ts";
import { StatusWriter } from "./status-writer.ts";
import { podOf } from "./testing/node.ts";

/** A writer over an API that refuses while `broken`, and the seconds at which it was asked. */
function writer() {
  const clock = new VirtualClock();
  const began = clock.now();
  const api = { broken: true, askedAt: [] as number[], written: [] as PodStatus[] };
  const patch = async (
    _kind: unknown,
    _name: string,
    _namespace: string,
    { body }: { body: { status: PodStatus } },
  ) => {
    api.askedAt.push((clock.now() - began) / 1000);
    if (api.broken) throw invalid(Pod, "web", []);
    api.written.push(body.status);
    return { ...pod, status: { ...pod.status, ...body.status } };
  };
  const pod = {
    ...podOf("web"),
    metadata: { name: "web", namespace: "default", uid: "1", resourceVersion: "1" },
  } as Pod;
  const statuses = new StatusWriter({ patch } as unknown as Client, clock, silent, () => {});
  const notes = new PodNotes(clock);
  const tell = (message: string): void => statuses.set(pod, () => ({ phase: "Running", message }), notes);
  return { clock, api, statuses, tell };
}

test("what cannot be written is tried again ever later, half a minute at most", async () => {
  const { clock, api, tell } = writer();
  tell("a");
  await clock.advance(100_000);
  assert.deepEqual(api.askedAt, [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5]);
});

test("a newer status does not shorten the wait, and is what is written after it", async () => {
  const { clock, api, tell } = writer();
  tell("a");
  await clock.advance(4000);
  tell("b");
  await clock.advance(3000);
  assert.deepEqual(api.askedAt, [0, 0.5, 1.5, 3.5]);
  api.broken = false;
  await clock.advance(1000);
  assert.deepEqual(api.written, [{ phase: "Running", message: "b" }]);
});

test("after a write that went through, the first wait is short again", async () => {
  const { clock, api, tell } = writer();
  tell("a");
  await clock.advance(4000);
  api.broken = false;
  await clock.advance(4000);
  api.askedAt.length = 0;
  api.broken = true;
  tell("b");
  await clock.advance(1000);
  assert.deepEqual(api.askedAt, [8, 8.5]);
});

test("whoever waits for the last status hears of it when it is written", async () => {
  const { clock, api, statuses, tell } = writer();
  tell("a");
  let settled = false;
  void statuses.settled("1").then(() => (settled = true));
  await clock.advance(4000);
  assert.equal(settled, false);
  api.broken = false;
  await clock.advance(4000);
  assert.equal(settled, true);
});
