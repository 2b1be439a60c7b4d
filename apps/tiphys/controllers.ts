/** The controllers over a door: in the process, each as the service account of its own. */
import { createClient, createInformers } from "../../src/client/index.ts";
import {
  CONTROLLER_MANAGER,
  type ControllerSettings,
  controllerUser,
  startControllers,
} from "../../src/controllers/index.ts";
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
  /** The door says who calls (a remote server): then all act as one. */
  readonly remote?: boolean;
  readonly only?: readonly string[];
}

/** Starts them; gives how to stop. */
export function runControllers({ door, clock, random, log, settings, remote, only }: ControllerPorts): () => void {
  const userAgent = `kube-controller-manager/${VERSION}`;
  const client = createClient(door, remote ? { userAgent } : { userAgent, user: CONTROLLER_MANAGER });
  const informers = createInformers({ client, clock, random, log });
  const controllers = startControllers({
    client,
    ...(remote ? {} : { clientFor: (name) => createClient(door, { userAgent, user: controllerUser(name) }) }),
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
