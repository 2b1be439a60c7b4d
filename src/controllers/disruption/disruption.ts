/**
 * Keeps the status of PodDisruptionBudgets: how many of their pods may be evicted now. The eviction subresource spends
 * from it; a pod whose eviction was allowed counts as gone already until it is, or until two minutes have passed.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import { DaemonSet, Deployment, ReplicaSet, StatefulSet } from "../../api/apps/index.ts";
import { Job } from "../../api/batch/index.ts";
import { Pod, ReplicationController } from "../../api/core/index.ts";
import { PodDisruptionBudget } from "../../api/policy/index.ts";
import { scaledValue } from "../../machinery/int-or-string.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { goSelector } from "../../machinery/selectors.ts";
import { formatTime, timeOf } from "../../machinery/time.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { controllerOf, matcherOf, refersTo } from "../runtime/owners.ts";
import { normal, warning } from "../runtime/plan.ts";
import type { Plan, Told } from "../runtime/plan.ts";
import { isActive, isReady } from "../runtime/pods.ts";

/** After this long an allowed eviction that did not happen no longer counts, milliseconds. */
const EVICTION_TIMEOUT = 120_000;

export interface DisruptionView {
  /** Those the budget selects that are not finished. */
  readonly pods: readonly Pod[];
  /** How many pods a pod's controller wants; undefined where that is not known. */
  readonly wantedBy: (pod: Pod) => { readonly uid: string; readonly replicas: number } | undefined;
}

export const disruptionController = defineController<PodDisruptionBudget, DisruptionView>({
  name: "disruption-controller",
  component: "controllermanager",
  kind: PodDisruptionBudget,
  watches: [
    watch(Pod, ({ type, object, previous }, cache) => {
      const same = type === "MODIFIED" && previous !== undefined && sameForBudgets(previous, object);
      return same ? [] : budgetsOf(object, previous, cache);
    }),
    ...[Deployment, ReplicaSet, StatefulSet, ReplicationController].map((kind) => watch(kind as Kind, budgetsOfScaled)),
  ],
  rbac: [
    right("get list watch", "apps extensions", "deployments replicasets"),
    right("get list watch", "core", "replicationcontrollers"),
    right("get list watch", "policy", "poddisruptionbudgets"),
    right("get list watch", "apps", "statefulsets"),
    right("update", "policy", "poddisruptionbudgets/status"),
    right("patch update", "core", "pods/status"),
    right("get", "*", "*/scale"),
    tellsEvents,
  ],
  pace: () => 50,
  observe: (budget, cache) => ({ pods: podsOf(budget, cache), wantedBy: (pod) => wantedBy(pod, cache) }),
  decide,
});

function sameForBudgets(a: Pod, b: Pod): boolean {
  return isReady(a) === isReady(b) && isActive(a) === isActive(b) && equivalent(a.metadata.labels, b.metadata.labels);
}

function* budgetsOf(pod: Pod, previous: Pod | undefined, cache: Cache): Iterable<string> {
  for (const { metadata, spec } of cache.of(PodDisruptionBudget).list(pod.metadata.namespace)) {
    const matches = matcherOf(spec.selector);
    if (matches(pod.metadata.labels) || (previous && matches(previous.metadata.labels))) {
      yield `${metadata.namespace}/${metadata.name}`;
    }
  }
}

/** A change of size moves the goal of every budget there. */
function* budgetsOfScaled({ object, previous }: { object: KubeObject; previous?: KubeObject }, cache: Cache) {
  if (previous !== undefined && previous.metadata.generation === object.metadata.generation) return;
  for (const { metadata } of cache.of(PodDisruptionBudget).list(object.metadata.namespace)) {
    yield `${metadata.namespace}/${metadata.name}`;
  }
}

function podsOf({ spec, metadata }: PodDisruptionBudget, cache: Cache): Pod[] {
  const matches = matcherOf(spec.selector);
  return [...cache.of(Pod).list(metadata.namespace)].filter(
    ({ metadata: { labels }, status: { phase } }) => matches(labels) && phase !== "Succeeded" && phase !== "Failed",
  );
}

function wantedBy(pod: Pod, cache: Cache): { uid: string; replicas: number } | undefined {
  let owner = scaledOwner(pod, cache);
  // A ReplicaSet of a Deployment wants what the Deployment wants.
  const above = owner === undefined ? undefined : scaledOwner(owner, cache);
  owner = above ?? owner;
  if (owner === undefined) return undefined;
  const { replicas = 1 } = (owner as { spec?: { replicas?: number } }).spec ?? {};
  return { uid: owner.metadata.uid, replicas };
}

