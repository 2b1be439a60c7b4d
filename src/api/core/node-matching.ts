/** Which nodes a pod's node selector and node affinity speak of. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from "./index.ts";
import { compares } from "./tolerations.ts";

/** The pod's node selector and required node affinity together. */
export function matchesNode({ nodeSelector, affinity }: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  for (const key in nodeSelector) if (labels[key] !== nodeSelector[key]) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** Everything in a term must hold; an empty one matches nothing. */
export function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { metadata }: Node,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => holds(requirement, ownValue(metadata.labels, requirement.key))) &&
    matchFields.every((requirement) => requirement.key === "metadata.name" && holds(requirement, metadata.name))
  );
}

function holds({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt":
      return value !== undefined && compares(operator, value, values[0] ?? "");
    default:
      return false;
  }
}
