import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerStatus, Node } from "../api/core/index.ts";
import type { TestNode } from "./testing/node.ts";
import { container, podOf, startNode } from "./testing/node.ts";
import { RuntimeError } from "./runtime.ts";
import { SimRuntime } from "./sim/sim-runtime.ts";

const SIM = "sim.tiphys.dev";

function phase(node: TestNode, name = "web"): string | undefined {
  return node.api.pod(name)?.status?.phase;
}

function status(node: TestNode, index = 0, name = "web"): NonNullable<ReturnType<typeof statuses>>[number] | undefined {
  return statuses(node, name)?.[index];
}

function statuses(node: TestNode, name: string) {
  return node.api.pod(name)?.status?.containerStatuses;
}

function conditions(node: TestNode, name = "web"): Record<string, string> {
  return Object.fromEntries((node.api.pod(name)?.status?.conditions ?? []).map(({ type, status: is }) => [type, is]));
}

test("a pod with one container runs and is ready after one status write", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web"));
  await node.until(() => phase(node) === "Running");
  assert.deepEqual(conditions(node), {
    PodReadyToStartContainers: "True",
    Initialized: "True",
    Ready: "True",
    ContainersReady: "True",
    PodScheduled: "True",
  });
  const pod = node.api.pod("web")!;
  assert.equal(pod.status?.podIP, "10.0.0.2");
  assert.equal(pod.status?.hostIP, "192.168.0.1");
  assert.equal(status(node)?.ready, true);
  assert.equal(status(node)?.restartCount, 0);
  assert.match(status(node)?.containerID ?? "", /^sim:\/\/[0-9a-f]{64}$/);
  assert.equal(node.api.statusWrites("web"), 1);
  await node.told();
  assert.deepEqual(
    node.api.events().filter((event) => !/^(Starting|Node)/.test(event)),
    [
      'Pulling: Pulling image "registry.k8s.io/web:1"',
      'Pulled: Successfully pulled image "registry.k8s.io/web:1" in 0s (0s including waiting). Image size: 10000000 bytes.',
      "Created: Container created",
      "Started: Container started",
    ],
  );
});

test("the write that says Running tells the steps that led there", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web"));
  await node.until(() => phase(node) === "Running");
  const write = node.api.requests.find(({ verb, resource }) => verb === "patch" && resource === "pods");
  assert.deepEqual(write?.options?.cause?.notes?.map(({ step }) => step).toSorted(), [
    "create container",
    "pull image",
    "sandbox",
    "start container",
  ]);
  assert.equal(write?.options?.cause?.revisions.length, 1);
});

test("a running pod costs no timer", async () => {
  const node = await startNode();
  await node.told();
  const before = node.clock.pending;
  for (let i = 0; i < 20; i++) node.api.put("pods", podOf(`web-${i}`));
  await node.until(() => phase(node, "web-19") === "Running");
  await node.clock.advance(1000);
  assert.equal(node.clock.pending, before);
});

test("init containers run in order, and the main one after them", async () => {
  const node = await startNode();
  const spec = { initContainers: [container("first"), container("second")] };
  const annotations = { [`${SIM}/run-for.first`]: "2s", [`${SIM}/run-for.second`]: "3s" };
  const began = node.clock.now();
  node.api.put("pods", podOf("web", spec, annotations));
  await node.until(() => phase(node) === "Running");
  assert.equal(node.clock.now() - began, 5000);
  assert.deepEqual(
    node.api.pod("web")?.status?.initContainerStatuses?.map(({ state, ready }) => [state?.terminated?.reason, ready]),
    [
      ["Completed", true],
      ["Completed", true],
    ],
  );
});

test("a sidecar starts before the main container and ends after it", async () => {
  const node = await startNode();
  const sidecar = container("proxy", {
    restartPolicy: "Always",
    startupProbe: { tcpSocket: { port: 1 }, periodSeconds: 1, failureThreshold: 30 },
  });
  node.api.put(
    "pods",
    podOf(
      "web",
      { initContainers: [sidecar], restartPolicy: "Never" },
      { [`${SIM}/run-for.web`]: "60s", [`${SIM}/ready-after.proxy`]: "3s" },
    ),
  );
  const began = node.clock.now();
  await node.until(() => status(node)?.state?.running);
  assert.ok(node.clock.now() - began >= 3000, "the main container waits for the sidecar's startup probe");
  await node.until(() => phase(node) === "Succeeded");
  const proxy = node.api.pod("web")?.status?.initContainerStatuses?.[0];
  assert.ok(proxy?.state?.terminated, "the sidecar was stopped");
});

