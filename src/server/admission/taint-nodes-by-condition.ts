/** A new node takes no pods until the node controller has seen it ready. */
import type { Node } from "../../api/core/index.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { AdmissionPlugin } from "./admission.ts";

const KEY = "node.kubernetes.io/not-ready";

export const taintNodesByCondition: AdmissionPlugin = {
  name: "TaintNodesByCondition",
  handles: ({ operation, group, resource, subresource }) =>
    operation === "CREATE" && resource === "nodes" && group === "" && !subresource,
  admit({ object }) {
    const { spec } = object as unknown as Draft<Node>;
    if (spec.taints?.some(({ key, effect }) => key === KEY && effect === "NoSchedule")) return;
    (spec.taints ??= []).push({ key: KEY, effect: "NoSchedule" });
  },
};
