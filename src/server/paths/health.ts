/** `/healthz`, `/livez` and `/readyz`, whole and check by check. */
import { sleep } from "../../machinery/clock.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { quote } from "../../machinery/go-text.ts";
import { encodeText } from "../encoding/json.ts";
import type { Store } from "../../store/store.ts";
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
/** Asked of the database that several servers share, where there is one; `readyz` has them then, too. */
const DATABASE = ["etcd", "etcd-readiness"];
/** What fails for good when the store's disk did. Not to be alive any more is right: only a new start can help. */
const STORAGE = ["etcd", "poststarthook/storage-readiness"];
/** How long it may take to answer, in milliseconds: upstream's --etcd-healthcheck-timeout. */
const DATABASE_LIMIT = 2000;

/** Upstream's checks under their names. All pass unless somebody says otherwise. */
export class Health {
  /** What does not pass, with the reason for the log. */
  readonly #failing = new Map<string, string>();
  readonly #probes = new Map<string, () => Promise<void>>();

  /** Marks a check as failing until {@link pass}; `readyz` answers 500 meanwhile. */
  fail(check: string, reason: string): void {
    this.#failing.set(check, reason);
  }

  pass(check: string): void {
    this.#failing.delete(check);
  }

  install({ routes, store, clock }: Parts): void {
    const shared = store.refresh !== undefined;
    if (!shared) for (const check of STORAGE) this.#probes.set(check, () => takesWrites(store));
    if (shared) for (const check of DATABASE) this.#probes.set(check, () => answersInTime(store.refresh!(), clock));
    const ready = shared ? [...READY.slice(0, 2), ...DATABASE, ...READY.slice(2)] : READY;
    const endpoints = { healthz: LIVE, livez: LIVE, readyz: ready };
    for (const [endpoint, checks] of Object.entries(endpoints)) {
      routes.path(`/${endpoint}`, (exchange) => this.#all(exchange, endpoint, checks), "any");
      for (const check of checks) routes.path(`/${endpoint}/${check}`, () => this.#one(check), "any");
      routes.tree(`/${endpoint}/`, pageNotFound, "any");
    }
  }

  async #one(check: string): Promise<ApiResponse> {
    if ((await this.#problem(check)) === undefined) return text(200, "ok");
    return text(500, `internal server error: ${check} failed\n`);
  }

  async #problem(check: string): Promise<string | undefined> {
    const probe = this.#probes.get(check);
    if (probe === undefined) return this.#failing.get(check);
    return probe().then(
      () => this.#failing.get(check),
      (error: unknown) => String(error),
    );
  }

  async #all({ query, parts }: Exchange, endpoint: string, checks: readonly string[]): Promise<ApiResponse> {
    const excluded = query.all("exclude");
    const lines: string[] = [];
    let failed = false;
    for (const check of checks) {
      if (excluded.includes(check)) {
        lines.push(`[+]${check} excluded: ok`);
        continue;
      }
      const reason = await this.#problem(check);
      if (reason === undefined) lines.push(`[+]${check} ok`);
      else {
        failed = true;
        lines.push(`[-]${check} failed: reason withheld`);
        parts.log.info(`${endpoint} check failed`, { check, reason });
      }
    }
    const unmatched = new Set(excluded.filter((check) => !checks.includes(check)));
    if (unmatched.size > 0) {
      const names = [...unmatched].toSorted().map(quote);
      lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(",")}`);
    }
    if (failed) return text(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
    return text(200, query.has("verbose") ? `${lines.join("\n")}\n${endpoint} check passed\n` : "ok");
  }
}

async function takesWrites({ failure }: Store): Promise<void> {
  if (failure !== undefined) throw failure;
}

async function answersInTime(answer: Promise<void>, clock: Clock): Promise<void> {
  const over = new AbortController();
  const late = sleep(clock, DATABASE_LIMIT, over.signal).then(() => {
    throw new Error("it does not answer");
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    late.catch(() => {});
    over.abort();
  }
}

function text(status: number, body: string): ApiResponse {
  const response = respond(status, "text/plain; charset=utf-8", { form: "bytes", bytes: encodeText(body) });
  return { ...response, headers: { ...response.headers, "x-content-type-options": "nosniff" } };
}
