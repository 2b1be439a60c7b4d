/**
 * One of several holds a Lease and works, the others wait: client-go's leader election.
 *
 * The holder renews it each `retryPeriod`; when it could not for `renewDeadline`, it stops working before others may
 * take over (`leaseDuration` after the last renewal they saw, by their own clock: clocks may differ). A clean stop
 * gives the Lease back, and since those waiting watch it, one of them takes over at once.
 */
import { Lease } from "../api/coordination/lease.ts";
import type { LeaseSpec } from "../api/coordination/lease.ts";
import { sleep } from "../machinery/clock.ts";
import type { Clock } from "../machinery/clock.ts";
import { isReason } from "../machinery/errors.ts";
import type { Log } from "../machinery/log.ts";
import type { Random } from "../machinery/random.ts";
import type { Client } from "./client.ts";
import { createInformers } from "./informers.ts";
import { formatMicroTime } from "../machinery/time.ts";

export interface LeaderElectionOptions {
  readonly client: Client;
  /** Such as `kube-scheduler` in `kube-system`. */
  readonly name: string;
  readonly namespace: string;
  /** Unique among the candidates. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Aborts: give the Lease back and end. */
  readonly signal: AbortSignal;
  /** Milliseconds; upstream's 15 s, 10 s and 2 s when nothing is said. */
  readonly leaseDuration?: number;
  readonly renewDeadline?: number;
  readonly retryPeriod?: number;
  /** The work. Its signal aborts when the Lease is lost or is to be given back; it is released after `lead` resolved. */
  lead(signal: AbortSignal): Promise<void>;
}

/** Resolves when `signal` aborted or the work ended by itself, with the Lease given back; rejects when it was lost. */
export async function runLeaderElection(options: LeaderElectionOptions): Promise<void> {
  await new Candidate(options).run();
}

class Candidate {
  private readonly options: LeaderElectionOptions;
  private readonly duration: number;
  private readonly deadline: number;
  private readonly retry: number;
  /** What was last seen, and when by our own clock. */
  private seen: Lease | undefined;
  private seenAt = -Infinity;
  /** When we asked for it and got it, the last time: from then on it is ours for a while, however late the answer was. */
  private heldAt = -Infinity;

  constructor(options: LeaderElectionOptions) {
    this.options = options;
    this.duration = options.leaseDuration ?? 15_000;
    this.deadline = options.renewDeadline ?? 10_000;
    this.retry = options.retryPeriod ?? 2_000;
  }

  async run(): Promise<void> {
    const { signal, log, identity } = this.options;
    if (!(await this.acquire())) return;
    log.info("became leader", { lease: this.options.name, identity });
    const work = new AbortController();
    const stop = (): void => work.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    let done = false;
    const working = this.options.lead(work.signal).finally(() => {
      done = true;
      work.abort();
    });
    const kept = await this.renew(work.signal);
    const lost = !kept && !done;
    work.abort();
    signal.removeEventListener("abort", stop);
    await working;
    // Of a server that does not answer nothing can be had, not even that it takes the Lease back.
    if (!lost) await this.release();
    else throw new Error(`the lease ${this.options.name} was lost: it could not be renewed in time`);
  }

  /** True once it is ours; false when told to stop before. */
  private async acquire(): Promise<boolean> {
    const { client, clock, random, log, signal, name, namespace } = this.options;
    const informers = createInformers({ client, clock, random, log });
    let wake = (): void => {};
    informers.of(Lease, { namespace, fieldSelector: `metadata.name=${name}` }).subscribe(({ object }) => {
      this.look(object);
      if (!object.spec.holderIdentity) wake();
    });
    try {
      while (!signal.aborted) {
        if (await this.holdWithin(this.deadline)) return true;
        const woken = new AbortController();
        wake = () => woken.abort();
        const wait = this.untilNextTry(this.retry * (1 + 0.2 * random.next()));
        await this.pause(wait, AbortSignal.any([signal, woken.signal]));
      }
      return false;
    } finally {
      informers.stop();
    }
  }

