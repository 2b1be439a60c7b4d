/** One cluster for all conformance specs: a real HTTPS port, controllers, one simulated node, and kubectl for it. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectionOf, readKubeconfig } from "../../adapters/kubeconfig/index.ts";
import { type RemoteDoor, remoteDoor } from "../../adapters/node-http/client.ts";
import { Cluster } from "../../apps/library/index.ts";
import { createClient } from "../../src/client/index.ts";
import { KUBECTLS, type Ran, run } from "../wire/test-cluster.ts";
import { Caller } from "./caller.ts";

/** What each spec does, by its upstream name without the tags. */
export type Specs = Readonly<Record<string, (rig: Rig) => Promise<void>>>;

export class Rig extends Caller implements AsyncDisposable {
  readonly #cluster: Cluster;
  readonly #folder: string;
  readonly #remote: RemoteDoor;

  private constructor(cluster: Cluster, folder: string, remote: RemoteDoor) {
    super(createClient(remote.door, { userAgent: "e2e.test" }));
    this.#cluster = cluster;
    this.#folder = folder;
    this.#remote = remote;
  }

  static async start(): Promise<Rig> {
    const cluster = await Cluster.start({ port: 0, nodes: 1, advertiseAddress: "192.0.2.2" });
    const folder = mkdtempSync(join(tmpdir(), "tiphys-conformance-"));
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
    return new Rig(cluster, folder, remoteDoor(connectionOf(readKubeconfig([kubeconfig])).server));
  }

  /** kubectl, which must end with `code`; gives what it printed. */
  async kubectl(args: readonly string[], options: { input?: string; code?: number } = {}): Promise<Ran> {
    const env = { ...process.env, KUBECONFIG: join(this.#folder, "kubeconfig"), HOME: this.#folder };
    const ran = await run(KUBECTLS.get("1.36")!, args, { env, input: options.input });
    assert.equal(ran.code, options.code ?? 0, `kubectl ${args.join(" ")}: ${ran.err || ran.out}`);
    return ran;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#remote.close();
    await this.#cluster.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
