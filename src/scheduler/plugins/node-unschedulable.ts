import { definePlugin, never } from "../framework.ts";
import { isTolerated } from "../../api/core/tolerations.ts";

const TAINT = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;

/** Cordoned nodes take no pods, apart from those that tolerate it. */
export const nodeUnschedulable = definePlugin({
  name: "NodeUnschedulable",
  dependsOn: "node",
  retryOn: ["node/add", "node/update-unschedulable", "node/update-taints"],
  filter: ({ pod, node }) =>
    node.node.spec.unschedulable && !isTolerated(pod.pod.spec.tolerations, TAINT)
      ? never("node(s) were unschedulable")
      : undefined,
});
