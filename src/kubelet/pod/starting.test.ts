import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../machinery/clock.ts";
import type { PodSandboxConfig } from "../runtime.ts";
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
