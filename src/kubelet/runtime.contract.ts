/**
 * What every container runtime must do, whatever is behind it. Adapters call {@link runtimeContract} from a test file
 * of their own with a runtime that has, or can pull, an image whose `sh`, `echo`, `sleep` and `cat` work.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestOptions } from "node:test";
import type { ContainerConfig, ContainerRuntime, PodSandboxConfig } from "./runtime.ts";
import { RuntimeError } from "./runtime.ts";

export interface ContractSubject {
  readonly runtime: ContainerRuntime;
  /** An image that is present, or that `pullImage` brings. */
  readonly image: string;
  /** Where logs may be written: an absolute folder of this test. */
  readonly logDirectory: string;
  /** Above which pods' control groups may be made. Default `/kubepods`. */
  readonly cgroupParent?: string;
  /** A log file's content. */
  readLog(path: string): Promise<string>;
  /** Lets time pass until the promise is settled; real runtimes just wait. */
  settle?<T>(work: Promise<T>): Promise<T>;
  /** Simulated runtimes say by annotations what a real one runs as a command. */
  readonly annotations?: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export function runtimeContract(name: string, make: () => Promise<ContractSubject>, options: TestOptions = {}): void {
  const rule = (text: string, body: (subject: Required<ContractSubject>) => Promise<void>): void => {
    test(`${name}: ${text}`, options, async () => {
      const subject = await make();
      try {
        await subject.runtime.pullImage({ image: subject.image });
        await body({ cgroupParent: "/kubepods", annotations: {}, settle: (work) => work, ...subject });
      } finally {
        await subject.close();
      }
    });
  };

  rule("tells its name and that it is ready", async ({ runtime }) => {
    assert.ok((await runtime.version()).runtimeName);
    const ready = (await runtime.status()).conditions.filter(({ status }) => status).map(({ type }) => type);
    assert.ok(ready.includes("RuntimeReady") && ready.includes("NetworkReady"), String(ready));
  });

  rule("a sandbox has an address until it is stopped, and is gone once removed", async (subject) => {
    const { runtime } = subject;
    const id = await runtime.runPodSandbox(sandboxOf(subject, "net"));
    const running = await runtime.podSandboxStatus(id);
    assert.equal(running.state, "READY");
    assert.match(running.ips[0] ?? "", /^[0-9a-f.:]+$/);
    assert.equal(running.metadata.uid, "uid-net");
    assert.deepEqual(
      (await runtime.listPodSandbox({ labels: { "io.kubernetes.pod.uid": "uid-net" } })).map((sandbox) => sandbox.id),
      [id],
    );
    await runtime.stopPodSandbox(id);
    assert.equal((await runtime.podSandboxStatus(id)).state, "NOTREADY");
    await runtime.removePodSandbox(id);
    await assert.rejects(runtime.podSandboxStatus(id), hasCode("NotFound"));
  });

  rule("stopping and removing what is not there is no error", async ({ runtime }) => {
    await runtime.stopPodSandbox("no-such-sandbox");
    await runtime.removePodSandbox("no-such-sandbox");
    await runtime.stopContainer("no-such-container", 1);
    await runtime.removeContainer("no-such-container");
  });

  rule("the status of what is not there is NotFound", async ({ runtime }) => {
    await assert.rejects(runtime.podSandboxStatus("no-such-sandbox"), hasCode("NotFound"));
    await assert.rejects(runtime.containerStatus("no-such-container"), hasCode("NotFound"));
  });

  rule("the same sandbox is not made twice, nor the same container", async (subject) => {
    const { runtime } = subject;
    const config = sandboxOf(subject, "twice");
    const id = await runtime.runPodSandbox(config);
    await assert.rejects(runtime.runPodSandbox(config), hasCode("AlreadyExists"));
    const container = await runtime.createContainer(id, containerOf(subject, "main", "sleep 60"), config);
    await assert.rejects(
      runtime.createContainer(id, containerOf(subject, "main", "sleep 60"), config),
      hasCode("AlreadyExists"),
    );
    assert.deepEqual(
      (await runtime.listContainers({ podSandboxId: id })).map((one) => one.id),
      [container],
    );
    const second = { ...config, metadata: { ...config.metadata, attempt: 1 } };
    const other = await runtime.runPodSandbox(second);
    await assert.rejects(
      runtime.createContainer(other, containerOf(subject, "main", "sleep 60"), second),
      hasCode("AlreadyExists"),
      "in another sandbox of the same pod neither",
    );
    await runtime.removePodSandbox(id);
    await runtime.removePodSandbox(other);
  });

  rule("a container is started once, also when two ask at the same time", async (subject) => {
    const { runtime, settle } = subject;
    const config = sandboxOf(subject, "once");
    const sandbox = await runtime.runPodSandbox(config);
    const id = await runtime.createContainer(sandbox, containerOf(subject, "main", "sleep 60"), config);
    const both = await settle(Promise.allSettled([runtime.startContainer(id), runtime.startContainer(id)]));
    const refused = both.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    assert.equal(refused.length, 1);
    hasCode("FailedPrecondition")(refused[0]);
    await assert.rejects(runtime.startContainer(id), hasCode("FailedPrecondition"));
    assert.equal((await runtime.containerStatus(id)).state, "RUNNING");
    await settle(runtime.stopContainer(id, 0));
    await assert.rejects(runtime.startContainer(id), hasCode("FailedPrecondition"));
    await runtime.removePodSandbox(sandbox);
  });

  rule("a container goes from created to running to exited, and keeps what it was given", async (subject) => {
    const { runtime, settle } = subject;
    const config = sandboxOf(subject, "life");
    const sandbox = await runtime.runPodSandbox(config);
    const id = await runtime.createContainer(sandbox, containerOf(subject, "main", "sleep 60"), config);
    const created = await runtime.containerStatus(id);
    assert.equal(created.state, "CREATED");
    assert.equal(created.annotations["io.kubernetes.container.restartCount"], "0");
    assert.equal(created.labels["io.kubernetes.container.name"], "main");
    await settle(runtime.startContainer(id));
    const running = await runtime.containerStatus(id);
    assert.equal(running.state, "RUNNING");
    assert.ok(running.startedAt >= created.createdAt);
    await settle(runtime.stopContainer(id, 1));
    const exited = await runtime.containerStatus(id);
    assert.equal(exited.state, "EXITED");
    assert.ok(exited.finishedAt >= exited.startedAt);
    await runtime.removePodSandbox(sandbox);
    await assert.rejects(runtime.containerStatus(id), hasCode("NotFound"), "a sandbox takes its containers along");
  });

  rule("a container cannot be made from an image that is not there", async (subject) => {
    const { runtime } = subject;
    const config = sandboxOf(subject, "noimage");
    const id = await runtime.runPodSandbox(config);
    const missing = { ...containerOf(subject, "main", "true"), image: { image: "registry.invalid/none:1" } };
    await assert.rejects(runtime.createContainer(id, missing, config), RuntimeError);
    await runtime.removePodSandbox(id);
  });

  rule("a command runs to its end with its output and code", async (subject) => {
    const { runtime, settle } = subject;
    const { sandbox, id } = await running(subject, "exec");
    const said = await settle(runtime.execSync(id, ["echo", "hello"], 5));
    assert.deepEqual([new TextDecoder().decode(said.stdout), said.exitCode], ["hello\n", 0]);
    assert.equal((await settle(runtime.execSync(id, ["false"], 5))).exitCode, 1);
    await runtime.removePodSandbox(sandbox);
  });

  rule("a command with streams gets its input, gives its output, and ends with a Status", async (subject) => {
    const { runtime } = subject;
    const { sandbox, id } = await running(subject, "streams");
    const options = { stdin: true, stdout: true, stderr: false, tty: false };
    const channels = await runtime.exec(id, { ...options, command: ["cat"] });
    await channels.send({ channel: 0, bytes: new TextEncoder().encode("ping") });
    await channels.send({ channel: 0, bytes: new Uint8Array(), end: true });
    const text: Record<number, string> = {};
    for await (const { channel, bytes } of channels.frames)
      text[channel] = (text[channel] ?? "") + new TextDecoder().decode(bytes);
    await channels.close();
    assert.equal(text[1], "ping");
    assert.equal((JSON.parse(text[3] ?? "{}") as { status?: string }).status, "Success");
    await runtime.removePodSandbox(sandbox);
  });

  rule("output is in the log, line by line as CRI writes it", async (subject) => {
    const { runtime, settle } = subject;
    const config = sandboxOf(subject, "log");
    const sandbox = await runtime.runPodSandbox(config);
    const id = await runtime.createContainer(
      sandbox,
      containerOf(subject, "main", "echo from the container; sleep 60"),
      config,
    );
    await settle(runtime.startContainer(id));
    const { logPath } = await runtime.containerStatus(id);
    assert.equal(logPath, `${subject.logDirectory}/log/main/0.log`);
    let log = "";
    for (let tries = 0; tries < 100 && log === ""; tries++) {
      log = await subject.readLog(logPath);
      await settle(runtime.status());
    }
    assert.match(log, /^\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d) stdout F from the container\n/);
    await runtime.removePodSandbox(sandbox);
  });

  rule("an image is found by its name, listed, and gone once removed", async ({ runtime, image }) => {
    const found = await runtime.imageStatus({ image });
    assert.ok(found?.id && found.size > 0);
    assert.ok((await runtime.listImages()).some(({ id }) => id === found.id));
    assert.equal(await runtime.imageStatus({ image: "registry.invalid/none:1" }), undefined);
  });

  rule("a running container has stats", async (subject) => {
    const { runtime } = subject;
    const { sandbox, id } = await running(subject, "stats");
    const stats = await runtime.containerStats(id);
    assert.equal(stats.id, id);
    assert.ok((stats.memory?.workingSetBytes ?? 0) > 0);
    await runtime.removePodSandbox(sandbox);
  });
}

