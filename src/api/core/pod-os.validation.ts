/** Rules that follow from a pod's operating system. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, notSupported, required } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import type { PodSpec } from "./pod-spec.ts";

const SYSTEMS: ReadonlySet<string> = new Set(["linux", "windows"]);

export function checkOS(errors: Errors, at: Path, spec: PodSpec, name: string): void {
  if (name === "") errors.push(required(at.child("os", "name"), "cannot be empty"));
  else if (!SYSTEMS.has(name)) errors.push(notSupported(at.child("os"), name, SYSTEMS));
  else if (name === "linux") checkLinux(errors, at, spec);
  else checkWindows(errors, at, spec);
}

type Containers = readonly (readonly [string, PodSpec["containers"] | PodSpec["ephemeralContainers"]])[];

const containersOf = (spec: PodSpec): Containers => [
  ["containers", spec.containers],
  ["initContainers", spec.initContainers],
  ["ephemeralContainers", spec.ephemeralContainers],
];

function checkLinux(errors: Errors, at: Path, spec: PodSpec): void {
  const text = "windows options cannot be set for a linux pod";
  if (spec.securityContext?.windowsOptions !== undefined) {
    errors.push(forbidden(at.child("securityContext", "windowsOptions"), text));
  }
  for (const [name, containers] of containersOf(spec)) {
    containers?.forEach(({ securityContext }, index) => {
      if (securityContext?.windowsOptions === undefined) return;
      errors.push(forbidden(at.child(name).index(index).child("securityContext", "windowsOptions"), text));
    });
  }
}

const POD_FIELDS = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
] as const;

const CONTAINER_FIELDS = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

function checkWindows(errors: Errors, at: Path, spec: PodSpec): void {
  const text = "cannot be set for a windows pod";
  for (const name of ["hostPID", "hostIPC"] as const) {
    if (spec[name] === true) errors.push(forbidden(at.child(name), text));
  }
  if (spec.hostUsers !== undefined) errors.push(forbidden(at.child("hostUsers"), text));
  for (const name of POD_FIELDS) {
    if (spec.securityContext?.[name] !== undefined) errors.push(forbidden(at.child("securityContext", name), text));
  }
  if (spec.shareProcessNamespace !== undefined) errors.push(forbidden(at.child("shareProcessNamespace"), text));
  for (const [list, containers] of containersOf(spec)) {
    containers?.forEach(({ securityContext }, index) => {
      for (const name of CONTAINER_FIELDS) {
        if (securityContext?.[name] === undefined) continue;
        errors.push(forbidden(at.child(list).index(index).child("securityContext", name), text));
      }
    });
  }
}
