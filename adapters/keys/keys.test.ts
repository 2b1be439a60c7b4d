import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { certificateRequestProblem, readCertificateRequest } from "../../src/machinery/x509/certificate-request.ts";
import { addressBytes, newKey, requestFor } from "./certificate.ts";
import { newSealKey, seal, unseal } from "./sealed.ts";
import { ADMIN, type ClusterKeys, nodeSubject, openKeys } from "./cluster-keys.ts";
import { tokenKeys } from "./token-keys.ts";
import { verifySignature } from "./verify-signature.ts";

const NOW = Date.UTC(2026, 5, 1);
const DAY = 24 * 3600 * 1000;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "tiphys-keys-"));
  t.after(() => rmSync(path, { recursive: true }));
  return join(path, "pki");
}

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("everything is made once: opening again gives the same, byte for byte", (t) => {
  const path = folder(t);
  const first = openKeys(path, { now: NOW });
  const admin = first.client("admin", ADMIN);
  const second = openKeys(path, { now: NOW + DAY });
  assert.deepEqual(second.serving, first.serving);
  assert.deepEqual(second.client("admin", ADMIN), admin);
  assert.equal(second.ca, first.ca);
});

test("keys are readable by their owner only", (t) => {
  const path = folder(t);
  openKeys(path, { now: NOW }).client("admin", ADMIN);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  const keys = readdirSync(path).filter((name) => name.endsWith(".key"));
  assert.deepEqual(keys.toSorted(), ["admin.key", "apiserver.key", "ca.key", "sa.key"]);
  for (const name of keys) assert.equal(statSync(join(path, name)).mode & 0o777, 0o600, name);
});

test("the serving certificate is good for the usual names, the service address and those asked for", (t) => {
  const keys = openKeys(folder(t), { now: NOW, names: ["node-1", "192.168.1.7", "fd00::1"] });
  const parsed = new X509Certificate(keys.serving.cert);
  for (const name of ["kubernetes", "kubernetes.default.svc.cluster.local", "localhost", "node-1"]) {
    assert.equal(parsed.checkHost(name), name);
  }
  for (const address of ["127.0.0.1", "10.96.0.1", "192.168.1.7", "fd00::1", "::1"]) {
    assert.equal(parsed.checkIP(address), address);
  }
  assert.equal(parsed.checkHost("example.org"), undefined);
  assert.ok(parsed.checkIssued(new X509Certificate(keys.ca)));
});

test("a new name makes a new serving certificate, the same names keep it", (t) => {
  const path = folder(t);
  const first = openKeys(path, { now: NOW, names: ["fd00::1"] }).serving.cert;
  assert.equal(openKeys(path, { now: NOW, names: ["fd00:0:0::1"] }).serving.cert, first);
  assert.notEqual(openKeys(path, { now: NOW, names: ["10.0.0.9"] }).serving.cert, first);
});

test("a certificate near its end is renewed, one signed by another CA replaced", (t) => {
  const path = folder(t);
  const first = openKeys(path, { now: NOW }).client("admin", ADMIN).cert;
  assert.equal(openKeys(path, { now: NOW + 300 * DAY }).client("admin", ADMIN).cert, first);
  const renewed = openKeys(path, { now: NOW + 310 * DAY }).client("admin", ADMIN).cert;
  assert.notEqual(renewed, first);
  rmSync(join(path, "ca.key"));
  rmSync(join(path, "ca.crt"));
  assert.notEqual(openKeys(path, { now: NOW + 310 * DAY }).client("admin", ADMIN).cert, renewed);
});

