/** The manifests of well-known projects, and a kubectl for the cluster of a test or a measurement. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "../../apps/library/index.ts";
import { KUBECTLS, type Ran, run, whyNoKubectl } from "../wire/test-cluster.ts";

const FOLDER = join(import.meta.dirname, "../../../shared/manifests");

export interface Manifest {
  readonly name: string;
  readonly file: string;
  /** Where its objects without a namespace go. Absent where the file names every namespace itself. */
  readonly namespace?: string;
  readonly objects: number;
  /** CustomResourceDefinitions that do not fit into client-side apply's annotation. */
  readonly tooLong: readonly string[];
}

const manifest = (name: string, objects: number, more: Partial<Manifest> = {}): Manifest => ({
  name,
  file: join(FOLDER, `${name}.yaml`),
  namespace: name,
  objects,
  tooLong: [],
  ...more,
});

const PROMETHEUS_TOO_LONG = [
  "alertmanagerconfigs",
  "alertmanagers",
  "prometheusagents",
  "prometheuses",
  "scrapeconfigs",
  "thanosrulers",
].map((plural) => `${plural}.monitoring.coreos.com`);

export const MANIFESTS: readonly Manifest[] = [
  manifest("gateway-api", 10),
  manifest("cert-manager-crds", 6),
  manifest("prometheus-operator", 15, { namespace: undefined, tooLong: PROMETHEUS_TOO_LONG }),
  manifest("argo-cd", 59, { tooLong: ["applicationsets.argoproj.io"] }),
  manifest("cassandra", 3),
  manifest("guestbook", 6),
  manifest("online-boutique", 35),
  manifest("local-path-provisioner", 9, { namespace: undefined }),
  manifest("ingress-nginx", 19, { namespace: undefined }),
];

/** Why nothing can be applied here; undefined where it can. */
export function whyNoManifests(): string | undefined {
  const absent = MANIFESTS.find(({ file }) => !existsSync(file));
  return (
    whyNoKubectl() ?? (absent && `${absent.file} is not there: put the projects' manifests into ../shared/manifests`)
  );
}

/** A cluster of the library with a port, and kubectl for it. */
export class ManifestCluster implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(cluster: Cluster, folder: string) {
    this.cluster = cluster;
    this.#folder = folder;
    this.#environment = { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), HOME: folder };
  }

  /** Starts a cluster with controllers and one simulated node, and makes the manifests' namespaces. */
  static async start(): Promise<ManifestCluster> {
    const cluster = await Cluster.start({ port: 0 });
    const folder = mkdtempSync(join(tmpdir(), "tiphys-manifests-"));
    writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig, { mode: 0o600 });
    const started = new ManifestCluster(cluster, folder);
    for (const { namespace } of MANIFESTS) if (namespace) await started.kubectl(["create", "namespace", namespace]);
    return started;
  }

  tryKubectl(args: readonly string[], options: { version?: string; input?: string } = {}): Promise<Ran> {
    const { version = "1.36", input } = options;
    return run(KUBECTLS.get(version)!, args, { env: this.#environment, input });
  }

  /** kubectl, which must succeed; gives what it printed. */
  async kubectl(args: readonly string[], options: { version?: string; input?: string } = {}): Promise<string> {
    const { code, out, err } = await this.tryKubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${err || out}`);
    return out;
  }

  /** Forgets what kubectl knows of the discovery, as on a machine that it never ran on. */
  forgetDiscovery(): void {
    rmSync(join(this.#folder, ".kube"), { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** kubectl's words for one manifest: `-n` and `-f`. */
export function target({ file, namespace }: Manifest): string[] {
  return [...(namespace ? ["-n", namespace] : []), "-f", file];
}
