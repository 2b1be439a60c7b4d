/** What a check of the Pod Security Standards is, and the words that all of them share. */
import { everyContainerOf } from "../../../api/core/containers-of.ts";
import type { Container, EphemeralContainer, PodSpec } from "../../../api/core/index.ts";
import { compareText } from "../../../machinery/go-text.ts";

export interface PodView {
  readonly spec: PodSpec;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is forbidden, in upstream's words: `hostPort` and `container "c" uses hostPort 80`. */
export interface Finding {
  readonly reason: string;
  readonly detail: string;
}

export type Find = (pod: PodView) => Finding | undefined;

export interface Check {
  /** Violations are listed in the order of these names, those of `baseline` first. */
  readonly id: string;
  /** The minor version that brought the rule, and those that changed it, in order: `v1.24` follows what 1.24 knew. */
  readonly versions: readonly { readonly since: number; readonly find: Find }[];
  /** The check of `baseline` that it takes the place of, since it has been there itself. */
  readonly replaces?: string;
}

/** A rule that was there from the beginning and never changed. */
export const always = (find: Find): Check["versions"] => [{ since: 0, find }];

export type AnyContainer = Container | EphemeralContainer;

export const containersOf = ({ spec }: PodView): AnyContainer[] => everyContainerOf<AnyContainer>(spec);

/** `"a", "b"`, as they are. */
export const quoted = (values: readonly string[]): string => values.map((value) => `"${value}"`).join(", ");

/** Each value once, in Go's order. */
export const sorted = (values: Iterable<string>): string[] => [...new Set(values)].toSorted(compareText);

/** `container "c"` or `containers "a", "b"`. */
export function named(containers: readonly AnyContainer[]): string {
  return `${plural("container", containers)} ${quoted(containers.map(({ name }) => name))}`;
}

export const plural = (word: string, of: readonly unknown[]): string => (of.length === 1 ? word : `${word}s`);

/** `pod and container "c"`; undefined where nobody does. */
export function setters(pod: boolean | undefined, containers: readonly AnyContainer[]): string | undefined {
  const who = [...(pod ? ["pod"] : []), ...(containers.length > 0 ? [named(containers)] : [])];
  return who.length > 0 ? who.join(" and ") : undefined;
}

/** Forbids what `offends` says of single containers. */
export function forContainers(
  reason: string,
  offends: (container: AnyContainer) => boolean | undefined,
  say: (offenders: readonly AnyContainer[]) => string,
): Find {
  return (pod) => {
    const offenders = containersOf(pod).filter(offends);
    return offenders.length > 0 ? { reason, detail: say(offenders) } : undefined;
  };
}

/** The same rule, but not for Windows, where what it asks for cannot be set. */
export const exceptWindows =
  (find: Find): Find =>
  (pod) =>
    pod.spec.os?.name === "windows" ? undefined : find(pod);

/** The same rule, but not for pods whose root is nobody on the node. */
export const exceptUserNamespaces =
  (find: Find): Find =>
  (pod) =>
    pod.spec.hostUsers === false ? undefined : find(pod);

interface Profile {
  readonly type?: string;
}

/** Profiles (seccomp, AppArmor) that may be chosen. */
export const isSafeProfile = (profile: Profile | undefined): boolean =>
  profile?.type === "RuntimeDefault" || profile?.type === "Localhost";

const isWrong = (profile: Profile | undefined): profile is Profile => profile !== undefined && !isSafeProfile(profile);

/** Who chose a profile that may not be chosen, and which; nothing where each is safe or left out. */
export function wrongProfiles(
  ofPod: Profile | undefined,
  containers: readonly AnyContainer[],
  profileOf: (container: AnyContainer) => Profile | undefined,
): { readonly who: string; readonly types: readonly string[] } | undefined {
  const wrong = containers.filter((container) => isWrong(profileOf(container)));
  const who = setters(isWrong(ofPod), wrong);
  const types = sorted([ofPod, ...wrong.map(profileOf)].filter(isWrong).map(({ type = "" }) => type));
  return who === undefined ? undefined : { who, types };
}