for (const { rule, policy, exit, want, reason } of [
  { rule: "success under Never is Succeeded", policy: "Never", exit: "0", want: "Succeeded", reason: "Completed" },
  { rule: "failure under Never is Failed", policy: "Never", exit: "3", want: "Failed", reason: "Error" },
  {
    rule: "success under OnFailure is Succeeded",
    policy: "OnFailure",
    exit: "0",
    want: "Succeeded",
    reason: "Completed",
  },
]) {
  test(rule, async () => {
    const node = await startNode();
    node.api.put(
      "pods",
      podOf(
        "web",
        { restartPolicy: policy },
        { [`${SIM}/run-for`]: "5s", [`${SIM}/exit-code`]: exit, [`${SIM}/message`]: "done" },
      ),
    );
    await node.until(() => phase(node) === want);
    const end = status(node)?.state?.terminated;
    assert.deepEqual([end?.reason, end?.exitCode, end?.message], [reason, Number(exit), "done"]);
    assert.equal(conditions(node).Ready, "False");
    await node.clock.advance(60_000);
    assert.deepEqual((await node.runtime.listPodSandbox({ state: "READY" })).length, 0, "its sandbox was stopped");
  });
}

test("a crashing container waits 0, 10, 20, 40 … seconds, 5 minutes at most", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/run-for`]: "1s", [`${SIM}/exit-code`]: "1" }));
  const starts: number[] = [];
  let seen = -1;
  await node.until(() => {
    const now = [...node.kubelet.workers()][0]?.runtime.containers[0];
    if (now && now.metadata.attempt !== seen && now.state === "RUNNING") {
      seen = now.metadata.attempt;
      starts.push(now.startedAt);
    }
    return starts.length === 8;
  });
  const gaps = starts.slice(1).map((at, index) => (at - starts[index]!) / 1000 - 1);
  assert.deepEqual(gaps, [0, 10, 20, 40, 80, 160, 300]);
  assert.ok(
    node.api.events("BackOff")[0]?.startsWith("BackOff: Back-off restarting failed container web in pod web_default("),
  );
});

test("a container in back-off says CrashLoopBackOff and how it ended before", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/run-for`]: "1s", [`${SIM}/exit-code`]: "1" }));
  await node.until(() => status(node)?.state?.waiting?.reason === "CrashLoopBackOff");
  const { state, lastState, restartCount } = status(node)!;
  assert.match(state?.waiting?.message ?? "", /^back-off 10s restarting failed container=web pod=web_default\(/);
  assert.equal(lastState?.terminated?.exitCode, 1);
  assert.equal(restartCount, 1);
  assert.equal(phase(node), "Running");
});

test("a deleted pod is stopped in its own time, then deleted from the API with its uid, then gone from the runtime", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/stop-delay`]: "5s" }));
  await node.until(() => phase(node) === "Running");
  const { uid } = node.api.pod("web")!.metadata;
  const began = node.clock.now();
  node.api.deletePod("web");
  await node.until(() => node.api.pod("web") === undefined);
  assert.equal(node.clock.now() - began, 5000);
  const asked = node.api.requests.find(({ verb }) => verb === "delete")?.body as {
    gracePeriodSeconds: number;
    preconditions: unknown;
  };
  assert.deepEqual([asked.gracePeriodSeconds, asked.preconditions], [0, { uid }]);
  await node.clock.advance(1000);
  assert.deepEqual(await node.runtime.listPodSandbox(), []);
  assert.deepEqual(await node.runtime.listContainers(), []);
  assert.deepEqual([...node.kubelet.workers()], []);
  assert.deepEqual(node.api.events("Killing"), ["Killing: Stopping container web"]);
});

test("a container that does not obey is killed when its grace is over", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", { terminationGracePeriodSeconds: 7 }, { [`${SIM}/stop-delay`]: "never" }));
  await node.until(() => phase(node) === "Running");
  const began = node.clock.now();
  node.api.deletePod("web");
  await node.until(() => node.api.pod("web") === undefined);
  assert.equal(node.clock.now() - began, 7000);
});

test("a second deletion with less grace cuts the first one short", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/stop-delay`]: "never" }));
  await node.until(() => phase(node) === "Running");
  const began = node.clock.now();
  node.api.deletePod("web", 30);
  await node.clock.advance(3000);
  node.api.deletePod("web", 1);
  await node.until(() => node.api.pod("web") === undefined);
  assert.equal(node.clock.now() - began, 5000, "the signal gets two seconds at least");
});

