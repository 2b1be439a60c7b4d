/** What the server counts, under upstream's names. */
import { MetricRegistry } from "../machinery/metrics.ts";
import type { Counter, Distribution, Histogram } from "../machinery/metrics.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestInfo } from "./request-info.ts";

/** Upper bounds in seconds, as upstream's for requests. */
const REQUEST_BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const STAGE_BUCKETS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5, 10, 15, 30];

const REQUEST_LABELS = ["verb", "group", "version", "resource", "subresource", "scope"];

export class ServerMetrics {
  readonly registry: MetricRegistry;
  readonly requests: Counter;
  readonly durations: Histogram;
  readonly stages: Histogram;
  readonly watchers: Counter;

  constructor(registry: MetricRegistry, inFlight: () => number) {
    this.registry = registry;
    this.requests = registry.counter("apiserver_request_total", "Requests by verb, resource and HTTP code.", [
      ...REQUEST_LABELS,
      "dry_run",
      "code",
    ]);
    this.durations = registry.histogram(
      "apiserver_request_duration_seconds",
      "Response latency in seconds by verb and resource.",
      REQUEST_LABELS,
      REQUEST_BUCKETS,
    );
    this.stages = registry.histogram(
      "apiserver_request_filter_duration_seconds",
      "Time spent in each stage of the request path, in seconds.",
      ["filter"],
      STAGE_BUCKETS,
    );
    this.watchers = registry.gauge("apiserver_registered_watchers", "Watches that are being served.", [
      "group",
      "resource",
    ]);
    registry.reading("apiserver_current_inflight_requests", "Requests that are being served.", inFlight);
  }

  /** Cells by what a request is, so that counting one builds no labels. */
  readonly #known = new Map<string, Known>();
  readonly #stages = new Map<string, Distribution>();

  /** Counts one finished request. */
  count(exchange: Exchange, code: number): void {
    const { info, query, timings } = exchange;
    for (const timing of timings) this.#stage(timing[0]).observe((timing[2] - timing[1]) / 1000);
    if (info === undefined) return;
    const where = info.named ? "n" : info.namespace !== "" ? "s" : "";
    const dryRun = query.get("dryRun") === "" ? "" : "All";
    const key = `${info.verb} ${info.group} ${info.version} ${info.resource} ${info.subresource} ${where} ${code} ${dryRun}`;
    let known = info.isResource ? this.#known.get(key) : undefined;
    if (known === undefined) {
      known = this.#cellsOf(info, dryRun, code);
      if (this.#known.size < MOST_KNOWN && info.isResource) this.#known.set(key, known);
    }
    known.requests.value++;
    if (info.verb !== "watch") known.duration.observe((exchange.parts.clock.now() - exchange.received) / 1000);
  }

  #stage(filter: string): Distribution {
    let cell = this.#stages.get(filter);
    if (cell === undefined) this.#stages.set(filter, (cell = this.stages.at({ filter })));
    return cell;
  }

  #cellsOf(info: RequestInfo, dryRun: string, code: number): Known {
    const scope = !info.isResource ? "" : info.named ? "resource" : info.namespace !== "" ? "namespace" : "cluster";
    const labels = {
      verb: info.verb.toUpperCase(),
      group: info.group,
      version: info.version,
      resource: info.resource,
      subresource: info.isResource ? info.subresource : info.path.split("/", 2)[1]!,
      scope,
    };
    return {
      requests: this.requests.at({ ...labels, dry_run: dryRun, code: String(code) }),
      duration: this.durations.at(labels),
    };
  }
}

const MOST_KNOWN = 2000;

interface Known {
  readonly requests: { value: number };
  readonly duration: Distribution;
}
