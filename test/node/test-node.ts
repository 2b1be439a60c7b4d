/**
 * A node's runtime for tests: a private containerd in a temporary directory, a pod network of its own and a busybox
 * image made from the distribution's static busybox. Disposing of it leaves nothing on the machine.
 */
import { access, mkdir, mkdtemp, readFile, readdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freeClusterCIDR } from "../../adapters/cni/cidr.ts";
import { openPodNetwork, removePodNetwork } from "../../adapters/cni/pod-network.ts";
import type { PodNetwork } from "../../adapters/cni/pod-network.ts";
import { buildImage } from "../../adapters/containerd/build-image.ts";
import type { Registry } from "../../adapters/containerd/config.ts";
import { CriRuntime } from "../../adapters/containerd/cri.ts";
import { startContainerd } from "../../adapters/containerd/daemon.ts";
import type { ContainerdDaemon, ContainerdOptions } from "../../adapters/containerd/daemon.ts";
import { endContainerd } from "../../adapters/containerd/end.ts";
import { importImages } from "../../adapters/containerd/images.ts";
import { machineProblem } from "../../adapters/containerd/machine.ts";
import type { ContainerConfig, PodSandboxConfig } from "../../src/kubelet/runtime.ts";
import { silent } from "../../src/machinery/log.ts";

export const BUSYBOX = "localhost/tiphys-test/busybox:1";

/** Why real containers cannot be tested here; undefined where they can. */
export async function whyNoContainers(): Promise<string | undefined> {
  const problem = await machineProblem();
  if (problem) return problem;
  const missing = await missingFiles("/usr/lib/cni/bridge", "/usr/sbin/nft", "/usr/bin/busybox");
  return missing.length > 0 ? `${missing.join(", ")} cannot be found` : undefined;
}

async function missingFiles(...paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => [],
        () => [path],
      ),
    ),
  );
  return found.flat();
}

export interface TestNode extends AsyncDisposable {
  readonly directory: string;
  readonly options: ContainerdOptions;
  readonly network: PodNetwork;
  readonly daemon: ContainerdDaemon;
  readonly runtime: CriRuntime;
  /** Above which the pods' control groups are made. */
  readonly cgroupParent: string;
  /** A pod's configuration; several of the same name get different uids. */
  pod(name: string, more?: Partial<PodSandboxConfig>): PodSandboxConfig;
  /** A busybox container that runs `command`. */
  container(name: string, command: readonly string[], more?: Partial<ContainerConfig>): ContainerConfig;
  /** Sandbox, container, started; gives both ids. */
  run(name: string, command: readonly string[], more?: Partial<ContainerConfig>): Promise<Running>;
}

export interface Running {
  readonly sandbox: string;
  readonly container: string;
  readonly config: PodSandboxConfig;
}

export async function openTestNode(settings: { readonly registries?: readonly Registry[] } = {}): Promise<TestNode> {
  const directory = await mkdtemp(join(tmpdir(), "tiphys-node-"));
  const cni = { directory: join(directory, "cni"), cluster: directory, podCIDR: await freeClusterCIDR() };
  const network = await openPodNetwork(cni);
  const options: ContainerdOptions = {
    directory: join(directory, "containerd"),
    cniConfFolder: network.confFolder,
    cniPluginFolder: network.pluginFolder,
    log: silent,
    registries: settings.registries,
  };
  const end = async (): Promise<void> => {
    await endContainerd({ ...options, keepImages: false });
    await removePodNetwork(cni);
    await removeCgroups(cgroupParentOf(directory));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const daemon = await startContainerd(options);
    await importImages(daemon.endpoint, await busyboxImage());
    return new Node(directory, options, network, daemon, end);
  } catch (error) {
    await end();
    throw error;
  }
}

