/** The life of the cluster's own containerd: adopted, killed and revived, stopped, ended. */
import assert from "node:assert/strict";
import { access, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { CriRuntime } from "../../adapters/containerd/cri.ts";
import { startContainerd } from "../../adapters/containerd/daemon.ts";
import { endContainerd } from "../../adapters/containerd/end.ts";
import { hasCode } from "../../adapters/containerd/grpc.ts";
import { processesWith, runs } from "../../adapters/containerd/processes.ts";
import { removePodNetwork } from "../../adapters/cni/pod-network.ts";
import { HUNG } from "../hung.ts";
import { openTestNode, whyNoContainers } from "./test-node.ts";
import type { Running, TestNode } from "./test-node.ts";

const problem = await whyNoContainers();
suite("a containerd of the cluster's own", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  let box: Running;
  before(async () => {
    node = await openTestNode();
    box = await node.run("survivor", ["sleep", "3600"]);
  });
  after(() => node?.[Symbol.asyncDispose]());

  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + 20_000;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`${what} did not come about`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  test("everything of it lies below its directory", async () => {
    assert.ok(node.daemon.endpoint.startsWith(node.options.directory));
    assert.ok((await processesWith("--config", join(node.options.directory, "config.toml"))).includes(node.daemon.pid));
    const names = await readdir(node.options.directory);
    for (const name of ["config.toml", "containerd.log", "containerd.pid", "root", "state"]) {
      assert.ok(names.includes(name), name);
    }
  });

  test("a second start on the same directory adopts the running one", async () => {
    const again = await startContainerd(node.options);
    assert.deepEqual([again.adopted, again.pid], [true, node.daemon.pid]);
    await again.detach();
    assert.ok(await runs(node.daemon.pid));
  });

  test("killed, it is started again, and containers and connections outlive it", async () => {
    const before = node.daemon.pid;
    const event = node.runtime.events(new AbortController().signal)[Symbol.asyncIterator]().next();
    const events = assert.rejects(event, (error) => hasCode(error, "Unavailable"));
    process.kill(before, "SIGKILL");
    await events;
    await until("another process", async () => node.daemon.pid !== before);
    await until("an answer", () =>
      node.runtime.version().then(
        () => true,
        (error) => {
          assert.ok(hasCode(error, "Unavailable") || /not initialized/.test(String(error)), String(error));
          return false;
        },
      ),
    );
    assert.equal((await node.runtime.containerStatus(box.container)).state, "RUNNING");
    const { stdout } = await node.runtime.execSync(box.container, ["echo", "alive"], 5);
    assert.equal(Buffer.from(stdout).toString(), "alive\n");
    const ids = (await node.runtime.listContainers()).map(({ id }) => id);
    assert.deepEqual(ids, [box.container]);
  });

  test("stopped, it leaves containers running, and the next start has them", async () => {
    const again = await startContainerd(node.options);
    await node.daemon.detach();
    await again.stop();
    assert.equal(await runs(again.pid), false);
    await assert.rejects(node.runtime.version(), (error) => hasCode(error, "Unavailable"));
    const third = await startContainerd(node.options);
    assert.equal(third.adopted, false);
    using runtime = new CriRuntime(third.endpoint);
    assert.equal((await runtime.containerStatus(box.container)).state, "RUNNING");
    await third.detach();
  });

  test("a configuration that does not work is told with the log's last words", async () => {
    const directory = join(node.directory, "broken");
    await mkdir(directory);
    await writeFile(join(directory, "root"), "not a folder");
    await assert.rejects(startContainerd({ ...node.options, directory }), (error: Error) => {
      assert.match(
        error.message,
        /^containerd ended with exit code 1\. Its log .*broken.* ends with: .*not a directory/,
      );
      return true;
    });
  });

  test("a directory that runc could not use is refused at once", async () => {
    const directory = join(node.directory, "one,two");
    await assert.rejects(startContainerd({ ...node.options, directory }), /because of the comma in its path: choose/);
    await assert.rejects(access(directory));
  });

  test("ended, nothing of it runs, is mounted or left, also when it was killed before", async () => {
    for (const pid of await processesWith("--config", join(node.options.directory, "config.toml"))) {
      process.kill(pid, "SIGKILL");
    }
    await endContainerd({ ...node.options, keepImages: true });
    assert.deepEqual(await processesWith("-address", node.daemon.endpoint), []);
    assert.deepEqual(await processesWith("--config", join(node.options.directory, "config.toml")), []);
    assert.ok(!(await readFile("/proc/self/mountinfo", "utf8")).includes(node.options.directory));
    assert.ok((await readdir(node.options.directory)).includes("root"), "images are kept where that was asked for");

    await endContainerd({ ...node.options, keepImages: false });
    await assert.rejects(access(node.options.directory));
    await endContainerd({ ...node.options, keepImages: false });
  });

  test("the network is taken away with bridge and rules", async () => {
    const { bridge } = node.network;
    assert.ok((await readdir("/sys/class/net")).includes(bridge));
    const cni = { directory: join(node.directory, "cni"), cluster: node.directory, podCIDR: "10.244.0.0/16" };
    await removePodNetwork(cni);
    assert.ok(!(await readdir("/sys/class/net")).includes(bridge));
    await removePodNetwork(cni);
  });
});
