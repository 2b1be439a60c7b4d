/** `/healthz`, `/livez` and `/readyz`, whole and check by check. */
import type { ApiResponse } from "../../machinery/door.ts";
import { encodeText } from "../encoding/json.ts";
import type { Exchange } from "../exchange.ts";
import type { Parts } from "../parts.ts";
import { pageNotFound, respond } from "../respond.ts";

const HOOKS = [
  "start-apiserver-admission-initializer",
  "generic-apiserver-start-informers",
  "priority-and-fairness-config-consumer",
  "priority-and-fairness-filter",
  "storage-object-count-tracker-hook",
  "start-apiextensions-informers",
  "start-apiextensions-controllers",
  "crd-informer-synced",
  "start-system-namespaces-controller",
  "peer-endpoint-reconciler-controller",
  "start-cluster-authentication-info-controller",
  "start-kube-apiserver-identity-lease-controller",
  "start-kube-apiserver-identity-lease-garbage-collector",
  "storage-readiness",
  "start-legacy-token-tracking-controller",
  "start-service-ip-repair-controllers",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "aggregator-reload-proxy-client-cert",
  "start-kube-aggregator-informers",
  "apiservice-status-local-available-controller",
  "apiservice-status-remote-available-controller",
  "apiservice-registration-controller",
  "apiservice-wait-for-first-sync",
  "apiservice-discovery-controller",
  "kube-apiserver-autoregistration",
].map((name) => `poststarthook/${name}`);

const TAIL = [
  ...HOOKS,
  "autoregister-completion",
  "poststarthook/apiservice-openapi-controller",
  "poststarthook/apiservice-openapiv3-controller",
];
const LIVE = ["ping", "log", "loopback-serving-certificate", "etcd", ...TAIL];
const READY = ["ping", "log", "informer-sync", ...TAIL, "shutdown"];

/** Upstream's checks under their names. All pass unless somebody says otherwise. */
export class Health {
  /** What does not pass, with the reason for the log. */
  readonly #failing = new Map<string, string>();

  /** Marks a check as failing until {@link pass}; `readyz` answers 500 meanwhile. */
  fail(check: string, reason: string): void {
    this.#failing.set(check, reason);
  }

  pass(check: string): void {
    this.#failing.delete(check);
  }

  install({ routes }: Parts): void {
    const endpoints = { healthz: LIVE, livez: LIVE, readyz: READY };
    for (const [endpoint, checks] of Object.entries(endpoints)) {
      routes.path(`/${endpoint}`, (exchange) => this.#all(exchange, endpoint, checks));
      for (const check of checks) routes.path(`/${endpoint}/${check}`, () => this.#one(check));
      routes.tree(`/${endpoint}/`, pageNotFound);
    }
  }

  #one(check: string): ApiResponse {
    if (!this.#failing.has(check)) return text(200, "ok");
    return text(500, `internal server error: ${check} failed\n`);
  }

  #all({ query, parts }: Exchange, endpoint: string, checks: readonly string[]): ApiResponse {
    const excluded = query.all("exclude");
    const lines: string[] = [];
    let failed = false;
    for (const check of checks) {
      const reason = this.#failing.get(check);
      if (excluded.includes(check)) lines.push(`[+]${check} excluded: ok`);
      else if (reason === undefined) lines.push(`[+]${check} ok`);
      else {
        failed = true;
        lines.push(`[-]${check} failed: reason withheld`);
        parts.log.info(`${endpoint} check failed`, { check, reason });
      }
    }
    const unmatched = excluded.filter((check) => !checks.includes(check));
    if (unmatched.length > 0) {
      lines.push(
        `warn: some health checks cannot be excluded: no matches for ${unmatched.map((name) => `"${name}"`).join(",")}`,
      );
    }
    if (failed) return text(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
    return text(200, query.has("verbose") ? `${lines.join("\n")}\n${endpoint} check passed\n` : "ok");
  }
}

function text(status: number, body: string): ApiResponse {
  const response = respond(status, "text/plain; charset=utf-8", { form: "bytes", bytes: encodeText(body) });
  return { ...response, headers: { ...response.headers, "x-content-type-options": "nosniff" } };
}