test("subjects carry user and groups", (t) => {
  const keys = openKeys(folder(t), { now: NOW });
  const parsed = new X509Certificate(keys.client("node", nodeSubject("n1")).cert);
  assert.equal(parsed.subject, "O=system:nodes\nCN=system:node:n1");
  assert.deepEqual(parsed.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
});

test("openssl agrees with our encoding", (t) => {
  if (!hasOpenssl()) return t.skip("openssl is not installed");
  const path = folder(t);
  openKeys(path, { now: Date.now() }).client("admin", ADMIN);
  const run = (...args: string[]): string => execFileSync("openssl", args, { cwd: path, encoding: "utf8" });
  assert.match(run("verify", "-x509_strict", "-CAfile", "ca.crt", "-purpose", "sslclient", "admin.crt"), /OK/);
  assert.match(run("verify", "-x509_strict", "-CAfile", "ca.crt", "-purpose", "sslserver", "apiserver.crt"), /OK/);
  assert.match(run("x509", "-in", "apiserver.crt", "-noout", "-text"), /DNS:kubernetes.default.svc.cluster.local/);
});

const usages = ["digital signature", "client auth"];
const sign = ({ authority }: ClusterKeys, request: string, asked: readonly string[] = usages): X509Certificate => {
  const terms = { usages: asked, notBefore: NOW - 1000, notAfter: NOW + 3600_000 };
  return new X509Certificate(authority.sign(readCertificateRequest(request), terms));
};

function requestOfOpenssl(options: string): string {
  return execFileSync("openssl", `req -new -nodes -keyout /dev/null ${options}`.split(" "), {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

test("a signing request of openssl becomes a certificate with its subject and names", (t) => {
  if (!hasOpenssl()) return t.skip("openssl is not installed");
  const keys = openKeys(folder(t), { now: NOW });
  const asked =
    "-subj /OU=x/O=dev/O=ops/CN=admin/CN=jane/UID=7 -addext subjectAltName=DNS:a.example,IP:10.1.2.3,URI:spiffe://x/y,email:a@b.c,RID:1.2.3";
  for (const key of ["rsa:2048", "ec -pkeyopt ec_paramgen_curve:P-256", "ed25519"]) {
    const request = requestOfOpenssl(`-newkey ${key} ${asked}`);
    const parsed = sign(keys, request);
    assert.deepEqual({ ...parsed.toLegacyObject().subject }, { O: ["dev", "ops"], OU: "x", CN: "jane" });
    assert.equal(parsed.subjectAltName, "DNS:a.example, email:a@b.c, IP Address:10.1.2.3, URI:spiffe://x/y");
    assert.deepEqual([parsed.validFromDate.getTime(), parsed.validToDate.getTime()], [NOW - 1000, NOW + 3600_000]);
    assert.ok(parsed.verify(new X509Certificate(keys.ca).publicKey));
    assert.equal(certificateRequestProblem(request, verifySignature), undefined);
    const text = key.startsWith("rsa")
      ? "crypto/rsa: verification error"
      : /^x509: (ECDSA|Ed25519) verification failure$/;
    assert.match(certificateRequestProblem(tampered(request), verifySignature)!, new RegExp(text));
    assert.throws(() => sign(keys, tampered(request)), /unable to verify certificate request signature/);
  }
});

for (const [rule, options, says] of [
  [
    "RSA-PSS with a salt as long as the hash",
    "-newkey rsa:2048 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32",
    undefined,
  ],
  ["SHA-384", "-newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha384", undefined],
  ["SHA-1", "-newkey rsa:2048 -sha1", undefined],
  [
    "a key that is too short",
    "-newkey rsa:512",
    "crypto/rsa: 512-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)",
  ],
  [
    "RSA-PSS with another salt",
    "-newkey rsa:2048 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20",
    "x509: cannot verify signature: algorithm unimplemented",
  ],
] as const) {
  test(`signatures of requests: ${rule}`, (t) => {
    if (!hasOpenssl()) return t.skip("openssl is not installed");
    const request = requestOfOpenssl(`${options} -subj /CN=jane`);
    assert.equal(certificateRequestProblem(request, verifySignature), says);
  });
}

test("a request of ours becomes a certificate for what was asked", (t) => {
  const keys = openKeys(folder(t), { now: NOW });
  const pair = newKey();
  const request = requestFor(nodeSubject("jane"), pair);
  const parsed = sign(keys, request, ["key encipherment", "server auth", "client auth", "s/mime", "email protection"]);
  assert.ok(parsed.checkPrivateKey(pair.privateKey) && parsed.verify(new X509Certificate(keys.ca).publicKey));
  assert.deepEqual(parsed.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"]);
  assert.deepEqual([parsed.subject, parsed.subjectAltName], ["O=system:nodes\nCN=system:node:jane", undefined]);
});

test("what was sealed is read with its key only, and not when it was changed", () => {
  const key = newSealKey();
  const sealed = seal("the CA's key", key);
  assert.equal(unseal(sealed, key), "the CA's key");
  assert.throws(() => unseal(sealed, newSealKey()));
  const changed = Buffer.from(sealed, "base64");
  changed[changed.length - 1]! ^= 1;
  assert.throws(() => unseal(changed.toString("base64"), key));
});

/** The same request, of jane, with one bit of its subject turned. */
function tampered(request: string): string {
  const bytes = Buffer.from(request.replace(/-----[^-]+-----/g, ""), "base64");
  const at = bytes.indexOf("jane");
  bytes[at]! ^= 1;
  return `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
}

const claims = { iss: "https://kubernetes.default.svc.cluster.local", sub: "system:serviceaccount:default:x", exp: 1 };

test("tokens: what was signed is verified; changed, foreign or unsigned ones are not", async (t) => {
  const { tokens }: ClusterKeys = openKeys(folder(t), { now: NOW });
  const other: ClusterKeys = openKeys(folder(t), { now: NOW });
  const token = await tokens.sign(claims);
  assert.deepEqual(await tokens.verify(token), claims);
  const [header, payload, signature] = token.split(".") as [string, string, string];
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: "admin" })).toString("base64url");
  const none = Buffer.from(`{"alg":"none"}`).toString("base64url");
  for (const wrong of [
    `${header}.${forged}.${signature}`,
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${header}.${payload}`,
    await other.tokens.sign(claims),
    "",
    "a.b.c",
    "x".repeat(100_000),
  ]) {
    assert.equal(await tokens.verify(wrong), undefined);
  }
});

test("tokens: RSA keys and keys of before are believed; their public halves are published", async () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = rsa.privateKey.export({ type: "pkcs1", format: "pem" }) as string;
  const old = tokenKeys(pem);
  const token = await old.sign(claims);
  assert.match(Buffer.from(token.split(".")[0]!, "base64url").toString(), /RS256/);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const now = tokenKeys(privateKey.export({ type: "pkcs8", format: "pem" }) as string, [pem]);
  assert.deepEqual(await now.verify(token), claims);
  assert.deepEqual(now.algorithms, ["ES256", "RS256"]);
  const published = now.publicKeys().keys as { kty: string; kid: string; alg: string; d?: string }[];
  assert.deepEqual(
    published.map(({ kty, alg, d }) => [kty, alg, d]),
    [
      ["EC", "ES256", undefined],
      ["RSA", "RS256", undefined],
    ],
  );
});

for (const [text, bytes] of [
  ["127.0.0.1", "7f000001"],
  ["::", "00000000000000000000000000000000"],
  ["::1", "00000000000000000000000000000001"],
  ["fd00:1::2:3", "fd000001000000000000000000020003"],
  ["::ffff:10.0.0.1", "00000000000000000000ffff0a000001"],
] as const) {
  test(`the bytes of ${text}`, () => assert.equal(addressBytes(text).toString("hex"), bytes));
}

test("a file that is no key is an error, not a new key", (t) => {
  const path = folder(t);
  openKeys(path, { now: NOW });
  writeFileSync(join(path, "sa.key"), "not a key");
  assert.throws(() => openKeys(path, { now: NOW }));
  assert.throws(() => createPrivateKey(readFileSync(join(path, "sa.key"))));
});
