/** What comes back after something was killed, and what is said of images that cannot be had. Real containers. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readlinkSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ConfigMap, type Pod } from "../../src/api/core/index.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { HUNG } from "../hung.ts";
import { eventually, freePort, MANIFESTS, run, TestCluster, whyNotReal } from "./test-cluster.ts";

const REGISTRY = "/usr/bin/docker-registry";
const SKOPEO = "/usr/bin/skopeo";
/** The password "oar". */
const HTPASSWD = "sailor:$2b$04$VQIoIvI19oqvSnjk3nDruePxzZwLlNcdh0CrtzO.szSOQ44xfBam6\n";
/** How often the cluster is killed under a rollout. */
const ROUNDS = 4;
const seed = Number(process.env["TIPHYS_TEST_SEED"] ?? Date.now() % 1_000_000);

const problem = await whyNotReal();
suite(`recovery with real containers (TIPHYS_TEST_SEED=${seed})`, { skip: problem, timeout: HUNG }, () => {
  const cluster = new TestCluster(["--runtime", "containerd"]);
  const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl(...args);
  const starts = join(cluster.folder, "starts");
  const pods = async (): Promise<Pod[]> =>
    (JSON.parse(await kubectl("get", "pods", "-l", "app=counted", "-o", "json")) as { items: Pod[] }).items;
  const containerIds = async (): Promise<string[]> =>
    (await pods()).map(({ status }) => status!.containerStatuses![0]!.containerID!).toSorted();
  const settled = (): Promise<string> => kubectl("rollout", "status", "deployment/counted", "--timeout=60s");

  before(async () => {
    await cluster.up();
    await cluster.importBusybox();
    const manifest = join(cluster.folder, "counted.yaml");
    writeFileSync(manifest, readFileSync(join(MANIFESTS, "counted.yaml"), "utf8").replace("STARTS_FOLDER", starts));
    await kubectl("apply", "-f", manifest);
    await settled();
  });
  after(() => cluster[Symbol.asyncDispose]());

  /** Each pod's container started once, says the container itself. */
  function startedOnce(): number {
    const lines = readFileSync(join(starts, "log"), "utf8").trim().split("\n");
    const twice = lines.filter((line, index) => lines.indexOf(line) !== index);
    assert.deepEqual(twice, [], "containers of these pods were started twice");
    return lines.length;
  }

  test("Ctrl-C and a new start leave containers running", async () => {
    const before = await containerIds();
    assert.equal(before.length, 4);
    assert.equal(await cluster.stop("SIGINT"), 0);
    await cluster.up();
    await settled();
    assert.deepEqual(await containerIds(), before);
    assert.equal(startedOnce(), 4);
    const [pod] = await pods();
    assert.equal(await kubectl("exec", pod!.metadata.name, "--", "echo", "still here"), "still here\n");
  });

  test("kill -9 at any moment of a rollout loses no write and starts no container twice", async () => {
    const random = new SeededRandom(seed);
    const acknowledged: string[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      await kubectl("set", "env", "deployment/counted", `ROUND=${round}`);
      const client = cluster.client();
      const killed = new AbortController();
      const writing = (async () => {
        for (let number = 0; !killed.signal.aborted; number++) {
          const name = `kept-${round}-${number}`;
          await client.create(ConfigMap, { metadata: { name, namespace: "default" } });
          acknowledged.push(name);
        }
      })().catch((error: unknown) => {
        if (!killed.signal.aborted) throw error;
      });
      await pause(random.next() * 2500);
      killed.abort();
      await cluster.stop("SIGKILL");
      await writing;
      await cluster.up();
      const kept = await kubectl("get", "configmaps", "-o", "jsonpath={.items[*].metadata.name}");
      const there = new Set(kept.split(" "));
      assert.deepEqual(
        acknowledged.filter((name) => !there.has(name)),
        [],
        `round ${round} lost writes`,
      );
      await settled();
    }
    assert.ok(acknowledged.length > 0);
    await eventually("four pods are left", async () => (await pods()).length === 4);
    for (const { spec, status } of await pods()) {
      assert.equal(spec.containers[0]!.env!.find(({ name }) => name === "ROUND")?.value, String(ROUNDS));
      assert.equal(status!.containerStatuses![0]!.restartCount, 0);
    }
    startedOnce();
  });

  test("containerd killed: the kubelet finds its way back, and pods that were there run on", async () => {
    const before = await containerIds();
    const pid = containerdOf(cluster.data);
    process.kill(pid, "SIGKILL");
    const [victim] = await pods();
    await kubectl("delete", "pod", victim!.metadata.name, "--wait=false");
    await eventually("containerd is back", () => containerdOf(cluster.data) !== pid);
    await kubectl("wait", "--for=delete", `pod/${victim!.metadata.name}`, "--timeout=60s");
    await eventually("four pods are ready", async () => {
      const ready = await kubectl("get", "deployment/counted", "-o", "jsonpath={.status.readyReplicas}");
      return ready === "4" && (await pods()).length === 4;
    });
    const after = new Set(await containerIds());
    assert.equal(before.filter((id) => after.has(id)).length, 3);
    await kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=30s");
    startedOnce();
  });

  test("an image that is nowhere: its pod says so, in its status and in events", async () => {
    await kubectl("run", "lost", "--image=127.0.0.1:9/no/such:1");
    const waiting = (): Promise<string> =>
      kubectl("get", "pod/lost", "-o", "jsonpath={.status.containerStatuses[0].state.waiting}");
    const state = await eventually("it is backing off", async () => {
      const text = await waiting();
      return text.includes("ImagePullBackOff") && text;
    });
    assert.match(state, /Back-off pulling image \\"127\.0\.0\.1:9\/no\/such:1\\"/);
    assert.match(await kubectl("get", "pod/lost"), /0\/1 +(ErrImagePull|ImagePullBackOff) +0/);
    const events = await eventually("its events are told", async () => {
      const text = await kubectl("events", "--for", "pod/lost");
      return text.includes("BackOff") && text;
    });
    assert.match(events, /Normal +Pulling .*Pulling image "127\.0\.0\.1:9\/no\/such:1"/);
    assert.match(events, /Warning +Failed .*Failed to pull image .*connection refused/);
    assert.match(events, /Warning +Failed .*Error: ErrImagePull/);
    assert.match(events, /Normal +BackOff .*Back-off pulling image/);
    await kubectl("delete", "pod/lost", "--now");
  });

  const noRegistry = [REGISTRY, SKOPEO].filter((path) => !existsSync(path)).join(", ");
  const skip = noRegistry ? `${noRegistry} cannot be found` : false;
  test("an image of a private registry is pulled with the pull secret, and refused without", { skip }, async (t) => {
    const port = await freePort();
    const registry = await startRegistry(cluster.folder, port);
    t.after(() => registry.kill());
    const image = `127.0.0.1:${port}/harbour/app:1`;
    const archive = `oci-archive:${join(cluster.folder, "busybox.tar")}`;
    const push = ["copy", "--dest-tls-verify=false", "--dest-creds=sailor:oar", archive, `docker://${image}`];
    await eventually("the image is pushed", async () => (await run(SKOPEO, push)).code === 0);
    const server = [`--docker-server=127.0.0.1:${port}`, "--docker-username=sailor", "--docker-password=oar"];
    await kubectl("create", "secret", "docker-registry", "harbour", ...server);
    await kubectl("run", "stranger", `--image=${image}`, "--", "sleep", "600");
    const overrides = JSON.stringify({ spec: { imagePullSecrets: [{ name: "harbour" }] } });
    await kubectl("run", "crew", `--image=${image}`, `--overrides=${overrides}`, "--", "sleep", "600");
    await kubectl("wait", "--for=condition=Ready", "pod/crew", "--timeout=30s");
    const refused = await eventually("the pull is refused", async () => {
      const events = await kubectl("events", "--for", "pod/stranger");
      return events.includes("Failed to pull image") && events;
    });
    assert.match(refused, /401 Unauthorized/);
    assert.doesNotMatch(refused, /oar/);
    await kubectl("delete", "pod/crew", "pod/stranger", "--now");
  });

  test("reset leaves no process, mount or file behind", async () => {
    assert.equal(await cluster.stop("SIGTERM"), 0);
    const { code, err } = await cluster.tiphys("reset", "--yes", "--data-dir", cluster.data);
    assert.equal(code, 0, err);
    assert.equal(existsSync(cluster.data), false);
    assert.deepEqual(processesNaming(cluster.folder), []);
    assert.doesNotMatch(readFileSync("/proc/self/mounts", "utf8"), new RegExp(cluster.folder));
    mkdirSync(cluster.folder, { recursive: true });
  });
});

/** The process of the cluster's own containerd; throws where there is none. */
function containerdOf(data: string): number {
  const found = processesNaming(join(data, "containerd", "config.toml"));
  if (found.length !== 1) throw new Error(`${found.length} processes of containerd were found`);
  return found[0]!;
}

/** Processes whose command line contains `text`. */
function processesNaming(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        readlinkSync(`/proc/${name}/exe`);
        return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function startRegistry(folder: string, port: number): Promise<ChildProcess> {
  const passwords = join(folder, "htpasswd");
  writeFileSync(passwords, HTPASSWD);
  const config = join(folder, "registry.yaml");
  const settings = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "registry") } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { htpasswd: { realm: "harbour", path: passwords } },
  };
  writeFileSync(config, JSON.stringify(settings));
  const child = spawn(REGISTRY, ["serve", config], { stdio: "ignore" });
  await eventually("the registry answers", async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).status === 401);
  return child;
}
