/** Rules that follow from a pod's operating system. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import type { Container } from "./container.ts";
import { containersOf } from "./containers-of.ts";
import type { PodSpec } from "./pod-spec.ts";

const SYSTEMS: ReadonlySet<string> = new Set(["linux", "windows"]);

export function checkOS(errors: Errors, at: Path, spec: PodSpec, name: string): void {
  if (name === "") errors.push(required(at.child("os", "name")));
  else if (!SYSTEMS.has(name)) errors.push(notSupported(at.child("os"), name, SYSTEMS));
  else if (name === "linux") checkLinux(errors, at, spec);
  else checkWindows(errors, at, spec);
}

type Secured = Pick<Container, "securityContext">;

function checkLinux(errors: Errors, at: Path, spec: PodSpec): void {
  const text = "windows options cannot be set for a linux pod";
  if (spec.securityContext?.windowsOptions !== undefined) {
    errors.push(forbidden(at.child("securityContext", "windowsOptions"), text));
  }
  for (const { at: here, container } of containersOf<Secured>(at, spec)) {
    if (container.securityContext?.windowsOptions === undefined) continue;
    errors.push(forbidden(here.child("securityContext", "windowsOptions"), text));
  }
}

/** In upstream's order, which has fields of the pod among those of its security context. */
const POD_FIELDS = [
  "securityContext.appArmorProfile",
  "securityContext.seLinuxOptions",
  "hostUsers",
  "hostPID",
  "hostIPC",
  "securityContext.seccompProfile",
  "securityContext.fsGroup",
  "securityContext.fsGroupChangePolicy",
  "securityContext.sysctls",
  "shareProcessNamespace",
  "securityContext.runAsUser",
  "securityContext.runAsGroup",
  "securityContext.supplementalGroups",
  "securityContext.supplementalGroupsPolicy",
  "securityContext.seLinuxChangePolicy",
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
  for (const place of POD_FIELDS) {
    const names = place.split(".");
    const value = names.reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], spec);
    // What upstream keeps as a plain truth is not there when it is false.
    const set = place === "hostPID" || place === "hostIPC" ? value === true : value !== undefined;
    if (set) errors.push(forbidden(at.child(...names), text));
  }
  for (const { at: here, container } of containersOf<Secured>(at, spec)) {
    for (const name of CONTAINER_FIELDS) {
      if (container.securityContext?.[name] === undefined) continue;
      errors.push(forbidden(here.child("securityContext", name), text));
    }
  }
}

/** Containers of Windows that run as processes of their node: all of a pod or none, and on the node's network. */
export function checkHostProcess(errors: Errors, at: Path, spec: PodSpec): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = containersOf<Secured>(at, spec);
  let count = 0;
  for (const { at: here, container } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const text = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalid(here.child("securityContext", "windowsOptions", "hostProcess"), own, text));
    }
    if (own ?? ofPod) count++;
  }
  if (count === 0) return;
  if (count !== containers.length) {
    const text = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    errors.push(invalid(at, "", text));
  }
  if (spec.hostNetwork !== true) {
    const text = "hostNetwork must be true if pod contains any hostProcess containers";
    errors.push(invalid(at.child("hostNetwork"), false, text));
  }
}
