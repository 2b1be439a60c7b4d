/** What a level, as a version of Kubernetes understood it, forbids in a pod. */
import { BASELINE } from "./baseline.ts";
import type { Check, Find, Finding, PodView } from "./check.ts";
import type { LevelVersion } from "./policy.ts";
import { RESTRICTED } from "./restricted.ts";

/** Nothing changed after it: later versions, and `latest`, are as this one. */
const NEWEST = Math.max(...[...BASELINE, ...RESTRICTED].map(({ versions }) => versions.at(-1)!.since));

/** Empty for `privileged`. */
export function findings(pod: PodView, { level, minor }: LevelVersion): Finding[] {
  if (level === "privileged") return [];
  const version = Math.min(minor, NEWEST);
  const rules = level === "baseline" ? baselineRules[version]! : restrictedRules[version]!;
  return rules.flatMap((find) => find(pod) ?? []);
}

/** `host namespaces (hostNetwork=true), privileged (…)`; undefined where the pod does nothing that is forbidden. */
export function violations(pod: PodView, policy: LevelVersion): string | undefined {
  const found = findings(pod, policy);
  return found.length > 0 ? found.map(({ reason, detail }) => `${reason} (${detail})`).join(", ") : undefined;
}

const isThere = (version: number) => (check: Check) => check.versions[0]!.since <= version;

const ruleOf =
  (version: number) =>
  ({ versions }: Check): Find =>
    versions.findLast(({ since }) => since <= version)!.find;

const everyVersion = <T>(of: (version: number) => T): readonly T[] =>
  Array.from({ length: NEWEST + 1 }, (_, version) => of(version));

const baselineRules = everyVersion((version) => BASELINE.filter(isThere(version)).map(ruleOf(version)));

/** Those of baseline come first, but for those that a stricter one replaces. */
const restrictedRules = everyVersion((version) => {
  const restricted = RESTRICTED.filter(isThere(version));
  const replaced = new Set(restricted.map(({ replaces }) => replaces));
  const baseline = BASELINE.filter(isThere(version)).filter(({ id }) => !replaced.has(id));
  return [...baseline, ...restricted].map(ruleOf(version));
});