test("a sidecar's hook runs at once, and its signal waits for those it serves", async () => {
  const node = await startNode();
  const sidecar = (name: string, more: object = {}) => container(name, { restartPolicy: "Always", ...more });
  const hook = { lifecycle: { preStop: { sleep: { seconds: 4 } } } };
  const spec = { initContainers: [sidecar("first", hook), sidecar("second")], terminationGracePeriodSeconds: 20 };
  node.api.put("pods", podOf("web", spec, { [`${SIM}/stop-delay.web`]: "5s", [`${SIM}/stop-delay.second`]: "3s" }));
  await node.until(() => phase(node) === "Running");
  const began = node.clock.now();
  node.api.deletePod("web");
  const [worker] = node.kubelet.workers();
  await node.until(() => node.api.pod("web") === undefined);
  const ends = worker!.runtime.containers.map(({ metadata, finishedAt }) => [metadata.name, finishedAt - began]);
  assert.deepEqual(Object.fromEntries(ends), { web: 5000, second: 8000, first: 8000 });
});

test("a sidecar gets its signal when the time is up, whatever runs still", async () => {
  const node = await startNode();
  const spec = {
    initContainers: [container("proxy", { restartPolicy: "Always" })],
    terminationGracePeriodSeconds: 6,
  };
  node.api.put("pods", podOf("web", spec, { [`${SIM}/stop-delay`]: "never" }));
  await node.until(() => phase(node) === "Running");
  const began = node.clock.now();
  node.api.deletePod("web");
  await node.until(() => node.api.pod("web") === undefined);
  assert.equal(node.clock.now() - began, 8000);
});

test("a preStop hook runs first and its time counts", async () => {
  const node = await startNode();
  const web = container("web", { lifecycle: { preStop: { sleep: { seconds: 4 } } } });
  node.api.put("pods", podOf("web", { containers: [web] }, { [`${SIM}/stop-delay`]: "1s" }));
  await node.until(() => phase(node) === "Running");
  const began = node.clock.now();
  node.api.deletePod("web");
  await node.until(() => node.api.pod("web") === undefined);
  assert.equal(node.clock.now() - began, 5000);
});

test("a pod is ready when its readiness probe has succeeded, and no longer when it fails", async () => {
  const node = await startNode();
  const probe = { httpGet: { path: "/", port: 80 }, periodSeconds: 2, failureThreshold: 2, successThreshold: 1 };
  node.api.put(
    "pods",
    podOf(
      "web",
      { containers: [container("web", { readinessProbe: probe })] },
      { [`${SIM}/ready-after`]: "5s", [`${SIM}/probe-fail-after`]: "20s" },
    ),
  );
  await node.until(() => phase(node) === "Running");
  assert.equal(conditions(node).Ready, "False");
  await node.until(() => conditions(node).Ready === "True");
  await node.until(() => conditions(node).Ready === "False");
  assert.ok(
    node.api.events("Unhealthy").includes("Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503"),
  );
});

test("a container that fails its liveness probe is restarted", async () => {
  const node = await startNode();
  const probe = { exec: { command: ["check"] }, periodSeconds: 1, failureThreshold: 3 };
  node.api.put(
    "pods",
    podOf("web", { containers: [container("web", { livenessProbe: probe })] }, { [`${SIM}/probe-fail-after`]: "10s" }),
  );
  await node.until(() => (status(node)?.restartCount ?? 0) === 1 && status(node)?.state?.running);
  await node.told();
  assert.deepEqual(node.api.events("Killing"), ["Killing: Container web failed liveness probe, will be restarted"]);
});

test("a probe that the runtime does not carry out says nothing of the container", async () => {
  class Mute extends SimRuntime {
    override execSync = (): Promise<never> => Promise.reject(new RuntimeError("Unavailable", "no connection"));
  }
  const node = await startNode({ runtime: (options) => new Mute(options) });
  const probe = { exec: { command: ["true"] }, periodSeconds: 1, failureThreshold: 1 };
  node.api.put("pods", podOf("web", { containers: [container("web", { livenessProbe: probe })] }));
  await node.until(() => phase(node) === "Running");
  await node.clock.advance(60_000);
  assert.equal(status(node)?.restartCount, 0);
  assert.deepEqual(
    new Set(node.api.events("Unhealthy")),
    new Set([
      "Unhealthy: Liveness probe errored and resulted in unknown state: rpc error: code = Unavailable desc = no connection",
    ]),
  );
});

