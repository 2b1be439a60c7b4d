import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connectionOf, readKubeconfig } from "../../adapters/kubeconfig/index.ts";
import { remoteDoor } from "../../adapters/node-http/client.ts";
import { ConfigMap } from "../../src/api/core/index.ts";
import { type Client, createClient } from "../../src/client/index.ts";

const bin = join(import.meta.dirname, "bin.ts");

interface Place {
  readonly data: string;
  readonly config: string;
  readonly environment: NodeJS.ProcessEnv;
}

function place(t: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-up-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, "kubeconfig");
  return { data: join(folder, "data"), config, environment: { ...process.env, KUBECONFIG: config } };
}

const tiphys = ({ environment }: Place, ...args: string[]) =>
  spawnSync(process.execPath, [bin, ...args], { encoding: "utf8", env: environment, timeout: 30_000 });

/** Starts `tiphys up` and waits until it says that Ctrl-C stops it. */
async function up(t: TestContext, at: Place, ...args: string[]): Promise<ChildProcess> {
  const words = ["up", "--data-dir", at.data, "--port", "0", "--runtime", "sim", ...args];
  const child = spawn(process.execPath, [bin, ...words], { env: at.environment, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  for await (const part of child.stdout) {
    text += String(part);
    if (text.includes("Ctrl-C stops the cluster.")) break;
  }
  assert.match(text, /The cluster is ready after/);
  return child;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, "exit") as Promise<[number | null]>;
  child.kill(signal);
  return (await ended)[0];
}

function clientOf(t: TestContext, { config }: Place, token?: string): Client {
  const { server } = connectionOf(readKubeconfig([config]));
  const access = token ? { url: server.url, ca: server.ca, token } : server;
  const remote = remoteDoor(access);
  t.after(() => remote.close());
  return createClient(remote.door, { userAgent: "test" });
}

test("a cluster starts, is shown, kept by Ctrl-C and by kill -9, refused twice, and removed", async (t) => {
  const at = place(t);
  const tokens = join(at.data, "..", "tokens");
  writeFileSync(tokens, 'secret,jane,1,"system:masters"\n');
  const first = await up(t, at, "--token-auth-file", tokens, "--nodes", "2");
  assert.equal(statSync(at.config).mode & 0o777, 0o600);
  assert.equal(connectionOf(readKubeconfig([at.config])).context, "tiphys");
  await clientOf(t, at).create(ConfigMap, { metadata: { name: "kept", namespace: "default" }, data: { a: "1" } });
  const byToken = await clientOf(t, at, "secret").get(ConfigMap, "kept", "default");
  assert.deepEqual(byToken.data, { a: "1" });

  const shown = tiphys(at, "status", "--data-dir", at.data, "-o", "json");
  const state = JSON.parse(shown.stdout) as { ready: boolean; nodes: { name: string; ready: boolean }[] };
  assert.equal(state.ready, true);
  assert.deepEqual(
    state.nodes.map(({ name, ready }) => [name, ready]),
    [
      ["node-1", true],
      ["node-2", true],
    ],
  );
  const twice = tiphys(at, "up", "--data-dir", at.data, "--port", "0", "--runtime", "sim");
  assert.equal(twice.status, 1);
  assert.match(twice.stderr, /a cluster runs in .* already \(process \d+, https:/);
  const { port } = new URL(connectionOf(readKubeconfig([at.config])).server.url);
  const other = tiphys(at, "up", "--data-dir", `${at.data}-2`, "--port", port, "--runtime", "sim");
  assert.equal(other.status, 1);
  assert.match(other.stderr, new RegExp(`port ${port} is in use`));
  assert.equal(await stop(first, "SIGINT"), 0);
  assert.equal(tiphys(at, "status", "--data-dir", at.data).status, 3);

  const second = await up(t, at);
  assert.deepEqual((await clientOf(t, at).get(ConfigMap, "kept", "default")).data, { a: "1" });
  await stop(second, "SIGKILL");
  assert.equal(tiphys(at, "status", "--data-dir", at.data).status, 3);
  await up(t, at);
  assert.deepEqual((await clientOf(t, at).get(ConfigMap, "kept", "default")).data, { a: "1" });

  assert.match(tiphys(at, "reset", "--data-dir", at.data).stderr, /say --yes/);
  const reset = tiphys(at, "reset", "--data-dir", at.data, "--yes");
  assert.equal(reset.status, 0, reset.stderr);
  assert.equal(statSync(at.data, { throwIfNoEntry: false }), undefined);
  assert.deepEqual(readKubeconfig([at.config]).contexts, []);
});

test("a detached cluster outlives its command until it is told to stop", async (t) => {
  const at = place(t);
  t.after(() => tiphys(at, "down", "--data-dir", at.data));
  const words = ["up", "--detach", "--data-dir", at.data, "--port", "0", "--runtime", "sim"];
  const started = tiphys(at, ...words);
  assert.equal(started.status, 0, started.stderr);
  assert.match(
    started.stdout,
    /The cluster is ready after .*\n[^]*runs on in process \d+.*\n"tiphys down --data-dir .*" stops it\.\n$/,
  );
  assert.doesNotMatch(started.stdout, /Ctrl-C/);
  assert.equal(tiphys(at, "status", "--data-dir", at.data).status, 0);
  assert.equal(tiphys(at, ...words).status, 1);
  const down = tiphys(at, "down", "--data-dir", at.data);
  assert.deepEqual([down.status, down.stdout], [0, `the cluster in ${at.data} is stopped\n`]);
  assert.equal(tiphys(at, "down", "--data-dir", at.data).stdout, `no cluster ran in ${at.data}\n`);
});

test("a directory of another version, or of something else, is left as it is", (t) => {
  const at = place(t);
  mkdirSync(at.data);
  writeFileSync(join(at.data, "VERSION"), "99\n");
  const newer = tiphys(at, "up", "--data-dir", at.data, "--port", "0", "--runtime", "sim");
  assert.equal(newer.status, 1);
  assert.match(newer.stderr, /was written by a newer version of Tiphys \(format 99/);
  rmSync(join(at.data, "VERSION"));
  writeFileSync(join(at.data, "letter"), "mine");
  for (const command of [
    ["up", "--port", "0", "--runtime", "sim"],
    ["reset", "--yes"],
  ]) {
    const { status, stderr } = tiphys(at, ...command, "--data-dir", at.data);
    assert.equal(status, 1);
    assert.match(stderr, /not a data directory of Tiphys/);
  }
  assert.equal(readFileSync(join(at.data, "letter"), "utf8"), "mine");
});
