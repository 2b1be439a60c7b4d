/** A control plane of several processes over one etcd, each of which may die: API servers, schedulers, a whole second `up`. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { connectionOf, readKubeconfig } from "../../adapters/kubeconfig/index.ts";
import { type RemoteDoor, remoteDoor } from "../../adapters/node-http/client.ts";
import { Lease } from "../../src/api/coordination/lease.ts";
import { ConfigMap, Node, Pod } from "../../src/api/core/index.ts";
import { type Client, createClient } from "../../src/client/index.ts";
import { contains, parseCIDR, parseIP } from "../../src/machinery/ip.ts";
import { BIN, eventually, freePort, run } from "../wire/test-cluster.ts";
import { EtcdCluster, noEtcd } from "./etcd-server.ts";

/** Upstream's lease of 15 s, and what a busy machine adds. */
const TAKE_OVER_SECONDS = 19;

suite("a control plane of several processes over one etcd", { skip: noEtcd, timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-control-"));
  const environment = { ...process.env, HOME: folder, KUBECONFIG: join(folder, "config") };
  const children: ChildProcess[] = [];
  const doors: RemoteDoor[] = [];
  let etcd: EtcdCluster;

  before(async () => {
    etcd = await EtcdCluster.start();
  });
  after(async () => {
    for (const child of children) await end(child, "SIGTERM");
    for (const door of doors) door.close();
    await etcd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Resolves once it has said `sign`. */
  async function begin(sign: string | undefined, ...args: readonly string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, [BIN, ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += String(text)));
    if (sign === undefined) return child;
    await eventually(`${args[0]} says "${sign}"`, () => {
      if (child.exitCode !== null) throw new Error(said);
      return said.includes(sign);
    });
    return child;
  }

  async function beginApiServer(data: string): Promise<ChildProcess> {
    const port = String(await freePort());
    const place = ["--secure-port", port, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1"];
    const flags = ["--data-dir", data, "--etcd-servers", etcd.endpoints.join(","), ...place];
    return begin("kube-apiserver serves on", "kube-apiserver", ...flags);
  }

  /** A kubeconfig of the administrator for the server of this data directory. */
  async function access(data: string): Promise<string> {
    const { code, out, err } = await run(process.execPath, [BIN, "kubeconfig", "--data-dir", data]);
    assert.equal(code, 0, err);
    const file = `${data}.kubeconfig`;
    writeFileSync(file, out, { mode: 0o600 });
    return file;
  }

  function clientOf(kubeconfig: string): Client {
    const remote = remoteDoor(connectionOf(readKubeconfig([kubeconfig]), {}).server);
    doors.push(remote);
    return createClient(remote.door, { userAgent: "test" });
  }

  const [dataOne, dataTwo] = [join(folder, "one"), join(folder, "two")];
  let first: ChildProcess;
  let one: Client;
  let two: Client;

  test("a second API server joins at run time, and one that is killed takes nothing with it", async () => {
    first = await beginApiServer(dataOne);
    one = clientOf(await access(dataOne));
    await one.create(ConfigMap, configMap("before"));
    cpSync(join(dataOne, "pki"), join(dataTwo, "pki"), { recursive: true });
    await beginApiServer(dataTwo);
    two = clientOf(await access(dataTwo));
    assert.ok(await two.get(ConfigMap, "before", "default"));
    const written: string[] = [];
    const writing = (async () => {
      for (let i = 0; ; i++) {
        await one.create(ConfigMap, configMap(`killed-${i}`));
        written.push(`killed-${i}`);
      }
    })().catch(() => {});
    await eventually("some writes", () => written.length > 20);
    await end(first, "SIGKILL");
    await writing;
    const { items } = await two.list(ConfigMap, { namespace: "default" });
    const names = new Set(items.map(({ metadata }) => metadata.name));
    for (const name of written) assert.ok(names.has(name), `${name} was acknowledged and is lost`);
    await two.create(ConfigMap, configMap("after"));
  });

  test("of two schedulers one leads; killed, the other leads within the lease; stopped cleanly, another at once", async () => {
    const kubeconfig = `${dataTwo}.kubeconfig`;
    const leader = (): Promise<string> =>
      two.get(Lease, "kube-scheduler", "kube-system").then(({ spec }) => spec.holderIdentity ?? "");
    const startOne = (): Promise<ChildProcess> => begin(undefined, "kube-scheduler", "--kubeconfig", kubeconfig);
    const a = await startOne();
    const leaderA = await eventually("a leads", leader);
    const b = await startOne();
    await end(a, "SIGKILL");
    const leaderB = await eventually(
      "b leads",
      async () => {
        const now = await leader();
        return now !== leaderA && now;
      },
      TAKE_OVER_SECONDS,
    );
    const c = await startOne();
    // It must be waiting before the lead is given back.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await end(b, "SIGTERM");
    await eventually("c leads", async () => ![leaderA, leaderB, ""].includes(await leader()), 3);
    await end(c, "SIGTERM");
  });

  test("two tiphys up over the same etcd take part: leaders wait or work, and simulated nodes have names of their own", async () => {
    const ups = await Promise.all(
      ["three", "four"].map(async (name) => {
        const data = join(folder, name);
        cpSync(join(dataOne, "pki"), join(data, "pki"), { recursive: true });
        const place = ["--data-dir", data, "--port", "0", "--bind-address", "127.0.0.1", "--runtime", "sim"];
        const child = await begin(
          "The cluster is ready",
          "up",
          ...place,
          "--datastore-endpoint",
          etcd.endpoints.join(","),
        );
        return { child, client: clientOf(await access(data)) };
      }),
    );
    for (const { client } of ups) assert.ok(await client.get(ConfigMap, "after", "default"));
    const { items } = await two.list(Node);
    assert.equal(new Set(items.map(({ metadata }) => metadata.name)).size, 2);
    await eventually("the controllers lead", async () => {
      const { spec } = await two.get(Lease, "kube-controller-manager", "kube-system");
      return spec.holderIdentity;
    });
    const ips = new Set<string>();
    for (const [i, { metadata }] of items.entries()) {
      const pod = { metadata: { name: `p${i}`, namespace: "default" }, spec: podOn(metadata.name) };
      await eventually("the pod is made", () => two.create(Pod, pod));
      await eventually("it runs", async () => (await two.get(Pod, `p${i}`, "default")).status.phase === "Running");
      const { podIP = "" } = (await two.get(Pod, `p${i}`, "default")).status;
      const { podCIDR = "" } = (await two.get(Node, metadata.name)).spec;
      assert.ok(contains(parseCIDR(podCIDR)!, parseIP(podIP)!), `${podIP} is not in ${podCIDR}`);
      ips.add(podIP);
      // This API server has no node in its process.
      const server = connectionOf(readKubeconfig([`${dataTwo}.kubeconfig`]), {}).server;
      const remote = remoteDoor(server);
      doors.push(remote);
      const response = await remote.door({
        method: "GET",
        path: `/api/v1/namespaces/default/pods/p${i}/log`,
        query: "",
        headers: {},
        peer: { address: "test" },
        signal: AbortSignal.timeout(10_000),
      });
      assert.equal(response.status, 200);
    }
    assert.equal(ips.size, 2, "each pod has an address of its own");
    for (const { child } of ups) await end(child, "SIGTERM");
    const { spec } = await two.get(Lease, "kube-controller-manager", "kube-system");
    assert.equal(spec.holderIdentity ?? "", "", "a clean stop gives the lead back");
  });

  test("an etcd that does not answer is told in one sentence", async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const flags = ["--data-dir", join(folder, "none"), "--etcd-servers", nobody];
    const { code, err } = await run(process.execPath, [BIN, "kube-apiserver", ...flags]);
    assert.equal(code, 1);
    assert.match(err, /^tiphys: etcd at http:.* does not answer/);
  });
});

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

function configMap(name: string) {
  return { metadata: { name, namespace: "default" }, data: {} };
}

/** Bound by its maker, so that it needs no scheduler, and without a token, so that it needs no controller. */
function podOn(nodeName: string) {
  const containers = [{ name: "c", image: "busybox" }];
  return { nodeName, containers, automountServiceAccountToken: false };
}