/** The distribution's static busybox with its usual commands as links, and no more. */
export async function busyboxImage(name = BUSYBOX): Promise<Buffer> {
  const commands =
    "sh cat echo env false hostname httpd id ls mkdir nc rm seq sleep stty tar test touch true tty wget".split(" ");
  return buildImage({
    name,
    files: [
      { path: "bin/busybox", bytes: await readFile("/usr/bin/busybox"), mode: 0o755 },
      ...commands.map((command) => ({ path: `bin/${command}`, link: "busybox" })),
      { path: "etc/passwd", bytes: Buffer.from("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n") },
      { path: "etc/group", bytes: Buffer.from("root:x:0:\nnobody:x:65534:\n") },
      { path: "tmp", mode: 0o1777 },
      { path: "root", mode: 0o700 },
    ],
    command: ["/bin/sh"],
    env: { IMAGE: "busybox" },
  });
}

class Node implements TestNode {
  readonly directory: string;
  readonly options: ContainerdOptions;
  readonly network: PodNetwork;
  readonly daemon: ContainerdDaemon;
  readonly runtime: CriRuntime;
  readonly cgroupParent: string;
  readonly #end: () => Promise<void>;
  #count = 0;

  constructor(
    directory: string,
    options: ContainerdOptions,
    network: PodNetwork,
    daemon: ContainerdDaemon,
    end: () => Promise<void>,
  ) {
    this.directory = directory;
    this.options = options;
    this.network = network;
    this.daemon = daemon;
    this.runtime = new CriRuntime(daemon.endpoint);
    this.cgroupParent = cgroupParentOf(directory);
    this.#end = end;
  }

  pod(name: string, more: Partial<PodSandboxConfig> = {}): PodSandboxConfig {
    const uid = `00000000-0000-4000-8000-${String(++this.#count).padStart(12, "0")}`;
    return {
      metadata: { name, uid, namespace: "default", attempt: 0 },
      hostname: name,
      logDirectory: join(this.directory, "logs", uid),
      portMappings: [],
      labels: { "io.kubernetes.pod.name": name, "io.kubernetes.pod.uid": uid },
      annotations: {},
      linux: {
        cgroupParent: `${this.cgroupParent}/pod${uid}`,
        sysctls: {},
        securityContext: {
          namespaces: { network: "POD", pid: "CONTAINER", ipc: "POD" },
          readonlyRootfs: false,
          supplementalGroups: [],
          privileged: false,
        },
      },
      ...more,
    };
  }

  container(name: string, command: readonly string[], more: Partial<ContainerConfig> = {}): ContainerConfig {
    return {
      metadata: { name, attempt: 0 },
      image: { image: BUSYBOX },
      command,
      workingDir: "",
      env: [],
      mounts: [],
      devices: [],
      labels: {},
      annotations: {},
      logPath: `${name}.log`,
      stdin: false,
      stdinOnce: false,
      tty: false,
      ...more,
    };
  }

  async run(name: string, command: readonly string[], more: Partial<ContainerConfig> = {}): Promise<Running> {
    const config = this.pod(name);
    await mkdir(config.logDirectory, { recursive: true });
    const sandbox = await this.runtime.runPodSandbox(config);
    const labels = { "io.kubernetes.pod.uid": config.metadata.uid };
    const made = this.container(name, command, { labels, ...more });
    const container = await this.runtime.createContainer(sandbox, made, config);
    await this.runtime.startContainer(container);
    return { sandbox, container, config };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.runtime.close();
    await this.daemon.detach();
    await this.#end();
  }
}

function cgroupParentOf(directory: string): string {
  return `/tiphys-test-${directory.slice(directory.lastIndexOf("-") + 1)}`;
}

/** Empty groups that the runtime leaves behind for the kubelet, which made them elsewhere. */
async function removeCgroups(path: string): Promise<void> {
  const remove = async (directory: string): Promise<void> => {
    const children = await readdir(directory, { withFileTypes: true }).catch(() => []);
    for (const child of children) if (child.isDirectory()) await remove(join(directory, child.name));
    await rmdir(directory).catch(() => {});
  };
  const controllers = await readdir("/sys/fs/cgroup").catch(() => []);
  for (const controller of ["", ...controllers]) await remove(join("/sys/fs/cgroup", controller, path));
}
