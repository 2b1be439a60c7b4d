/** The kubelet with real containers on the real machine; only the API is a stand-in. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { cgroupVersion } from "../../adapters/containerd/machine.ts";
import { machineHost } from "../../adapters/host/index.ts";
import type { Pod } from "../../src/api/core/index.ts";
import { createInformers } from "../../src/client/index.ts";
import { createKubelet } from "../../src/kubelet/kubelet.ts";
import type { Kubelet } from "../../src/kubelet/kubelet.ts";
import { FakeApi } from "../../src/kubelet/testing/fake-api.ts";
import { container, podOf } from "../../src/kubelet/testing/node.ts";
import { silent } from "../../src/machinery/log.ts";
import { HUNG } from "../hung.ts";
import { BUSYBOX, openTestNode, whyNoContainers } from "./test-node.ts";
import type { TestNode } from "./test-node.ts";

const problem = await whyNoContainers();
suite("a kubelet with real containers", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  let api: FakeApi;
  let kubelet: Kubelet;
  const start = async (): Promise<Kubelet> => {
    const informers = createInformers({ client: api.client, clock: systemClock, random: systemRandom, log: silent });
    const made = createKubelet({
      client: api.client,
      informers,
      runtime: node.runtime,
      host: machineHost({ root: join(node.directory, "kubelet"), log: silent }),
      clock: systemClock,
      random: systemRandom,
      log: silent,
      nodeName: "node-1",
      places: { root: join(node.directory, "kubelet"), logs: join(node.directory, "pod-logs") },
      cgroupRoot: node.cgroupParent,
    });
    await made.start();
    return made;
  };
  before(async () => {
    node = await openTestNode();
    api = new FakeApi(systemClock);
    kubelet = await start();
  });
  after(async () => {
    await kubelet?.stop();
    await node?.[Symbol.asyncDispose]();
  });

  const shell = (name: string, script: string, more: object = {}): object =>
    podOf(name, {
      containers: [container("main", { image: BUSYBOX, command: ["sh", "-c", script], ...more })],
      terminationGracePeriodSeconds: 1,
    });
  const until = async (what: string, holds: () => unknown): Promise<void> => {
    const deadline = performance.now() + 20_000;
    while (!holds()) {
      const told = `${api.events().join("\n")}\n${JSON.stringify(api.all("pods").map(({ status }) => status))}`;
      if (performance.now() > deadline) throw new Error(`${what} did not come about:\n${told}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const ready = (name: string): boolean =>
    api.pod(name)?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  const statusOf = (name: string): NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number] | undefined =>
    api.pod(name)?.status?.containerStatuses?.[0];

  test("the node says what the machine has, and which runtime", () => {
    const { capacity, nodeInfo } = kubelet.node!.status!;
    assert.ok(Number(capacity?.cpu) > 0);
    assert.match(nodeInfo?.containerRuntimeVersion ?? "", /^containerd:\/\/\d/);
  });

  test("a pod runs, and its address answers", async () => {
    const script = "echo hello >/tmp/index.html; exec busybox httpd -f -p 80 -h /tmp";
    api.put("pods", shell("web", script, { readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } }));
    await until("Ready", () => ready("web"));
    const ip = api.pod("web")!.status!.podIP!;
    assert.equal(await (await fetch(`http://${ip}/`)).text(), "hello\n");
    assert.match(statusOf("web")!.containerID!, /^containerd:\/\/[0-9a-f]{64}$/);
  });

  test("what a container writes is in its log", async () => {
    api.put("pods", shell("talker", "echo out loud; sleep 3600"));
    await until("Ready", () => ready("talker"));
    const { uid } = api.pod("talker")!.metadata;
    const path = join(node.directory, "pod-logs", `default_talker_${uid}`, "main", "0.log");
    let text = "";
    await until("a line", () => {
      void readFile(path, "utf8").then(
        (read) => (text = read),
        () => {},
      );
      return text;
    });
    assert.match(text, /stdout F out loud\n/);
  });

  test("a container that ends is started again, and the end is told", async () => {
    api.put("pods", shell("brief", "sleep 0.1; exit 3"));
    await until("a restart", () => (statusOf("brief")?.restartCount ?? 0) >= 1);
    const last = statusOf("brief")!.lastState!.terminated!;
    assert.deepEqual([last.exitCode, last.reason], [3, "Error"]);
  });

  test("limits reach the container's control group", async () => {
    api.put(
      "pods",
      shell("limited", "sleep 3600", { resources: { limits: { memory: "64Mi" }, requests: { memory: "64Mi" } } }),
    );
    await until("Ready", () => ready("limited"));
    const id = statusOf("limited")!.containerID!.replace("containerd://", "");
    const { stdout } = await node.runtime.execSync(
      id,
      ["sh", "-c", "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"],
      5,
    );
    assert.equal(Buffer.from(stdout).toString().trim(), String(64 << 20));
  });

  test("the classes' control groups weigh what their pods ask for, and what is gone weighs nothing", async () => {
    const unified = (await cgroupVersion()) === 2;
    const weight = (group: string): string =>
      readFileSync(
        unified
          ? `/sys/fs/cgroup${node.cgroupParent}/${group}/cpu.weight`
          : `/sys/fs/cgroup/cpu${node.cgroupParent}/${group}/cpu.shares`,
        "utf8",
      ).trim();
    const weights = (): string[] => ["kubepods/burstable", "kubepods/besteffort"].map(weight);
    const empty = unified ? ["1", "1"] : ["2", "2"];
    await until("no weight", () => String(weights()) === String(empty));
    const pod = shell("asking", "sleep 3600", { resources: { requests: { cpu: "250m" } } });
    api.put("pods", { ...pod, status: { phase: "Pending", qosClass: "Burstable" } });
    await until("Ready", () => ready("asking"));
    assert.deepEqual(weights(), unified ? ["10", "1"] : ["256", "2"]);
    api.drop("pods", "asking", "default");
    await until("no weight again", () => String(weights()) === String(empty));
  });

  test("containerd killed: the pods stay, and new ones run as soon as it is back", async () => {
    const before = statusOf("web")!.containerID;
    process.kill(node.daemon.pid, "SIGKILL");
    api.put("pods", shell("later", "sleep 3600"));
    await until("Ready", () => ready("later"));
    assert.equal(statusOf("web")!.containerID, before);
    assert.equal(statusOf("web")!.restartCount, 0);
    assert.ok(ready("web"));
  });

  test("another kubelet takes running containers over and starts none twice", async () => {
    const ids = new Set((await node.runtime.listContainers({ state: "RUNNING" })).map(({ id }) => id));
    const before = statusOf("web")!.containerID!.replace("containerd://", "");
    await kubelet.stop();
    kubelet = await start();
    await until("Ready", () => ready("web") && ready("talker"));
    const web = (await node.runtime.listContainers({ labels: { "io.kubernetes.pod.name": "web" } })).map(
      ({ id }) => id,
    );
    assert.deepEqual(web, [before]);
    assert.ok(ids.has(before));
  });

  test("a deleted pod leaves no container and no sandbox", async () => {
    const web = api.pod("web")!;
    const deletionTimestamp = new Date().toISOString().replace(/\.\d+Z/, "Z");
    api.put("pods", { ...web, metadata: { ...web.metadata, deletionTimestamp, deletionGracePeriodSeconds: 1 } });
    await until("the end", () => !api.pod("web"));
    const left = async (): Promise<number> =>
      (await node.runtime.listPodSandbox({ state: "READY", labels: { "io.kubernetes.pod.name": "web" } })).length;
    assert.equal(await left(), 0);
  });
});
