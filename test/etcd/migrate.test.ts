/** `tiphys datastore migrate` between the embedded store and real etcd, there and back, with every sort of object. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { openEtcd } from "../../adapters/etcd/etcd-database.ts";
import { openKeys } from "../../adapters/keys/cluster-keys.ts";
import { type RunningApiServer, startApiServer } from "../../apps/tiphys/api-server.ts";
import { openDataDirectory } from "../../apps/tiphys/data-dir.ts";
import { openJournal } from "../../apps/tiphys/edge.ts";
import { saveSnapshot } from "../../apps/tiphys/snapshot-save.ts";
import { silent } from "../../src/machinery/log.ts";
import { BIN, type Ran, run } from "../wire/test-cluster.ts";
import { type Json, send } from "./requests.ts";
import { EtcdCluster, noEtcd } from "./etcd-server.ts";

const WIDGETS = "/apis/example.com/v1/namespaces/default/widgets";
const PATHS = ["/api/v1/configmaps", "/api/v1/services", "/api/v1/events", "/apis/rbac.authorization.k8s.io/v1/roles"];

suite("migration between the embedded store and etcd", { skip: noEtcd, timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-migrate-"));
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  let etcd: EtcdCluster;

  before(async () => {
    etcd = await EtcdCluster.start();
  });
  after(async () => {
    await etcd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const migrate = (from: string, to: string): Promise<Ran> =>
    run(process.execPath, [BIN, "datastore", "migrate", "--from", from, "--to", to]);

  /** Runs a server over what is in the data directory, or over etcd. */
  async function serving<T>(path: string | undefined, body: (server: RunningApiServer) => Promise<T>): Promise<T> {
    const data = path === undefined ? undefined : openDataDirectory(path);
    const keys = openKeys(data?.pki ?? join(folder, "pki"), { now: Date.now() });
    const server = await startApiServer({
      clock: systemClock,
      random: systemRandom,
      log: silent,
      keys: keys.tokens,
      ...(data ? { journal: await openJournal(data.journal) } : { database: openEtcd(etcd.options) }),
    });
    try {
      await server.bootstrap();
      return await body(server);
    } finally {
      await server.close();
      data?.release();
    }
  }

  /** Everything that a client sees, without revisions; and the revision. */
  async function seen(server: RunningApiServer): Promise<{ lists: Json[]; revision: number }> {
    const lists: Json[] = [];
    let revision = 0;
    for (const path of [...PATHS, WIDGETS]) {
      const { object } = await send(server, "GET", path);
      revision = Number(object.metadata.resourceVersion);
      for (const item of object.items) delete item.metadata.resourceVersion;
      lists.push(object.items);
    }
    return { lists, revision };
  }

  let original: { lists: Json[]; revision: number };

  test("from a data directory to etcd: a client sees the same objects, and its old revision is gone", async () => {
    original = await serving(first, async (server) => {
      await fill(server);
      return seen(server);
    });
    assert.ok(original.lists.every((items) => items.length > 0));
    const { code, out, err } = await migrate(first, etcd.endpoints[0]!);
    assert.equal(code, 0, err);
    assert.match(out, /objects: 100% of \d+\n/);
    assert.match(out, /\d+ objects as of revision \d+ are in http.*, compared with the source: sha256 [0-9a-f]{64}\n/);
    assert.match(out, /Next: tiphys up --data-dir .*first --datastore-endpoint http/);
    await serving(undefined, async (server) => {
      const now = await seen(server);
      assert.deepEqual(now.lists, original.lists);
      assert.ok(now.revision > original.revision);
      const stale = await send(
        server,
        "GET",
        `${PATHS[0]}?resourceVersion=${original.revision}&resourceVersionMatch=Exact`,
      );
      assert.equal(stale.status, 410);
      const made = await send(server, "POST", WIDGETS, widget("later"));
      assert.equal(made.status, 201);
      assert.ok(Number(made.object.metadata.resourceVersion) > now.revision);
    });
  });

  test("a target that is not empty is refused, and stays as it is", async () => {
    const { code, err } = await migrate(first, etcd.endpoints[0]!);
    assert.equal(code, 1);
    assert.match(err, /^tiphys: the target holds \d+ objects already: give an empty one/);
  });

  test("and back, into another data directory", async () => {
    const { code, out, err } = await migrate(etcd.endpoints[0]!, second);
    assert.equal(code, 0, err);
    assert.match(out, /Copy the folder pki of the old data directory/);
    cpSync(join(first, "pki"), join(second, "pki"), { recursive: true });
    await serving(second, async (server) => {
      const now = await seen(server);
      const widgets = now.lists.pop();
      assert.deepEqual(now.lists, original.lists.slice(0, -1));
      assert.equal(widgets.length, 2);
      assert.ok(now.revision > original.revision);
    });
  });

  test("a snapshot is restored into etcd, in place of what is there only with --force", async () => {
    const file = join(folder, "all.snapshot");
    const keys = join(second, "pki");
    const before = await serving(second, async (server) => {
      await saveSnapshot(
        file,
        () => snapshotOf(server),
        keys,
        () => {},
      );
      return seen(server);
    });
    const restore = (...more: string[]): Promise<Ran> => {
      const place = ["--data-dir", join(folder, "third"), "--datastore-endpoint", etcd.endpoints[0]!];
      return run(process.execPath, [BIN, "snapshot", "restore", file, ...place, "--revision-gap", "300", ...more]);
    };
    const refused = await restore();
    assert.equal(refused.code, 1);
    assert.match(refused.err, /holds \d+ objects already: give an empty etcd .* or --force to delete them/);
    assert.equal(existsSync(join(folder, "third", "pki", "ca.key")), false);
    const { code, out, err } = await restore("--force");
    assert.equal(code, 0, err);
    assert.match(out, /objects of .* are in http.*, compared with the snapshot: sha256 [0-9a-f]{64}\n/);
    assert.match(out, /Next: tiphys up --data-dir .*third --datastore-endpoint http/);
    assert.deepEqual(readFileSync(join(folder, "third", "pki", "ca.key")), readFileSync(join(keys, "ca.key")));
    await serving(undefined, async (server) => {
      const now = await seen(server);
      assert.deepEqual(now.lists, before.lists);
      assert.ok(now.revision > before.revision + 300);
    });
  });

  for (const [rule, from, to, problem] of [
    ["nothing to read", "nowhere", "third", /there is no cluster in .*nowhere/],
    ["a directory into itself", "first", "first", /--from and --to are the same place, .*first/],
  ] as const) {
    test(`refused: ${rule}`, async () => {
      const { code, err } = await migrate(join(folder, from), join(folder, to));
      assert.equal(code, 1);
      assert.match(err, problem);
    });
  }
});

