/** AppArmor profiles of containers, which pods said in annotations before there was a field for them. */
import { path } from "../../machinery/field-errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import { containersOf } from "./containers-of.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { AppArmorProfile } from "./security-context.ts";
import { checkAppArmor } from "./security-context.validation.ts";

/** The container's name follows. */
export const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

export const UNCONFINED = "unconfined";
export const RUNTIME_DEFAULT = "runtime/default";
/** The profile's name follows. */
export const LOCALHOST = "localhost/";

const ANNOTATIONS = path("metadata", "annotations");

/** A new pod's annotations become fields where the fields say nothing; `warn` hears of those that are needed no more. */
export function adoptProfiles(
  { metadata, spec }: { metadata: { annotations?: Readonly<Record<string, string>> }; spec: Draft<PodSpec> },
  warn: (text: string) => void,
): void {
  if (metadata.annotations === undefined || spec.os?.name === "windows") return;
  for (const { container } of containersOf(path("spec"), spec)) {
    const key = APPARMOR + container.name;
    const annotation = metadata.annotations[key];
    if (annotation === undefined || container.securityContext?.appArmorProfile !== undefined) continue;
    const profile = profileOf(annotation);
    // The pod's own profile holds for all its containers.
    if (profile !== undefined && same(profile, spec.securityContext?.appArmorProfile)) continue;
    if (profile !== undefined) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    warn(`${ANNOTATIONS.key(key)}: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}

/** Undefined when the annotation names no profile that the field could hold. */
function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === UNCONFINED) return { type: "Unconfined" };
  if (annotation === RUNTIME_DEFAULT) return { type: "RuntimeDefault" };
  if (!annotation.startsWith(LOCALHOST)) return undefined;
  const profile: AppArmorProfile = { type: "Localhost", localhostProfile: annotation.slice(LOCALHOST.length) };
  const errors: Errors = [];
  checkAppArmor(errors, path(""), profile);
  return errors.length === 0 ? profile : undefined;
}
