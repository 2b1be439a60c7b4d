/** Keys whose values come from the pod's own labels become requirements of the selector beside them. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Labels } from "../../machinery/selectors.ts";
import type { PodAffinityTerm } from "./affinity.ts";
import type { PodSpec } from "./pod-spec.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

type Keyed = Pick<Draft<PodAffinityTerm>, "labelSelector" | "matchLabelKeys" | "mismatchLabelKeys">;

export function mergeMatchLabelKeys(spec: Draft<PodSpec>, labels: Labels): void {
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of affinity?.[REQUIRED] ?? []) mergeKeys(term, labels);
    for (const { podAffinityTerm } of affinity?.[PREFERRED] ?? []) mergeKeys(podAffinityTerm, labels);
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) mergeKeys(constraint, labels);
}

function mergeKeys(term: Keyed, labels: Labels): void {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  if (labelSelector === undefined) return;
  const add = (key: string, operator: "In" | "NotIn"): void => {
    const value = ownValue(labels, key);
    if (value !== undefined) (labelSelector.matchExpressions ??= []).push({ key, operator, values: [value] });
  };
  for (const key of matchLabelKeys) add(key, "In");
  for (const key of mismatchLabelKeys) add(key, "NotIn");
}
