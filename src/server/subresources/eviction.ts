/** `pods/eviction`: deletes a pod if its disruption budget allows, and takes one from the budget. */
import type { Eviction, Pod, PodDisruptionBudget } from "../../api/index.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest, forbidden, isReason, notFound, tooManyRequests, unknownError } from "../../machinery/errors.ts";
import type { StatusCause } from "../../machinery/errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import { compileSelector } from "../../machinery/selectors.ts";
import { formatTime } from "../../machinery/time.ts";
import { decodeBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import type { Resource } from "../resource.ts";
import { answerPlain } from "../respond.ts";
import type { Routes } from "../routes.ts";
import { deleteObject, isDryRun } from "../verbs/delete.ts";
import type { Options } from "../verbs/delete.ts";
import { checkNamespace } from "../namespace-of-path.ts";
import { admitCreation, created, kindOf, resourceNamed } from "./kinds.ts";
import { mutate } from "./mutate.ts";

/** So many pods a budget may list as being disrupted, as upstream. */
const MOST_DISRUPTED = 2000;
const RETRY_AFTER_SECONDS = 10;
const MAX_TRIES = 20;
/** The version in which clients before v1.22 ask, and which has the same fields. */
const OLDER = "policy/v1beta1";
const WOULD_VIOLATE = "Cannot evict pod as it would violate the pod's disruption budget.";

export function installEviction(routes: Routes): void {
  routes.special("/pods/eviction", { create: evict });
}

async function evict(exchange: Exchange): Promise<ApiResponse> {
  const { info, parts } = exchange;
  const query = writeOptionsOf(exchange.query, "CreateOptions");
  const kind = kindOf(parts, "policy/v1", "Eviction");
  const eviction = decodeBody(exchange, kind, fieldValidationOf(query), OLDER) as Draft<Eviction>;
  const said = eviction.metadata ?? {};
  checkNamespace(eviction, info.namespace);
  if (said.name !== info.name) throw badRequest("name in URL does not match name in Eviction object");
  const options = (eviction.deleteOptions ?? {}) as Options;
  options.dryRun = dryRunOf(query.dryRun, options.dryRun);
  await admitCreation(exchange, kind, eviction, isDryRun(options));
  if (await deleteUnasked(exchange, options)) return created(exchange);
  const pod = podOf(exchange);
  const budgets = budgetsOf(exchange, pod);
  // Upstream gives this as what it made: a failure that says 500, in an answer that says 201.
  if (budgets.length > 1) return answerPlain(exchange, UNDECIDED, 201);
  await deleteWithin(exchange, pod, budgets[0], options);
  return created(exchange);
}

const UNDECIDED = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
  code: 500,
};

/** The request and what it carries may both say it; they must not disagree. */
function dryRunOf(asked: readonly string[] | undefined, said: readonly string[] | undefined): string[] | undefined {
  if (said === undefined || said.length === 0) return asked && [...asked];
  if (asked !== undefined && asked.length > 0 && asked.join(" ") !== said.join(" ")) {
    const text = "Non-matching dry-run options in request and content";
    throw unknownError(`${text}: [${asked.join(" ")}] and [${said.join(" ")}]`);
  }
  return [...said];
}

const podsOf = ({ parts }: Exchange): Resource => resourceNamed(parts, "", "v1", "pods");

function podOf(exchange: Exchange): Pod {
  const { namespace, name } = exchange.info;
  const pods = podsOf(exchange);
  const entry = exchange.parts.store.head(pods.keyOf(namespace, name));
  if (entry === undefined) throw notFound(pods.groupResource, name);
  return pods.view(entry) as Pod;
}

/** The eviction was admitted: the deletion is not asked about again. */
async function deletePod(exchange: Exchange, options: Options): Promise<void> {
  const { namespace, name } = exchange.info;
  await deleteObject(exchange, podsOf(exchange), namespace, name, options, "admitted");
}

const saysRevision = ({ preconditions }: Options): boolean => preconditions?.resourceVersion !== undefined;

const asItIs = (options: Options, { metadata: { resourceVersion } }: Pod): Options => ({
  ...options,
  preconditions: { ...options.preconditions, resourceVersion },
});

/** Pods that do not count as available need nobody's leave. False where the pod is not one of those. */
async function deleteUnasked(exchange: Exchange, options: Options): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const pod = podOf(exchange);
    if (!isOver(pod) && pod.status.phase !== "Pending") return false;
    // One that is about to run must not have begun to meanwhile.
    const exact = !isOver(pod) && !saysRevision(options);
    try {
      await deletePod(exchange, exact ? asItIs(options, pod) : options);
      return true;
    } catch (error) {
      if (!exact || !isReason(error, "Conflict") || tries >= MAX_TRIES) throw error;
    }
  }
}

