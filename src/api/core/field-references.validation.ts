/** Rules on what reads a pod's own fields: environment variables and downward API volumes. */
import type { Path } from "../../machinery/field-errors.ts";
import { invalid, notSupported, required } from "../../machinery/field-errors.ts";
import { isQualifiedName } from "../../machinery/names.ts";
import { compareQuantity, parseQuantity } from "../../machinery/quantity.ts";
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

const SUBSCRIPT = /^(.*)\['(.*)'\]$/s;

/** Where an old label of the field is called by another name now. */
const RENAMED: Readonly<Record<string, string>> = { "spec.host": "spec.nodeName" };

/** Every path a pod's field labels convert; others are errors of a text of their own. */
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
  "spec.hostNetwork",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
  "status.nominatedNodeName",
]);

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
  if (supported.has(fieldPath)) return;
  const match = SUBSCRIPT.exec(fieldPath);
  const path = RENAMED[fieldPath] ?? match?.[1] ?? fieldPath;
  if (match !== null && path !== "metadata.annotations" && path !== "metadata.labels") {
    if (CONVERTIBLE.has(path)) errors.push(invalid(at.child("fieldPath"), path, "does not support subscript"));
    else errors.push(conversion(at, fieldPath));
    return;
  }
  if (match !== null) {
    checkSubscript(errors, at, path, match[2]!);
    return;
  }
  if (apiVersion !== "v1" || !CONVERTIBLE.has(path)) {
    errors.push(conversion(at, fieldPath));
    return;
  }
  if (!supported.has(path)) errors.push(notSupported(at.child("fieldPath"), path, supported));
}

function conversion(at: Path, fieldPath: string): ReturnType<typeof invalid> {
  return invalid(
    at.child("fieldPath"),
    fieldPath,
    `error converting fieldPath: field label not supported: ${fieldPath}`,
  );
}

function checkSubscript(errors: Errors, at: Path, path: string, subscript: string): void {
  const name = path === "metadata.annotations" ? subscript.toLowerCase() : subscript;
  add(errors, at, subscript, isQualifiedName(name));
}

const MULTIPLES: Readonly<Record<string, readonly string[]>> = {
  cpu: ["1m", "1"],
  memory: ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
  "ephemeral-storage": ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"],
};

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

function checkDivisor(errors: Errors, at: Path, resource: string, divisor: string): void {
  if (divisor === "0" || divisor === "") return;
  const [, name = ""] = splitOnce(resource);
  const known = isHugePage(name) ? MULTIPLES["memory"] : MULTIPLES[name];
  if (known === undefined || known.some((each) => compareQuantity(parseQuantity(each), divisor) === 0)) return;
  const text = name === "cpu" ? "only divisor's values 1m and 1 are supported with the cpu resource" : memoryText(name);
  errors.push(invalid(at.child("divisor"), divisor, text));
}

function memoryText(name: string): string {
  const kind = name === "ephemeral-storage" ? "local ephemeral storage" : isHugePage(name) ? "hugepages" : "memory";
  return `only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the ${kind} resource`;
}

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
