/**
 * Keeps the results of all probes of running containers.
 *
 * A container with probes has one timer for each, a container without has none. Liveness and readiness begin once
 * the startup probe has succeeded. A result changes only after as many equal outcomes in a row as the threshold asks.
 */
import type { Container, Pod, Probe } from "../../api/core/index.ts";
import type { Random } from "../../machinery/random.ts";
import type { ProbeResults } from "../pod/situation.ts";
import type { ProbeType } from "../pod/spec.ts";
import { probeOf } from "../pod/spec.ts";
import type { HandlerContext, Target } from "./handler.ts";
import { runProbe } from "./handler.ts";

export interface ProberContext extends HandlerContext {
  readonly random: Random;
  /** Probe failures as events tell them. */
  unhealthy(pod: Pod, container: Container, type: ProbeType, output: string): void;
  /** A result has changed. */
  changed(podUid: string): void;
}

interface Watch {
  readonly target: Target;
  readonly type: ProbeType;
  readonly probe: Probe;
  readonly results: { -readonly [T in ProbeType]?: boolean };
  inARow: number;
  last: boolean | undefined;
  cancel: () => void;
  stopped: boolean;
}

const TYPES: readonly ProbeType[] = ["startup", "liveness", "readiness"];
const TITLES: Readonly<Record<ProbeType, string>> = {
  startup: "Startup",
  liveness: "Liveness",
  readiness: "Readiness",
};

export class Prober {
  readonly #context: ProberContext;
  /** By container id. */
  readonly #watches = new Map<string, Watch[]>();
  readonly #results = new Map<string, ProbeResults>();

  constructor(context: ProberContext) {
    this.#context = context;
  }

  /** By container id. */
  get results(): ReadonlyMap<string, ProbeResults> {
    return this.#results;
  }

  /**
   * Begins with a container that has just been started, or that was found running; `startedAt` in milliseconds since the
   * epoch. `before` is what an earlier life has told of one that was found: that holds until a probe says otherwise.
   */
  begin(target: Target, startedAt: number, before?: ProbeResults): void {
    const { container, containerId } = target;
    if (this.#watches.has(containerId)) return;
    const types = TYPES.filter((type) => probeOf(container, type));
    if (types.length === 0) return;
    const results: Watch["results"] = { ...before };
    this.#results.set(containerId, results);
    const watches = types.map((type): Watch => {
      const probe = probeOf(container, type)!;
      return { target, type, probe, results, inARow: 0, last: undefined, cancel: () => {}, stopped: false };
    });
    this.#watches.set(containerId, watches);
    for (const watch of watches) {
      // What has started is not asked again whether it has.
      if (watch.type === "startup" && results.startup === true) continue;
      this.#schedule(watch, this.#firstDelay(watch, startedAt, before !== undefined));
    }
  }

  /** Ends it all for a container; safe for one that has no probes. */
  end(containerId: string): void {
    for (const watch of this.#watches.get(containerId) ?? []) stop(watch);
    this.#watches.delete(containerId);
    this.#results.delete(containerId);
  }

  /** While a pod terminates only readiness is still probed, so that endpoints learn of its end. */
  endLiveness(containerId: string): void {
    for (const watch of this.#watches.get(containerId) ?? []) if (watch.type !== "readiness") stop(watch);
  }

  /** Containers found running after a restart of the kubelet are spread over a period, so that not all probe at once. */
  #firstDelay({ probe }: Watch, startedAt: number, found: boolean): number {
    const due = startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - this.#context.clock.now();
    const spread = found ? this.#context.random.next() * period(probe) : 0;
    return Math.max(0, due, spread);
  }

  #schedule(watch: Watch, delay: number): void {
    if (watch.stopped) return;
    watch.cancel = this.#context.clock.after(delay, () => void this.#probe(watch));
  }

  async #probe(watch: Watch): Promise<void> {
    const { type, probe, results, target } = watch;
    const startup = probeOf(target.container, "startup");
    if (type !== "startup" && startup && results.startup !== true) return this.#schedule(watch, period(probe));

    const { ok, output } = await runProbe(probe, target, this.#context);
    if (watch.stopped) return;
    if (!ok)
      this.#context.unhealthy(target.pod, target.container, type, `${TITLES[type]} probe ${failed(ok)}: ${output}`);
    if (ok === undefined) return this.#schedule(watch, period(probe));
    watch.inARow = ok === watch.last ? watch.inARow + 1 : 1;
    watch.last = ok;
    const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (watch.inARow >= threshold && results[type] !== ok) {
      results[type] = ok;
      if (type === "startup" && ok) this.#startOthers(watch);
      this.#context.changed(target.pod.metadata.uid);
    }
    // A started container is not asked again; one that failed waits for its end.
    if (type === "startup" && results.startup !== undefined) return;
    if (type === "liveness" && results.liveness === false) return;
    this.#schedule(watch, period(probe));
  }

  /** The startup probe has succeeded: the others need not wait for their next turn. */
  #startOthers({ target }: Watch): void {
    for (const other of this.#watches.get(target.containerId) ?? []) {
      if (other.type === "startup") continue;
      other.cancel();
      this.#schedule(other, 0);
    }
  }
}

function failed(ok: false | undefined): string {
  return ok === false ? "failed" : "errored and resulted in unknown state";
}

function stop(watch: Watch): void {
  watch.stopped = true;
  watch.cancel();
}

function period({ periodSeconds }: Probe): number {
  return (periodSeconds ?? 10) * 1000;
}
