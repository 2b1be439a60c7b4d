import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { sleep } from "../machinery/clock.ts";
import type { Door } from "../machinery/door.ts";
import { serviceUnavailable } from "../machinery/errors.ts";
import { silent } from "../machinery/log.ts";
import { SeededRandom } from "../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { createClient } from "./create-client.ts";
import { runLeaderElection } from "./leader-election.ts";
import { TinyServer } from "./testing/tiny-server.ts";

function setUp() {
  const server = new TinyServer();
  const clock = new VirtualClock();
  const told: string[] = [];
  const random = new SeededRandom();
  const cut = new Set<string>();
  /** Whose next write is done at once and answered so many milliseconds later. */
  const late = new Map<string, number>();
  const candidate = (identity: string) => {
    const stop = new AbortController();
    const signals = [stop.signal];
    const door: Door = async (request) => {
      if (cut.has(identity)) return new Promise(() => {});
      const answer = await server.door(request);
      const delay = request.method === "GET" ? undefined : late.get(identity);
      if (delay === undefined) return answer;
      late.delete(identity);
      await sleep(clock, delay);
      return answer;
    };
    const client = createClient(door, { userAgent: identity, user: { username: identity, groups: [] } });
    const done = runLeaderElection({
      client,
      name: "lock",
      namespace: "kube-system",
      identity,
      clock,
      random,
      log: silent,
      signal: stop.signal,
      lead: (signal) =>
        new Promise((resolve) => {
          signals.push(signal);
          told.push(`${identity} leads`);
          signal.addEventListener("abort", () => {
            told.push(`${identity} stops`);
            resolve();
          });
        }),
    });
    // One that died is waited for by nobody.
    done.catch(() => {});
    return { done, stop: () => stop.abort(), name: identity, signals };
  };
  return { server, clock, told, candidate, cut, late };
}

test("one leads, and a clean stop hands over at once", async () => {
  const { clock, told, candidate } = setUp();
  const a = candidate("a");
  await clock.advance(1000);
  const b = candidate("b");
  await clock.advance(60_000);
  assert.deepEqual(told, ["a leads"]);
  const before = clock.now();
  a.stop();
  await a.done;
  await clock.runUntil(() => told.length === 3, 1);
  assert.deepEqual(told, ["a leads", "a stops", "b leads"]);
  assert.ok(clock.now() - before <= 1);
  b.stop();
  await b.done;
});

for (const after of [1000, 1999, 3500]) {
  test(`one that dies ${after} ms after it began to lead is followed within 15 s`, async () => {
    const { clock, told, candidate, cut } = setUp();
    candidate("a");
    await clock.advance(1);
    const b = candidate("b");
    await clock.advance(after);
    cut.add("a");
    const died = clock.now();
    await clock.runUntil(() => told.includes("b leads"));
    assert.ok(clock.now() - died <= 15_000, `${clock.now() - died}`);
    b.stop();
    await b.done;
  });
}

test("one that cannot renew stops before another may take over", async () => {
  const { server, clock, told, candidate } = setUp();
  const a = candidate("a");
  await clock.advance(1000);
  const began = clock.now();
  const lost = assert.rejects(a.done, /could not be renewed/);
  server.failures.push({ match: /leases/, error: serviceUnavailable("down"), times: 1e9 });
  await clock.runUntil(() => told.length === 2);
  assert.deepEqual(told, ["a leads", "a stops"]);
  assert.ok(clock.now() - began <= 12_000, `${clock.now() - began}`);
  await clock.advance(0);
  await lost;
});

test("a lease nobody renews is taken over when it ran out", async () => {
  const { server, clock, told, candidate } = setUp();
  server.putSilently("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/lock", {
    metadata: { name: "lock", namespace: "kube-system" },
    spec: { holderIdentity: "gone", leaseDurationSeconds: 15, leaseTransitions: 3 },
  });
  const b = candidate("b");
  const began = clock.now();
  await clock.runUntil(() => told.length === 1);
  assert.ok(clock.now() - began >= 15_000 && clock.now() - began < 20_000, `${clock.now() - began}`);
  b.stop();
  await b.done;
});

test("a server that says nothing does not keep a leader from giving up in time", async () => {
  const { clock, told, candidate, cut } = setUp();
  const a = candidate("a");
  await clock.advance(1000);
  cut.add("a");
  const lost = assert.rejects(a.done, /could not be renewed in time/);
  await clock.advance(12_001);
  assert.deepEqual(told, ["a leads", "a stops"]);
  cut.delete("a");
  await clock.advance(1000);
  await lost;
});

test("one that hears too late that it has the lease does not lead by that: others may lead by then", async () => {
  const { clock, told, candidate, late } = setUp();
  late.set("a", 20_000);
  const a = candidate("a");
  await clock.advance(1000);
  const b = candidate("b");
  await clock.advance(60_000);
  assert.deepEqual(told, ["a leads"]);
  for (const one of [a, b]) one.stop();
  await Promise.all([a.done, b.done]);
});

test("waiting and renewing leave no listeners behind", async () => {
  const { clock, candidate } = setUp();
  const candidates = [candidate("a"), candidate("b")];
  const listeners = () =>
    candidates.flatMap(({ signals }) => signals.map((signal) => getEventListeners(signal, "abort").length));
  await clock.advance(60_000);
  const before = listeners();
  await clock.advance(600_000);
  assert.deepEqual(listeners(), before);
  assert.equal(before.length, 3);
  for (const one of candidates) one.stop();
  await Promise.all(candidates.map(({ done }) => done));
});
