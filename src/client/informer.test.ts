import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "../api/core/config-map.ts";
import { tooManyRequests } from "../machinery/errors.ts";
import { silent } from "../machinery/log.ts";
import { SeededRandom } from "../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { createClient } from "./create-client.ts";
import { createInformers } from "./informers.ts";
import { TinyServer } from "./testing/tiny-server.ts";

function setUp() {
  const server = new TinyServer();
  const clock = new VirtualClock();
  const client = createClient(server.door, { userAgent: "test", user: { username: "test", groups: [] } });
  const informers = createInformers({ client, clock, random: new SeededRandom(), log: silent });
  const make = (name: string, data: Record<string, string> = {}) =>
    client.create(ConfigMap, { metadata: { name, namespace: "default" }, data });
  return { server, clock, client, informers, make };
}

test("lists, then follows the watch; objects are the server's own", async () => {
  const { server, clock, client, informers, make } = setUp();
  await make("a");
  const informer = informers.of(ConfigMap);
  const heard: string[] = [];
  informer.subscribe(({ type, object }) => heard.push(`${type} ${object.metadata.name}`));
  await informer.synced;
  await make("b", { x: "1" });
  await client.patch(ConfigMap, "b", "default", { type: "merge", body: { data: { x: "2" } } });
  await client.delete(ConfigMap, "a", "default");
  await clock.advance(0);
  assert.deepEqual(heard, ["ADDED a", "ADDED b", "MODIFIED b", "DELETED a"]);
  assert.equal(informer.get("b", "default"), server.objects.get("/api/v1/namespaces/default/configmaps/b"));
  assert.equal(informer.revision, server.revision);
  informers.stop();
});

test("a list of more than one page is whole", async () => {
  const { informers, make, server } = setUp();
  for (let i = 0; i < 501; i++) await make(`n${i}`);
  const informer = informers.of(ConfigMap);
  await informer.synced;
  assert.equal(informer.size, 501);
  assert.equal(server.requests.filter(({ method, query }) => method === "GET" && !query.includes("watch")).length, 2);
  informers.stop();
});

test("a watch that ends goes on from where it was; one that is too old lists anew and tells only what differs", async () => {
  const { server, clock, informers, make } = setUp();
  await make("stays");
  await make("goes");
  const informer = informers.of(ConfigMap);
  await informer.synced;
  await make("later");
  await clock.advance(0);
  server.hangUp();
  await clock.advance(0);
  const lists = () =>
    server.requests.filter(({ query, method }) => method === "GET" && !query.includes("watch")).length;
  assert.equal(lists(), 1);

  const heard: string[] = [];
  informer.subscribe(({ type, object }) => heard.push(`${type} ${object.metadata.name}`));
  heard.length = 0;
  server.objects.delete("/api/v1/namespaces/default/configmaps/goes");
  server.putSilently("/api/v1/namespaces/default/configmaps/comes", {
    metadata: { name: "comes", namespace: "default" },
  });
  server.oldest = server.revision;
  server.hangUp();
  await clock.runUntil(() => heard.length > 0);
  assert.deepEqual(heard.toSorted(), ["ADDED comes", "DELETED goes"]);
  assert.equal(lists(), 2);
  informers.stop();
});

test("a failing list is tried again, later each time", async () => {
  const { server, clock, informers } = setUp();
  server.failures.push({ match: /^GET/, error: tooManyRequests("busy", 1), times: 3 });
  const informer = informers.of(ConfigMap);
  const began = clock.now();
  await clock.runUntil(() => informer.hasSynced);
  // 0.8, 1.6 and 3.2 s, each at most doubled by jitter.
  assert.ok(clock.now() - began >= 5600 && clock.now() - began <= 11_200, `${clock.now() - began}`);
  informers.stop();
});

test("indices follow changes, and can be added later", async () => {
  const { clock, client, informers, make } = setUp();
  await make("a", { team: "red" });
  await make("b", { team: "red" });
  informers.of(ConfigMap);
  const informer = informers.of(ConfigMap, { indices: { team: ({ data }) => (data?.team ? [data.team] : []) } });
  await informer.synced;
  const names = (team: string) => informer.byIndex("team", team).map(({ metadata }) => metadata.name);
  assert.deepEqual(names("red"), ["a", "b"]);
  await client.patch(ConfigMap, "a", "default", { type: "merge", body: { data: { team: "blue" } } });
  await clock.advance(0);
  assert.deepEqual([names("red"), names("blue")], [["b"], ["a"]]);
  informers.stop();
});

test("until resolves with the batch that makes it true", async () => {
  const { clock, informers, make } = setUp();
  const informer = informers.of(ConfigMap);
  await informer.synced;
  const made = await make("a");
  let reached = false;
  void informer.until(() => informer.revision >= Number(made.metadata.resourceVersion)).then(() => (reached = true));
  await clock.advance(0);
  assert.equal(reached, true);
  informers.stop();
});

test("that an object went and another of its name came while nobody watched is told as both", async () => {
  const { server, clock, informers, make } = setUp();
  const first = await make("a");
  const informer = informers.of(ConfigMap);
  await informer.synced;
  const heard: string[] = [];
  informer.subscribe(({ type, object }) => heard.push(`${type} ${object.metadata.uid === first.metadata.uid}`));
  server.putSilently("/api/v1/namespaces/default/configmaps/a", { metadata: { name: "a", namespace: "default" } });
  server.oldest = server.revision;
  server.hangUp();
  await clock.advance(60_000);
  assert.deepEqual(heard, ["ADDED true", "DELETED true", "ADDED false"]);
  informers.stop();
});
