/** Rules on what reads a pod's own fields: environment variables and downward API volumes. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { invalid, notSupported, required } from "../../machinery/field-errors.ts";
import { isQualifiedName } from "../../machinery/names.ts";
import { canonicalQuantity, signOf } from "../../machinery/quantity.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";
import { checkFileMode, checkLocalFreePath } from "./paths.validation.ts";
import type { DownwardAPIVolumeFile } from "./projected-volume.ts";
import type { ObjectFieldSelector, ResourceFieldSelector } from "./references.ts";
import { isHugePage } from "./resource-names.ts";

export const ENV_FIELDS: ReadonlySet<string> = new Set([
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);

export const VOLUME_FIELDS: ReadonlySet<string> = new Set([
  "metadata.name",
  "metadata.namespace",
  "metadata.labels",
  "metadata.annotations",
  "metadata.uid",
]);

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set([
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
]);

/** Where an old label of the field is called by another name now. */
const RENAMED: Readonly<Record<string, string>> = { "spec.host": "spec.nodeName" };

/** Every path that can be asked for anywhere; others are errors of a text of their own. */
const CONVERTIBLE: ReadonlySet<string> = new Set([
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.schedulerName",
  "spec.serviceAccountName",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);

const SUBSCRIPTED: ReadonlySet<string> = new Set(["metadata.annotations", "metadata.labels"]);

export function checkFieldReference(
  errors: Errors,
  at: Path,
  { apiVersion, fieldPath }: ObjectFieldSelector,
  supported: ReadonlySet<string>,
): void {
  if (apiVersion === "") {
    errors.push(required(at.child("apiVersion")));
    return;
  }
  if (fieldPath === "") {
    errors.push(required(at.child("fieldPath")));
    return;
  }
  if (apiVersion === "v1" && supported.has(fieldPath)) return;
  const subscript = subscriptOf(fieldPath);
  const problem = conversionProblem(apiVersion, fieldPath, subscript);
  if (problem !== undefined) {
    errors.push(invalid(at.child("fieldPath"), fieldPath, `error converting fieldPath: ${problem}`));
  } else if (subscript !== undefined) {
    const { path, key } = subscript;
    const name = path === "metadata.annotations" ? key.toLowerCase() : key;
    add(errors, at, name, isQualifiedName(name));
  } else {
    const path = ownValue(RENAMED, fieldPath) ?? fieldPath;
    if (!supported.has(path)) errors.push(notSupported(at.child("fieldPath"), path, supported));
  }
}

interface Subscript {
  readonly path: string;
  readonly key: string;
}

/** `metadata.labels['app']` is `app` of `metadata.labels`. */
function subscriptOf(fieldPath: string): Subscript | undefined {
  const start = fieldPath.indexOf("['");
  if (start <= 0 || !fieldPath.endsWith("']") || start + 2 > fieldPath.length - 2) return undefined;
  return { path: fieldPath.slice(0, start), key: fieldPath.slice(start + 2, -2) };
}

function conversionProblem(version: string, fieldPath: string, subscript: Subscript | undefined): string | undefined {
  if (version !== "v1") return `unsupported pod version: ${version}`;
  if (subscript !== undefined) {
    return SUBSCRIPTED.has(subscript.path) ? undefined : `field label does not support subscript: ${fieldPath}`;
  }
  if (CONVERTIBLE.has(fieldPath) || ownValue(RENAMED, fieldPath) !== undefined) return undefined;
  return `field label not supported: ${fieldPath}`;
}

const CPU_DIVISORS: ReadonlySet<string> = new Set(["1m", "1"]);
const BYTE_DIVISORS: ReadonlySet<string> = new Set("1 1k 1M 1G 1T 1P 1E 1Ki 1Mi 1Gi 1Ti 1Pi 1Ei".split(" "));

export function checkResourceReference(
  errors: Errors,
  at: Path,
  { containerName, resource, divisor }: ResourceFieldSelector,
  volume: boolean,
): void {
  if (volume && (containerName ?? "") === "") errors.push(required(at.child("containerName")));
  else if (resource === "") errors.push(required(at.child("resource")));
  else if (!CONTAINER_RESOURCES.has(resource) && !isHugePageReference(resource)) {
    errors.push(notSupported(at.child("resource"), resource, CONTAINER_RESOURCES));
  }
  checkDivisor(errors, at, resource, divisor);
}

const isHugePageReference = (resource: string): boolean => {
  const [kind, name = ""] = splitOnce(resource);
  return (kind === "limits" || kind === "requests") && isHugePage(name);
};

function splitOnce(resource: string): [string, string?] {
  const dot = resource.indexOf(".");
  return dot < 0 ? [resource] : [resource.slice(0, dot), resource.slice(dot + 1)];
}

/** Upstream shows the resource where the divisor is wrong. */
function checkDivisor(errors: Errors, at: Path, resource: string, divisor: string): void {
  const [, name = ""] = splitOnce(resource);
  const what = isHugePageReference(resource)
    ? "hugepages"
    : CONTAINER_RESOURCES.has(resource)
      ? KINDS[name]
      : undefined;
  if (what === undefined || signOf(divisor || "0") === 0) return;
  const known = what === "cpu" ? CPU_DIVISORS : BYTE_DIVISORS;
  if (known.has(canonicalQuantity(divisor))) return;
  const values = what === "cpu" ? "1m and 1" : [...BYTE_DIVISORS].join(", ");
  const text = `only divisor's values ${values} are supported with the ${what} resource`;
  errors.push(invalid(at.child("divisor"), resource, text));
}

const KINDS: Readonly<Record<string, string>> = {
  cpu: "cpu",
  memory: "memory",
  "ephemeral-storage": "local ephemeral storage",
};

export function checkDownwardFile(errors: Errors, at: Path, file: DownwardAPIVolumeFile): void {
  if (file.path === "") errors.push(required(at.child("path")));
  checkLocalFreePath(errors, at.child("path"), file.path);
  if (file.fieldRef !== undefined) {
    checkFieldReference(errors, at.child("fieldRef"), file.fieldRef, VOLUME_FIELDS);
    if (file.resourceFieldRef !== undefined) {
      errors.push(invalid(at, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
    }
  } else if (file.resourceFieldRef !== undefined) {
    checkResourceReference(errors, at.child("resourceFieldRef"), file.resourceFieldRef, true);
  } else errors.push(required(at, "one of fieldRef and resourceFieldRef is required"));
  checkFileMode(errors, at, "mode", file.mode);
}
