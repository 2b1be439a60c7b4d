/**
 * A whole cluster as a value in your program: API server, store in memory, controllers, scheduler and simulated
 * nodes. Standard JavaScript only, so it runs wherever the ports it is given do: Node, a worker, a browser tab.
 */
import { createClient } from "../../src/client/index.ts";
import type { Client } from "../../src/client/index.ts";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Door, UserInfo } from "../../src/machinery/door.ts";
import type { Log } from "../../src/machinery/log.ts";
import { silent } from "../../src/machinery/log.ts";
import type { Random } from "../../src/machinery/random.ts";
import type { SignatureVerifier } from "../../src/machinery/x509/signature.ts";
import type { TokenKeys } from "../../src/server/authentication/keys.ts";
import type { Store } from "../../src/store/store.ts";
import { nodeConnector, startApiServer } from "../tiphys/api-server.ts";
import { runControllers } from "../tiphys/controllers.ts";
import { startSimulatedNodes } from "../tiphys/nodes.ts";
import { runScheduler } from "../tiphys/scheduler.ts";

export interface AssemblyOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly keys: TokenKeys;
  /** Of requests for certificates; absent: their signatures are believed. */
  readonly verifySignature?: SignatureVerifier;
  readonly log?: Log;
  /** Simulated nodes, `node-1` and on. Default 1. */
  readonly nodes?: number;
  /** False: an API server alone, nothing acts on its objects. Default true. */
  readonly controllers?: boolean;
  /** PEM of the certificate authority, for the config map in every namespace. */
  readonly rootCertificate?: string;
  /** Where outside clients reach it, for the `kubernetes` Service; asked when requests are answered. */
  readonly advertise?: () => { readonly address: string; readonly port: number } | undefined;
  /** Called as soon as requests are answered, before anything else runs. */
  readonly answering?: (door: Door) => Promise<void> | void;
}

export interface Assembly {
  readonly door: Door;
  readonly store: Store;
  /** A client that may do everything. */
  readonly client: Client;
  /** A client that acts as this user: the way to test what somebody may do. */
  clientFor(user: UserInfo, userAgent?: string): Client;
  stop(): Promise<void>;
}

export const ADMIN: UserInfo = { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** Resolves when the nodes are registered and everything runs. */
export async function assemble(options: AssemblyOptions): Promise<Assembly> {
  const { clock, random, keys, log = silent } = options;
  const doors = new Map<string, Door>();
  const api = await startApiServer({
    clock,
    random,
    log,
    keys,
    verifySignature: options.verifySignature,
    clientCa: options.rootCertificate,
    nodes: nodeConnector(
      doors,
      (url, node) => () => Promise.reject(new Error(`node ${node} at ${url} is not simulated here`)),
    ),
  });
  const stops: (() => Promise<void> | void)[] = [() => api.close()];
  const stop = async (): Promise<void> => {
    for (let end = stops.pop(); end; end = stops.pop()) await end();
  };
  const { door } = api;
  try {
    await options.answering?.(door);
    await api.bootstrap(options.advertise?.());
    if (options.controllers !== false) {
      // Without a port there is no certificate, yet every pod mounts the config map that would hold it.
      const settings = { rootCertificate: options.rootCertificate ?? "" };
      stops.push(runControllers({ door, clock, random, log, settings }));
      stops.push(runScheduler({ door, clock, random, log }));
    }
    const nodes = await startSimulatedNodes({ door, clock, random, log }, options.nodes ?? 1);
    stops.push(() => nodes.stop());
    for (const [name, each] of nodes.doors) doors.set(name, each);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    door,
    store: api.store,
    client: createClient(door, { userAgent: "tiphys", user: ADMIN }),
    clientFor: (user, userAgent = "tiphys") => createClient(door, { userAgent, user }),
    stop,
  };
}
