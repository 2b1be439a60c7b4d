/** Work that only one of several processes may do, while the others wait for their turn. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createClient, runLeaderElection } from "../../src/client/index.ts";
import type { Clock } from "../../src/machinery/clock.ts";
import { sleep } from "../../src/machinery/clock.ts";
import type { Door, UserInfo } from "../../src/machinery/door.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Random } from "../../src/machinery/random.ts";
import { VERSION } from "./version.ts";

export interface ElectedOptions {
  readonly door: Door;
  /** The component and its Lease in kube-system. */
  readonly name: string;
  readonly user: UserInfo;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Begins to work, and gives how to stop. */
  readonly work: () => () => void;
}

/** Pause before trying again after the lead was lost, in milliseconds. */
const AGAIN = 1000;

/** Works whenever it leads. The result gives the lead back and ends it. */
export function runElected({ door, name, user, clock, random, log, work }: ElectedOptions): () => Promise<void> {
  const end = new AbortController();
  const { signal } = end;
  const client = createClient(door, { userAgent: `${name}/${VERSION}`, user });
  const identity = `${hostname()}_${randomUUID()}`;
  const lead = async (leading: AbortSignal): Promise<void> => {
    const stop = work();
    await new Promise<void>((resolve) => leading.addEventListener("abort", () => resolve(), { once: true }));
    stop();
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await runLeaderElection({ client, name, namespace: "kube-system", identity, clock, random, log, signal, lead });
      } catch (error) {
        log.warn("the lead was lost", { component: name, error: String(error) });
        await sleep(clock, AGAIN, signal).catch(() => {});
      }
    }
  };
  const running = run();
  return async () => {
    end.abort(new Error("stopped"));
    await running;
  };
}
