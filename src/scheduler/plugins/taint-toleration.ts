import { definePlugin, never } from "../framework.ts";
import { isTolerated } from "../../api/core/tolerations.ts";

/** Keeps a pod off nodes whose taints it does not tolerate, and prefers nodes with fewer soft taints. */
export const taintToleration = definePlugin({
  name: "TaintToleration",
  dependsOn: "node",
  retryOn: ["node/add", "node/update-taints", "pod/update"],
  filter: ({ pod, node }) =>
    node.node.spec.taints?.some(
      (taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(pod.pod.spec.tolerations, taint),
    )
      ? never("node(s) had untolerated taint(s)")
      : undefined,
  score: ({ pod, node }) =>
    node.node.spec.taints?.filter(
      (taint) => taint.effect === "PreferNoSchedule" && !isTolerated(pod.pod.spec.tolerations, taint),
    ).length ?? 0,
  prefer: "lowest",
  weight: 3,
});
