/**
 * Nobody may hand out what he does not hold himself. Breaks rules into their smallest parts and finds those that
 * no held rule covers.
 */
import { allows } from "./rbac.ts";
import type { PolicyRule } from "./rbac-policy.ts";
import { quote } from "../../machinery/go-text.ts";

/** The parts of `wanted` that `held` does not cover, put together again as far as they belong together. */
export function notCovered(wanted: readonly PolicyRule[], held: readonly PolicyRule[]): PolicyRule[] {
  const missing = wanted.flatMap(parts).filter((part) => !held.some((rule) => covers(rule, part)));
  return gather(missing);
}

/**
 * One rule for each combination of verb-less target; verbs stay apart too, so each part has one of everything. A rule that
 * nobody has validated yet may have no verbs.
 */
function parts(rule: PolicyRule): PolicyRule[] {
  const found: PolicyRule[] = [];
  for (const verb of (rule.verbs as readonly string[] | undefined) ?? []) {
    for (const url of rule.nonResourceURLs ?? []) found.push({ verbs: [verb], nonResourceURLs: [url] });
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!rule.resourceNames?.length) found.push(part);
        else for (const name of rule.resourceNames) found.push({ ...part, resourceNames: [name] });
      }
    }
  }
  return found;
}

/** A part is an attempt: the rule that would allow it covers it. */
function covers(held: PolicyRule, part: PolicyRule): boolean {
  const verb = part.verbs[0]!;
  if (part.nonResourceURLs) return allows(held, { user: NOBODY, verb, path: part.nonResourceURLs[0]! });
  const [resource, subresource] = part.resources![0]!.split("/");
  const [group, name] = [part.apiGroups![0]!, part.resourceNames?.[0]];
  return allows(held, { user: NOBODY, verb, group, version: "v1", resource: resource!, subresource, name });
}

const NOBODY = { username: "", groups: [] };

/** Joins parts on resources that differ only in their verb. Those on paths stay apart, as upstream lists them. */
function gather(missing: readonly PolicyRule[]): PolicyRule[] {
  const byTarget = new Map<string, { verbs: string[] } & PolicyRule>();
  for (const part of missing) {
    const verb = part.nonResourceURLs && part.verbs[0];
    const key = JSON.stringify([part.apiGroups, part.resources, part.resourceNames, part.nonResourceURLs, verb]);
    const known = byTarget.get(key);
    if (known) known.verbs.push(...part.verbs);
    else byTarget.set(key, { ...part, verbs: [...part.verbs] });
  }
  return [...byTarget.values()].toSorted((a, b) => (ruleText(a) < ruleText(b) ? -1 : 1));
}

/** A rule as upstream's error prints it: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function ruleText(rule: PolicyRule): string {
  const fields: [string, readonly string[] | undefined][] = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["ResourceNames", rule.resourceNames],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["Verbs", rule.verbs],
  ];
  const written = fields
    .filter(([, values]) => values?.length)
    .map(([name, values]) => `${name}:[${values!.map(quote).join(" ")}]`);
  return `{${written.join(", ")}}`;
}
