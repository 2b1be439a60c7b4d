/** What is counted of calls to admission webhooks, under upstream's names. */
import type { Counter, Histogram, MetricRegistry } from "../../../machinery/metrics.ts";

/** Upper bounds in seconds, as upstream's. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
/** Codes above this are counted as this one. */
const HIGHEST_CODE = 600;

export type CallType = "admit" | "validating";
export type RejectionType = "calling_webhook_error" | "apiserver_internal_error" | "no_error";

export interface ObservedCall {
  readonly name: string;
  readonly type: CallType;
  readonly operation: string;
  readonly seconds: number;
  readonly code: number;
  /** Why the request was refused; undefined where it was not. */
  readonly rejection: RejectionType | undefined;
}

export class WebhookMetrics {
  readonly #durations: Histogram;
  readonly #requests: Counter;
  readonly #rejections: Counter;
  readonly #failedOpen: Counter;

  constructor(registry: MetricRegistry) {
    const of = ["name", "type", "operation"];
    this.#durations = registry.histogram(
      "apiserver_admission_webhook_admission_duration_seconds",
      "Latency of admission webhooks in seconds, by name, operation and whether they refused.",
      [...of, "rejected"],
      BUCKETS,
    );
    this.#requests = registry.counter("apiserver_admission_webhook_request_total", "Calls of admission webhooks.", [
      ...of,
      "code",
      "rejected",
    ]);
    this.#rejections = registry.counter(
      "apiserver_admission_webhook_rejection_count",
      "Requests refused by admission webhooks or because of them.",
      [...of, "error_type", "rejection_code"],
    );
    this.#failedOpen = registry.counter(
      "apiserver_admission_webhook_fail_open_count",
      "Calls of admission webhooks that failed and were passed over.",
      ["name", "type"],
    );
  }

  observe({ name, type, operation, seconds, code, rejection }: ObservedCall): void {
    const labels = { name, type, operation, rejected: String(rejection !== undefined) };
    const shown = String(Math.min(code, HIGHEST_CODE));
    this.#durations.observe(seconds, labels);
    this.#requests.add(1, { ...labels, code: shown });
    if (rejection !== undefined) {
      this.#rejections.add(1, { name, type, operation, error_type: rejection, rejection_code: shown });
    }
  }

  failedOpen(name: string, type: CallType): void {
    this.#failedOpen.add(1, { name, type });
  }
}
