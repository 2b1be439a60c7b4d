/** What CRI says of containers beyond the contract: events, logs, limits, users, files, statistics. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { cgroupVersion } from "../../adapters/containerd/machine.ts";
import type { LinuxContainerConfig, RuntimeError, RuntimeEvent } from "../../src/kubelet/runtime.ts";
import { HUNG } from "../hung.ts";
import { openTestNode, whyNoContainers } from "./test-node.ts";
import type { TestNode } from "./test-node.ts";

const linux = (more: Partial<LinuxContainerConfig["securityContext"]>, resources = {}): LinuxContainerConfig => ({
  resources,
  securityContext: {
    privileged: false,
    namespaces: { network: "POD", pid: "CONTAINER", ipc: "POD" },
    readonlyRootfs: false,
    supplementalGroups: [],
    noNewPrivs: false,
    maskedPaths: [],
    readonlyPaths: [],
    ...more,
  },
});

const problem = await whyNoContainers();
suite("real containers", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  before(async () => {
    node = await openTestNode();
  });
  after(() => node?.[Symbol.asyncDispose]());
  const shell = async (id: string, command: string): Promise<string> => {
    const { stdout, stderr } = await node.runtime.execSync(id, ["sh", "-c", command], 10);
    return Buffer.from(stdout).toString() + Buffer.from(stderr).toString();
  };

  test("events come in order, and the status agrees with an end that is told", async () => {
    const leave = new AbortController();
    const events = node.runtime.events(leave.signal)[Symbol.asyncIterator]();
    const first = events.next();
    // The subscription is one call ahead of the pod on the same connection.
    await node.runtime.version();
    const began = performance.now();
    const box = await node.run("brief", ["sh", "-c", "sleep 0.2; exit 7"]);
    const seen: string[] = [];
    for (let next = await first; !next.done; next = await events.next()) {
      const event: RuntimeEvent = next.value;
      const who = event.id === box.container ? "container" : event.id === box.sandbox ? "sandbox" : "other";
      seen.push(`${event.type} ${who}`);
      if (event.type !== "STOPPED" || who !== "container") continue;
      assert.equal(event.podUid, box.config.metadata.uid);
      const { state, exitCode } = await node.runtime.containerStatus(box.container);
      assert.deepEqual([state, exitCode], ["EXITED", 7]);
      break;
    }
    assert.deepEqual(seen, [
      "CREATED sandbox",
      "STARTED sandbox",
      "CREATED container",
      "STARTED container",
      "STOPPED container",
    ]);
    assert.ok(performance.now() - began < 3000, "promptly");
    leave.abort();
    assert.equal((await events.next()).done, true);
  });

  test("a log has a line a line, with time and stream", async () => {
    const box = await node.run("speaks", ["sh", "-c", "echo one; echo two >&2; sleep 3600"]);
    const path = join(box.config.logDirectory, "speaks.log");
    assert.equal((await node.runtime.containerStatus(box.container)).logPath, path);
    const deadline = performance.now() + 5000;
    let text = "";
    while (text.split("\n").length < 3 && performance.now() < deadline) text = await readFile(path, "utf8");
    assert.match(text, /^\S+Z stdout F one$/m);
    assert.match(text, /^\S+[Z0-9] stderr F two$/m);
  });

  test("limits reach the control group, and can be changed while it runs", async () => {
    const resources = { memoryLimitInBytes: 64 << 20, cpuQuota: 50_000, cpuPeriod: 100_000, cpuShares: 512 };
    const box = await node.run("limited", ["sleep", "3600"], { linux: linux({}, resources) });
    const memory = async (): Promise<string> => {
      const file = (await cgroupVersion()) === 2 ? "memory.max" : "memory/memory.limit_in_bytes";
      return (await shell(box.container, `cat /sys/fs/cgroup/${file}`)).trim();
    };
    assert.equal(await memory(), String(64 << 20));
    await node.runtime.updateContainerResources(box.container, { ...resources, memoryLimitInBytes: 96 << 20 });
    assert.equal(await memory(), String(96 << 20));
  });

  test("a container that uses more memory than it may is OOMKilled", async () => {
    const box = await node.run("greedy", ["sh", "-c", "x=x; while true; do x=$x$x; done"], {
      linux: linux({}, { memoryLimitInBytes: 16 << 20, memorySwapLimitInBytes: 16 << 20 }),
    });
    const deadline = performance.now() + 20_000;
    let status = await node.runtime.containerStatus(box.container);
    while (status.state !== "EXITED" && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      status = await node.runtime.containerStatus(box.container);
    }
    assert.deepEqual([status.reason, status.exitCode], ["OOMKilled", 137]);
  });

  test("user, groups, capabilities and a read-only root are as the configuration says", async () => {
    const box = await node.run("careful", ["sleep", "3600"], {
      linux: linux({
        runAsUser: 1000,
        runAsGroup: 2000,
        supplementalGroups: [3000],
        readonlyRootfs: true,
        noNewPrivs: true,
        capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
      }),
    });
    assert.equal(await shell(box.container, "id -u; id -g; id -G"), "1000\n2000\n2000 3000\n");
    assert.match(await shell(box.container, "echo x >/tmp/x"), /Read-only file system/);
    assert.match(
      await shell(box.container, "cat /proc/self/status"),
      /CapBnd:\s*0000000000001000\nCapAmb.*\nNoNewPrivs:\s*1/,
    );
  });

  test("environment, working folder and mounts are as the configuration says", async () => {
    const folder = join(node.directory, "volume");
    await mkdir(folder);
    await writeFile(join(folder, "file"), "from the node\n");
    const box = await node.run("furnished", ["sleep", "3600"], {
      env: [{ name: "GREETING", value: "good day" }],
      workingDir: "/volume",
      mounts: [{ hostPath: folder, containerPath: "/volume", readonly: true }],
    });
    assert.equal(await shell(box.container, "echo $GREETING; cat file"), "good day\nfrom the node\n");
    assert.match(await shell(box.container, "echo x >file"), /Read-only file system/);
    const [mount] = (await node.runtime.containerStatus(box.container)).mounts;
    assert.deepEqual([mount?.hostPath, mount?.containerPath, mount?.readonly], [folder, "/volume", true]);
  });

  test("statistics tell cpu, memory and the writable layer", async () => {
    const box = await node.run("measured", ["sh", "-c", "echo x >/tmp/x; sleep 3600"]);
    const { cpu, memory, id, metadata } = await node.runtime.containerStats(box.container);
    assert.deepEqual([id, metadata.name], [box.container, "measured"]);
    assert.ok(cpu!.usageCoreNanoSeconds > 0 && memory!.workingSetBytes > 0);
    const all = await node.runtime.listContainerStats({ podSandboxId: box.sandbox });
    assert.deepEqual(
      all.map((stats) => stats.id),
      [box.container],
    );
  });

  test("a program that cannot be started says why", async () => {
    const began = node.run("missing", ["/no/such/program"]);
    await assert.rejects(began, (error: RuntimeError) => {
      assert.match(error.message, /exec: "\/no\/such\/program": stat \/no\/such\/program: no such file or directory/);
      return true;
    });
  });

  test("stopping kills what does not listen, after the grace it was given", async () => {
    const box = await node.run("stubborn", ["sh", "-c", "trap '' TERM; while true; do sleep 0.1; done"]);
    const began = performance.now();
    await node.runtime.stopContainer(box.container, 1);
    const took = performance.now() - began;
    assert.ok(took > 900 && took < 5000, `${took} ms`);
    assert.equal((await node.runtime.containerStatus(box.container)).exitCode, 137);
  });

  test("what the pause process inherits it reaps", async () => {
    const config = node.pod("shared");
    await mkdir(config.logDirectory, { recursive: true });
    const sandboxLinux = config.linux!;
    const namespaces = { network: "POD", pid: "POD", ipc: "POD" } as const;
    const shared = {
      ...config,
      linux: { ...sandboxLinux, securityContext: { ...sandboxLinux.securityContext, namespaces } },
    };
    const sandbox = await node.runtime.runPodSandbox(shared);
    const made = node.container("parent", ["sh", "-c", "(true & exec sh -c 'exit 0'); sleep 3600"], {
      linux: linux({ namespaces }),
    });
    const container = await node.runtime.createContainer(sandbox, made, shared);
    await node.runtime.startContainer(container);
    assert.equal((await shell(container, "cat /proc/1/cmdline")).split("\0")[0], "/pause");
    await shell(container, "(sleep 0.01 &) ; sleep 0.2");
    assert.doesNotMatch(await shell(container, "cat /proc/[0-9]*/stat"), /\) Z 1 /);
  });
});
