/** Rules on where containers see volumes, as files and as block devices. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notFound, notSupported, required } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import type { Container, VolumeDevice, VolumeMount } from "./container.ts";
import { checkLocalPath } from "./paths.validation.ts";
import type { Volumes } from "./volume.validation.ts";

const PROPAGATIONS: ReadonlySet<string> = new Set(["Bidirectional", "HostToContainer", "None"]);
const RECURSIVE: ReadonlySet<string> = new Set(["Disabled", "Enabled", "IfPossible"]);

type Mounting = Pick<Container, "volumeMounts" | "volumeDevices" | "securityContext">;

export function checkVolumeMounts(errors: Errors, at: Path, container: Mounting, volumes: Volumes): void {
  const { volumeMounts, volumeDevices } = container;
  if (volumeMounts === undefined) return;
  const seen = new Set<string>();
  volumeMounts.forEach((mount, index) => {
    const here = at.index(index);
    const { name, mountPath } = mount;
    if (name === "") errors.push(required(here.child("name")));
    if (!volumes.has(name)) errors.push(notFound(here.child("name"), name));
    if (mountPath === "") errors.push(required(here.child("mountPath")));
    if (seen.has(mountPath)) errors.push(invalid(here.child("mountPath"), mountPath, "must be unique"));
    seen.add(mountPath);
    if (volumeDevices?.some((device) => device.name === name) === true) {
      errors.push(invalid(here.child("name"), name, "must not already exist in volumeDevices"));
    }
    if (volumeDevices?.some((device) => device.devicePath === mountPath) === true) {
      errors.push(invalid(here.child("mountPath"), mountPath, "must not already exist as a path in volumeDevices"));
    }
    // Upstream leaves out which mount it is, from here on.
    checkParts(errors, here, at, mount, container.securityContext?.privileged === true);
    checkRecursive(errors, at.child("recursiveReadOnly"), mount);
  });
}

function checkParts(errors: Errors, here: Path, at: Path, mount: VolumeMount, privileged: boolean): void {
  const { subPath = "", subPathExpr = "", mountPropagation } = mount;
  if (subPath !== "") checkLocalPath(errors, at.child("subPath"), subPath);
  if (subPathExpr !== "") {
    if (subPath !== "") {
      const text = "subPathExpr and subPath are mutually exclusive";
      errors.push(invalid(here.child("subPathExpr"), subPathExpr, text));
    }
    checkLocalPath(errors, at.child("subPathExpr"), subPathExpr);
  }
  if (mountPropagation === undefined) return;
  if (!PROPAGATIONS.has(mountPropagation)) {
    errors.push(notSupported(at.child("mountPropagation"), mountPropagation, PROPAGATIONS));
  }
  if (mountPropagation === "Bidirectional" && !privileged) {
    const text = "Bidirectional mount propagation is available only to privileged containers";
    errors.push(forbidden(at.child("mountPropagation"), text));
  }
}

function checkRecursive(errors: Errors, at: Path, mount: VolumeMount): void {
  const { recursiveReadOnly, readOnly, mountPropagation } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === "Disabled") return;
  if (!RECURSIVE.has(recursiveReadOnly)) {
    errors.push(notSupported(at, recursiveReadOnly, RECURSIVE));
    return;
  }
  if (readOnly !== true) errors.push(forbidden(at, "may only be specified when readOnly is true"));
  if (mountPropagation !== undefined && mountPropagation !== "None") {
    errors.push(forbidden(at, "may only be specified when mountPropagation is None or not specified"));
  }
}

export function checkVolumeDevices(errors: Errors, at: Path, container: Mounting, volumes: Volumes): void {
  if (container.volumeDevices === undefined) return;
  const names = new Set<string>();
  const paths = new Set<string>();
  container.volumeDevices.forEach((device, index) => {
    checkDevice(errors, at.index(index), device, volumes, names, paths);
    if (container.volumeMounts?.some(({ name }) => name === device.name) === true) {
      errors.push(invalid(at.index(index).child("name"), device.name, "must not already exist in volumeMounts"));
    }
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === device.devicePath) === true) {
      const text = "must not already exist as a path in volumeMounts";
      errors.push(invalid(at.index(index).child("devicePath"), device.devicePath, text));
    }
    if (device.name !== "") names.add(device.name);
  });
}

function checkDevice(
  errors: Errors,
  at: Path,
  { name, devicePath }: VolumeDevice,
  volumes: Volumes,
  names: ReadonlySet<string>,
  paths: Set<string>,
): void {
  const volume = volumes.get(name);
  if (name === "") errors.push(required(at.child("name")));
  if (names.has(name)) errors.push(invalid(at.child("name"), name, "must be unique"));
  if (volume === undefined) errors.push(notFound(at.child("name"), name));
  else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
    const text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
    errors.push(invalid(at.child("name"), name, text));
  }
  if (devicePath === "") errors.push(required(at.child("devicePath")));
  if (paths.has(devicePath)) errors.push(invalid(at.child("devicePath"), devicePath, "must be unique"));
  if (devicePath.split("/").includes("..")) {
    errors.push(invalid(at.child("devicePath"), devicePath, "can not contain backsteps ('..')"));
  } else paths.add(devicePath);
}