test("a postStart hook that fails ends the container; its status says why, and no event does", async () => {
  const node = await startNode();
  const web = container("web", { lifecycle: { postStart: { exec: { command: ["exit", "3"] } } } });
  node.api.put("pods", podOf("web", { containers: [web] }));
  await node.until(() => status(node)?.state?.waiting?.reason === "PostStartHookError");
  const { uid } = node.api.pod("web")!.metadata;
  assert.equal(
    status(node)?.state?.waiting?.message,
    `Exec lifecycle hook ([exit 3]) for Container "web" in Pod "web_default(${uid})" failed - ` +
      `error: command 'exit 3' exited with 3: , message: ""`,
  );
  await node.told();
  assert.deepEqual(node.api.events("FailedPostStartHook")[0], "FailedPostStartHook: PostStartHook failed");
  assert.deepEqual(node.api.events("Failed"), []);
});

test("a container that has ended before anybody looked has its last words told", async () => {
  class Brief extends SimRuntime {
    override async startContainer(id: string): Promise<void> {
      await super.startContainer(id);
      await this.stopContainer(id, 0);
    }
  }
  const node = await startNode({ runtime: (options) => new Brief(options) });
  const containers = [container("web", { terminationMessagePolicy: "FallbackToLogsOnError" })];
  node.api.put("pods", podOf("web", { containers, restartPolicy: "Never" }, { [`${SIM}/log`]: "last words" }));
  await node.until(() => phase(node) === "Failed");
  assert.equal(status(node)?.state?.terminated?.message, "last words\n");
});

test("an init container that runs has started, one that is done has not", async () => {
  const node = await startNode();
  const spec = { initContainers: [container("setup")] };
  node.api.put("pods", podOf("web", spec, { [`${SIM}/run-for.setup`]: "5s" }));
  const setup = () => node.api.pod("web")?.status?.initContainerStatuses?.[0];
  await node.until(() => setup()?.state?.running);
  assert.deepEqual([setup()?.started, setup()?.ready], [true, false]);
  await node.until(() => phase(node) === "Running");
  assert.deepEqual([setup()?.started, setup()?.ready], [false, true]);
});

test("an image that cannot be pulled is told, waited for, and tried again", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/pull-error`]: "no such host" }));
  await node.until(() => status(node)?.state?.waiting?.reason === "ErrImagePull");
  assert.equal(status(node)?.state?.waiting?.message, "rpc error: code = Unknown desc = no such host");
  await node.until(() => status(node)?.state?.waiting?.reason === "ImagePullBackOff");
  assert.match(
    status(node)?.state?.waiting?.message ?? "",
    /^Back-off pulling image "registry.k8s.io\/web:1": ErrImagePull: /,
  );
  await node.until(
    () =>
      node.api.events("Pulling").length > 0 &&
      node.api.requests.filter(({ name, verb }) => verb === "patch" && name.startsWith("web.")).length > 2,
  );
  assert.ok(node.api.events("Failed").includes("Failed: Error: ImagePullBackOff"));
});

for (const { rule, more, reason, message } of [
  {
    rule: "a name that is no image name is said to be none",
    more: { image: "UPPER CASE" },
    reason: "InvalidImageName",
    message: `Failed to apply default image tag "UPPER CASE": couldn't parse image name "UPPER CASE": invalid reference format`,
  },
  {
    rule: "an image that may not be pulled must be there",
    more: { imagePullPolicy: "Never" },
    reason: "ErrImageNeverPull",
    message: `Container image "registry.k8s.io/web:1" is not present with pull policy of Never`,
  },
  {
    rule: "a config map that a variable needs must be there",
    more: { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }] },
    reason: "CreateContainerConfigError",
    message: `configmap "settings" not found`,
  },
]) {
  test(rule, async () => {
    const node = await startNode();
    node.api.put("pods", podOf("web", { containers: [container("web", more)] }));
    await node.until(() => status(node)?.state?.waiting?.reason === reason);
    assert.equal(status(node)?.state?.waiting?.message, message);
    assert.equal(phase(node), "Pending");
  });
}