  /** Renews until told to stop (true) or until it failed for too long (false). */
  private async renew(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.options;
    while (!signal.aborted) {
      await this.pause(this.retry, signal);
      if (signal.aborted) break;
      const end = this.heldAt + this.deadline;
      if (!(await this.holdWithin(end - clock.now())) && clock.now() >= end) return false;
    }
    return true;
  }

  /** As {@link tryHold}; a server that says nothing for so long has not given it. */
  private async holdWithin(milliseconds: number): Promise<boolean> {
    const began = this.options.clock.now();
    const held = new AbortController();
    const late = this.pause(milliseconds, held.signal).then(() => false);
    try {
      const ours = await Promise.race([this.tryHold(), late]);
      if (ours) this.heldAt = began;
      return ours;
    } finally {
      held.abort();
    }
  }

  /** Waits so long, or until the signal aborts. */
  private pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return sleep(this.options.clock, milliseconds, signal).catch(() => {});
  }

  /** Takes or renews it; false where somebody else holds it or the server does not answer. */
  private async tryHold(): Promise<boolean> {
    try {
      return await this.hold();
    } catch (error) {
      this.options.log.debug("the lease was not to be had", { lease: this.options.name, error: String(error) });
      return false;
    }
  }

  private async hold(): Promise<boolean> {
    const { client, clock, name, namespace, identity } = this.options;
    const lease = await this.read();
    const now = clock.now();
    if (lease === undefined) {
      this.note(await client.create(Lease, { metadata: { name, namespace }, spec: this.spec(now, now, 0) }));
      return true;
    }
    const { holderIdentity = "", leaseTransitions = 0, acquireTime } = lease.spec;
    this.look(lease);
    const ours = holderIdentity === identity;
    if (!ours && holderIdentity !== "" && now < this.over(lease)) return false;
    const spec = ours
      ? { ...this.spec(now, now, leaseTransitions), ...(acquireTime !== undefined && { acquireTime }) }
      : this.spec(now, now, leaseTransitions + 1);
    this.note(await client.update(Lease, { ...lease, spec }));
    return true;
  }

  private async read(): Promise<Lease | undefined> {
    const { client, name, namespace } = this.options;
    try {
      return await client.get(Lease, name, namespace);
    } catch (error) {
      if (isReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** Whoever waits tries when the holder's time is over, not a little later. */
  private untilNextTry(pause: number): number {
    const left = this.seen === undefined ? 0 : this.over(this.seen) - this.options.clock.now();
    return left > 0 ? Math.min(left, pause) : pause;
  }

  /** When others may take over a lease that is not renewed any more. */
  private over({ spec }: Lease): number {
    return this.seenAt + (spec.leaseDurationSeconds ?? this.duration / 1000) * 1000;
  }

  /** A renewal counts from when it was seen. */
  private look(lease: Lease): void {
    if (lease.metadata.resourceVersion !== this.seen?.metadata.resourceVersion) this.note(lease);
  }

  private note(lease: Lease): void {
    this.seen = lease;
    this.seenAt = this.options.clock.now();
  }

  private spec(acquired: number, renewed: number, leaseTransitions: number): LeaseSpec {
    return {
      holderIdentity: this.options.identity,
      leaseDurationSeconds: Math.round(this.duration / 1000),
      acquireTime: formatMicroTime(acquired),
      renewTime: formatMicroTime(renewed),
      leaseTransitions,
    };
  }

  /** Gives it back, so that nobody has to wait for it to run out. */
  private async release(): Promise<void> {
    const { client, clock, identity, log, name } = this.options;
    try {
      const lease = await this.read();
      if (lease?.spec.holderIdentity !== identity) return;
      const now = formatMicroTime(clock.now());
      const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
      await client.update(Lease, { ...lease, spec });
    } catch (error) {
      log.warn("the lease could not be given back; the next leader must wait for it to run out", {
        lease: name,
        error: String(error),
      });
    }
  }
}
