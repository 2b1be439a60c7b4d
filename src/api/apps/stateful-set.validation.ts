/** Rules on StatefulSets. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, path, required } from "../../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Label } from "../../machinery/names.ts";
import type { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { checkClaimSpec } from "../core/persistent-volume-claim-spec.validation.ts";
import { checkPodTemplateSpec, checkTemplateMetadata } from "../core/pod-template.validation.ts";
import { checkAtMost100Percent, checkIntOrPercent, amountOf } from "../percent.validation.ts";
import type { Errors } from "../rules.ts";
import { add, nonNegative, oneOf, same } from "../rules.ts";
import type { StatefulSetSpec, StatefulSetStatus, StatefulSetUpdateStrategy } from "./stateful-set.ts";
import { checkCounts, collisionErrors } from "./replica-counts.validation.ts";
import { checkMatches, checkReadable, checkRunsForever, checkSelector } from "./selected-template.validation.ts";

const SPEC = path("spec");
const STATUS = path("status");
const RETENTION = ["Retain", "Delete"];

interface StatefulSetLike extends KubeObject {
  readonly spec: StatefulSetSpec;
  readonly status: StatefulSetStatus;
}

export function validateStatefulSet(set: StatefulSetLike, { subresource, previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") checkStatus(errors, set.status);
  else if (previous === undefined) checkSpec(errors, set.spec, { creating: true });
  else {
    // Pods that could not be made before are not what a change is refused for.
    const before: Errors = [];
    checkSpec(before, (previous as StatefulSetLike).spec, { creating: false });
    checkSpec(errors, set.spec, { creating: false, anyPod: before.length > 0 });
  }
  return errors;
}

interface SpecRules {
  readonly creating: boolean;
  readonly anyPod?: boolean;
}

function checkSpec(errors: Errors, spec: StatefulSetSpec, { creating, anyPod = false }: SpecRules): void {
  checkPolicy(errors, spec.podManagementPolicy);
  checkStrategy(errors, SPEC.child("updateStrategy"), spec.updateStrategy);
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  for (const name of ["whenDeleted", "whenScaled"] as const) {
    oneOf(errors, SPEC.child("persistentVolumeClaimRetentionPolicy"), name, retention?.[name], RETENTION);
  }
  if (creating) {
    spec.volumeClaimTemplates?.forEach((claim, index) => {
      checkClaimSpec(errors, SPEC.child("volumeClaimTemplates").index(index).child("spec"), claim.spec);
    });
  }
  nonNegative(errors, SPEC, "replicas", spec.replicas);
  nonNegative(errors, SPEC, "minReadySeconds", spec.minReadySeconds);
  nonNegative(errors, SPEC, "ordinals.start", spec.ordinals?.start);
  if (creating && spec.serviceName !== "") {
    add(errors, SPEC.child("serviceName"), spec.serviceName, isDNS1123Label(spec.serviceName));
  }
  checkSelector(errors, SPEC, spec, "statefulset");
  if (checkReadable(errors, SPEC, spec, "")) {
    checkMatches(errors, SPEC, spec);
    if (!anyPod) checkPods(errors, spec);
  }
  checkRunsForever(errors, SPEC, spec, "StatefulSet");
}

function checkPods(errors: Errors, spec: StatefulSetSpec): void {
  const at = SPEC.child("template");
  const template = asMade(spec);
  checkPodTemplateSpec(errors, at, template);
  // Upstream says it twice.
  checkTemplateMetadata(errors, at, template);
}

/** Its pods have names of the set's making, and a volume for each claim. */
function asMade({ template: { metadata, spec }, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  const { hostname: _hostname, subdomain: _subdomain, ...pod } = spec;
  if (volumeClaimTemplates.length === 0) return { metadata, spec: pod };
  const claimed = new Set(volumeClaimTemplates.map(({ metadata }) => metadata.name));
  const volumes = [
    ...(pod.volumes ?? []).filter(({ name }) => !claimed.has(name)),
    ...[...claimed].map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
  ];
  return { metadata, spec: { ...pod, volumes } };
}

function checkPolicy(errors: Errors, policy: string): void {
  if (policy === "") errors.push(required(SPEC.child("podManagementPolicy")));
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    errors.push(invalid(SPEC.child("podManagementPolicy"), policy, "must be 'OrderedReady' or 'Parallel'"));
  }
}

function checkStrategy(errors: Errors, at: Path, { type, rollingUpdate }: StatefulSetUpdateStrategy): void {
  const shown = rollingUpdate && {
    Partition: rollingUpdate.partition ?? 0,
    MaxUnavailable: rollingUpdate.maxUnavailable ?? null,
  };
  if (type === "OnDelete") {
    if (shown === undefined) return;
    errors.push(invalid(at.child("rollingUpdate"), shown, "only allowed for updateStrategy 'RollingUpdate'"));
  } else if (type !== "RollingUpdate") {
    const value = { Type: type, RollingUpdate: shown ?? null };
    errors.push(invalid(at, value, "must be 'RollingUpdate' or 'OnDelete'"));
  } else if (rollingUpdate !== undefined) {
    const here = at.child("rollingUpdate");
    nonNegative(errors, here, "partition", rollingUpdate.partition);
    const { maxUnavailable } = rollingUpdate;
    if (maxUnavailable === undefined) return;
    checkIntOrPercent(errors, here.child("maxUnavailable"), maxUnavailable);
    if (amountOf(maxUnavailable) === 0) {
      errors.push(invalid(here.child("maxUnavailable"), maxUnavailable, "cannot be 0"));
    }
    checkAtMost100Percent(errors, here.child("maxUnavailable"), maxUnavailable);
  }
}

function checkStatus(errors: Errors, status: StatefulSetStatus): void {
  for (const name of [
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
  ] as const) {
    nonNegative(errors, STATUS, name, status[name]);
  }
  nonNegative(errors, STATUS, "observedGeneration", status.observedGeneration);
  nonNegative(errors, STATUS, "collisionCount", status.collisionCount);
  const counts = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"];
  checkCounts(errors, STATUS, status, counts, "status.readyReplicas");
}

const CHANGEABLE: ReadonlySet<string> = new Set([
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
]);

export function validateStatefulSetUpdate(
  next: StatefulSetLike,
  previous: StatefulSetLike,
  context: StrategyContext,
): FieldError[] {
  if (context.subresource !== undefined) return collisionErrors(next, previous, context);
  if (same(fixed(next.spec), fixed(previous.spec))) return [];
  const text =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [forbidden(SPEC, text)];
}

function fixed(spec: StatefulSetSpec): object {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !CHANGEABLE.has(name)));
}
