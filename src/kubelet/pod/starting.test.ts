import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../machinery/clock.ts";
import type { PodSandboxConfig } from "../runtime.ts";
import { RuntimeError } from "../runtime.ts";
import { SimRuntime } from "../sim/sim-runtime.ts";
import type { SimRuntimeOptions } from "../sim/sim-runtime.ts";
import { container, podOf, startNode } from "../testing/node.ts";

/** Sandboxes take longer than a failed volume waits for its next try. */
class SlowSandboxes extends SimRuntime {
  readonly #options: SimRuntimeOptions;
  attempts: number[] = [];

  constructor(options: SimRuntimeOptions) {
    super(options);
    this.#options = options;
  }

  override async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    this.attempts.push(config.metadata.attempt);
    await sleep(this.#options.clock, 5000);
    return super.runPodSandbox(config);
  }
}

test("while a sandbox is being made a volume that fails begins no second one", async () => {
  const node = await startNode({ runtime: (options) => new SlowSandboxes(options) });
  const secret = { name: "late", secret: { secretName: "late" } };
  node.api.put("pods", podOf("web", { containers: [container("web")], volumes: [secret] }));
  await node.clock.advance(30_000);
  assert.deepEqual(node.runtime.attempts, [0]);
  assert.match(node.api.events("FailedMount")[0] ?? "", /secret "late" not found/);
  node.api.put("secrets", { metadata: { name: "late", namespace: "default" }, data: {} });
  await node.until(() => node.api.pod("web")?.status?.phase === "Running", 60_000);
  assert.deepEqual(node.runtime.attempts, [0]);
});

/** Keeps the order of what is asked; a call is on its way when this turn of the event loop is over. */
class Sending extends SimRuntime {
  readonly said: string[] = [];

  override async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    this.said.push("call");
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    this.said.push("sent");
    return super.runPodSandbox(config);
  }

  override imageStatus(...given: Parameters<SimRuntime["imageStatus"]>): ReturnType<SimRuntime["imageStatus"]> {
    this.said.push("image");
    return super.imageStatus(...given);
  }
}

test("the sandbox's call is on its way before anything else is begun", async () => {
  const node = await startNode({ runtime: (options) => new Sending(options) });
  node.api.put("pods", podOf("web"));
  await node.until(() => node.api.pod("web")?.status?.phase === "Running", 10_000);
  assert.deepEqual(node.runtime.said.slice(0, 3), ["call", "sent", "image"]);
});

/** Tells a sandbox's address late, or not at first; keeps the order of what it is asked. */
class LateAddress extends SimRuntime {
  readonly #clock: SimRuntimeOptions["clock"];
  readonly said: string[] = [];
  failures = 0;

  constructor(options: SimRuntimeOptions) {
    super(options);
    this.#clock = options.clock;
  }

  override async podSandboxStatus(id: string): ReturnType<SimRuntime["podSandboxStatus"]> {
    if (this.failures-- > 0) throw new RuntimeError("Unknown", "no time");
    await sleep(this.#clock, 3000);
    this.said.push("address");
    return super.podSandboxStatus(id);
  }

  override createContainer(...given: Parameters<SimRuntime["createContainer"]>): Promise<string> {
    const [, { env }] = given;
    this.said.push(`create ${env.map(({ name, value }) => `${name}=${value}`).join(" ")}`.trim());
    return super.createContainer(...given);
  }

  override startContainer(id: string): Promise<void> {
    this.said.push("start");
    return super.startContainer(id);
  }
}

for (const { rule, env, said } of [
  { rule: "a container is made while the address is asked for", env: [], said: ["create", "address", "start"] },
  {
    rule: "one that is told the address is made when that is known",
    env: [{ name: "IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } }],
    said: ["address", "create IP=10.0.0.2", "start"],
  },
]) {
  test(rule, async () => {
    const node = await startNode({ runtime: (options) => new LateAddress(options) });
    node.api.put("pods", podOf("web", { containers: [container("web", { env })] }));
    await node.until(() => node.api.pod("web")?.status?.phase === "Running", 10_000);
    assert.deepEqual(node.runtime.said, said);
    assert.equal(node.api.pod("web")?.status?.podIP, "10.0.0.2");
  });
}

for (const pull of ["0s", "5s"]) {
  test(`where the address cannot be had, sandbox and container are found again and used: pull takes ${pull}`, async () => {
    const node = await startNode({ runtime: (options) => new LateAddress(options) });
    node.runtime.failures = 1;
    node.api.put("pods", podOf("web", {}, { "sim.tiphys.dev/pull-delay": pull }));
    await node.until(() => node.api.pod("web")?.status?.phase === "Running", 30_000);
    assert.equal((await node.runtime.listPodSandbox()).length, 1);
    assert.equal((await node.runtime.listContainers()).length, 1);
    assert.equal(node.runtime.said.filter((call) => call === "start").length, 1);
    await node.told();
    assert.deepEqual(node.api.events("Failed"), []);
  });
}
