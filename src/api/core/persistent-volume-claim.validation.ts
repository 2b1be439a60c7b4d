/** Rules on PersistentVolumeClaims. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, immutable, invalid, path } from "../../machinery/field-errors.ts";
import type { ObjectMeta, StrategyContext } from "../../machinery/kind.ts";
import { compareQuantity, signOf } from "../../machinery/quantity.ts";
import { difference } from "../difference.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import { checkClaimSpec } from "./persistent-volume-claim-spec.validation.ts";
import type { PersistentVolumeClaimSpec } from "./persistent-volume-claim-spec.ts";
import type { TypedObjectReference } from "./references.ts";

interface ClaimParts {
  readonly metadata: Pick<ObjectMeta, "annotations">;
  readonly spec: PersistentVolumeClaimSpec;
  readonly status: { readonly phase: string; readonly capacity?: Readonly<Record<string, string>> };
}

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export function validatePersistentVolumeClaim(
  { spec, status }: ClaimParts,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource !== "status") checkClaimSpec(errors, path("spec"), spec);
  else checkCapacity(errors, path("status", "capacity"), status.capacity);
  return errors;
}

function checkCapacity(errors: Errors, at: Path, capacity: Readonly<Record<string, string>> | undefined): void {
  for (const name in capacity) {
    const amount = capacity[name]!;
    if (signOf(amount) < 0) errors.push(invalid(at.key(name), amount, "must be a valid resource quantity"));
  }
}

export function validatePersistentVolumeClaimUpdate(
  next: ClaimParts,
  before: ClaimParts,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const { spec } = next;
  const wanted = comparable(next, before);
  if (!same(wanted, before.spec)) {
    const text =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    errors.push(forbidden("spec", `${text}\n${difference(before.spec, wanted)}`));
  }
  checkShrinking(errors, next, before);
  if (spec.volumeMode !== before.spec.volumeMode) errors.push(immutable("volumeMode", spec.volumeMode));
  const attributes = spec.volumeAttributesClassName;
  if (before.spec.volumeAttributesClassName !== undefined && attributes === undefined) {
    const text = "update from non-nil value to nil is forbidden";
    errors.push(forbidden("spec.volumeAttributesClassName", text));
  }
  return errors;
}

/** The new spec with all that may change as it was before. */
function comparable({ spec, status, metadata }: ClaimParts, before: ClaimParts): PersistentVolumeClaimSpec {
  const wanted: Record<string, unknown> = { ...spec };
  const keep = (name: keyof PersistentVolumeClaimSpec): void => {
    if (before.spec[name] === undefined) delete wanted[name];
    else wanted[name] = before.spec[name];
  };
  // The binder names the volume once.
  if (!before.spec.volumeName) keep("volumeName");
  // A default class may come late, unless the older annotation says otherwise.
  const annotated = before.metadata.annotations?.[CLASS_ANNOTATION] ?? metadata.annotations?.[CLASS_ANNOTATION];
  if (before.spec.storageClassName === undefined && annotated === undefined) keep("storageClassName");
  if (status.phase === "Bound") {
    keep("volumeAttributesClassName");
    const old = before.spec.resources.requests?.["storage"];
    if (spec.resources.requests !== undefined && old !== undefined) {
      wanted["resources"] = { ...spec.resources, requests: { ...spec.resources.requests, storage: old } };
    }
  }
  return wanted as PersistentVolumeClaimSpec;
}

/** A claim may ask for less again, as long as it is more than what it already has. */
function checkShrinking(errors: Errors, { spec }: ClaimParts, before: ClaimParts): void {
  const size = spec.resources.requests?.["storage"] ?? "0";
  const old = before.spec.resources.requests?.["storage"] ?? "0";
  if (size === old || compareQuantity(size, old) >= 0) return;
  const has = before.status.capacity?.["storage"] ?? "0";
  if (compareQuantity(size, has) <= 0) {
    const text = "field can not be less than status.capacity";
    errors.push(forbidden("spec.resources.requests.storage", text));
  }
}

interface Sources {
  dataSource?: Omit<TypedObjectReference, "namespace">;
  dataSourceRef?: TypedObjectReference;
}

/** The two ways of naming a source are kept the same, except for sources in other namespaces. */
export function alignDataSources(spec: Sources): void {
  if (spec.dataSource !== undefined && spec.dataSourceRef === undefined) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef !== undefined && spec.dataSource === undefined && !spec.dataSourceRef.namespace) {
    const { namespace: _, ...source } = spec.dataSourceRef;
    spec.dataSource = source;
  }
}
