/** Two API servers over one etcd: clients of either see the same, and what is in etcd is what upstream would write. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { openEtcd } from "../../adapters/etcd/etcd-database.ts";
import { openKeys } from "../../adapters/keys/cluster-keys.ts";
import { type RunningApiServer, startApiServer } from "../../apps/tiphys/api-server.ts";
import { runElected } from "../../apps/tiphys/elected.ts";
import type { WatchEvent } from "../../src/machinery/door.ts";
import { silent } from "../../src/machinery/log.ts";
import { ADMIN, type Json, send } from "./requests.ts";
import { EtcdCluster, noEtcd } from "./etcd-server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

suite("two API servers over one etcd", { skip: noEtcd, timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-ha-"));
  let etcd: EtcdCluster;
  let one: RunningApiServer;
  let two: RunningApiServer;

  before(async () => {
    etcd = await EtcdCluster.start();
    [one, two] = await Promise.all([start("one"), start("two")]);
    // At the same time, as when a whole control plane comes up: neither may trip over the other.
    await Promise.all([
      one.bootstrap({ address: "192.0.2.1", port: 6443 }),
      two.bootstrap({ address: "192.0.2.2", port: 6443 }),
    ]);
  });
  after(async () => {
    await one?.close();
    await two?.close();
    await etcd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(hostname: string): Promise<RunningApiServer> {
    const keys = openKeys(folder, { now: Date.now() });
    const database = openEtcd(etcd.options);
    const ports = { clock: systemClock, random: systemRandom, log: silent };
    return startApiServer({ ...ports, database, keys: keys.tokens, clientCa: keys.ca, hostname });
  }

  test("what one acknowledged the other shows at once, and a stale update is refused by either", async () => {
    for (let i = 0; i < 50; i++) {
      const [here, there] = i % 2 ? [one, two] : [two, one];
      const created = await send(here, "POST", MAPS, map(`turn-${i}`, "1"));
      assert.equal(created.status, 201);
      const read = await send(there, "GET", `${MAPS}/turn-${i}`);
      assert.deepEqual(read.object, created.object);
      const updated = await send(there, "PUT", `${MAPS}/turn-${i}`, { ...created.object, data: { value: "2" } });
      assert.equal(updated.status, 200);
      const stale = await send(here, "PUT", `${MAPS}/turn-${i}`, { ...created.object, data: { value: "3" } });
      assert.equal(stale.status, 409);
      const gone = await send(here, "DELETE", `${MAPS}/turn-${i}`);
      assert.equal(gone.status, 200);
      assert.equal((await send(there, "GET", `${MAPS}/turn-${i}`)).status, 404);
    }
  });

  test("a name is given once, however many ask both servers for it", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => send(i % 2 ? one : two, "POST", MAPS, map("once", String(i)))),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [201, ...Array.from({ length: 19 }, () => 409)]);
  });

  test("Services made through both servers never share a cluster IP or a node port", async () => {
    const path = "/api/v1/namespaces/default/services";
    const service = (i: number): object => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `s${i}` },
      spec: { type: "NodePort", ports: [{ port: 80 }] },
    });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => send(i % 2 ? one : two, "POST", path, service(i))),
    );
    for (const { status, object } of answers) assert.equal(status, 201, JSON.stringify(object));
    assert.equal(new Set(answers.map(({ object }) => object.spec.clusterIP)).size, 40);
    assert.equal(new Set(answers.map(({ object }) => object.spec.ports[0].nodePort)).size, 40);
  });

  test("watches through both servers tell every write once, in the same order, whoever wrote it", async () => {
    const { object } = await send(one, "GET", MAPS);
    const from = object.metadata.resourceVersion as string;
    const watches = await Promise.all([one, two].map((server) => watch(server, from, 60)));
    for (let i = 0; i < 20; i++) {
      const server = i % 2 ? one : two;
      const other = i % 2 ? two : one;
      const { object: made } = await send(server, "POST", MAPS, map(`watched-${i}`, "1"));
      await send(other, "PATCH", `${MAPS}/watched-${i}`, { data: { value: "2" } });
      await send(server, "DELETE", `${MAPS}/watched-${i}`, undefined);
      assert.ok(made.metadata.uid);
    }
    const [seenByOne, seenByTwo] = await Promise.all(watches.map(({ events }) => events));
    assert.equal(seenByOne!.length, 60);
    assert.deepEqual(seenByOne, seenByTwo);
    assert.equal(new Set(seenByOne!.map(({ revision }) => revision)).size, 60);
    for (const { stop } of watches) stop();
  });

  test("a custom resource defined through one server is served by the other", async () => {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: OPEN } }],
      },
    };
    const made = await send(one, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    assert.equal(made.status, 201, JSON.stringify(made.object));
    const path = "/apis/example.com/v1/namespaces/default/widgets";
    while ((await send(two, "GET", path)).status === 404) await new Promise((resolve) => setTimeout(resolve, 20));
    const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" }, size: 3 };
    assert.equal((await send(two, "POST", path, widget)).status, 201);
    assert.equal((await send(one, "GET", `${path}/w`)).object.size, 3);
    const stored = await rawKeys(etcd, "/registry/example.com/");
    assert.deepEqual([...stored.keys()], ["/registry/example.com/widgets/default/w"]);
  });

  test("etcd holds upstream's keys with whole JSON objects and no resourceVersion in them", async () => {
    await send(one, "POST", MAPS, map("stored", "1"));
    const keys = await rawKeys(etcd, "/registry/");
    const stored = JSON.parse(keys.get("/registry/configmaps/default/stored")!);
    assert.deepEqual(Object.keys(stored).slice(0, 3), ["kind", "apiVersion", "metadata"]);
    assert.equal(stored.kind, "ConfigMap");
    assert.equal(stored.metadata.resourceVersion, undefined);
    for (const key of [
      "/registry/namespaces/default",
      "/registry/services/specs/default/kubernetes",
      "/registry/clusterroles/cluster-admin",
      "/registry/ipaddresses/10.96.0.1",
    ]) {
      assert.ok(keys.has(key), key);
    }
  });

  test("what a reference server wrote, as JSON or as protobuf, is served", async () => {
    const database = openEtcd(etcd.options);
    const metadata = { name: "foreign", namespace: "default", uid: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
    const text = JSON.stringify({ kind: "ConfigMap", apiVersion: "v1", metadata, data: { by: "json" } });
    await put(database, "/registry/configmaps/default/foreign", new TextEncoder().encode(text));
    const bytes = Buffer.from(PROTOBUF_MAP, "latin1");
    await put(database, "/registry/configmaps/default/proto", bytes);
    await database.close();
    assert.deepEqual((await send(two, "GET", `${MAPS}/foreign`)).object.data, { by: "json" });
    const { object } = await send(two, "GET", `${MAPS}/proto`);
    assert.deepEqual([object.metadata.name, object.data], ["proto", { by: "protobuf" }]);
    assert.match(object.metadata.resourceVersion, /^\d+$/);
  });

  test("an Event carries a lease of an hour", async () => {
    const event = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "e", namespace: "default" },
      involvedObject: { kind: "Pod", namespace: "default", name: "p" },
    };
    const made = await send(one, "POST", "/api/v1/namespaces/default/events", event);
    assert.equal(made.status, 201, JSON.stringify(made.object));
    const { kvs } = await gateway(etcd, "kv/range", { key: base64("/registry/events/default/e") });
    const { grantedTTL } = await gateway(etcd, "lease/timetolive", { ID: kvs[0].lease });
    assert.ok(Number(grantedTTL) >= 3600 && Number(grantedTTL) <= 3660, grantedTTL);
  });

  test("the Lease of each API server is there, and /readyz asks etcd", async () => {
    const { object } = await send(one, "GET", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases");
    const identities = object.items.filter(({ metadata }: Json) => metadata.name.startsWith("apiserver-"));
    const hosts = identities.map(({ metadata }: Json) => metadata.labels["kubernetes.io/hostname"]);
    assert.deepEqual(hosts.toSorted(), ["one", "two"]);
    for (const path of ["/readyz", "/readyz/etcd", "/readyz/etcd-readiness", "/livez/etcd"]) {
      assert.equal((await send(one, "GET", path)).status, 200, path);
    }
  });

  test("the Service kubernetes leads to both by leases of 15 s, and a server that leaves is out at once", async () => {
    const addresses = async (): Promise<string[]> => {
      const { object } = await send(one, "GET", "/api/v1/namespaces/default/endpoints/kubernetes");
      return object.subsets[0].addresses.map(({ ip }: Json) => ip);
    };
    assert.deepEqual(await addresses(), ["192.0.2.1", "192.0.2.2"]);
    const { kvs } = await gateway(etcd, "kv/range", { key: base64("/registry/masterleases/192.0.2.2") });
    const { kind, subsets } = JSON.parse(Buffer.from(kvs[0].value, "base64").toString());
    assert.deepEqual([kind, subsets], ["Endpoints", [{ addresses: [{ ip: "192.0.2.2" }] }]]);
    const { grantedTTL } = await gateway(etcd, "lease/timetolive", { ID: kvs[0].lease });
    assert.equal(Number(grantedTTL), 15);
    await two.leave();
    assert.deepEqual(await addresses(), ["192.0.2.1"]);
    const left = await rawKeys(etcd, "/registry/masterleases/");
    assert.deepEqual([...left.keys()], ["/registry/masterleases/192.0.2.1"]);
  });

  test("one of two leads; when it stops the other takes over at once", async () => {
    const working = new Set<string>();
    let most = 0;
    const candidate = (name: string, { door }: RunningApiServer): (() => Promise<void>) =>
      runElected({
        door,
        name: "test-component",
        user: ADMIN,
        clock: systemClock,
        random: systemRandom,
        log: silent,
        work() {
          working.add(name);
          most = Math.max(most, working.size);
          return () => working.delete(name);
        },
      });
    const stopOne = candidate("one", one);
    await until(() => working.has("one"));
    const stopTwo = candidate("two", two);
    const began = performance.now();
    await stopOne();
    await until(() => working.has("two"));
    assert.ok(performance.now() - began < 3000);
    await stopTwo();
    assert.equal(most, 1);
  });
});

const OPEN = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** `k8s\0`, the envelope of a v1 ConfigMap, and in it metadata and one entry of data. */
const PROTOBUF_MAP = protobufMap();