function isOver({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || status.phase === "Succeeded" || status.phase === "Failed";
}

/** Deletes a pod that counts, if its budget allows. */
async function deleteWithin(
  exchange: Exchange,
  pod: Pod,
  budget: PodDisruptionBudget | undefined,
  options: Options,
): Promise<void> {
  const ignored = budget && (await askBudget(exchange, pod, budget, isDryRun(options)));
  if (ignored === undefined || saysRevision(options)) return deletePod(exchange, options);
  try {
    return await deletePod(exchange, asItIs(options, pod));
  } catch (error) {
    // It may have become ready, and count after all.
    if (isReason(error, "Conflict")) throw processing(ignored);
    throw error;
  }
}

/** The budget's name where it does not count the pod. Throws where it does not let the pod go. */
async function askBudget(
  exchange: Exchange,
  pod: Pod,
  budget: PodDisruptionBudget,
  dryRun: boolean,
): Promise<string | undefined> {
  const { namespace = "", name } = budget.metadata;
  if (mayIgnore(budget, pod)) return name;
  await mutate<PodDisruptionBudget>(exchange, budgetResource(exchange), namespace, name, (current) => {
    const next = decremented(current, pod, exchange.parts.clock.now());
    return dryRun ? undefined : next;
  });
  return undefined;
}

const budgetResource = ({ parts }: Exchange): Resource => resourceNamed(parts, "policy", "v1", "poddisruptionbudgets");

function budgetsOf(exchange: Exchange, pod: Pod): PodDisruptionBudget[] {
  const budgets = budgetResource(exchange);
  const found: PodDisruptionBudget[] = [];
  for (const entry of exchange.parts.store.snapshot().range(budgets.prefixOf(pod.metadata.namespace ?? ""))) {
    const budget = budgets.view(entry) as PodDisruptionBudget;
    if (compileSelector(budget.spec.selector)(pod.metadata.labels)) found.push(budget);
  }
  return found;
}

/** A pod that is not ready protects nobody, as far as the budget's policy agrees. */
function mayIgnore({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  const ready = pod.status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
  if (ready) return false;
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

function decremented(budget: PodDisruptionBudget, pod: Pod, now: number): PodDisruptionBudget {
  const { name, generation = 0 } = budget.metadata;
  const { status } = budget;
  // Upstream says it in the singular here.
  const of = { group: "policy", resource: "poddisruptionbudget" };
  if ((status.observedGeneration ?? 0) < generation) throw processing(name);
  if (status.disruptionsAllowed < 0) throw forbidden(of, name, "pdb disruptions allowed is negative");
  const disrupted = status.disruptedPods ?? {};
  if (Object.keys(disrupted).length > MOST_DISRUPTED) {
    throw forbidden(of, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  }
  if (status.disruptionsAllowed === 0) throw refused(noneLeft(budget), 0);
  const disruptionsAllowed = status.disruptionsAllowed - 1;
  return {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed,
      disruptedPods: { ...disrupted, [pod.metadata.name]: formatTime(now) },
      ...(disruptionsAllowed === 0 && { conditions: exhausted(budget, now) }),
    },
  };
}

/** The budget's condition says that nothing more may go. */
function exhausted({ status }: PodDisruptionBudget, now: number): PodDisruptionBudget["status"]["conditions"] {
  const before = status.conditions?.find(({ type }) => type === "DisruptionAllowed");
  const condition = {
    type: "DisruptionAllowed",
    status: "False",
    observedGeneration: status.observedGeneration ?? 0,
    lastTransitionTime: before?.status === "False" ? before.lastTransitionTime : formatTime(now),
    reason: "InsufficientPods",
    message: "",
  } as NonNullable<typeof before>;
  return [...(status.conditions ?? []).filter(({ type }) => type !== "DisruptionAllowed"), condition];
}

/** Why nothing more may go: the numbers mean nothing where they could not be brought up to date. */
function noneLeft({ metadata: { name }, status }: PodDisruptionBudget): string {
  const { desiredHealthy, currentHealthy } = status;
  const condition = status.conditions?.find(({ type }) => type === "DisruptionAllowed");
  const { reason, message } = condition?.status === "False" ? condition : { reason: "", message: "" };
  const denial = `The disruption budget ${name} does not allow evicting pods currently`;
  if (message !== "" && reason === "SyncFailed") return `${denial} because it failed sync: ${message}`;
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  }
  return message === "" ? denial : `${denial} (${reason}): ${message}`;
}

function processing(name: string): Error {
  return refused(`The disruption budget ${name} is still being processed by the server.`, RETRY_AFTER_SECONDS);
}

function refused(message: string, retryAfterSeconds: number): Error {
  const causes: StatusCause[] = [{ reason: "DisruptionBudget", message }];
  return tooManyRequests(WOULD_VIOLATE, retryAfterSeconds, causes);
}