async function snapshotOf({ door }: RunningApiServer): Promise<AsyncIterable<Uint8Array>> {
  const peer = { address: "test", user: { username: "admin", groups: ["system:masters"] } };
  const { signal } = new AbortController();
  const { body } = await door({ method: "GET", path: "/tiphys/v1/snapshot", query: "", headers: {}, peer, signal });
  assert.ok(body.form === "stream");
  return body.chunks;
}

const OPEN = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const widget = (name: string): object => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name },
  size: 3,
});

async function fill(server: RunningApiServer): Promise<void> {
  const create = async (path: string, object: object): Promise<void> => {
    const { status, object: answer } = await send(server, "POST", path, object);
    assert.equal(status, 201, JSON.stringify(answer));
  };
  await create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: OPEN } }],
    },
  });
  while ((await send(server, "GET", WIDGETS)).status === 404) await new Promise((resolve) => setTimeout(resolve, 5));
  await create(WIDGETS, widget("w"));
  await create("/api/v1/namespaces/default/services", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { type: "NodePort", ports: [{ port: 80 }] },
  });
  for (let i = 0; i < 120; i++) {
    const metadata = { name: `map-${i}`, labels: { z: "1", a: "2" } };
    await create("/api/v1/namespaces/default/configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { text: `ü${"x".repeat(i * 50)}` },
    });
  }
  await create("/api/v1/namespaces/default/events", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e", namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: "p" },
  });
}
