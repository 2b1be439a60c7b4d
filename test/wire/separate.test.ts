/** Each component as a process of its own, with the identity and the rights it has upstream, meeting only over HTTPS. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { machineHost } from "../../adapters/host/index.ts";
import { silent } from "../../src/machinery/log.ts";
import { openTestNode } from "../node/test-node.ts";
import { HUNG } from "../hung.ts";
import { BIN, eventually, freePort, KUBECTLS, run, whyNotReal } from "./test-cluster.ts";

const NODE = "lone-node";

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - {name: web, image: "localhost/tiphys-test/busybox:1", command: [sh, -c, "echo aboard; exec sleep 600"]}
`;

const beacon = `
apiVersion: v1
kind: Pod
metadata: {name: beacon}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - {name: light, image: "localhost/tiphys-test/busybox:1", command: [sleep, "600"]}
`;

const problem = await whyNotReal();
suite("components as processes of their own", { skip: problem, timeout: HUNG }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-parts-"));
  const data = join(folder, "data");
  const admin = join(folder, "admin");
  const parts: { readonly name: string; readonly process: ChildProcess; said: string }[] = [];

  function begin(name: string, ...args: readonly string[]): void {
    const child = spawn(process.execPath, [BIN, name, ...args], {
      env: { ...process.env, KUBECONFIG: admin },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const part = { name, process: child, said: "" };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (part.said += String(text)));
    parts.push(part);
  }

  /** A kubeconfig of this user, as the command line gives it. */
  async function access(user: string, ...groups: readonly string[]): Promise<string> {
    const flags = groups.flatMap((group) => ["--group", group]);
    const { code, out, err } = await run(process.execPath, [
      BIN,
      "kubeconfig",
      "--data-dir",
      data,
      "--user",
      user,
      ...flags,
    ]);
    assert.equal(code, 0, err);
    const file = join(folder, user.replaceAll(":", "-"));
    writeFileSync(file, out, { mode: 0o600 });
    return file;
  }

  async function kubectl(...args: readonly string[]): Promise<string> {
    const options = { env: { ...process.env, KUBECONFIG: admin, HOME: folder } };
    const { code, out, err } = await run(KUBECTLS.get("1.36")!, args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${err}`);
    return out;
  }

  after(async () => {
    for (const { process: child } of parts.toReversed()) {
      if (child.exitCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    // The kubelet's volumes in memory are mounts.
    await machineHost({ root: join(folder, "kubelet"), log: silent }).files.remove(join(folder, "kubelet"));
    rmSync(folder, { recursive: true, force: true });
  });

  test("bring a Deployment to ready, and each alone is missed", async () => {
    await using machine = await openTestNode();
    const port = String(await freePort());
    begin(
      "kube-apiserver",
      "--data-dir",
      data,
      "--secure-port",
      port,
      "--bind-address",
      "127.0.0.1",
      "--advertise-address",
      "127.0.0.1",
    );
    const api = parts[0]!;
    await eventually("the API server serves", () => {
      if (api.process.exitCode !== null) throw new Error(api.said);
      return api.said.includes("kube-apiserver serves on");
    });
    writeFileSync(admin, (await run(process.execPath, [BIN, "kubeconfig", "--data-dir", data])).out, { mode: 0o600 });
    const file = join(folder, "web.yaml");
    writeFileSync(file, manifest);
    await kubectl("apply", "-f", file);
    assert.equal(await kubectl("get", "replicasets,pods", "-o", "name"), "", "nothing acts yet");

    // Its own identity may read, and get tokens of the controllers' accounts; what is done is done by those.
    begin(
      "kube-controller-manager",
      "--kubeconfig",
      await access("system:kube-controller-manager"),
      "--use-service-account-credentials",
      "--root-ca-file",
      join(data, "pki", "ca.crt"),
    );
    const names = await eventually("pods are made", async () => {
      const found = (await kubectl("get", "pods", "-o", "name")).trim().split("\n");
      return found.length === 2 && found;
    });
    const manifests = join(folder, "manifests");
    mkdirSync(manifests);
    writeFileSync(join(manifests, "beacon.yaml"), beacon);
    begin(
      "kubelet",
      "--kubeconfig",
      await access(`system:node:${NODE}`, "system:nodes"),
      "--container-runtime-endpoint",
      `unix://${machine.daemon.endpoint}`,
      "--hostname-override",
      NODE,
      "--node-ip",
      "127.0.0.1",
      "--address",
      "127.0.0.1",
      "--port",
      String(await freePort()),
      "--root-dir",
      join(folder, "kubelet"),
      "--cgroup-root",
      machine.cgroupParent,
      "--client-ca-file",
      join(data, "pki", "ca.crt"),
      "--node-labels",
      "sea=open",
      "--pod-manifest-path",
      manifests,
    );
    await eventually("the node is ready", async () => (await kubectl("get", "nodes")).includes(`${NODE}   Ready`));
    const bound = await kubectl("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}");
    assert.equal(bound, "", "nobody binds yet");
    // The kubelet's own pod needs nobody who binds, and its mirror nobody's rights but the node's.
    const mirror = `pod/beacon-${NODE}`;
    const uid = (): Promise<string> => kubectl("get", mirror, "-o", "jsonpath={.metadata.uid}");
    await eventually("the static pod shows", () => kubectl("wait", "--for=condition=Ready", mirror, "--timeout=20s"));
    const first = await uid();
    await kubectl("delete", mirror, "--wait=false");
    await eventually("its mirror is back", async () => (await uid()) !== first);
    await kubectl("wait", "--for=condition=Ready", mirror, "--timeout=20s");
    assert.equal(await kubectl("exec", mirror, "--", "echo", "lit"), "lit\n");
    rmSync(join(manifests, "beacon.yaml"));
    await kubectl("wait", "--for=delete", mirror, "--timeout=30s");

    begin("kube-scheduler", "--kubeconfig", await access("system:kube-scheduler"));
    await kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    assert.match(await kubectl("get", "nodes", "-L", "sea"), /open/);
    assert.equal(await kubectl("logs", names[0]!), "aboard\n");
    assert.equal(await kubectl("exec", names[1]!, "--", "echo", "over two doors"), "over two doors\n");
    for (const { name, process: child, said } of parts) {
      assert.equal(child.exitCode, null, `${name} ended: ${said}`);
      assert.doesNotMatch(said, /forbidden/i, `${name} lacks rights: ${said}`);
    }
    const makers = await kubectl("get", "events", "-o", "jsonpath={.items[*].reportingComponent}");
    assert.match(makers, /replicaset-controller/, "controllers tell of what they do with their own rights");
    assert.match(await kubectl("get", "serviceaccounts", "-n", "kube-system"), /^deployment-controller /m);
    await kubectl("delete", "deployment", "web");
    await kubectl("wait", "--for=delete", "pod", "-l", "app=web", "--timeout=30s");
  });
});
