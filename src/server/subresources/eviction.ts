/** `pods/eviction`: deletes a pod if its disruption budget allows, and takes one from the budget. */
import type { Eviction, Pod, PodDisruptionBudget } from "../../api/index.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest, forbidden, internalError, notFound, tooManyRequests } from "../../machinery/errors.ts";
import type { StatusCause } from "../../machinery/errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import { compileSelector } from "../../machinery/selectors.ts";
import { formatTime } from "../../machinery/time.ts";
import { decodeBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import type { Resource } from "../resource.ts";
import type { Routes } from "../routes.ts";
import { deleteObject, isDryRun } from "../verbs/delete.ts";
import type { Options } from "../verbs/delete.ts";
import { admitCreation, created, kindOf, resourceNamed } from "./kinds.ts";
import { mutate } from "./mutate.ts";

/** So many pods a budget may list as being disrupted, as upstream. */
const MOST_DISRUPTED = 2000;
const RETRY_AFTER_SECONDS = 10;
const WOULD_VIOLATE = "Cannot evict pod as it would violate the pod's disruption budget.";

export function installEviction(routes: Routes): void {
  routes.special("/pods/eviction", { create: evict });
}

async function evict(exchange: Exchange): Promise<ApiResponse> {
  const { info, parts } = exchange;
  const { namespace, name } = info;
  const query = writeOptionsOf(exchange.query, "CreateOptions");
  const kind = kindOf(parts, "policy/v1", "Eviction");
  const eviction = decodeBody(exchange, kind, fieldValidationOf(query)) as Draft<Eviction>;
  if (eviction.metadata?.name && eviction.metadata.name !== name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  const options = (eviction.deleteOptions ?? {}) as Options;
  if (query.dryRun !== undefined) options.dryRun = [...query.dryRun];
  await admitCreation(exchange, kind, eviction, isDryRun(options));
  const pods = resourceNamed(parts, "", "v1", "pods");
  const entry = parts.store.head(pods.keyOf(namespace, name));
  if (entry === undefined) throw notFound(pods.groupResource, name);
  const pod = pods.view(entry) as Pod;
  if (!goesAnyway(pod)) await askBudget(exchange, pod, isDryRun(options));
  await deleteObject(exchange, pods, namespace, name, options);
  return created(exchange);
}

/** Pods that do not count as available need nobody's leave. */
function goesAnyway({ metadata, status }: Pod): boolean {
  const { phase } = status;
  return metadata.deletionTimestamp !== undefined || phase === "Succeeded" || phase === "Failed" || phase === "Pending";
}

async function askBudget(exchange: Exchange, pod: Pod, dryRun: boolean): Promise<void> {
  const budgets = resourceNamed(exchange.parts, "policy", "v1", "poddisruptionbudgets");
  const matching = budgetsOf(exchange, budgets, pod);
  if (matching.length > 1) {
    throw internalError(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const budget = matching[0];
  if (budget === undefined) return;
  const { namespace = "", name } = budget.metadata;
  await mutate<PodDisruptionBudget>(exchange, budgets, namespace, name, (current) => {
    if (mayIgnore(current, pod)) return undefined;
    const next = decremented(current, pod, exchange.parts.clock.now());
    return dryRun ? undefined : next;
  });
}

function budgetsOf(exchange: Exchange, budgets: Resource, pod: Pod): PodDisruptionBudget[] {
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
  const of = { group: "policy", resource: "poddisruptionbudgets" };
  if ((status.observedGeneration ?? 0) < generation) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`);
  }
  if (status.disruptionsAllowed < 0) throw forbidden(of, name, "pdb disruptions allowed is negative");
  const disrupted = status.disruptedPods ?? {};
  if (Object.keys(disrupted).length > MOST_DISRUPTED) {
    throw forbidden(of, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  }
  if (status.disruptionsAllowed === 0) {
    throw refused(
      `The disruption budget ${name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
    );
  }
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

function refused(message: string): Error {
  const causes: StatusCause[] = [{ reason: "DisruptionBudget", message }];
  return tooManyRequests(WOULD_VIOLATE, RETRY_AFTER_SECONDS, causes);
}
