/** The contract of container runtimes, kept by containerd. */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, suite } from "node:test";
import { CriRuntime } from "../../adapters/containerd/cri.ts";
import { runtimeContract } from "../../src/kubelet/runtime.contract.ts";
import type { ContainerConfig, PodSandboxConfig } from "../../src/kubelet/runtime.ts";
import { HUNG } from "../hung.ts";
import { busyboxImage, openTestNode, whyNoContainers } from "./test-node.ts";
import type { TestNode } from "./test-node.ts";
import { openTestRegistry } from "./test-registry.ts";
import type { TestRegistry } from "./test-registry.ts";

/** Makes the folders of logs, as a kubelet does before it makes a container. */
class RuntimeWithLogFolders extends CriRuntime {
  override async createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandbox: PodSandboxConfig,
    signal?: AbortSignal,
  ): Promise<string> {
    await mkdir(dirname(join(sandbox.logDirectory, config.logPath)), { recursive: true });
    return super.createContainer(sandboxId, config, sandbox, signal);
  }
}

const problem = await whyNoContainers();
suite("containerd", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  let registry: TestRegistry;
  before(async () => {
    registry = await openTestRegistry(await busyboxImage());
    node = await openTestNode();
  });
  after(async () => {
    await node?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
  });

  runtimeContract("containerd", async () => {
    const runtime = new RuntimeWithLogFolders(node.daemon.endpoint);
    return {
      runtime,
      image: `localhost:${registry.port}/app:1`,
      logDirectory: join(node.directory, "logs"),
      cgroupParent: node.cgroupParent,
      readLog: (path) => readFile(path, "utf8"),
      close: async () => runtime.close(),
    };
  });
});
