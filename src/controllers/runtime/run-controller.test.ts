import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Secret } from "../../api/core/index.ts";
import { createClient, createEventRecorder, createInformers } from "../../client/index.ts";
import { TinyServer } from "../../client/testing/tiny-server.ts";
import { forbidden, namespaceTerminating, serviceUnavailable } from "../../machinery/errors.ts";
import { silent } from "../../machinery/log.ts";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { Cache } from "./cache.ts";
import { defineController } from "./controller.ts";
import type { DecidingController } from "./controller.ts";
import { create, warning } from "./plan.ts";
import type { Write } from "./plan.ts";
import { runController } from "./run-controller.ts";

type Overrides = Partial<DecidingController<ConfigMap, { readonly secrets: number }>>;

/** Keeps as many Secrets in the namespace as each ConfigMap's `count` says. */
async function setUp(overrides: Overrides = {}) {
  const server = new TinyServer();
  const clock = new VirtualClock(undefined, () => new Promise((resolve) => setImmediate(resolve)));
  const random = new SeededRandom();
  const client = createClient(server.door, { userAgent: "test", user: { username: "test", groups: [] } });
  const informers = createInformers({ client, clock, random, log: silent });
  const events = createEventRecorder({ client, component: "test", clock, random, log: silent });
  const rounds: number[] = [];
  let serial = 0;
  const controller = defineController<ConfigMap, { readonly secrets: number }>({
    name: "test",
    rbac: [],
    kind: ConfigMap,
    watches: [{ kind: Secret as never, keys: () => ["default/a"] }],
    observe: (_, cache) => ({ secrets: [...cache.of(Secret).list()].length }),
    decide: ({ object, secrets, now }) => {
      rounds.push(now);
      const missing = Math.max(0, Number(object.data?.["count"] ?? 0) - secrets);
      const one = (): Write => create(Secret, { metadata: { name: `s${serial++}`, namespace: "default" } });
      return { writes: Array.from({ length: missing }, one) };
    },
    ...overrides,
  });
  const context = { client, informers, cache: new Cache(informers), events, clock, random, log: silent, settings: {} };
  const failures: boolean[] = [];
  const stop = runController(controller, context, { round: (_, __, failed) => failures.push(failed) });
  await clock.advance(0);
  const made = (count: number) =>
    client.create(ConfigMap, { metadata: { name: "a", namespace: "default" }, data: { count: String(count) } });
  const set = (count: number) =>
    client.patch(ConfigMap, "a", "default", { type: "merge", body: { data: { count: String(count) } } });
  const posts = () => server.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/secrets"));
  return { server, clock, client, rounds, failures, made, set, posts, stop };
}

test("a round sees what the round before it wrote: nothing is made twice", async () => {
  const { clock, made, set, posts, stop } = await setUp();
  await made(10);
  await set(11);
  await set(12);
  await clock.advance(1000);
  assert.equal(posts().length, 12);
  stop();
});

test("each write tells the revisions that woke its key", async () => {
  const { clock, made, posts, stop } = await setUp();
  const { metadata } = await made(1);
  await clock.advance(100);
  assert.deepEqual(
    posts().map(({ cause }) => cause),
    [{ revisions: [Number(metadata.resourceVersion)] }],
  );
  stop();
});

test("changes of others wait for the pace and make one round; a change of the object itself does not wait", async () => {
  const { clock, client, rounds, made, set, stop } = await setUp({ pace: () => 100 });
  await made(0);
  await clock.advance(200);
  rounds.length = 0;
  const secret = (name: string) => client.create(Secret, { metadata: { name, namespace: "default" } });
  const began = clock.now();
  for (let at = 0; at < 20; at++) {
    await secret(`other${at}`);
    await clock.advance(10);
  }
  assert.ok(rounds.length <= 3, `${rounds.length} rounds`);
  await clock.advance(100);
  rounds.length = 0;
  const now = clock.now();
  await secret("late");
  await clock.advance(1);
  await set(0);
  await clock.advance(1);
  assert.ok(
    rounds.some((round) => round <= now + 2),
    `${rounds.map((round) => round - began)}`,
  );
  stop();
});

