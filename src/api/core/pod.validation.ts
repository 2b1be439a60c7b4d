/** Rules on pods: at creation, and on what each endpoint may change afterwards. */
import { difference } from "../difference.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { NAMELESS, forbidden, invalid, path, required } from "../../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { rangeError } from "../../machinery/names.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import type { Container } from "./container.ts";
import { EphemeralContainer } from "./container.ts";
import { checkImageSpace } from "./container.validation.ts";
import {
  MIRROR,
  checkAnnotationChanges,
  checkPodAnnotations,
  checkProfilesAgree,
} from "./pod-annotations.validation.ts";
import { PodSpec } from "./pod-spec.ts";
import { checkPodSpec } from "./pod-spec.validation.ts";
import type { PodStatus } from "./pod-status.ts";
import { checkResize } from "./pod-resize.validation.ts";
import { checkStatusUpdate } from "./pod-status.validation.ts";

export interface PodLike extends KubeObject {
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

const SPEC = path("spec");
const LONGEST = 2 ** 31 - 1;

const CHANGEABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

export function validatePod(pod: PodLike, { subresource, previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const { spec } = pod;
  if (!sound.has(spec)) checkSpec(errors, pod);
  if (errors.length === 0 && !namesClaims(spec)) sound.add(spec);
  const annotations = annotationErrors(pod, previous);
  // An object without a revision is about to be created.
  if (pod.metadata.resourceVersion === undefined) checkNew(errors, pod);
  return [...annotations, ...errors];
}

function annotationErrors({ metadata, spec }: PodLike, previous: KubeObject | undefined): Errors {
  const errors: Errors = [];
  const { annotations } = metadata;
  if (annotations === undefined) return errors;
  checkPodAnnotations(errors, path("metadata", "annotations"), annotations, spec, previous?.metadata.annotations);
  return errors;
}

/** Specs without a fault. Pods made alike, and updates that leave a spec alone, have the very same one: it is checked once. */
const sound = new WeakSet<PodSpec>();

/** Claims for ephemeral volumes are named after the pod, so that with another name they may be at fault. */
const namesClaims = ({ volumes = [] }: PodSpec): boolean => volumes.some(({ ephemeral }) => ephemeral !== undefined);

function checkSpec(errors: Errors, { metadata, spec }: PodLike): void {
  checkPodSpec(errors, SPEC, spec, { isPod: true, podName: metadata.name ?? "" });
  if ((spec.serviceAccountName ?? "") === "") forbidTokens(errors, spec);
  spec.containers?.forEach((each, index) => checkImageSpace(errors, SPEC.child("containers").index(index), each));
  spec.initContainers?.forEach((each, index) =>
    checkImageSpace(errors, SPEC.child("initContainers").index(index), each),
  );
}

function forbidTokens(errors: Errors, spec: PodSpec): void {
  spec.volumes?.forEach(({ projected }, index) =>
    projected?.sources?.forEach(({ serviceAccountToken }, source) => {
      if (serviceAccountToken === undefined) return;
      const at = SPEC.child("volumes").index(index).child("projected", "sources").index(source);
      const text = "must not be specified when serviceAccountName is not set";
      errors.push(forbidden(at.child("serviceAccountToken"), text));
    }),
  );
}

function checkNew(errors: Errors, { metadata, spec }: PodLike): void {
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(forbidden(SPEC.child("ephemeralContainers"), "cannot be set on create"));
  }
  checkProfilesAgree(errors, SPEC, metadata.annotations ?? {}, spec);
  if ((spec.schedulingGates ?? []).length > 0 && (spec.nodeName ?? "") !== "") {
    errors.push(forbidden(SPEC.child("nodeName"), "cannot be set until all schedulingGates have been cleared"));
  }
}

export function validatePodUpdate(next: PodLike, previous: PodLike, { subresource }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource === undefined || subresource === "status") {
    checkAnnotationChanges(errors, next.metadata.annotations ?? {}, previous.metadata.annotations ?? {});
    // Upstream says once more what it said of the pod as it is.
    errors.push(...annotationErrors(next, previous));
  }
  switch (subresource) {
    case undefined:
      checkUpdate(errors, next, previous);
      break;
    case "status":
      checkStatusUpdate(errors, next, previous);
      break;
    case "ephemeralcontainers":
      checkEphemeralUpdate(errors, next, previous);
      break;
    case "resize":
      checkResize(errors, next, previous);
      break;
    default:
  }
  return errors;
}

function checkUpdate(errors: Errors, { spec }: PodLike, { spec: old }: PodLike): void {
  for (const name of ["containers", "initContainers"] as const) {
    if (!checkContainerUpdate(errors, SPEC.child(name), spec[name] ?? [], old[name] ?? [])) return;
  }
  if (!checkDeadline(errors, spec.activeDeadlineSeconds, old.activeDeadlineSeconds)) return;
  checkAddedTolerations(errors, spec, old);
  const gates = new Set(old.schedulingGates?.map(({ name }) => name));
  spec.schedulingGates?.forEach(({ name }, index) => {
    if (gates.has(name)) return;
    const text = "only deletion is allowed, but found new scheduling gate '";
    errors.push(forbidden(SPEC.child("schedulingGates").index(index), `${text}${name}'`));
  });
  if (same(spec, old)) return;
  const masked = mask(spec, old);
  if (gates.size > 0) maskPlacement(errors, masked, old);
  if (same(masked, old)) return;
  const text = `pod updates may not change fields other than ${CHANGEABLE}\n${difference(PodSpec as MessageSchema, old, masked)}`;
  errors.push(forbidden(SPEC, text));
}

