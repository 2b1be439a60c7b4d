/** Machines that join: a second control plane and a node, each with one command that the first one printed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { adminAccess } from "../../apps/tiphys/admin.ts";
import { runningIn } from "../../apps/tiphys/data-dir.ts";
import { Lease } from "../../src/api/coordination/lease.ts";
import { ConfigMap, Node, Secret } from "../../src/api/core/index.ts";
import { CertificateSigningRequest } from "../../src/api/certificates/index.ts";
import { type Client, createClient } from "../../src/client/index.ts";
import { remoteDoor } from "../../adapters/node-http/client.ts";
import { keptNode, renewNode } from "../../apps/tiphys/join/worker.ts";
import { BIN, eventually, freePort, run } from "../wire/test-cluster.ts";
import { EtcdCluster, noEtcd } from "./etcd-server.ts";

suite("joining a cluster", { skip: noEtcd, timeout: 90_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-join-"));
  const [one, two, node] = [join(folder, "one"), join(folder, "two"), join(folder, "node")];
  const environment = { ...process.env, HOME: folder, KUBECONFIG: join(folder, "config") };
  const config = join(folder, "encryption.yaml");
  const children: ChildProcess[] = [];
  const closers: (() => void)[] = [];
  let etcd: EtcdCluster;
  let client: Client;
  let invited: Invitation;

  before(async () => {
    etcd = await EtcdCluster.start();
    writeFileSync(config, ENCRYPTION, { mode: 0o600 });
    const parts = "kube-apiserver,kube-controller-manager,kube-scheduler";
    const place = ["--port", "0", "--bind-address", "127.0.0.1", "--components", parts];
    await begin(
      "The cluster is ready",
      {},
      "up",
      "--data-dir",
      one,
      ...place,
      "--datastore-endpoint",
      etcd.endpoints[0]!,
      "--encryption-provider-config",
      config,
    );
    client = clientOf(one);
    invited = await invitation();
  });
  after(async () => {
    for (const close of closers) close();
    await Promise.all(children.map((child) => end(child, "SIGTERM")));
    await etcd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function begin(sign: string, variables: object, ...args: readonly string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: { ...environment, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += String(text)));
    await eventually(`${args[0]} says "${sign}"`, () => {
      if (child.exitCode !== null) throw new Error(said);
      return said.includes(sign);
    });
    return child;
  }

  function clientOf(data: string): Client {
    const access = adminAccess(data, runningIn(data)!, "test");
    closers.push(() => access.close());
    return access.client;
  }

  /** The command that `token create` prints, in its parts. */
  async function invitation(...flags: readonly string[]): Promise<Invitation> {
    const made = await run(process.execPath, [BIN, "token", "create", "--data-dir", one, ...flags]);
    assert.equal(made.code, 0, made.err);
    const [, token, words] = /^TIPHYS_JOIN_TOKEN=(\S+) tiphys (join https:\S+ --ca-hash sha256:\S+)\n$/.exec(made.out)!;
    return { token: token!, words: words!.split(" ") };
  }

  const tried = (token: string, words: readonly string[], ...flags: readonly string[]) =>
    run(process.execPath, [BIN, ...words, ...flags], { env: { ...environment, TIPHYS_JOIN_TOKEN: token } });

  test("a second control plane joins, serves, shares keys and the lead, and keeps nothing readable by others", async () => {
    const { token, words } = invited;
    const flags = ["--data-dir", two, "--port", "0", "--bind-address", "127.0.0.1"];
    await client.create(Secret, { metadata: { name: "sealed", namespace: "default" }, data: { word: btoa("sesame") } });
    await begin("The cluster is ready", { TIPHYS_JOIN_TOKEN: token }, ...words, ...flags);
    const other = clientOf(two);
    assert.equal((await other.get(Secret, "sealed", "default")).data?.["word"], btoa("sesame"));
    assert.equal(readFileSync(join(two, "encryption.yaml"), "utf8"), ENCRYPTION);
    await client.create(ConfigMap, { metadata: { name: "shared", namespace: "default" }, data: {} });
    assert.ok(await other.get(ConfigMap, "shared", "default"));
    for (const file of ["ca.crt", "ca.key", "sa.key", "sa.pub"]) {
      assert.equal(readFileSync(join(two, "pki", file), "utf8"), readFileSync(join(one, "pki", file), "utf8"));
    }
    const secret = [
      join(two, "datastore.json"),
      join(two, "encryption.yaml"),
      ...readdirSync(join(two, "pki")).map((file) => join(two, "pki", file)),
    ];
    for (const file of secret) {
      if (!/\.(crt|pub)$/.test(file)) assert.equal(statSync(file).mode & 0o077, 0, file);
    }
    const { spec } = await other.get(Lease, "kube-controller-manager", "kube-system");
    assert.ok(spec.holderIdentity);
  });

  test("the CA's key is in the cluster only sealed, and the token's key is nowhere", async () => {
    const { token } = invited;
    const [id, , key] = token.split(".");
    const { data } = await client.get(Secret, "tiphys-control-plane", "kube-system");
    const sealed = Buffer.from(data![id!]!, "base64").toString();
    assert.ok(sealed.length > 500 && !Buffer.from(sealed, "base64").toString("latin1").includes("PRIVATE KEY"));
    const { items } = await client.list(Secret);
    const everything = JSON.stringify(items.map(({ data: each }) => Object.values(each ?? {}).map(atob)));
    assert.ok(!everything.includes(key!));
    assert.ok(!everything.includes(KEY));
  });

  for (const [rule, change, problem] of [
    [
      "a server that does not have this CA",
      { hash: `sha256:${"0".repeat(64)}` },
      /shows no certificate of the CA sha256:0/,
    ],
    ["a token that nobody made", { token: `abcdef.${"0".repeat(16)}.${"0".repeat(64)}` }, /does not take this token/],
    ["no token", { token: "abc" }, /that is no join token/],
    ["a directory that has keys already", { data: "two" }, /runs in .*two already|has a cluster's keys already/],
  ] as const) {
    test(`refused: ${rule}`, async () => {
      const { token } = invited;
      const words = [...invited.words];
      const given: { hash?: string; token?: string; data?: string } = change;
      if (given.hash !== undefined) words[3] = given.hash;
      const { code, err } = await tried(given.token ?? token, words, "--data-dir", join(folder, given.data ?? "new"));
      assert.equal(code, 1);
      assert.match(err, problem);
      assert.ok(!existsSync(join(folder, "new", "pki", "ca.key")));
    });
  }

  test("a node joins with a certificate of its own, becomes Ready, and comes back without a token", async () => {
    const { token, words } = await invitation("--role", "worker");
    assert.equal(token.split(".").length, 2);
    const port = String(await freePort());
    const flags = ["--runtime", "sim", "--node-name", "n1", "--node-ip", "127.0.0.1", "--kubelet-port", port];
    const place = ["--data-dir", node, ...flags];
    const joined = await begin("is part of the cluster", { TIPHYS_JOIN_TOKEN: token }, ...words, ...place);
    const ready = async (): Promise<boolean> => {
      const { status } = await client.get(Node, "n1");
      return status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
    };
    await eventually("the node is Ready", ready);
    const { items } = await client.list(CertificateSigningRequest);
    const [{ spec, status }] = items as [CertificateSigningRequest];
    assert.equal(spec.username, `system:bootstrap:${token.slice(0, 6)}`);
    assert.deepEqual([status.conditions![0]!.type, status.conditions![0]!.reason], ["Approved", "AutoApproved"]);
    // Its own door is open to the API servers.
    const stats = await client.request({ method: "GET", path: "/api/v1/nodes/n1/proxy/healthz" });
    assert.equal(stats.status, 200);
    await end(joined, "SIGTERM");
    const access = keptNode(join(node, "pki"))!;
    const own = remoteDoor({ ...access, url: access.server });
    closers.push(() => own.close());
    const renewed = await renewNode(createClient(own.door, { userAgent: "kubelet" }), join(node, "pki"), access);
    assert.deepEqual(keptNode(join(node, "pki")), renewed);
    assert.ok(renewed.cert !== access.cert && renewed.key !== access.key);
    const asked = (await client.list(CertificateSigningRequest)).items.find(
      (request) => request.spec.username === "system:node:n1",
    )!;
    assert.match(asked.status.conditions![0]!.message!, /Auto approving self kubelet client certificate/);
    await begin("is part of the cluster", {}, ...words, ...place);
  });
});

const KEY = btoa("a key of thirty-two bytes, truly");
const ENCRYPTION = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox: { keys: [{ name: one, secret: ${KEY} }] }
`;

interface Invitation {
  readonly token: string;
  readonly words: readonly string[];
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}
