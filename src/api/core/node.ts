import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NodeConfigSource, NodeStatus } from "./node-status.ts";
import { Taint } from "./taint.ts";
import { nodeColumns } from "./node.columns.ts";
import { nodeWarnings, validateNode, validateNodeUpdate } from "./node.validation.ts";

export const NodeSpec = message(
  "io.k8s.api.core.v1.NodeSpec",
  {
    podCIDR: field(1, string(), "The range of IP addresses of the node's pods; the first of `podCIDRs`."),
    externalID: field(2, string(), "Deprecated and no longer set."),
    providerID: field(
      3,
      string(),
      "The cloud provider's identifier of the machine, `provider://id`. Cannot be changed once it is set.",
    ),
    unschedulable: field(
      4,
      bool(),
      "Keeps new pods off the node, as `kubectl cordon` does. False by default; those that run stay.",
    ),
    taints: field(5, list(Taint).atomic(), "What keeps or drives pods away that do not tolerate it."),
    configSource: field(
      6,
      NodeConfigSource,
      "Deprecated and no longer used: where the kubelet took its configuration from.",
    ),
    podCIDRs: field(
      7,
      list(string()).set().patch("merge"),
      "The ranges of IP addresses of the node's pods, at most one of each family.",
    ),
  },
  { doc: "Settings of a node." },
);
export type NodeSpec = TypeOf<typeof NodeSpec>;

export const Node = defineKind({
  group: "",
  version: "v1",
  kind: "Node",
  definition: "io.k8s.api.core.v1.Node",
  names: { plural: "nodes", short: ["no"] },
  scope: "Cluster",
  generation: false,
  doc: "A machine that pods run on. Its kubelet registers it and reports its state.",
  subresources: {
    proxy: {
      verbs: ["create", "delete", "get", "patch", "update"],
      speaks: { group: "", version: "v1", kind: "NodeProxyOptions" },
    },
    ...STATUS,
  },
  fields: {
    spec: field(2, NodeSpec, "How the node is set up, and which pods it takes.").always(),
    status: field(3, NodeStatus, "What is known about the machine. Written by its kubelet and controllers.").always(),
  },
  defaults({ spec, status }) {
    if (status.allocatable === undefined && status.capacity !== undefined) status.allocatable = { ...status.capacity };
    if (spec.podCIDR !== undefined && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
    if (spec.podCIDR === undefined && spec.podCIDRs?.[0] !== undefined) spec.podCIDR = spec.podCIDRs[0];
  },
  columns: nodeColumns,
  selectableFields: { "spec.unschedulable": ({ spec }) => String(spec.unschedulable ?? false) },
  keepsStatus: true,
  // DynamicKubeletConfig, which is no more
  switchedOff: [["spec.configSource"], ["status.config"]],
  metadataOnUpdate: ["change", "whole"],
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  warnings: nodeWarnings,
});
export type Node = ObjectOf<typeof Node>;
