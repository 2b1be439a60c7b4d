/** Who asked for a container's start is killed in the middle of it: the container starts all the same, and once. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { hasCode } from "../../adapters/containerd/grpc.ts";
import { HUNG } from "../hung.ts";
import { openTestNode, whyNoContainers } from "./test-node.ts";
import type { TestNode } from "./test-node.ts";

const CRI = join(import.meta.dirname, "../../adapters/containerd/cri.ts");
const problem = await whyNoContainers();

suite("a client that is killed", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  before(async () => void (node = await openTestNode()));
  after(() => node?.[Symbol.asyncDispose]());

  test("StartContainer goes on without it", async () => {
    const config = node.pod("orphan");
    const logPath = "main/0.log";
    const log = join(config.logDirectory, logPath);
    mkdirSync(dirname(log), { recursive: true });
    // A log that is a pipe holds StartContainer up, before it makes the process, until somebody reads.
    assert.equal(spawnSync("mkfifo", [log]).status, 0);
    const sandbox = await node.runtime.runPodSandbox(config);
    const script = ["sh", "-c", "echo started; sleep 600"];
    const id = await node.runtime.createContainer(sandbox, node.container("main", script, { logPath }), config);

    const call = `await new CriRuntime(${JSON.stringify(node.daemon.endpoint)}, { outlives: true }).startContainer("${id}")`;
    const code = `import { CriRuntime } from ${JSON.stringify(CRI)}; ${call};`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: "inherit" });
    await using reader = await open(log, "r");
    const ended = once(child, "exit");
    assert.equal(child.exitCode, null);
    child.kill("SIGKILL");
    await ended;

    const { buffer, bytesRead } = await reader.read(Buffer.alloc(4096), 0, 4096);
    assert.match(buffer.toString("utf8", 0, bytesRead), / stdout F started\n$/);
    // The process's first words may come before containerd notes that it runs.
    await assert.rejects(node.runtime.startContainer(id), (error) => hasCode(error, "FailedPrecondition"));
    let { state } = await node.runtime.containerStatus(id);
    while (state === "CREATED") ({ state } = await node.runtime.containerStatus(id));
    assert.equal(state, "RUNNING");
    await node.runtime.removePodSandbox(sandbox);
  });
});