test("a status waits for the next one, as long as its controller has patience with it; any other is written at once", async () => {
  const { server, clock, made, set, stop } = await setUp({
    decide: ({ object }: { object: ConfigMap }) => ({ writes: [], status: { step: Number(object.data?.["count"]) } }),
    patience: (_: ConfigMap, { step }: { step: number }) => [1000, 500, 500, 50, 0][step],
  } as Overrides);
  const written = () =>
    server.requests
      .filter(({ method, path }) => method === "PUT" && path.endsWith("/status"))
      .map(({ body }) => (body as { object: { status: { step: number } } } | undefined)?.object.status.step);
  await made(1);
  await clock.advance(400);
  await set(2);
  await clock.advance(99);
  assert.deepEqual(written(), []);
  await clock.advance(1);
  assert.deepEqual(written(), [2]);
  await set(1);
  await clock.advance(100);
  await set(4);
  await clock.advance(1);
  assert.deepEqual(written(), [2, 4]);
  await clock.advance(1000);
  assert.deepEqual(written(), [2, 4]);
  await set(1);
  await clock.advance(100);
  await set(3);
  await clock.advance(50);
  assert.deepEqual(written(), [2, 4, 3]);
  stop();
});

test("a failing round is tried again, later each time, until it goes well", async () => {
  const { server, clock, failures, made, posts, stop } = await setUp();
  server.failures.push({ match: /^POST .*secrets/, error: serviceUnavailable("down"), times: 3 });
  await made(1);
  await clock.advance(4);
  assert.deepEqual(failures, [true]);
  await clock.advance(1000);
  assert.equal(posts().length, 4);
  assert.equal(server.objects.has("/api/v1/namespaces/default/secrets/s3"), true);
  stop();
});

test("what refuses them all is asked once, not a hundred times, and what went well so far is kept", async () => {
  const { server, clock, made, posts, stop } = await setUp();
  const error = forbidden({ group: "", resource: "secrets" }, "s", "exceeded quota");
  server.failures.push({ match: /^POST .*secrets/, error, times: 1 });
  await made(100);
  await clock.advance(0);
  assert.equal(posts().length, 1);
  await clock.advance(1000);
  assert.equal(posts().length, 101);
  stop();
});

test("a namespace that is going away takes nothing new, which is no failure", async () => {
  const { server, clock, failures, made, stop } = await setUp();
  const error = namespaceTerminating({ group: "", resource: "secrets" }, "s", "default");
  server.failures.push({ match: /^POST .*secrets/, error, times: 1e9 });
  await made(1);
  await clock.advance(1000);
  assert.deepEqual(failures, [false]);
  stop();
});

test("recheckAt brings the key back though nothing changed; events are told of the object", async () => {
  const { server, clock, rounds, made, stop } = await setUp({
    decide: ({ now }) => {
      rounds2.push(now);
      return rounds2.length > 1
        ? { writes: [] }
        : { writes: [], recheckAt: now + 5000, events: [warning("Late", "will look again")] };
    },
  });
  const rounds2: number[] = rounds;
  await made(0);
  await clock.advance(10_000);
  assert.equal(rounds2.length, 2);
  assert.equal(rounds2[1]! - rounds2[0]!, 5000);
  const told = [...server.objects.entries()]
    .filter(([path]) => path.includes("/events/"))
    .map(([, event]) => event["reason"]);
  assert.deepEqual(told, ["Late"]);
  stop();
});

test("a stopped controller does nothing more", async () => {
  const { clock, made, posts, stop } = await setUp();
  stop();
  await made(3);
  await clock.advance(1000);
  assert.equal(posts().length, 0);
});
