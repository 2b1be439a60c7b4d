/** What webhooks need of the server they run in. */
import type { Clock } from "../../../machinery/clock.ts";
import type { MetricRegistry } from "../../../machinery/metrics.ts";
import type { Random } from "../../../machinery/random.ts";
import type { Scheme } from "../../../machinery/scheme.ts";
import type { Authorizer } from "../../authorization/authorizer.ts";
import type { Store } from "../../../store/store.ts";
import type { WebhookClient } from "../../webhooks/client.ts";
import { WebhookMetrics } from "./metrics.ts";

export interface WebhookHost {
  readonly store: Store;
  readonly scheme: Scheme;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly random: Random;
  readonly client: WebhookClient;
  readonly metrics: WebhookMetrics;
}

export interface WebhookHostOptions extends Omit<WebhookHost, "metrics"> {
  readonly registry: MetricRegistry;
}

export const webhookHost = ({ registry, ...rest }: WebhookHostOptions): WebhookHost => ({
  ...rest,
  metrics: new WebhookMetrics(registry),
});
