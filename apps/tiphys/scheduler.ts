/** The scheduler over a door. */
import { createClient, createInformers } from "../../src/client/index.ts";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Door } from "../../src/machinery/door.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Random } from "../../src/machinery/random.ts";
import { startScheduler } from "../../src/scheduler/index.ts";
import { VERSION } from "./version.ts";

export interface SchedulerPorts {
  readonly door: Door;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The door says who calls (a remote server). */
  readonly remote?: boolean;
}

export const SCHEDULER = { username: "system:kube-scheduler", groups: ["system:authenticated"] };

/** Starts it; gives how to stop. */
export function runScheduler({ door, clock, random, log, remote }: SchedulerPorts): () => void {
  const userAgent = `kube-scheduler/${VERSION}`;
  const client = createClient(door, remote ? { userAgent } : { userAgent, user: SCHEDULER });
  const informers = createInformers({ client, clock, random, log });
  const scheduler = startScheduler({ client, informers, clock, random, log });
  return () => {
    scheduler.stop();
    informers.stop();
  };
}