async function running(subject: Required<ContractSubject>, name: string): Promise<{ sandbox: string; id: string }> {
  const { runtime, settle } = subject;
  const config = sandboxOf(subject, name);
  const sandbox = await runtime.runPodSandbox(config);
  const id = await runtime.createContainer(sandbox, containerOf(subject, "main", "sleep 60"), config);
  await settle(runtime.startContainer(id));
  return { sandbox, id };
}

function sandboxOf(
  { logDirectory, cgroupParent, annotations }: Required<ContractSubject>,
  name: string,
): PodSandboxConfig {
  const uid = `uid-${name}`;
  return {
    metadata: { name, uid, namespace: "contract", attempt: 0 },
    hostname: name,
    logDirectory: `${logDirectory}/${name}`,
    portMappings: [],
    labels: {
      "io.kubernetes.pod.name": name,
      "io.kubernetes.pod.namespace": "contract",
      "io.kubernetes.pod.uid": uid,
    },
    annotations,
    linux: {
      cgroupParent: `${cgroupParent}/${uid}`,
      sysctls: {},
      securityContext: {
        namespaces: { network: "POD", pid: "CONTAINER", ipc: "POD" },
        readonlyRootfs: false,
        supplementalGroups: [],
        privileged: false,
      },
    },
  };
}

function containerOf({ image }: Required<ContractSubject>, name: string, script: string): ContainerConfig {
  return {
    metadata: { name, attempt: 0 },
    image: { image },
    command: ["sh", "-c", script],
    workingDir: "",
    env: [],
    mounts: [],
    devices: [],
    labels: { "io.kubernetes.container.name": name },
    annotations: { "io.kubernetes.container.restartCount": "0" },
    logPath: `${name}/0.log`,
    stdin: false,
    stdinOnce: false,
    tty: false,
    linux: {
      resources: { cpuShares: 2, oomScoreAdj: 1000 },
      securityContext: {
        privileged: false,
        namespaces: { network: "POD", pid: "CONTAINER", ipc: "POD" },
        readonlyRootfs: false,
        supplementalGroups: [],
        noNewPrivs: false,
        maskedPaths: [],
        readonlyPaths: [],
      },
    },
  };
}

function hasCode(code: RuntimeError["code"]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof RuntimeError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
