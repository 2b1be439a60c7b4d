/** Encryption at rest by configuration files: who can open what, what is stale, and what is said of mistakes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { silent } from "../../src/machinery/log.ts";
import { VirtualClock } from "../../src/machinery/testing/virtual-clock.ts";
import type { Encryption } from "../../src/store/encryption/transformer.ts";
import { openEncryption } from "./index.ts";
import { TestKeyService } from "./testing/key-service.ts";

const folder = mkdtempSync(join(tmpdir(), "tiphys-encryption-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const clock = new VirtualClock();

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);
const secret = (fill: string, size = 32): string => Buffer.from(fill.repeat(size)).toString("base64");
const KEY = "/registry/secrets/default/x";

/** `providers` are of Secrets, where nothing else is said. */
function open(providers: readonly object[], resources: readonly string[] = ["secrets"]): Promise<Encryption> {
  const path = join(folder, `${++files}.yaml`);
  const kind = { kind: "EncryptionConfiguration", apiVersion: "apiserver.config.k8s.io/v1" };
  writeFileSync(path, JSON.stringify({ ...kind, resources: [{ resources, providers }] }));
  return openEncryption(path, { clock, log: silent });
}
const ofSecrets = async (...providers: readonly object[]) => (await open(providers)).of("/core/secrets/default/x")!;
const keyed = (kind: string, ...keys: readonly string[]): object => ({
  [kind]: { keys: keys.map((name) => ({ name, secret: secret(name.at(-1)!) })) },
});

for (const kind of ["aesgcm", "aescbc", "secretbox"]) {
  test(`${kind}: what it seals it opens, each time another text, with upstream's prefix`, async () => {
    const one = await ofSecrets(keyed(kind, "k1"));
    const [a, b] = [one.seal(bytes("quiet"), KEY), one.seal(bytes("quiet"), KEY)];
    assert.ok(text(a).startsWith(`k8s:enc:${kind}:v1:k1:`));
    assert.ok(!text(a).includes("quiet"));
    assert.notDeepEqual(a, b);
    assert.deepEqual([text(one.open(a, KEY).plain), one.open(a, KEY).stale], ["quiet", false]);
  });

  test(`${kind}: a key that came before still opens, and its values are stale; without it they are lost`, async () => {
    const old = (await ofSecrets(keyed(kind, "k1"))).seal(bytes("quiet"), KEY);
    const rotated = await ofSecrets(keyed(kind, "k2", "k1"));
    assert.deepEqual([text(rotated.open(old, KEY).plain), rotated.open(old, KEY).stale], ["quiet", true]);
    const without = await ofSecrets(keyed(kind, "k2"));
    assert.throws(
      () => without.open(old, KEY),
      /^Error: \/registry\/secrets\/default\/x cannot be read: no matching key/,
    );
    const otherKey = await ofSecrets({ [kind]: { keys: [{ name: "k1", secret: secret("z") }] } });
    assert.throws(() => otherKey.open(old, KEY), /cannot be read/);
  });
}

for (const kind of ["aesgcm"]) {
  test(`${kind}: a value that is changed, or laid under another key, does not open`, async () => {
    const one = await ofSecrets(keyed(kind, "k1"));
    const sealed = Buffer.from(one.seal(bytes("quiet"), KEY));
    assert.throws(() => one.open(sealed, `${KEY}2`), /cannot be read/);
    sealed[sealed.length - 1]! ^= 1;
    assert.throws(() => one.open(sealed, KEY), /cannot be read/);
  });
}

test("the bytes of aesgcm are what WebCrypto makes of the same", async () => {
  const raw = Buffer.from(secret("1"), "base64");
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const iv = Buffer.from("0123456789ab");
  const algorithm = { name: "AES-GCM", iv, additionalData: bytes(KEY) as Uint8Array<ArrayBuffer> };
  const sealed = await crypto.subtle.encrypt(algorithm, key, bytes("quiet") as Uint8Array<ArrayBuffer>);
  const stored = Buffer.concat([Buffer.from("k8s:enc:aesgcm:v1:k1:"), iv, Buffer.from(sealed)]);
  assert.equal(text((await ofSecrets(keyed("aesgcm", "k1"))).open(stored, KEY).plain), "quiet");
});

test("the bytes of aescbc are what openssl made of the same", async () => {
  // openssl enc -aes-256-cbc -K 31…31 -iv 30…30, of "quiet"
  const made = Buffer.from("UfsNYoIJjVqRvGookstKzQ==", "base64");
  const stored = Buffer.concat([Buffer.from("k8s:enc:aescbc:v1:k1:"), Buffer.alloc(16, "0"), made]);
  assert.equal(text((await ofSecrets(keyed("aescbc", "k1"))).open(stored, KEY).plain), "quiet");
});

test("from plain to sealed and back: identity opens what was never sealed, and nothing else", async () => {
  const sealing = await ofSecrets(keyed("aesgcm", "k1"), { identity: {} });
  assert.deepEqual(sealing.open(bytes("{}"), KEY), { plain: bytes("{}"), stale: true });
  const sealed = sealing.seal(bytes("{}"), KEY);
  const back = await ofSecrets({ identity: {} }, keyed("aesgcm", "k1"));
  assert.equal(text(back.seal(bytes("{}"), KEY)), "{}");
  assert.equal(back.open(sealed, KEY).stale, true);
  const never = await ofSecrets({ identity: {} });
  assert.throws(() => never.open(sealed, KEY), /no provider of the encryption configuration has its prefix/);
});