function scaledOwner(object: KubeObject, cache: Cache): KubeObject | undefined {
  const reference = controllerOf(object);
  if (reference === undefined) return undefined;
  const kinds: readonly Kind[] = [
    ReplicaSet as Kind,
    StatefulSet as Kind,
    ReplicationController as Kind,
    Deployment as Kind,
  ];
  const kind = kinds.find((one) => refersTo(reference, one));
  const owner = kind && cache.get(kind, reference.name, object.metadata.namespace);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

export function decide({
  object: budget,
  pods,
  wantedBy: wanted,
  now,
}: Observed<PodDisruptionBudget> & DisruptionView): Plan {
  const goal = goalOf(budget, pods, wanted);
  const events: Told[] = pods.length === 0 ? [normal("NoPods", "No matching pods found")] : [];
  if (typeof goal === "string") {
    const { observedGeneration = 0 } = budget.status;
    const status = {
      ...budget.status,
      disruptionsAllowed: 0,
      conditions: conditionsOf(budget, observedGeneration, "SyncFailed", goal, now),
    };
    const told = `Failed to calculate the number of expected pods: ${goal}`;
    return { writes: [], status, events: [...events, warning("CalculateExpectedPodCountFailed", told)] };
  }
  const { expected, desired, unmanaged } = goal;
  const { kept, late, recheckAt } = stillDisrupted(budget, pods, now);
  const observedGeneration = budget.metadata.generation ?? 0;
  if (unmanaged) events.push(warning("UnmanagedPods", unmanagedText(budget)));
  events.push(...late);
  const healthy = pods.filter(
    (pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined && !Object.hasOwn(kept, pod.metadata.name),
  ).length;
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  return {
    writes: [],
    status: {
      observedGeneration,
      ...(Object.keys(kept).length > 0 && { disruptedPods: kept }),
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      conditions: conditionsOf(
        budget,
        observedGeneration,
        allowed > 0 ? "SufficientPods" : "InsufficientPods",
        "",
        now,
      ),
    },
    events,
    ...(recheckAt !== undefined && { recheckAt }),
  };
}

function unmanagedText({ spec: { selector } }: PodDisruptionBudget): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${selector ? goSelector(selector) : "nil"}) were found to be ` +
    "unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined " +
    'behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
  );
}

/** Kinds of pods' controllers that want no number of them. */
const UNSCALED: readonly Kind[] = [DaemonSet as Kind, Job as Kind];

/** How many pods there should be, and how many of them must be healthy; or why that cannot be said. */
function goalOf(
  { spec: { minAvailable, maxUnavailable } }: PodDisruptionBudget,
  pods: readonly Pod[],
  wanted: DisruptionView["wantedBy"],
): { readonly expected: number; readonly desired: number; readonly unmanaged: boolean } | string {
  if (maxUnavailable === undefined && typeof minAvailable !== "string") {
    const expected = minAvailable === undefined ? 0 : pods.length;
    return { expected, desired: minAvailable ?? 0, unmanaged: false };
  }
  const owners = new Map<string, number>();
  let unmanaged = false;
  for (const pod of pods) {
    // Of one that nobody controls it cannot be said how many there should be; it does not count.
    const reference = controllerOf(pod);
    if (reference === undefined) {
      unmanaged = true;
      continue;
    }
    const unscaled = UNSCALED.find((kind) => refersTo(reference, kind));
    if (unscaled !== undefined) {
      return `${unscaled.names.plural}.${unscaled.group} does not implement the scale subresource`;
    }
    const owner = wanted(pod);
    if (owner === undefined) return `found no controllers for pod "${pod.metadata.name}"`;
    owners.set(owner.uid, owner.replicas);
  }
  const expected = [...owners.values()].reduce((sum, replicas) => sum + replicas, 0);
  const desired =
    maxUnavailable === undefined
      ? scaledValue(minAvailable!, expected, "up")
      : Math.max(0, expected - scaledValue(maxUnavailable, expected, "up"));
  return { expected, desired, unmanaged };
}

/** Evictions that were allowed and have not happened yet. */
function stillDisrupted({ status, metadata: { namespace } }: PodDisruptionBudget, pods: readonly Pod[], now: number) {
  const kept: Record<string, string> = {};
  const late: Told[] = [];
  let recheckAt: number | undefined;
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    const time = ownValue(status.disruptedPods, name);
    const end = (timeOf(time) ?? -Infinity) + EVICTION_TIMEOUT;
    if (time === undefined || deletionTimestamp !== undefined) continue;
    if (end <= now) {
      // Upstream names the namespace twice.
      const text = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
      late.push({ ...warning("NotDeleted", text), about: pod });
      continue;
    }
    kept[name] = time;
    if (recheckAt === undefined || end < recheckAt) recheckAt = end;
  }
  return { kept, late, recheckAt };
}

/** With ours as it is now; conditions of others keep their place. */
function conditionsOf(
  { status: { conditions = [] } }: PodDisruptionBudget,
  observedGeneration: number,
  reason: string,
  message: string,
  now: number,
) {
  const value = reason === "SufficientPods" ? "True" : "False";
  const at = conditions.findIndex(({ type }) => type === "DisruptionAllowed");
  const present = conditions[at];
  const lastTransitionTime = present?.status === value ? present.lastTransitionTime : formatTime(now);
  const ours = { type: "DisruptionAllowed", status: value, observedGeneration, lastTransitionTime, reason, message };
  return present === undefined ? [...conditions, ours] : conditions.with(at, ours as typeof present);
}