/** False when nothing further needs to be said. */
function checkContainerUpdate(
  errors: Errors,
  at: Path,
  next: readonly Container[],
  previous: readonly Container[],
): boolean {
  if (next.length !== previous.length) {
    errors.push(forbidden(at, "pod updates may not add or remove containers"));
    return false;
  }
  next.forEach((container, index) => {
    if ((container.image ?? "") === "") errors.push(required(at.index(index).child("image")));
    checkImageSpace(errors, at.index(index), container);
  });
  return true;
}

/** It may be set or shortened. */
function checkDeadline(errors: Errors, next: number | undefined, previous: number | undefined): boolean {
  const at = SPEC.child("activeDeadlineSeconds");
  if (next === undefined) {
    if (previous !== undefined) {
      errors.push(invalid(at, null, "must not update from a positive integer to nil value"));
    }
    return true;
  }
  if (next < 0 || next > LONGEST) errors.push(invalid(at, next, rangeError(0, LONGEST)));
  else if (previous !== undefined && previous < next) {
    errors.push(invalid(at, next, "must be less than or equal to previous value"));
  } else return true;
  return false;
}

function checkAddedTolerations(errors: Errors, { tolerations = [] }: PodSpec, old: PodSpec): void {
  if (tolerations === old.tolerations) return;
  const text = "existing toleration can not be modified except its tolerationSeconds";
  for (const before of old.tolerations ?? []) {
    const { tolerationSeconds: _, ...wanted } = before;
    const kept = tolerations.some(({ tolerationSeconds: __, ...rest }) => same(rest, wanted));
    if (!kept) {
      errors.push(forbidden(SPEC.child("tolerations"), text));
      return;
    }
  }
}

type Masked = { -readonly [K in keyof PodSpec]: PodSpec[K] };

/** The new spec with the old values of all that may change. */
function mask(spec: PodSpec, old: PodSpec): Masked {
  const withImages = (next: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    next?.map((container, index) => ({ ...container, ...imageOf(before?.[index]) }));
  const masked: Masked = { ...spec, containers: withImages(spec.containers, old.containers) ?? [] };
  if (spec.initContainers !== undefined) masked.initContainers = withImages(spec.initContainers, old.initContainers)!;
  restore(masked, old, "activeDeadlineSeconds");
  restore(masked, old, "schedulingGates");
  restore(masked, old, "tolerations");
  if (old.terminationGracePeriodSeconds < 0 && spec.terminationGracePeriodSeconds === 1) {
    masked.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  return masked;
}

const imageOf = (container: Container | undefined): { image?: string } =>
  container?.image === undefined ? {} : { image: container.image };

function restore<K extends keyof PodSpec>(masked: Masked, old: PodSpec, key: K): void {
  if (old[key] === undefined) delete masked[key];
  else masked[key] = old[key];
}

/** A gated pod may still be bound to fewer nodes. */
function maskPlacement(errors: Errors, masked: Masked, old: PodSpec): void {
  const { nodeSelector = {} } = masked;
  if (!same(nodeSelector, old.nodeSelector ?? {})) {
    for (const key in old.nodeSelector) {
      if (nodeSelector[key] === old.nodeSelector[key]) continue;
      const text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
      errors.push(invalid(SPEC.child("nodeSelector"), masked.nodeSelector ?? null, text));
      break;
    }
  }
  restore(masked, old, "nodeSelector");
  checkAffinityNarrowed(errors, masked, old);
}

function checkAffinityNarrowed(errors: Errors, masked: Masked, old: PodSpec): void {
  const { nodeAffinity: before, ...others } = old.affinity ?? {};
  const { nodeAffinity: after, ...rest } = masked.affinity ?? {};
  if (!same(others, rest) || same(before, after)) return;
  const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
  const terms = before?.[REQUIRED]?.nodeSelectorTerms ?? [];
  const now = after?.[REQUIRED]?.nodeSelectorTerms ?? [];
  const at = SPEC.child("affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms");
  if (terms.length > 0 && now.length !== terms.length) {
    errors.push(invalid(at, now, "no additions/deletions to non-empty NodeSelectorTerms list are allowed"));
  }
  terms.forEach((term, index) => {
    const next = now[index];
    const keeps = (name: "matchExpressions" | "matchFields"): boolean =>
      (term[name] ?? []).every((each, position) => same(each, next?.[name]?.[position]));
    if (next === undefined || now.length !== terms.length || (keeps("matchExpressions") && keeps("matchFields")))
      return;
    errors.push(invalid(at.index(index), next, "only additions are allowed (no mutations or deletions)"));
  });
  restore(masked, old, "affinity");
}

function checkEphemeralUpdate(errors: Errors, { spec }: PodLike, { metadata, spec: old }: PodLike): void {
  if (metadata.annotations?.[MIRROR] !== undefined) {
    errors.push(forbidden(NAMELESS, "static pods do not support ephemeral containers"));
    return;
  }
  const at = SPEC.child("ephemeralContainers");
  for (const before of old.ephemeralContainers ?? []) {
    const after = spec.ephemeralContainers?.find(({ name }) => name === before.name);
    const which = `existing ephemeral containers "${before.name}" may not be`;
    if (after === undefined) errors.push(forbidden(at, `${which} removed\n`));
    else if (!same(before, after))
      errors.push(forbidden(at, `${which} changed\n${difference(EphemeralContainer as MessageSchema, before, after)}`));
  }
}
