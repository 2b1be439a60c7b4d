/** Rules on what each endpoint may change of a pod. */
import { difference } from "../difference.ts";
import { goStruct } from "../go-struct.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { NAMELESS, forbidden, invalid, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { rangeError } from "../../machinery/names.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import { checkTolerations } from "./affinity.validation.ts";
import type { Container } from "./container.ts";
import { EphemeralContainer } from "./container.ts";
import { checkImageSpace } from "./container.validation.ts";
import { NodeSelectorTerm as NodeSelectorTermSchema } from "./node-selector.ts";
import type { NodeSelectorTerm } from "./node-selector.ts";
import { MIRROR, checkAnnotationChanges } from "./pod-annotations.validation.ts";
import { checkResize } from "./pod-resize.validation.ts";
import { PodSpec } from "./pod-spec.ts";
import { checkStatusUpdate } from "./pod-status.validation.ts";
import { annotationErrors } from "./pod.validation.ts";
import type { PodLike } from "./pod.validation.ts";

const SPEC = path("spec");
const LONGEST = 2 ** 31 - 1;

const CHANGEABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

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
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.push(forbidden(SPEC.child("schedulingGates").index(index).child("name"), text));
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
  // Upstream says once more what it said of them as they are.
  checkTolerations(errors, SPEC.child("tolerations"), tolerations);
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
  const before = old.affinity?.nodeAffinity;
  const after = masked.affinity?.nodeAffinity;
  if (same(before, after)) return;
  checkTermsNarrowed(errors, after?.[REQUIRED]?.nodeSelectorTerms ?? [], before?.[REQUIRED]?.nodeSelectorTerms ?? []);
  const { nodeAffinity: _, ...others } = masked.affinity ?? {};
  if (before === undefined && old.affinity === undefined && Object.keys(others).length === 0) delete masked.affinity;
  else masked.affinity = { ...others, ...(before && { nodeAffinity: before }) };
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

function checkTermsNarrowed(
  errors: Errors,
  now: readonly NodeSelectorTerm[],
  terms: readonly NodeSelectorTerm[],
): void {
  const at = SPEC.child("affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms");
  const shown = (term: NodeSelectorTerm): unknown => goStruct(NodeSelectorTermSchema as MessageSchema, term);
  if (terms.length > 0 && now.length !== terms.length) {
    const text = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    errors.push(invalid(at, now.length === 0 ? null : now.map(shown), text));
    return;
  }
  terms.forEach((term, index) => {
    if (onlyAdds(now[index]!, term)) return;
    errors.push(invalid(at.index(index), shown(now[index]!), "only additions are allowed (no mutations or deletions)"));
  });
}

const TERM_LISTS = ["matchExpressions", "matchFields"] as const;

/** What selects nothing may not come to select something. */
function onlyAdds(next: NodeSelectorTerm, previous: NodeSelectorTerm): boolean {
  const count = (term: NodeSelectorTerm): number =>
    TERM_LISTS.reduce((sum, name) => sum + (term[name] ?? []).length, 0);
  if (count(previous) === 0 && count(next) > 0) return false;
  return TERM_LISTS.every((name) => (previous[name] ?? []).every((each, index) => same(each, next[name]?.[index])));
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
