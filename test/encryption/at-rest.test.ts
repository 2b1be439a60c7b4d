/**
 * Secrets on the disk of a whole API server, over the embedded store and over etcd: sealed, rotated, and plain again. A server
 * that was not given the keys does not start.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { openEncryption } from "../../adapters/encryption/index.ts";
import { openEtcd } from "../../adapters/etcd/etcd-database.ts";
import { openKeys } from "../../adapters/keys/cluster-keys.ts";
import { openLmdbJournal } from "../../adapters/lmdb/lmdb-journal.ts";
import { type ApiServerSettings, startApiServer } from "../../apps/tiphys/api-server.ts";
import { silent } from "../../src/machinery/log.ts";
import { EtcdCluster, noEtcd } from "../etcd/etcd-server.ts";

const ADMIN = { username: "admin", groups: ["system:masters", "system:authenticated"] };
const SECRETS = "/api/v1/namespaces/default/secrets";
const SECRET = "/core/secrets/default/map";
const PLAIN = Buffer.from("the treasure lies under the third palm").toString("base64");

const folder = mkdtempSync(join(tmpdir(), "tiphys-at-rest-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const keys = (...names: readonly string[]): object => ({
  aesgcm: { keys: names.map((name) => ({ name, secret: Buffer.alloc(32, name).toString("base64") })) },
});
const PORTS = { clock: systemClock, random: systemRandom, log: silent };
/** Before and behind it, one after the other: as an administrator would go about it. */
const STEPS: readonly { readonly providers: readonly object[]; readonly lies: string }[] = [
  { providers: [{ identity: {} }], lies: '"data"' },
  { providers: [keys("one"), { identity: {} }], lies: "k8s:enc:aesgcm:v1:one:" },
  { providers: [keys("two", "one"), { identity: {} }], lies: "k8s:enc:aesgcm:v1:two:" },
  { providers: [{ identity: {} }, keys("two")], lies: '"data"' },
];

interface Secret {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
  readonly data: Readonly<Record<string, string>>;
}

interface Datastore {
  open(): Promise<Pick<ApiServerSettings, "journal" | "database">>;
  /** The newest value of the secret as it lies there. */
  stored(): Promise<Buffer>;
}

async function secretsThrough(datastore: Datastore): Promise<void> {
  let made: Secret | undefined;
  for (const [index, { providers, lies }] of STEPS.entries()) {
    const path = join(folder, "encryption.yaml");
    const kind = { kind: "EncryptionConfiguration", apiVersion: "apiserver.config.k8s.io/v1" };
    writeFileSync(path, JSON.stringify({ ...kind, resources: [{ resources: ["secrets"], providers }] }));
    const tokens = openKeys(join(folder, "pki"), { now: Date.now() });
    const api = await startApiServer({
      ...PORTS,
      keys: tokens.tokens,
      ...(await datastore.open()),
      encryption: await openEncryption(path, { clock: systemClock, log: silent }),
    });
    const send = async (method: string, path: string, body?: object): Promise<Secret> => {
      const response = await api.door({
        method,
        path,
        query: "",
        headers: { accept: "application/json", "content-type": "application/json" },
        ...(body && { body: { form: "bytes", bytes: new TextEncoder().encode(JSON.stringify(body)) } }),
        peer: { address: "test", user: ADMIN },
        signal: new AbortController().signal,
      });
      assert.ok(response.status < 300, `${method} ${path}: ${response.status}`);
      const { body: answer } = response;
      assert.ok(answer.form === "object");
      return JSON.parse(JSON.stringify(answer.object)) as Secret;
    };
    try {
      if (index === 0) {
        await api.bootstrap();
        made = await send("POST", SECRETS, { metadata: { name: "map" }, data: { where: PLAIN } });
      }
      const before = await send("GET", `${SECRETS}/map`);
      assert.deepEqual(before.data, { where: PLAIN });
      // What is written again as it is lies there as it would be written now; a second time there is nothing to do.
      const after = await send("PUT", `${SECRETS}/map`, before);
      assert.equal(after.metadata.resourceVersion === before.metadata.resourceVersion, index === 0);
      assert.deepEqual(await send("PUT", `${SECRETS}/map`, after), after);
      assert.equal(after.metadata.uid, made!.metadata.uid);
    } finally {
      await api.close();
    }
    const raw = (await datastore.stored()).toString("latin1");
    assert.ok(raw.includes(lies), `${raw.slice(0, 80)} should begin with ${lies}`);
    assert.equal(raw.includes(PLAIN), lies === '"data"');
    if (lies !== '"data"') {
      const without = startApiServer({ ...PORTS, keys: tokens.tokens, ...(await datastore.open()) });
      await assert.rejects(
        without,
        /secrets\/default\/map .* is encrypted, .* start with the --encryption-provider-config/,
      );
    }
  }
}

test("embedded: secrets are sealed, rotated and plain again", { timeout: 30_000 }, async () => {
  const directory = join(folder, "journal");
  await secretsThrough({
    open: async () => ({ journal: await openLmdbJournal(directory) }),
    async stored() {
      const journal = await openLmdbJournal(directory);
      const { commits } = await journal.load();
      const newest = [...commits].findLast(({ rows }) => rows.some(({ key }) => key === SECRET))!;
      const bytes = Buffer.from(journal.read!(newest.revision, SECRET)!);
      await journal.close();
      return bytes;
    },
  });
  assert.ok(!readFileSync(join(directory, "data.mdb")).includes("k8s:enc:aescbc"));
});

suite("etcd", { skip: noEtcd, timeout: 60_000 }, () => {
  test("secrets are sealed, rotated and plain again", async (t) => {
    const etcd = await EtcdCluster.start();
    t.after(() => etcd.stop());
    await secretsThrough({
      open: async () => ({ database: openEtcd(etcd.options) }),
      async stored() {
        const database = openEtcd(etcd.options);
        const { row } = await database.get("/registry/secrets/default/map");
        await database.close();
        return Buffer.from(row!.value);
      },
    });
  });
});