function protobufMap(): string {
  const field = (tag: number, content: string): string =>
    String.fromCharCode((tag << 3) | 2) + String.fromCharCode(content.length) + content;
  const metadata = field(1, "proto") + field(3, "default") + field(5, "2");
  const raw = field(1, metadata) + field(2, field(1, "by") + field(2, "protobuf"));
  return `k8s\0${field(1, field(1, "v1") + field(2, "ConfigMap"))}${field(2, raw)}`;
}

interface Seen {
  readonly type: string;
  readonly name: string;
  readonly revision: string;
}

async function watch(
  { door }: RunningApiServer,
  from: string,
  count: number,
): Promise<{ events: Promise<Seen[]>; stop: () => void }> {
  const end = new AbortController();
  const response = await door({
    method: "GET",
    path: MAPS,
    query: `watch=1&resourceVersion=${from}`,
    headers: { accept: "application/json" },
    peer: { address: "test", user: ADMIN },
    signal: end.signal,
  });
  assert.equal(response.body.form, "watch");
  const batches = (response.body as { events: AsyncIterable<readonly WatchEvent[]> }).events;
  const collect = async (): Promise<Seen[]> => {
    const seen: Seen[] = [];
    for await (const batch of batches) {
      for (const { type, object } of batch) {
        const { name, resourceVersion } = (object as { metadata: { name: string; resourceVersion: string } }).metadata;
        seen.push({ type, name, revision: resourceVersion });
      }
      if (seen.length >= count) return seen;
    }
    return seen;
  };
  return { events: collect(), stop: () => end.abort() };
}

function map(name: string, value: string): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { value } };
}

/** etcd's JSON door: what etcdctl would show. */
async function gateway(etcd: EtcdCluster, path: string, body: object): Promise<Json> {
  const response = await fetch(`${etcd.endpoints[0]}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
  assert.equal(response.status, 200);
  return response.json();
}

async function rawKeys(etcd: EtcdCluster, prefix: string): Promise<Map<string, string>> {
  const end = prefix.slice(0, -1) + "0";
  const { kvs = [] } = await gateway(etcd, "kv/range", { key: base64(prefix), range_end: base64(end) });
  const text = (encoded = ""): string => Buffer.from(encoded, "base64").toString();
  return new Map(kvs.map(({ key, value }: Json) => [text(key), text(value)]));
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

async function put(database: ReturnType<typeof openEtcd>, key: string, value: Uint8Array): Promise<void> {
  await database.commit({ compare: [], puts: [{ key, value }], deletes: [] });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
