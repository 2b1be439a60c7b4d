/** Node selector terms: which nodes an affinity speaks of. */
import type { Node, Pod } from "../api/core/index.ts";

type NodeAffinity = NonNullable<NonNullable<Pod["spec"]["affinity"]>["nodeAffinity"]>;
export type NodeSelectorTerm = NonNullable<
  NodeAffinity["requiredDuringSchedulingIgnoredDuringExecution"]
>["nodeSelectorTerms"][number];
type Requirement = NonNullable<NodeSelectorTerm["matchExpressions"]>[number];

/** Terms are alternatives; what stands in one term must all hold. An empty term matches nothing. */
export function matchesTerms(terms: readonly NodeSelectorTerm[], node: Node): boolean {
  return terms.some((term) => matchesTerm(term, node));
}

export function matchesTerm({ matchExpressions, matchFields }: NodeSelectorTerm, node: Node): boolean {
  if (!matchExpressions?.length && !matchFields?.length) return false;
  return (
    (matchExpressions ?? []).every((requirement) => holds(requirement, node.metadata.labels?.[requirement.key])) &&
    (matchFields ?? []).every(
      (requirement) => requirement.key === "metadata.name" && holds(requirement, node.metadata.name),
    )
  );
}

function holds({ operator, values = [] }: Requirement, value: string | undefined): boolean {
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
      return value !== undefined && Number.parseInt(value, 10) > Number.parseInt(values[0] ?? "", 10);
    case "Lt":
      return value !== undefined && Number.parseInt(value, 10) < Number.parseInt(values[0] ?? "", 10);
    default:
      return false;
  }
}

/** The pod's node selector and required node affinity together. */
export function matchesNode({ nodeSelector, affinity }: Pod["spec"], node: Node): boolean {
  for (const [key, value] of Object.entries(nodeSelector ?? {}))
    if (node.metadata.labels?.[key] !== value) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required ? matchesTerms(required.nodeSelectorTerms, node) : true;
}