test("a pod starts as soon as the config map it lacked is there", async () => {
  const node = await startNode();
  const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }];
  node.api.put("pods", podOf("web", { containers: [container("web", { env })] }));
  await node.until(() => status(node)?.state?.waiting?.reason === "CreateContainerConfigError");
  const began = node.clock.now();
  node.api.put("configmaps", { metadata: { name: "settings", namespace: "default" }, data: { a: "1" } });
  await node.until(() => phase(node) === "Running");
  assert.ok(node.clock.now() - began < 1000);
});

test("a volume whose config map is missing holds the pod up and is told", async () => {
  const node = await startNode();
  const volumes = [{ name: "v", configMap: { name: "settings" } }];
  node.api.put("pods", podOf("web", { volumes }));
  await node.clock.advance(5000);
  assert.equal(phase(node), "Pending");
  assert.deepEqual(node.api.events("FailedMount"), [
    'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "settings" not found',
  ]);
  node.api.put("configmaps", { metadata: { name: "settings", namespace: "default" }, data: { a: "1" } });
  await node.until(() => phase(node) === "Running");
});

test("a volume that cannot be brought up to date keeps what it shows, is told, and is tried again ever later", async () => {
  const node = await startNode();
  node.api.put("configmaps", { metadata: { name: "settings", namespace: "default" }, data: { a: "1" } });
  node.api.put("pods", podOf("web", { volumes: [{ name: "v", configMap: { name: "settings" } }] }));
  await node.until(() => phase(node) === "Running");
  const told = () => Number(node.api.all("events").find(({ reason }) => reason === "FailedMount")?.count ?? 0);
  node.api.drop("configmaps", "settings", "default");
  await node.clock.advance(20_000);
  const early = told();
  assert.ok(early > 2, `tried again: ${early}`);
  await node.clock.advance(200_000);
  assert.ok(told() - early < 6, `ever later: ${told() - early} more`);
  assert.equal(phase(node), "Running");
  node.api.put("configmaps", { metadata: { name: "settings", namespace: "default" }, data: { a: "2" } });
  await node.clock.advance(1000);
  const inTheEnd = told();
  await node.clock.advance(300_000);
  assert.equal(told(), inTheEnd);
});

test("a pod the node has no room for is refused in upstream's words", async () => {
  const node = await startNode();
  const big = container("web", { resources: { requests: { cpu: "9" } } });
  node.api.put("pods", podOf("web", { containers: [big] }));
  await node.until(() => phase(node) === "Failed");
  assert.equal(node.api.pod("web")?.status?.reason, "OutOfcpu");
  assert.equal(
    node.api.pod("web")?.status?.message,
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 9000, used: 0, capacity: 8000",
  );
  assert.deepEqual(await node.runtime.listPodSandbox(), []);
});

test("a pod past its deadline fails with DeadlineExceeded", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", { activeDeadlineSeconds: 30 }));
  const began = node.clock.now();
  await node.until(() => phase(node) === "Failed");
  // Start times are whole seconds, so the deadline may come up to one earlier.
  assert.equal(Math.round((node.clock.now() - began) / 1000), 30);
  assert.equal(node.api.pod("web")?.status?.reason, "DeadlineExceeded");
});

