/** Rules on PersistentVolumeClaims. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, immutable, notSupported, path } from "../../machinery/field-errors.ts";
import type { ObjectMeta, StrategyContext } from "../../machinery/kind.ts";
import { isQualifiedName } from "../../machinery/names.ts";
import { compareQuantity } from "../../machinery/quantity.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { difference } from "../difference.ts";
import type { Errors } from "../rules.ts";
import { add, same } from "../rules.ts";
import { checkBasicAmount, checkClaimSpec } from "./persistent-volume-claim-spec.validation.ts";
import { PersistentVolumeClaimSpec } from "./persistent-volume-claim-spec.ts";
import type { TypedObjectReference } from "./references.ts";
import { isNativeResource } from "./resource-names.ts";

interface ClaimParts {
  readonly metadata: Pick<ObjectMeta, "annotations">;
  readonly spec: PersistentVolumeClaimSpec;
  readonly status: {
    readonly phase: string;
    readonly capacity?: Readonly<Record<string, string>>;
    readonly allocatedResources?: Readonly<Record<string, string>>;
    readonly allocatedResourceStatuses?: Readonly<Record<string, string>>;
    readonly currentVolumeAttributesClassName?: string;
  };
}

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export function validatePersistentVolumeClaim(
  { spec, status }: ClaimParts,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource !== "status") checkClaimSpec(errors, path("spec"), spec);
  else checkStatus(errors, status);
  return errors;
}

const RESIZING: ReadonlySet<string> = new Set([
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
]);

function checkStatus(errors: Errors, status: ClaimParts["status"]): void {
  const at = path("status", "capacity");
  for (const name in status.capacity) checkBasicAmount(errors, at.key(name), status.capacity[name]!);
  const states = status.allocatedResourceStatuses ?? {};
  for (const name in states) {
    const here = path("status", "allocatedResourceStatuses");
    checkResource(errors, here, name);
    if (!RESIZING.has(states[name]!)) errors.push(notSupported(here, name, RESIZING));
  }
  const amounts = status.allocatedResources ?? {};
  for (const name in amounts) {
    const here = path("status", "allocatedResources");
    if (checkResource(errors, here, name)) checkBasicAmount(errors, here.key(name), amounts[name]!);
  }
}

/** Of resources without a domain a claim only has storage. */
function checkResource(errors: Errors, at: Path, name: string): boolean {
  const before = errors.length;
  add(errors, at, name, isQualifiedName(name));
  if (errors.length === before && isNativeResource(name) && name !== "storage") {
    errors.push(notSupported(at, name, ["storage"]));
  }
  return errors.length === before;
}

export function validatePersistentVolumeClaimUpdate(
  next: ClaimParts,
  before: ClaimParts,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const { spec } = next;
  const annotated = before.metadata.annotations?.[CLASS_ANNOTATION];
  const annotation = next.metadata.annotations?.[CLASS_ANNOTATION];
  if (annotation !== annotated && !saysClassAnew(next, before)) {
    errors.push(immutable(path("metadata", "annotations", CLASS_ANNOTATION), annotation ?? ""));
  }
  const wanted = comparable(next, before);
  if (!same(wanted, before.spec)) {
    const text =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    errors.push(
      forbidden("spec", `${text}\n${difference(PersistentVolumeClaimSpec as MessageSchema, before.spec, wanted)}`),
    );
  }
  checkShrinking(errors, next, before);
  if (spec.volumeMode !== before.spec.volumeMode) errors.push(immutable("volumeMode", spec.volumeMode));
  // Until a class has taken effect it can be taken back.
  if (before.status.currentVolumeAttributesClassName !== undefined && !spec.volumeAttributesClassName) {
    const to = spec.volumeAttributesClassName === undefined ? "nil" : "empty string";
    const text = `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`;
    if (spec.volumeAttributesClassName !== before.spec.volumeAttributesClassName) {
      errors.push(forbidden("spec.volumeAttributesClassName", text));
    }
  }
  return errors;
}

/** The class that the older annotation named moves into the spec. */
function saysClassAnew({ spec, metadata }: ClaimParts, before: ClaimParts): boolean {
  const annotated = before.metadata.annotations?.[CLASS_ANNOTATION];
  const annotation = metadata.annotations?.[CLASS_ANNOTATION] ?? annotated;
  if (annotated === undefined || before.spec.storageClassName !== undefined) return false;
  return spec.storageClassName === annotated && annotation === annotated;
}

/** The new spec with all that may change as it was before. */
function comparable({ spec, status }: ClaimParts, before: ClaimParts): PersistentVolumeClaimSpec {
  const wanted: Record<string, unknown> = { ...spec };
  const keep = (name: keyof PersistentVolumeClaimSpec): void => {
    if (before.spec[name] === undefined) delete wanted[name];
    else wanted[name] = before.spec[name];
  };
  // The binder names the volume once.
  if (!before.spec.volumeName) keep("volumeName");
  // A default class may come late, unless the older annotation says otherwise.
  const annotated = before.metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName;
  if (before.spec.storageClassName === undefined && annotated === spec.storageClassName) keep("storageClassName");
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
