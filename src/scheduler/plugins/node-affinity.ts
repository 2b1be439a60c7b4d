import { SKIP, definePlugin, never } from "../framework.ts";
import { matchesNode, matchesTerm } from "../../api/core/node-matching.ts";

/**
 * Pods that name their nodes (a DaemonSet's do, by `metadata.name`) are kept off all others before anything else is asked,
 * so that these tell nothing of taints and resources.
 */
export const nodeAffinityByName = definePlugin<ReadonlySet<string>>({
  name: "NodeAffinity",
  dependsOn: "node",
  retryOn: ["node/add"],
  prepare: ({ pod: { spec } }) => {
    const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const names = new Set<string>();
    for (const { matchFields = [] } of required?.nodeSelectorTerms ?? []) {
      const named = matchFields.filter(({ key, operator }) => key === "metadata.name" && operator === "In");
      // One term that names no node speaks of all.
      if (named.length === 0) return SKIP;
      for (const name of named[0]!.values ?? [])
        if (named.every(({ values }) => values?.includes(name))) names.add(name);
    }
    return required === undefined ? SKIP : names;
  },
  filter: ({ node, state }) =>
    state.has(node.name) ? undefined : never("node(s) didn't satisfy plugin(s) [NodeAffinity]"),
});

/** Puts a pod on nodes that its node selector and affinity ask for, and prefers those it would rather have. */
export const nodeAffinity = definePlugin({
  name: "NodeAffinity",
  dependsOn: "node",
  retryOn: ["node/add", "node/update-labels"],
  prepare: ({ pod: { spec } }) => (spec.nodeSelector || spec.affinity?.nodeAffinity ? undefined : SKIP),
  filter: ({ pod, node }) =>
    matchesNode(pod.pod.spec, node.node) ? undefined : never("node(s) didn't match Pod's node affinity/selector"),
  score: ({ pod, node }) => {
    let sum = 0;
    const preferred = pod.pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const { weight, preference } of preferred) if (matchesTerm(preference, node.node)) sum += weight;
    return sum;
  },
  prefer: "highest",
  weight: 2,
});
