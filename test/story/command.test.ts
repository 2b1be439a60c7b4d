/** `tiphys story` as somebody types it, against a cluster with a port. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Cluster, Deployment, Pod } from "../../apps/library/index.ts";

const BIN = join(import.meta.dirname, "../../apps/tiphys/bin.ts");

const folder = mkdtempSync(join(tmpdir(), "tiphys-story-"));
const kubeconfig = join(folder, "config");
let cluster: Cluster;

before(async () => {
  cluster = await Cluster.start({ port: 0 });
  writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
  const labels = { app: "web" };
  const spec = { automountServiceAccountToken: false, containers: [{ name: "web", image: "nginx:1" }] };
  await cluster.client.create(Deployment, {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
  await untilReady();
});

after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function untilReady(): Promise<void> {
  for await (const batch of cluster.client.watch(Pod, { namespace: "default" })) {
    for (const { object } of batch) {
      if (object.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")) return;
    }
  }
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function tiphys(...args: string[]): Promise<Ended> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, "story", ...args], { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

for (const args of [["deployment/web"], ["deploy", "web"], ["-n", "default", "deployments.apps/web"]]) {
  test(`tiphys story ${args.join(" ")}`, async () => {
    const { code, out, err } = await tiphys(...args);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^Deployment default\/web\n/);
    assert.match(out, /kubelet node-1 reported Running, Ready/);
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(out, /\u001b/, "no colours where the output is no terminal");
  });
}

for (const format of [["--json"], ["-o", "json"]]) {
  test(`tiphys story ${format.join(" ")}`, async () => {
    const { code, out } = await tiphys("deploy/web", ...format);
    assert.equal(code, 0);
    const { chapters, object } = JSON.parse(out);
    assert.equal(object, "deploy/web");
    assert.equal(chapters[0].children[0].what.startsWith("created ReplicaSet web-"), true);
    assert.equal(typeof chapters[0].criticalPath.parts[0].milliseconds, "number");
  });
}

const wrong: { args: string[]; says: RegExp }[] = [
  { args: [], says: /whose story\? Say "tiphys story KIND\/NAME"/ },
  { args: ["web"], says: /whose story\?/ },
  { args: ["deploy/none"], says: /deployments\.apps "none" not found/ },
  { args: ["foo/web"], says: /doesn't have a resource type "foo"/ },
  { args: ["deploy/web", "-o", "xml"], says: /xml/ },
];
for (const { args, says } of wrong) {
  test(`a mistake is told in a sentence: tiphys story ${args.join(" ")}`, async () => {
    const { code, out, err } = await tiphys(...args);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, says);
  });
}

test("--follow goes on with what happens, until Ctrl-C", async () => {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn(process.execPath, [BIN, "story", "deploy/web", "--follow"], { env });
  let out = "";
  let scaled = false;
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  for await (const text of child.stdout) {
    out += String(text);
    if (!scaled && out.includes("Where the")) {
      scaled = true;
      await cluster.client.patch(Deployment, "web", "default", { type: "merge", body: { spec: { replicas: 2 } } });
    }
    if (scaled && /scaled Deployment web from 1 to 2[^]*reported Running, Ready \(Pod web-/.test(out)) {
      child.kill("SIGINT");
      break;
    }
  }
  assert.equal(await ended, 0);
});
