/** An unmodified kubectl and unmodified manifests against a cluster with real containers. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { connectionOf, readKubeconfig } from "../../adapters/kubeconfig/index.ts";
import { remoteDoor } from "../../adapters/node-http/client.ts";
import { Node as NodeKind, type Pod, Pod as PodKind } from "../../src/api/core/index.ts";
import { HUNG } from "../hung.ts";
import { eventually, freePort, KUBECTLS, MANIFESTS, run, TestCluster, whyNotReal } from "./test-cluster.ts";

const NEXT_IMAGE = "localhost/tiphys-test/busybox:2";
const web = join(MANIFESTS, "web.yaml");

const problem = await whyNotReal();
suite("kubectl with real containers", { skip: problem, timeout: HUNG }, () => {
  const cluster = new TestCluster(["--runtime", "containerd"]);
  const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl(...args);
  const pods = async (selector = "app=web"): Promise<Pod[]> =>
    (JSON.parse(await kubectl("get", "pods", "-l", selector, "-o", "json")) as { items: Pod[] }).items;

  before(async () => {
    await cluster.up();
    await cluster.importBusybox();
    await cluster.importBusybox(NEXT_IMAGE);
  });
  after(() => cluster[Symbol.asyncDispose]());

  test("apply brings a Deployment to ready; applied again it is unchanged", async () => {
    const said = await kubectl("apply", "-f", web);
    assert.deepEqual(said.trim().split("\n"), [
      "configmap/web-pages created",
      "deployment.apps/web created",
      "service/web created",
    ]);
    assert.match(await kubectl("rollout", "status", "deployment/web", "--timeout=30s"), /successfully rolled out/);
    assert.equal((await kubectl("apply", "-f", web)).match(/unchanged/g)?.length, 3);
    assert.match(await kubectl("diff", "-f", web), /^$/);
  });

  test("get -o wide and describe tell where pods run and what happened to them", async () => {
    const lines = (await kubectl("get", "pods", "-o", "wide")).trim().split("\n");
    assert.match(lines[0]!, /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES$/);
    assert.equal(lines.length, 4);
    for (const line of lines.slice(1)) assert.match(line, /^web-\S+ +1\/1 +Running +0 +\d+s +10\.\d+\.\d+\.\d+ +\S+/);
    const [pod] = await pods();
    const told = await kubectl("describe", "pod", pod!.metadata.name);
    for (const part of [/^Status: +Running$/m, /Container ID: +containerd:\/\/[0-9a-f]{64}/, /Successfully assigned/]) {
      assert.match(told, part);
    }
    assert.match(told, /Normal +Started .*Container started/);
    const slices = await kubectl("get", "endpointslices", "-l", "kubernetes.io/service-name=web");
    for (const { status } of await pods()) assert.ok(slices.includes(status!.podIP!), slices);
  });

  test("logs come whole, by tail, and followed", async () => {
    const { name } = (await pods())[0]!.metadata;
    await eventually("a probe is logged", async () => (await kubectl("logs", name)).split("\n").length > 3);
    assert.match(await kubectl("logs", `pod/${name}`), new RegExp(`^serving as ${name}\n`));
    assert.equal((await kubectl("logs", name, "--tail=1")).trim().split("\n").length, 1);
    assert.equal((await kubectl("logs", "-l", "app=web", "--tail=1")).trim().split("\n").length, 3);
    const following = cluster.spawnKubectl(["logs", "-f", "--tail=0", name]);
    let text = "";
    following.stdout.on("data", (part) => (text += String(part)));
    // The readiness probe asks every second, and httpd logs each request.
    await eventually("a new line is followed", () => text.includes("\n"));
    following.kill();
  });

  test("exec passes output, input and the exit code", async () => {
    const { name } = (await pods())[0]!.metadata;
    assert.equal(await kubectl("exec", name, "--", "hostname"), `${name}\n`);
    for (const version of KUBECTLS.keys()) {
      const ended = await cluster.tryKubectl(["exec", name, "--", "sh", "-c", "echo out; echo err >&2; exit 7"], {
        version,
      });
      assert.deepEqual([ended.code, ended.out], [7, "out\n"], version);
      assert.match(ended.err, /^err\n/);
      const input = "line\n".repeat(20_000);
      const echoed = await cluster.tryKubectl(["exec", "-i", name, "--", "cat"], { input, version });
      assert.ok(echoed.out === input, `${version}: ${echoed.out.length} of ${input.length} bytes came back`);
    }
    const missing = await cluster.tryKubectl(["exec", name, "--", "/no/such/program"]);
    assert.notEqual(missing.code, 0);
    assert.match(missing.err, /no such file or directory/);
  });

  test("exec -t gives a terminal of the caller's size", async () => {
    const { name } = (await pods())[0]!.metadata;
    // The size follows once the command runs, as with every Kubernetes.
    const asked = "tty; until stty size 2>/dev/null | busybox grep .; do sleep 0.1; done";
    const command = `stty rows 31 cols 97; ${KUBECTLS.get("1.36")} exec -it ${name} -- sh -c '${asked}'`;
    const { out } = await run("script", ["-qec", command, "/dev/null"], { env: cluster.environment });
    assert.match(out, /\/dev\/pts\/0\r\n.*31 97\r\n/);
  });

  test("port-forward carries connections side by side", async () => {
    for (const version of KUBECTLS.keys()) {
      const port = await freePort();
      const forward = cluster.spawnKubectl(["port-forward", "deployment/web", `${port}:8080`], version);
      forward.stdout.on("data", () => {});
      const get = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/index.html`)).text();
      assert.equal(await eventually("the port answers", get), "hello from the harbour\n");
      const many = await Promise.all(
        Array.from({ length: 30 }, () =>
          fetch(`http://127.0.0.1:${port}/index.html`, {
            headers: { connection: "close" },
            signal: AbortSignal.timeout(5000),
          }).then((answer) => answer.text()),
        ),
      );
      assert.deepEqual(new Set(many), new Set(["hello from the harbour\n"]), version);
      assert.equal(forward.exitCode, null);
      forward.kill();
    }
  });

  test("cp copies to a container and back", async () => {
    const { name } = (await pods())[0]!.metadata;
    const [there, back] = [join(cluster.folder, "there"), join(cluster.folder, "back")];
    writeFileSync(there, "cargo");
    await kubectl("cp", there, `${name}:/tmp/cargo`);
    await kubectl("cp", `${name}:/tmp/cargo`, back);
    assert.equal(readFileSync(back, "utf8"), "cargo");
  });

  test("set image rolls over without a moment of fewer ready pods, and undo goes back", async () => {
    const watching = new AbortController();
    const client = cluster.client();
    const seen = new Map<string, Pod>();
    const moments: { ready: number; all: number }[] = [];
    const listed = await client.list(PodKind, { namespace: "default", labelSelector: "app=web" });
    for (const pod of listed.items) seen.set(pod.metadata.uid!, pod);
    const { resourceVersion } = listed.metadata;
    const watched = (async () => {
      const options = { namespace: "default", labelSelector: "app=web", resourceVersion, signal: watching.signal };
      for await (const events of client.watch(PodKind, options)) {
        for (const { type, object } of events) {
          if (type === "DELETED") seen.delete(object.metadata.uid!);
          else if (type !== "BOOKMARK") seen.set(object.metadata.uid!, object);
          const alive = [...seen.values()].filter((pod) => pod.metadata.deletionTimestamp === undefined);
          moments.push({ ready: alive.filter(isReady).length, all: alive.length });
        }
      }
    })().catch((error: unknown) => {
      if (!watching.signal.aborted) throw error;
    });
    await kubectl("set", "image", "deployment/web", `httpd=${NEXT_IMAGE}`);
    await kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    assert.deepEqual(new Set((await pods()).filter(isAlive).map(imageOf)), new Set([NEXT_IMAGE]));
    await kubectl("rollout", "undo", "deployment/web");
    await kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    watching.abort();
    await watched;
    assert.deepEqual(
      new Set((await pods()).filter(isAlive).map(imageOf)),
      new Set(["localhost/tiphys-test/busybox:1"]),
    );
    // 25% of 3: none unavailable (rounded down), one more than asked for (rounded up).
    assert.ok(moments.length > 10, `only ${moments.length} moments were seen`);
    assert.equal(Math.min(...moments.map(({ ready }) => ready)), 3);
    assert.equal(Math.max(...moments.map(({ all }) => all)), 4);
    const history = await kubectl("rollout", "history", "deployment/web");
    assert.deepEqual(
      [...history.matchAll(/^(\d+) /gm)].map(([, number]) => number),
      ["2", "3"],
    );
  });

  test("a paused rollout waits until it is resumed", async () => {
    await kubectl("rollout", "pause", "deployment/web");
    await kubectl("set", "env", "deployment/web", "PAUSED=1");
    await kubectl("wait", "--for=jsonpath={.status.observedGeneration}=" + (await generation()), "deployment/web");
    assert.equal((await pods()).filter(isAlive).filter(hasPaused).length, 0);
    await kubectl("rollout", "resume", "deployment/web");
    await kubectl("rollout", "status", "deployment/web", "--timeout=60s");
    assert.equal((await pods()).filter(isAlive).filter(hasPaused).length, 3);
    async function generation(): Promise<string> {
      return kubectl("get", "deployment/web", "-o", "jsonpath={.metadata.generation}");
    }
  });

  test("scale and wait", async () => {
    await kubectl("scale", "deployment/web", "--replicas=5");
    await kubectl("wait", "--for=jsonpath={.status.readyReplicas}=5", "deployment/web", "--timeout=30s");
    await kubectl("scale", "deployment/web", "--replicas=2");
    await kubectl("wait", "--for=jsonpath={.status.replicas}=2", "deployment/web", "--timeout=30s");
    await kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=30s");
    await eventually("three pods are gone", async () => (await pods()).length === 2);
  });

  test("a container that ended shows its exit and its previous logs", async () => {
    await kubectl(
      "run",
      "once",
      "--image=localhost/tiphys-test/busybox:1",
      "--restart=OnFailure",
      "--",
      "sh",
      "-c",
      "test -f /dev/shm/ran && sleep 600; echo first words; touch /dev/shm/ran; exit 3",
    );
    await kubectl("wait", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "pod/once", "--timeout=30s");
    assert.equal(await kubectl("logs", "--previous", "once"), "first words\n");
    const last = "jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}";
    assert.equal(await kubectl("get", "pod/once", "-o", last), "3");
    await kubectl("delete", "pod/once", "--now");
  });

  test("the node's kubelet answers on its own port whom the cluster lets, and nobody else", async () => {
    const [node] = (await cluster.client().list(NodeKind)).items;
    const port = node!.status!.daemonEndpoints!.kubeletEndpoint!.Port;
    const { server } = connectionOf(readKubeconfig([cluster.kubeconfig]));
    const token = (await kubectl("create", "token", "default")).trim();
    const said = async (path: string, access: object): Promise<[number, string]> => {
      const remote = remoteDoor({ url: `https://127.0.0.1:${port}`, ca: server.ca, ...access });
      const signal = AbortSignal.timeout(10_000);
      try {
        const request = { method: "GET", path, query: "", headers: {}, peer: { address: "test" }, signal };
        const { status, body } = await remote.door(request);
        if (body.form === "object") return [status, JSON.stringify(body.object)];
        return [status, body.form === "bytes" ? Buffer.from(body.bytes).toString() : ""];
      } finally {
        remote.close();
      }
    };
    const { cert, key } = server;
    const [pod] = await pods();
    const [status, list] = await said("/pods", { cert, key });
    assert.equal(status, 200);
    assert.ok(list.includes(pod!.metadata.uid!));
    assert.match((await said("/metrics/cadvisor", { cert, key }))[1], /container_memory_working_set_bytes\{container=/);
    assert.deepEqual(await said("/metrics", {}), [401, "Unauthorized"]);
    assert.deepEqual(await said("/metrics", { token }), [
      403,
      "Forbidden (user=system:serviceaccount:default:default, verb=get, resource=nodes, subresource(s)=[metrics])",
    ]);
  });

  test("top says that there are no metrics", async () => {
    const { code, err } = await cluster.tryKubectl(["top", "pods"]);
    assert.deepEqual([code, err], [1, "error: Metrics API not available\n"]);
  });

  test("delete ends the pods", async () => {
    await kubectl("delete", "-f", web, "--wait");
    await kubectl("wait", "--for=delete", "pod", "-l", "app=web", "--timeout=30s");
    assert.equal((await pods()).length, 0);
  });
});

const isAlive = ({ metadata }: Pod): boolean => metadata.deletionTimestamp === undefined;
const imageOf = ({ spec }: Pod): string | undefined => spec.containers[0]!.image;
const hasPaused = ({ spec }: Pod): boolean => spec.containers[0]!.env?.some(({ name }) => name === "PAUSED") ?? false;
const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: state }) => type === "Ready" && state === "True") ?? false;
