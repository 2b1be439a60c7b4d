/** Rules on what a claim asks for: in claims, in templates of stateful sets and in ephemeral volumes. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import { quantityValue, signOf } from "../../machinery/quantity.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import { NOT_POSITIVE, add, oneOf, same } from "../rules.ts";
import type { Errors } from "../rules.ts";
import type { PersistentVolumeClaimSpec } from "./persistent-volume-claim-spec.ts";
import type { TypedObjectReference } from "./references.ts";

const ACCESS_MODES: ReadonlySet<string> = new Set([
  "ReadOnlyMany",
  "ReadWriteMany",
  "ReadWriteOnce",
  "ReadWriteOncePod",
]);
export const VOLUME_MODES: ReadonlySet<string> = new Set(["Block", "Filesystem"]);

export function checkAccessModes(errors: Errors, at: Path, modes: readonly string[]): void {
  for (const mode of modes) {
    if (!ACCESS_MODES.has(mode)) errors.push(notSupported(at.child("accessModes"), mode, ACCESS_MODES));
  }
  const others = modes.some((mode) => mode !== "ReadWriteOncePod" && ACCESS_MODES.has(mode));
  if (others && modes.includes("ReadWriteOncePod")) {
    errors.push(forbidden(at.child("accessModes"), "may not use ReadWriteOncePod with other access modes"));
  }
}

export function checkClaimSpec(errors: Errors, at: Path, spec: PersistentVolumeClaimSpec): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required(at.child("accessModes"), "at least 1 access mode is required"));
  checkLabelSelector(errors, at.child("selector"), spec.selector);
  checkAccessModes(errors, at, modes);
  checkStorage(errors, at.child("resources").key("storage"), spec.resources?.requests?.["storage"]);
  checkClassName(errors, at, "storageClassName", spec.storageClassName);
  oneOf(errors, at, "volumeMode", spec.volumeMode, VOLUME_MODES);
  checkDataSources(errors, at, spec);
  checkClassName(errors, at, "volumeAttributesClassName", spec.volumeAttributesClassName);
}

function checkStorage(errors: Errors, at: Path, amount: string | undefined): void {
  if (amount === undefined) errors.push(required(at));
  else if (signOf(amount) <= 0) errors.push(invalid(at, amount, NOT_POSITIVE));
}

function checkClassName(errors: Errors, at: Path, field: string, name: string | undefined): void {
  if (name !== undefined && name !== "") add(errors, at.child(field), name, isDNS1123Subdomain(name));
}

type Source = Omit<TypedObjectReference, "namespace"> & { readonly namespace?: string };

function checkDataSources(errors: Errors, at: Path, { dataSource, dataSourceRef }: PersistentVolumeClaimSpec): void {
  if (dataSource !== undefined) checkDataSource(errors, at.child("dataSource"), dataSource);
  if (dataSourceRef !== undefined) checkDataSource(errors, at.child("dataSourceRef"), dataSourceRef);
  if (dataSource === undefined || dataSourceRef === undefined) return;
  // Upstream names the spec and shows the path as the value.
  const shown = {};
  if ((dataSourceRef.namespace ?? "") !== "") {
    errors.push(invalid(at, shown, "may not be specified when dataSourceRef.namespace is specified"));
  } else {
    const { namespace: _, ...reference } = dataSourceRef;
    if (!same(dataSource, reference)) errors.push(invalid(at, shown, "must match dataSourceRef"));
  }
}

function checkDataSource(errors: Errors, at: Path, source: Source): void {
  const { name, kind, apiGroup, namespace = "" } = source;
  if (name === "") errors.push(required(at.child("name")));
  if (kind === "") errors.push(required(at.child("kind")));
  const group = apiGroup ?? "";
  if (group === "" && kind !== "PersistentVolumeClaim") {
    errors.push(invalid(at, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  if (group !== "") add(errors, at.child("apiGroup"), group, isDNS1123Subdomain(group));
  if (namespace !== "") add(errors, at.child("namespace"), namespace, isDNS1123Label(namespace));
}

export function checkBasicAmount(errors: Errors, at: Path, amount: string): void {
  if (signOf(amount) < 0) errors.push(invalid(at, quantityValue(amount), "must be a valid resource quantity"));
}