test("a kubelet that starts anew takes over what runs and starts nothing twice", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/run-for`]: "1s", [`${SIM}/exit-code`]: "1" }));
  node.api.put("pods", podOf("calm"));
  await node.until(() => status(node)?.restartCount === 2 && status(node)?.state?.running);
  const calm = status(node, 0, "calm");
  await node.restart();
  await node.until(() => status(node)?.restartCount === 3);
  assert.deepEqual(status(node, 0, "calm"), calm);
  const sandboxes = await node.runtime.listPodSandbox();
  assert.equal(sandboxes.length, 2);
  assert.ok(sandboxes.every(({ metadata }) => metadata.attempt === 0));
});

for (const { rule, annotations, readyInTheEnd } of [
  { rule: "it stays ready", annotations: {}, readyInTheEnd: true },
  {
    rule: "it is ready no more once its probe has failed often enough",
    annotations: { [`${SIM}/probe-fail-after`]: "5m" },
    readyInTheEnd: false,
  },
] as readonly { rule: string; annotations: Record<string, string>; readyInTheEnd: boolean }[]) {
  test(`a container that was ready before the kubelet restarted: ${rule}`, async () => {
    const node = await startNode();
    const probe = { exec: { command: ["check"] }, periodSeconds: 10, failureThreshold: 3 };
    const web = container("web", { startupProbe: probe, readinessProbe: probe });
    node.api.put("pods", podOf("web", { containers: [web] }, annotations));
    await node.until(() => status(node)?.ready);
    const before = node.api.pod("web")?.status;
    await node.clock.advance(270_000);
    await node.restart();
    await node.clock.advance(1000);
    assert.deepEqual(node.api.pod("web")?.status, before);
    await node.clock.advance(120_000);
    assert.equal(status(node)?.started, true);
    assert.equal(status(node)?.ready, readyInTheEnd);
  });
}

test("of another container than the API's status tells of nothing is known after a restart", async () => {
  const node = await startNode();
  const readinessProbe = { exec: { command: ["check"] }, periodSeconds: 10 };
  node.api.put("pods", podOf("web", { containers: [container("web", { readinessProbe })] }));
  await node.until(() => status(node)?.ready);
  await node.kubelet.stop();
  const pod = node.api.pod("web")!;
  const [told] = pod.status!.containerStatuses!;
  const containerStatuses = [{ ...told!, containerID: "sim://another" }];
  node.api.put("pods", { ...pod, status: { ...pod.status, containerStatuses } });
  await node.restart();
  await node.clock.advance(0);
  assert.equal(status(node)?.ready, false);
  await node.until(() => status(node)?.ready, 10_000);
});

test("a runtime that has lost everything does not take the count of restarts with it", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web"));
  await node.until(() => phase(node) === "Running");
  await node.kubelet.stop();
  for (const { id } of await node.runtime.listPodSandbox()) await node.runtime.removePodSandbox(id);
  await node.restart();
  await node.until(() => status(node)?.restartCount === 1 && status(node)?.state?.running);
});

test("a container that crashes and gets another image does not wait out its back-off", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/run-for`]: "1s", [`${SIM}/exit-code`]: "1" }));
  await node.until(() => status(node)?.state?.waiting?.message?.startsWith("back-off 2m40s"));
  const before = node.api.pod("web")!;
  const containers = [container("web", { image: "registry.k8s.io/web:2" })];
  node.api.put("pods", {
    ...before,
    spec: { ...before.spec, containers },
    metadata: { ...before.metadata, generation: 2 },
  });
  await node.until(() => status(node)?.image === "registry.k8s.io/web:2", 2000);
});

test("what is left of a pod that was deleted meanwhile is removed at the start", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web"));
  await node.until(() => phase(node) === "Running");
  await node.kubelet.stop();
  node.api.drop("pods", "web", "default");
  await node.restart();
  await node.clock.advance(5000);
  assert.deepEqual(await node.runtime.listPodSandbox(), []);
});

test("a sandbox that dies is replaced, and its containers start in the new one", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web"));
  await node.until(() => phase(node) === "Running");
  const [sandbox] = await node.runtime.listPodSandbox();
  await node.runtime.stopPodSandbox(sandbox!.id);
  await node.until(() => status(node)?.restartCount === 1 && status(node)?.state?.running);
  assert.equal(node.api.pod("web")?.status?.podIP, "10.0.0.3");
  await node.told();
  assert.deepEqual(node.api.events("SandboxChanged").length, 1);
});

test("init containers that run again in a new sandbox are not told as running: the API refuses that", async () => {
  const node = await startNode();
  const spec = { initContainers: [container("setup")], restartPolicy: "OnFailure" };
  node.api.put("pods", podOf("web", spec, { [`${SIM}/run-for.setup`]: "5s" }));
  await node.until(() => phase(node) === "Running");
  const [sandbox] = await node.runtime.listPodSandbox();
  const told = node.api.requests.length;
  await node.runtime.stopPodSandbox(sandbox!.id);
  await node.until(() => status(node)?.restartCount === 1 && status(node)?.state?.running);
  const states = node.api.requests
    .slice(told)
    .flatMap(({ body }) => (body as { status?: { initContainerStatuses?: ContainerStatus[] } }).status ?? [])
    .flatMap(({ initContainerStatuses = [] }) => initContainerStatuses)
    .map(({ state }) => Object.keys(state ?? {}));
  assert.deepEqual(states, [["terminated"]]);
  assert.equal(node.api.pod("web")?.status?.initContainerStatuses?.[0]?.restartCount, 1);
});