for (const { names, covered, not } of [
  { names: ["secrets"], covered: ["/core/secrets/a/b"], not: ["/core/configmaps/a/b", "/x.io/secrets/a/b"] },
  { names: ["pandas.zoo.example.com"], covered: ["/zoo.example.com/pandas/a/b"], not: ["/core/pandas/a/b"] },
  { names: ["*.apps"], covered: ["/apps/deployments/a/b"], not: ["/core/pods/a/b"] },
  { names: ["*."], covered: ["/core/pods/a/b", "/core/nodes/n"], not: ["/apps/deployments/a/b"] },
  { names: ["*.*"], covered: ["/core/pods/a/b", "/apps/deployments/a/b"], not: [] },
]) {
  test(`${names} covers ${covered}`, async () => {
    const encryption = await open([keyed("aesgcm", "k1")], names);
    for (const key of covered) assert.ok(encryption.of(key), key);
    for (const key of not) assert.equal(encryption.of(key), undefined, key);
  });
}

for (const { rule, providers, resources = ["secrets"], says } of [
  { rule: "no provider", providers: [], says: /resources\[0\]\.providers: Required value/ },
  { rule: "an unknown provider", providers: [{ rot13: {} }], says: /providers\[0\]: must have exactly one of aescbc/ },
  { rule: "no keys", providers: [{ aesgcm: { keys: [] } }], says: /providers\[0\]\.aesgcm\.keys: Required value/ },
  {
    rule: "a key of a wrong size",
    providers: [{ secretbox: { keys: [{ name: "a", secret: secret("s", 16) }] } }],
    says: /keys\[0\]\.secret: must have 32 bytes before base64, not 16$/,
  },
  {
    rule: "what is no base64",
    providers: [{ aescbc: { keys: [{ name: "a", secret: "hunter2!" }] } }],
    says: /keys\[0\]\.secret: must be base64$/,
  },
  {
    rule: "KMS version 1",
    providers: [{ kms: { name: "a", endpoint: "unix:///x" } }],
    says: /kms\.apiVersion: must be "v2"/,
  },
  { rule: "a lone star", providers: [{ identity: {} }], resources: ["*"], says: /use "\*\." for the core group/ },
]) {
  test(`refused: ${rule}, and no secret is in what is said`, async () => {
    await assert.rejects(open(providers, resources), (error: Error) => {
      assert.match(error.message, /\.yaml cannot be used as encryption configuration: /);
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /hunter2|c3Nz/);
      return true;
    });
  });
}

suite("kms v2", () => {
  let service: TestKeyService;
  const opened: Encryption[] = [];
  before(async () => {
    service = await TestKeyService.start();
  });
  after(() => {
    for (const encryption of opened) encryption.close();
    service.stop();
  });
  const ofKms = async (more: readonly object[] = []) => {
    const encryption = await open([
      { kms: { apiVersion: "v2", name: "vault", endpoint: service.endpoint, timeout: "2s" } },
      ...more,
    ]);
    opened.push(encryption);
    return encryption.of("/core/secrets/default/x")!;
  };

  test("one seed serves many values, and another server fetches it once", async () => {
    service.calls.length = 0;
    const one = await ofKms();
    const sealed = ["a", "b", "c"].map((plain) => one.seal(bytes(plain), KEY));
    assert.ok(text(sealed[0]!).startsWith("k8s:enc:kms:v2:vault:"));
    assert.equal(one.prepare!(sealed), undefined);
    const two = await ofKms();
    assert.throws(() => two.open(sealed[0]!, KEY), /its seed has not been fetched/);
    await two.prepare!(sealed);
    assert.deepEqual(
      sealed.map((value) => text(two.open(value, KEY).plain)),
      ["a", "b", "c"],
    );
    assert.deepEqual(service.calls, ["Status", "Encrypt", "Status", "Encrypt", "Decrypt"]);
    assert.throws(() => two.open(sealed[0]!, `${KEY}2`), /cannot be read/);
  });

  test("a new key of the service is found within a minute; older values are stale and open while it has their key", async () => {
    const one = await ofKms();
    const old = one.seal(bytes("a"), KEY);
    service.keyId = "key-2";
    const before = service.calls.filter((call) => call === "Encrypt").length;
    await clock.advance(60_000);
    while (service.calls.filter((call) => call === "Encrypt").length < before + opened.length) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (one.open(old, KEY).stale === false) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(one.open(one.seal(bytes("b"), KEY), KEY).stale, false);
    const later = await ofKms();
    service.forgotten.add("key-1");
    await assert.rejects(
      later.prepare!([old])!,
      /key management service vault at unix:.*fails: key key-1 was destroyed/,
    );
    service.forgotten.clear();
  });

  test("a service that is not well, or not there, is named at the start", async () => {
    service.healthz = "sealed";
    await assert.rejects(ofKms(), /the key management service vault says of itself: sealed/);
    service.healthz = "ok";
    const nobody = [{ kms: { apiVersion: "v2", name: "gone", endpoint: "unix:///nonexistent.sock", timeout: "1s" } }];
    await assert.rejects(open(nobody), /the key management service gone at unix:\/\/\/nonexistent\.sock fails/);
  });
});
