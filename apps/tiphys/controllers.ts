/** The controllers over a door, each as the service account of its own where that is possible. */
import { createClient, createInformers, serviceAccountDoor } from "../../src/client/index.ts";
import {
  CONTROLLER_MANAGER,
  type ControllerSettings,
  controllerUser,
  startControllers,
} from "../../src/controllers/index.ts";
import type { Client } from "../../src/client/index.ts";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Door } from "../../src/machinery/door.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Random } from "../../src/machinery/random.ts";
import { VERSION } from "./version.ts";

export { CONTROLLER_MANAGER };

export interface ControllerPorts {
  readonly door: Door;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settings: ControllerSettings;
  /** The door says who calls (a remote server). */
  readonly remote?: {
    /** The same server without credentials, for controllers that get tokens of their accounts. Absent: all act as one. */
    readonly anonymous?: Door;
  };
  readonly only?: readonly string[];
}

/** The namespace of the controllers' accounts. */
const NAMESPACE = "kube-system";

/** Starts them; gives how to stop. */
export function runControllers({ door, clock, random, log, settings, remote, only }: ControllerPorts): () => void {
  const userAgent = `kube-controller-manager/${VERSION}`;
  const client = createClient(door, remote ? { userAgent } : { userAgent, user: CONTROLLER_MANAGER });
  const informers = createInformers({ client, clock, random, log });
  const clientFor = (account: string): Client => {
    if (!remote) return createClient(door, { userAgent, user: controllerUser(account) });
    if (!remote.anonymous) return client;
    const ports = { client, clock, door: remote.anonymous };
    return createClient(serviceAccountDoor(ports, NAMESPACE, account), { userAgent });
  };
  const controllers = startControllers({
    client,
    clientFor,
    informers,
    clock,
    random,
    log,
    settings,
    only,
  });
  return () => {
    controllers.stop();
    informers.stop();
  };
}
