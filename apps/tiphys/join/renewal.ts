/** A node's certificate is renewed long before it ends, as upstream's kubelet does: by a request of the node itself. */
import { X509Certificate } from "node:crypto";
import { type Clock, sleep } from "../../../src/machinery/clock.ts";
import type { Log } from "../../../src/machinery/log.ts";
import type { Random } from "../../../src/machinery/random.ts";
import type { NodeAccess } from "./worker.ts";

/** After this part of its time, and a random part of {@link SPREAD} more, so that nodes do not all ask at once. */
const EARLIEST = 0.7;
const SPREAD = 0.2;
/** No timer is longer, in milliseconds: a machine that slept for days looks at its clock. */
const STEP = 3600_000;
/** How long it is waited after a failure, in milliseconds. */
const PAUSE = 60_000;

export interface Renewing {
  readonly access: NodeAccess;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Asks for another certificate and keeps it. */
  renew(access: NodeAccess): Promise<NodeAccess>;
  /** From now on this is the one to use. */
  use(access: NodeAccess): void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Renews again and again until `signal` aborts. */
export async function keepRenewed({ access, clock, random, log, renew, use, signal }: Renewing): Promise<void> {
  let current = access;
  let at = renewalTime(current.cert, random);
  while (!signal.aborted) {
    try {
      while (clock.now() < at) await sleep(clock, Math.min(at - clock.now(), STEP), signal);
    } catch {
      return;
    }
    try {
      current = await renew(current);
      if (signal.aborted) return;
      use(current);
      at = renewalTime(current.cert, random);
      log.info("the node's certificate was renewed", { until: new X509Certificate(current.cert).validTo });
    } catch (error) {
      if (signal.aborted) return;
      log.warn("the node's certificate could not be renewed", {
        error,
        ends: new X509Certificate(current.cert).validTo,
      });
      await sleep(clock, PAUSE, signal).catch(() => {});
    }
  }
}

function renewalTime(cert: string, random: Random): number {
  const { validFrom, validTo } = new X509Certificate(cert);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return from + (to - from) * (EARLIEST + SPREAD * random.next());
}

export function isOver({ cert }: NodeAccess, now: number): boolean {
  return Date.parse(new X509Certificate(cert).validTo) <= now;
}
