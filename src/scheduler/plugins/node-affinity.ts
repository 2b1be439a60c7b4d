import { SKIP, definePlugin, never } from "../framework.ts";
import { matchesNode, matchesTerm } from "../../api/core/node-matching.ts";

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
