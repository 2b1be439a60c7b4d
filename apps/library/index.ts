/**
 * Tiphys as a library.
 *
 *     import { Cluster, Pod } from "tiphys";
 *
 *     await using cluster = await Cluster.start();
 *     await cluster.client.create(Pod, { metadata: { name: "web", namespace: "default" }, spec: { containers: [ … ] } });
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { kubeconfigOf, kubeconfigText } from "../../adapters/kubeconfig/index.ts";
import { newKey, privatePem } from "../../adapters/keys/certificate.ts";
import { ADMIN as ADMIN_SUBJECT, openKeys } from "../../adapters/keys/cluster-keys.ts";
import type { ClusterKeys } from "../../adapters/keys/cluster-keys.ts";
import { tokenKeys } from "../../adapters/keys/token-keys.ts";
import { verifySignature } from "../../adapters/keys/verify-signature.ts";
import type { Listener } from "../../adapters/node-http/listener.ts";
import { createClient } from "../../src/client/index.ts";
import type { Client } from "../../src/client/index.ts";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Door, UserInfo } from "../../src/machinery/door.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Random } from "../../src/machinery/random.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import type { Assembly } from "./cluster.ts";
import { ADMIN, assemble } from "./cluster.ts";

export * from "../../src/api/index.ts";
export * from "../../src/client/index.ts";
export { StatusError } from "../../src/machinery/errors.ts";
export type { Clock } from "../../src/machinery/clock.ts";
export type { Door, UserInfo } from "../../src/machinery/door.ts";
export type { KubeObject, Kind } from "../../src/machinery/kind.ts";
export { VirtualClock } from "../../src/machinery/testing/virtual-clock.ts";

export interface StartOptions {
  /** Simulated nodes, `node-1` and on. Default 1; 0 leaves pods pending. */
  readonly nodes?: number;
  /** Opens a real HTTPS port on 127.0.0.1: 0 takes any free one. Default: none, everything is a function call. */
  readonly port?: number;
  /** With a port: the address that the `kubernetes` Service leads to. Default: it leads nowhere, for loopback it cannot. */
  readonly advertiseAddress?: string;
  /** False: the API server alone. */
  readonly controllers?: boolean;
  /** The same seed gives the same names, uids and order of ties. */
  readonly seed?: number;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Called as soon as requests are answered; controllers and nodes start when it is done. */
  readonly answering?: (client: Client) => Promise<void> | void;
}

/** A running cluster in this process. Nothing of it is left when it is stopped. */
export class Cluster implements AsyncDisposable {
  /** May do everything; see {@link clientFor} for others. */
  readonly client: Client;
  readonly door: Door;
  /** `https://127.0.0.1:PORT`, where a port was asked for. */
  readonly url: string | undefined;
  readonly #assembly: Assembly;
  readonly #edge: Edge | undefined;

  private constructor(assembly: Assembly, edge: Edge | undefined) {
    this.#assembly = assembly;
    this.#edge = edge;
    this.client = assembly.client;
    this.door = assembly.door;
    this.url = edge?.listener.url;
  }

  /** Resolves when the nodes are registered and controllers and scheduler run. */
  static async start(options: StartOptions = {}): Promise<Cluster> {
    const clock = options.clock ?? systemClock;
    const random: Random = options.seed === undefined ? systemRandom : new SeededRandom(options.seed);
    let edge: Edge | undefined;
    const folder = options.port === undefined ? undefined : mkdtempSync(join(tmpdir(), "tiphys-"));
    try {
      const keys = folder === undefined ? undefined : openKeys(folder, { now: systemClock.now() });
      const assembly = await assemble({
        clock,
        random,
        log: options.log,
        nodes: options.nodes,
        controllers: options.controllers,
        keys: keys?.tokens ?? tokenKeys(privatePem(newKey().privateKey)),
        verifySignature,
        rootCertificate: keys?.ca,
        advertise: () => advertised(edge, options.advertiseAddress),
        answering: async (door) => {
          if (keys) edge = await Edge.open(door, options.port!, keys);
          await options.answering?.(createClient(door, { userAgent: "tiphys", user: ADMIN }));
        },
      });
      return new Cluster(assembly, edge);
    } catch (error) {
      await edge?.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** A client that acts as this user, with no more than RBAC gives him. */
  clientFor(user: UserInfo): Client {
    return this.#assembly.clientFor(user);
  }

  /** The text of a kubeconfig for kubectl and client libraries. Throws where no port was asked for. */
  get kubeconfig(): string {
    if (!this.#edge) throw new Error("no HTTPS port is open: start with Cluster.start({ port: 0 })");
    return this.#edge.kubeconfig;
  }

  async stop(): Promise<void> {
    await this.#edge?.close();
    await this.#assembly.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function advertised(edge: Edge | undefined, address: string | undefined) {
  return edge && address !== undefined ? { address, port: edge.listener.port } : undefined;
}

/** The port with its keys, which live in a folder of their own until it is closed. */
class Edge {
  readonly listener: Listener;
  readonly #keys: ClusterKeys;

  private constructor(listener: Listener, keys: ClusterKeys) {
    this.listener = listener;
    this.#keys = keys;
  }

  static async open(door: Door, port: number, keys: ClusterKeys): Promise<Edge> {
    const { listen } = await import("../../adapters/node-http/listener.ts");
    return new Edge(await listen(door, { port, tls: { ...keys.serving, clientCa: keys.ca } }), keys);
  }

  get kubeconfig(): string {
    const pair = this.#keys.client("admin", ADMIN_SUBJECT);
    return kubeconfigText(kubeconfigOf({ name: "tiphys", server: this.listener.url, ca: this.#keys.ca, ...pair }));
  }

  async close(): Promise<void> {
    await this.listener.close(0);
    rmSync(this.#keys.folder, { recursive: true, force: true });
  }
}
