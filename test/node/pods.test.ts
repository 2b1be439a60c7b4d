/** What pods are promised, with real containers: volumes, variables, users, probes, hooks, order, messages. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { machineHost } from "../../adapters/host/index.ts";
import type { Pod } from "../../src/api/core/index.ts";
import { createInformers } from "../../src/client/index.ts";
import type { Host } from "../../src/kubelet/host.ts";
import type { Kubelet } from "../../src/kubelet/kubelet.ts";
import { createKubelet } from "../../src/kubelet/kubelet.ts";
import { FakeApi } from "../../src/kubelet/testing/fake-api.ts";
import { container, podOf } from "../../src/kubelet/testing/node.ts";
import { silent } from "../../src/machinery/log.ts";
import { HUNG } from "../hung.ts";
import { BUSYBOX, openTestNode, whyNoContainers } from "./test-node.ts";
import type { TestNode } from "./test-node.ts";

const problem = await whyNoContainers();
suite("pods with real containers", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  let api: FakeApi;
  let host: Host;
  let kubelet: Kubelet;

  before(async () => {
    node = await openTestNode();
    api = new FakeApi(systemClock);
    const places = { root: join(node.directory, "kubelet"), logs: join(node.directory, "pod-logs") };
    host = machineHost({ root: places.root, log: silent });
    const informers = createInformers({ client: api.client, clock: systemClock, random: systemRandom, log: silent });
    kubelet = createKubelet({
      client: api.client,
      informers,
      runtime: node.runtime,
      host,
      clock: systemClock,
      random: systemRandom,
      log: silent,
      nodeName: "node-1",
      places,
      cgroupRoot: node.cgroupParent,
      clusterDns: { servers: ["10.96.0.10"], domain: "cluster.local" },
    });
    await kubelet.start();
    api.put("configmaps", {
      metadata: { name: "settings", namespace: "default" },
      data: { color: "blue", "a.txt": "file" },
    });
    api.put("secrets", { metadata: { name: "login", namespace: "default" }, data: { user: btoa("admin") } });
  });
  after(async () => {
    await kubelet?.stop();
    for (const { metadata } of api?.all("pods") ?? []) api.drop("pods", metadata.name, metadata.namespace);
    await host?.files.remove(join(node.directory, "kubelet"));
    await node?.[Symbol.asyncDispose]();
  });

  const main = (script: string, more: object = {}): object =>
    container("main", { image: BUSYBOX, command: ["sh", "-c", script], ...more });
  const put = (name: string, spec: object): void =>
    void api.put("pods", podOf(name, { terminationGracePeriodSeconds: 1, ...spec }));
  const status = (name: string): NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number] | undefined =>
    api.pod(name)?.status?.containerStatuses?.[0];
  const ready = (name: string): boolean => status(name)?.ready === true;
  async function until(what: string, holds: () => unknown): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!(await holds())) {
      const told = `${api.events().slice(-8).join("\n")}\n${JSON.stringify(api.all("pods").at(-1)?.status)}`;
      if (performance.now() > deadline) throw new Error(`${what} did not come about:\n${told}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  async function shell(name: string, script: string): Promise<string> {
    const id = status(name)!.containerID!.replace("containerd://", "");
    const { stdout, stderr } = await node.runtime.execSync(id, ["sh", "-c", script], 10);
    return Buffer.concat([stdout, stderr]).toString().trim();
  }

  test("volumes hold what their sources hold, and follow them", async () => {
    const volumes = [
      { name: "settings", configMap: { name: "settings", defaultMode: 0o644 } },
      { name: "login", secret: { secretName: "login", defaultMode: 0o400 } },
      { name: "self", downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
      {
        name: "token",
        projected: {
          defaultMode: 0o644,
          sources: [
            { serviceAccountToken: { path: "token" } },
            { configMap: { name: "settings", items: [{ key: "a.txt", path: "deep/a" }] } },
          ],
        },
      },
      { name: "scratch", emptyDir: {} },
      { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    ];
    const volumeMounts = [
      { name: "settings", mountPath: "/settings" },
      { name: "settings", mountPath: "/one/color", subPath: "color" },
      { name: "login", mountPath: "/login", readOnly: true },
      { name: "self", mountPath: "/self" },
      { name: "token", mountPath: "/token" },
      { name: "scratch", mountPath: "/scratch" },
      { name: "memory", mountPath: "/memory" },
    ];
    put("volumes", { volumes, containers: [main("sleep 3600", { volumeMounts })] });
    await until("ready", () => ready("volumes"));
    assert.equal(
      await shell("volumes", "cat /settings/color /one/color /login/user /self/name /token/deep/a"),
      "blueblueadminvolumesfile",
    );
    assert.match(await shell("volumes", "cat /token/token"), /^token-\d+$/);
    assert.equal(await shell("volumes", "echo x >/scratch/f && echo x >/memory/f && cat /scratch/f /memory/f"), "x\nx");
    assert.match(await shell("volumes", "grep ' /memory ' /proc/mounts"), /tmpfs.*size=1024k/);
    assert.match(await shell("volumes", "grep ' /token ' /proc/mounts"), /^tmpfs/);
    assert.match(await shell("volumes", "echo x >/login/new"), /Read-only/);
    assert.match(await shell("volumes", "stat -Lc %a /login/user"), /400/);

    api.put("configmaps", {
      metadata: { name: "settings", namespace: "default" },
      data: { color: "green", "a.txt": "file" },
    });
    await until("the new color", async () => (await shell("volumes", "cat /settings/color")) === "green");
    assert.equal(await shell("volumes", "cat /one/color"), "blue", "a subPath stays what it was");
  });

  test("names, resolver and variables are the pod's", async () => {
    const env = [
      { name: "COLOR", valueFrom: { configMapKeyRef: { name: "settings", key: "color" } } },
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "BOTH", value: "$(COLOR)-$(IP)" },
    ];
    put("names", {
      hostname: "db-0",
      subdomain: "db",
      hostAliases: [{ ip: "1.2.3.4", hostnames: ["far"] }],
      containers: [main("sleep 3600", { env, workingDir: "/tmp" })],
    });
    await until("ready", () => ready("names"));
    const ip = api.pod("names")!.status!.podIP!;
    assert.equal(
      await shell("names", "hostname; pwd; echo $BOTH"),
      `db-0\n/tmp\n${await shell("names", "echo $COLOR")}-${ip}`,
    );
    assert.match(
      await shell("names", "cat /etc/hosts"),
      new RegExp(`${ip}\\s+db-0.db.default.svc.cluster.local\\s+db-0[\\s\\S]*1.2.3.4\\s+far`),
    );
    assert.match(
      await shell("names", "cat /etc/resolv.conf"),
      /search default.svc.cluster.local[\s\S]*nameserver 10.96.0.10[\s\S]*ndots:5/,
    );
  });

  test("users, groups and rights are the security context's", async () => {
    put("user", {
      securityContext: { runAsUser: 1000, runAsGroup: 2000, fsGroup: 3000 },
      volumes: [{ name: "data", emptyDir: {} }],
      containers: [
        main("sleep 3600", {
          volumeMounts: [{ name: "data", mountPath: "/data" }],
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
          },
        }),
      ],
    });
    await until("ready", () => ready("user"));
    assert.equal(await shell("user", "id -u; id -g; touch /data/f; stat -c %g /data/f"), "1000\n2000\n3000");
    assert.match(await shell("user", "touch /x"), /Read-only/);
    assert.match(
      await shell("user", "grep -E 'NoNewPrivs|CapEff' /proc/self/status"),
      /CapEff:\s+0+\s[\s\S]*NoNewPrivs:\s+1/,
    );
  });

  test("init containers and sidecars come before, and what a container leaves behind is told", async () => {
    const step = (name: string, script: string, more: object = {}): object =>
      container(name, {
        image: BUSYBOX,
        command: ["sh", "-c", script],
        volumeMounts: [{ name: "shared", mountPath: "/shared" }],
        ...more,
      });
    put("order", {
      restartPolicy: "Never",
      volumes: [{ name: "shared", emptyDir: {} }],
      initContainers: [
        step("first", "echo first >>/shared/log"),
        step("proxy", "echo proxy >>/shared/log; sleep 3600", {
          restartPolicy: "Always",
          startupProbe: { exec: { command: ["sh", "-c", "grep -q proxy /shared/log"] }, periodSeconds: 1 },
        }),
      ],
      containers: [step("main", "echo main >>/shared/log; cat /shared/log >/dev/termination-log; exit 0")],
    });
    await until("success", () => api.pod("order")?.status?.phase === "Succeeded");
    assert.equal(status("order")?.state?.terminated?.message, "first\nproxy\nmain\n");
    const [first, proxy] = api.pod("order")!.status!.initContainerStatuses!;
    assert.equal(first?.state?.terminated?.reason, "Completed");
    assert.ok(proxy?.state?.terminated, "the sidecar ends after the main container");
  });

  test("the end of the log is the message of a container that fails without one", async () => {
    put("failing", {
      restartPolicy: "Never",
      containers: [main("echo last words; exit 7", { terminationMessagePolicy: "FallbackToLogsOnError" })],
    });
    await until("failure", () => api.pod("failing")?.status?.phase === "Failed");
    const end = status("failing")?.state?.terminated;
    assert.deepEqual([end?.exitCode, end?.reason, end?.message], [7, "Error", "last words\n"]);
  });

  test("a pod is ready when its server answers, and restarted when it hangs", async () => {
    const probe = { httpGet: { path: "/ok", port: "http" }, periodSeconds: 1, failureThreshold: 1 };
    put("probed", {
      containers: [
        main("mkdir /www; touch /www/alive; (sleep 1; echo 1 >/www/ok) & exec busybox httpd -f -p 8080 -h /www", {
          ports: [{ name: "http", containerPort: 8080 }],
          readinessProbe: probe,
          livenessProbe: {
            exec: { command: ["sh", "-c", "test -e /www/alive"] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        }),
      ],
    });
    await until("running", () => status("probed")?.state?.running);
    assert.equal(ready("probed"), false);
    await until("ready", () => ready("probed"));
    await shell("probed", "rm /www/alive");
    await until("a restart", () => status("probed")?.restartCount === 1);
  });

  test("hooks run after the start and before the end, and the stop signal is obeyed", async () => {
    const lifecycle = {
      postStart: { exec: { command: ["sh", "-c", "echo started >/shared/post"] } },
      preStop: { exec: { command: ["sh", "-c", "echo stopping >/shared/pre"] } },
    };
    const shared = join(node.directory, "shared");
    put("hooks", {
      terminationGracePeriodSeconds: 10,
      volumes: [{ name: "shared", hostPath: { path: shared, type: "DirectoryOrCreate" } }],
      containers: [
        main("trap 'echo term >/shared/term; exit 0' TERM; while :; do sleep 0.1; done", {
          lifecycle,
          volumeMounts: [{ name: "shared", mountPath: "/shared" }],
        }),
      ],
    });
    await until("ready", () => ready("hooks"));
    assert.equal(await shell("hooks", "cat /shared/post"), "started");
    const began = performance.now();
    api.deletePod("hooks", 10);
    await until("the end", () => !api.pod("hooks"));
    assert.ok(performance.now() - began < 8000, "it ended by itself");
    const read = async (name: string): Promise<string> =>
      Buffer.from(await host.files.readFile(join(shared, name))).toString();
    assert.deepEqual([await read("pre"), await read("term")], ["stopping\n", "term\n"]);
  });

  test("containers of a pod that share processes see each other", async () => {
    put("shared", {
      shareProcessNamespace: true,
      containers: [main("sleep 3600"), container("other", { image: BUSYBOX, command: ["sleep", "4242"] })],
    });
    await until("ready", () => api.pod("shared")?.status?.containerStatuses?.every((one) => one.ready));
    assert.match(await shell("shared", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"), /sleep 4242/);
  });

  test("a pod in the node's network has the node's address and name", async () => {
    put("hostnet", { hostNetwork: true, containers: [main("sleep 3600")] });
    await until("ready", () => ready("hostnet"));
    assert.equal(api.pod("hostnet")?.status?.podIP, api.pod("hostnet")?.status?.hostIP);
  });

  test("a command that is not there is told, and tried again", async () => {
    put("typo", { containers: [container("main", { image: BUSYBOX, command: ["/no/such/program"] })] });
    await until("a restart", () => (status("typo")?.restartCount ?? 0) >= 1);
    const { state, lastState } = status("typo")!;
    assert.match(JSON.stringify(state) + JSON.stringify(lastState), /no such file or directory/);
    assert.equal(lastState?.terminated?.reason, "StartError");
    assert.equal(lastState?.terminated?.exitCode, 128);
  });

  test("what a pod had on the node goes with it", async () => {
    const { uid } = api.pod("volumes")!.metadata;
    const directory = join(node.directory, "kubelet/pods", uid);
    assert.equal(await host.files.kindOf(directory), "directory");
    api.deletePod("volumes", 1);
    await until("the end", () => !api.pod("volumes"));
    await until("an empty place", async () => (await host.files.kindOf(directory)) === undefined);
    const mounts = Buffer.from(await host.files.readFile("/proc/self/mountinfo")).toString();
    assert.ok(!mounts.includes(uid));
  });
});