test("while the runtime does not answer the node is not ready; afterwards all is right again", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/run-for`]: "30s" }));
  await node.until(() => phase(node) === "Running");
  const ready = (): string | undefined =>
    (node.api.all("nodes")[0] as unknown as Node).status?.conditions?.find(({ type }) => type === "Ready")?.status;
  assert.equal(ready(), "True");
  node.runtime.down = true;
  await node.until(() => ready() === "False");
  await node.clock.advance(60_000);
  node.runtime.down = false;
  await node.until(() => ready() === "True");
  await node.until(() => status(node)?.restartCount === 1);
});

test("a runtime that comes late gives its name to the node and its containers", async () => {
  const node = await startNode({ runtime: (options) => Object.assign(new SimRuntime(options), { down: true }) });
  const told = () => (node.api.all("nodes")[0] as unknown as Node).status?.nodeInfo?.containerRuntimeVersion;
  assert.equal(told(), "unknown://Unknown");
  node.api.put("pods", podOf("web"));
  await node.clock.advance(5000);
  node.runtime.down = false;
  await node.until(() => phase(node) === "Running");
  assert.match(status(node)?.containerID ?? "", /^sim:/);
  assert.equal(told(), "sim://1.0.0");
});

test("a runtime that never answers one question does not keep the lease from being renewed", async () => {
  class Stuck extends SimRuntime {
    stuck = false;
    override status(): ReturnType<SimRuntime["status"]> {
      return this.stuck ? new Promise(() => {}) : super.status();
    }
  }
  const node = await startNode({ runtime: (options) => new Stuck(options) });
  node.runtime.stuck = true;
  await node.clock.advance(20_000);
  const before = node.api.requests.length;
  await node.clock.advance(60_000);
  assert.equal(node.api.requests.slice(before).filter(({ resource }) => resource === "leases").length, 6);
});

test("pods that are there when the kubelet starts are judged after those that run, the oldest first", async () => {
  const node = await startNode();
  const sized = (name: string, cpu: string): object =>
    podOf(name, { containers: [container("web", { resources: { requests: { cpu } } })] });
  node.api.put("pods", sized("z-runs", "4"));
  await node.until(() => phase(node, "z-runs") === "Running");
  await node.kubelet.stop();
  node.api.put("pods", sized("y-older", "3"));
  await node.clock.advance(2000);
  node.api.put("pods", sized("a-younger", "3"));
  await node.restart();
  await node.until(() => phase(node, "y-older") === "Running");
  assert.equal(phase(node, "a-younger"), "Failed");
  assert.equal(phase(node, "z-runs"), "Running");
});

test("an idle node writes its lease every ten seconds and its status every five minutes", async () => {
  const node = await startNode();
  await node.clock.advance(20_000);
  const before = node.api.requests.length;
  await node.clock.advance(300_000);
  const told = node.api.requests.slice(before);
  assert.equal(told.filter(({ resource }) => resource === "leases").length, 30);
  assert.equal(told.filter(({ resource }) => resource === "nodes").length, 1);
  assert.equal(told.length, 31);
});

test("a node says what it is", async () => {
  const node = await startNode({ taints: [{ key: "a", effect: "NoSchedule" }], labels: { zone: "z" } });
  const { metadata, spec, status: is } = node.api.all("nodes")[0] as unknown as Node;
  assert.equal(metadata.labels?.["kubernetes.io/hostname"], "node-1");
  assert.equal(metadata.labels?.zone, "z");
  assert.deepEqual(spec.taints, [{ key: "a", effect: "NoSchedule" }]);
  assert.deepEqual(is?.capacity, { cpu: "8", "ephemeral-storage": "100Gi", memory: "32Gi", pods: "110" });
  assert.equal(is?.nodeInfo?.kubeletVersion, "v1.36.0");
  assert.equal(is?.nodeInfo?.containerRuntimeVersion, "sim://1.0.0");
  assert.deepEqual(
    is?.conditions?.map(({ type, reason }) => [type, reason]),
    [
      ["MemoryPressure", "KubeletHasSufficientMemory"],
      ["DiskPressure", "KubeletHasNoDiskPressure"],
      ["PIDPressure", "KubeletHasSufficientPID"],
      ["Ready", "KubeletReady"],
    ],
  );
  await node.told();
  // A simulated one tells changes only: of how thousands of them begin nobody would read.
  assert.deepEqual(node.api.events(), ["Starting: Starting kubelet."]);
});
