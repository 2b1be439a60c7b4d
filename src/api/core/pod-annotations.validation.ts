/** Rules on the annotations of pods that mean something to the cluster. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, path } from "../../machinery/field-errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Errors } from "../rules.ts";
import { APPARMOR, LOCALHOST, RUNTIME_DEFAULT, UNCONFINED } from "./app-armor.ts";
import { containersOf } from "./containers-of.ts";
import { checkLocalPath } from "./paths.validation.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { AppArmorProfile, SeccompProfile } from "./security-context.ts";

type Annotations = Readonly<Record<string, string>>;

export const MIRROR = "kubernetes.io/config.mirror";
const COST = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const SECCOMP_PROFILES = [RUNTIME_DEFAULT, "docker/default", UNCONFINED];
const METADATA = path("metadata", "annotations");

/** A cost in `previous` that was no number may stay one. */
export function checkPodAnnotations(
  errors: Errors,
  at: Path,
  annotations: Annotations,
  spec: PodSpec,
  previous: Annotations = {},
): void {
  const mirror = annotations[MIRROR];
  if (mirror !== undefined && (spec.nodeName ?? "") === "") {
    errors.push(invalid(at.key(MIRROR), mirror, "must set spec.nodeName if mirror pod annotation is set"));
  }
  const cost = annotations[COST];
  if (!isCost(cost) && isCost(previous[COST])) errors.push(invalid(at.key(COST), cost, "must be a 32bit integer"));
  for (const key in annotations) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) {
      checkSeccomp(errors, at.child(key), annotations[key]!);
    }
  }
  for (const key in annotations) {
    if (key.startsWith(APPARMOR)) checkAppArmorAnnotation(errors, at.key(key), key, annotations[key]!, spec);
  }
}

/** A whole number of 32 bits, without a plus and without zeros in front. */
function isCost(text: string | undefined): boolean {
  if (text === undefined) return true;
  const number = Number(text);
  return /^(0|[1-9][0-9]*|-[0-9]+)$/.test(text) && number >= -(2 ** 31) && number < 2 ** 31;
}

function checkSeccomp(errors: Errors, at: Path, profile: string): void {
  if (SECCOMP_PROFILES.includes(profile)) return;
  if (profile.startsWith(LOCALHOST)) checkLocalPath(errors, at, profile.slice(LOCALHOST.length));
  else errors.push(invalid(at, profile, "must be a valid seccomp profile"));
}

function checkAppArmorAnnotation(errors: Errors, at: Path, key: string, profile: string, spec: PodSpec): void {
  const name = key.slice(APPARMOR.length);
  const found = containersOf(at, spec).some(({ container }) => container.name === name);
  if (!found) errors.push(invalid(at, name, "container not found"));
  if (profile === "" || profile === RUNTIME_DEFAULT || profile === UNCONFINED || profile.startsWith(LOCALHOST)) return;
  errors.push(invalid(at, profile, `invalid AppArmor profile name: ${quote(profile)}`));
}

/** Annotations that say what the node did with the pod stay as they were. */
export function checkAnnotationChanges(errors: Errors, next: Annotations, previous: Annotations): void {
  for (const key in previous) {
    if (next[key] === previous[key]) continue;
    if (key.startsWith(APPARMOR)) {
      errors.push(forbidden(METADATA.key(key), "may not remove or update AppArmor annotations"));
    }
    if (key === MIRROR) errors.push(forbidden(METADATA.key(key), "may not remove or update mirror pod annotation"));
  }
  for (const key in next) {
    if (previous[key] !== undefined) continue;
    if (key.startsWith(APPARMOR)) errors.push(forbidden(METADATA.key(key), "may not add AppArmor annotations"));
    if (key === MIRROR) errors.push(forbidden(METADATA.key(key), "may not add mirror pod annotation"));
  }
}

/** Where a pod or container has both an annotation and a field, they name the same profile. */
export function checkSeccompAgrees(errors: Errors, at: Path, annotations: Annotations, spec: PodSpec): void {
  checkSeccompMatch(
    errors,
    at.child("securityContext"),
    annotations[SECCOMP_POD],
    spec.securityContext?.seccompProfile,
  );
  for (const { at: here, container } of containersOf(at, spec)) {
    const annotation = annotations[SECCOMP_CONTAINER + container.name];
    checkSeccompMatch(errors, here.child("securityContext"), annotation, container.securityContext?.seccompProfile);
  }
}

function checkSeccompMatch(
  errors: Errors,
  at: Path,
  annotation: string | undefined,
  profile: SeccompProfile | undefined,
): void {
  if (annotation === undefined || profile === undefined) return;
  const here = at.child("seccompProfile");
  const type = profile.type as string;
  const types =
    (type !== "Unconfined" || annotation === UNCONFINED) &&
    (type !== "RuntimeDefault" || annotation === RUNTIME_DEFAULT || annotation === "docker/default") &&
    (type !== "Localhost" || annotation.startsWith(LOCALHOST));
  if (!types) errors.push(forbidden(here.child("type"), "seccomp type in annotation and field must match"));
  else if (type === "Localhost" && annotation.slice(LOCALHOST.length) !== profile.localhostProfile) {
    const text = "seccomp profile in annotation and field must match";
    errors.push(forbidden(here.child("localhostProfile"), text));
  }
}

/** The same of AppArmor. */
export function checkProfilesAgree(errors: Errors, at: Path, annotations: Annotations, spec: PodSpec): void {
  if (spec.os?.name === "windows") return;
  for (const { at: here, container } of containersOf(at, spec)) {
    const profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
    const annotation = annotations[APPARMOR + container.name];
    if (profile !== undefined && annotation !== undefined) {
      checkAgrees(errors, here.child("securityContext", "appArmorProfile"), annotation, profile);
    }
  }
}

function checkAgrees(errors: Errors, at: Path, annotation: string, { type, localhostProfile }: AppArmorProfile): void {
  const text = type as string;
  const types =
    (text !== "Unconfined" || annotation === UNCONFINED) &&
    (text !== "RuntimeDefault" || annotation === RUNTIME_DEFAULT) &&
    (text !== "Localhost" || annotation.startsWith(LOCALHOST));
  if (!types) errors.push(forbidden(at.child("type"), "apparmor type in annotation and field must match"));
  else if (text === "Localhost" && annotation.slice(LOCALHOST.length) !== localhostProfile) {
    const about = "apparmor profile in annotation and field must match";
    errors.push(forbidden(at.child("localhostProfile"), about));
  }
}
