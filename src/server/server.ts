/**
 * The API server: a {@link Door} over a store.
 *
 *     const server = createApiServer({ store, scheme, authenticators, authorizer, admission, clock, random, log });
 *     await server.door({ method: "GET", path: "/api/v1/pods", … });
 *
 * It listens to nothing itself; adapters put it behind HTTPS, a MessagePort or a function call.
 */
import type { Door } from "../machinery/door.ts";
import { RecentModes } from "./impersonation/recent-modes.ts";
import { MetricRegistry } from "../machinery/metrics.ts";
import { uuid } from "../machinery/random.ts";
import type { Random } from "../machinery/random.ts";
import { Aggregation } from "./aggregation/aggregation.ts";
import { FlowControl } from "./flow/flow-control.ts";
import { ServerMetrics } from "./metrics.ts";
import { DEFAULT_FLAGS } from "./parts.ts";
import type { Flags, Parts } from "./parts.ts";
import { answer } from "./pipeline.ts";
import { Routes } from "./routes.ts";
import type { Health } from "./paths/health.ts";
import { installPaths } from "./paths/index.ts";
import { Turns } from "./turns.ts";
import { installSubresources } from "./subresources/index.ts";
import { webhookClient } from "./webhooks/client.ts";

type Made =
  | "turns"
  | "flags"
  | "recentModes"
  | "requestIds"
  | "load"
  | "flow"
  | "routes"
  | "metrics"
  | "aggregation"
  | "tokens"
  | "authenticators"
  | "admission"
  | "webhooks";

export interface ApiServerOptions extends Omit<Parts, Made> {
  readonly authenticators?: Parts["authenticators"];
  /** Also asked by TokenReview. */
  readonly tokens?: Parts["tokens"];
  readonly admission?: Parts["admission"];
  /** How to ask webhooks. Absent: what needs one fails. */
  readonly webhooks?: Parts["webhooks"];
  readonly flags?: Partial<Flags>;
  /** Where the server's metrics go; one of its own where none is given. */
  readonly registry?: MetricRegistry;
}

export interface ApiServer {
  readonly door: Door;
  readonly routes: Routes;
  readonly metrics: MetricRegistry;
  /** What `/readyz` says; whoever starts the server marks what is not ready yet. */
  readonly health: Health;
  readonly parts: Parts;
  /** Stops what runs in the background; open watches end through their own signals. */
  close(): void;
}

export function createApiServer(options: ApiServerOptions): ApiServer {
  const load = { inFlight: 0 };
  const registry = options.registry ?? new MetricRegistry();
  const routes = new Routes(options.scheme);
  const { registry: _, ...given } = options;
  const flags = { ...DEFAULT_FLAGS, ...options.flags };
  const parts: Parts = {
    authenticators: [],
    tokens: [],
    admission: [],
    webhooks: webhookClient(options),
    ...given,
    flags,
    recentModes: new RecentModes(),
    requestIds: requestIds(options.random),
    metrics: new ServerMetrics(registry, () => load.inFlight),
    routes,
    aggregation: new Aggregation(),
    load,
    flow: new FlowControl(options.store, options.clock, flags.maxRequestsInFlight, registry),
    turns: new Turns(options.clock),
  };
  const { health } = installPaths(parts);
  const stops = [installSubresources(parts), parts.aggregation.start(parts), parts.flow.start()];
  const close = (): void => {
    for (const stop of stops) stop();
  };
  return { door: (request) => answer(parts, request), routes, metrics: registry, health, parts, close };
}

/** Unlike each other and cheap: a random beginning for the server, a count for the request. */
function requestIds(random: Random): { next(): string } {
  const base = uuid(random).slice(0, 24);
  let count = 0;
  return { next: () => base + (++count).toString(16).padStart(12, "0") };
}
