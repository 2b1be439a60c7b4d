import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { nameIsPathSegment } from "../../machinery/names.ts";
import { field, list } from "../../machinery/schema/builders.ts";
import { AggregationRule, PolicyRule } from "./rules.ts";
import { defaultColumns } from "../columns.ts";
import { validateClusterRole } from "./rbac.validation.ts";

export const ClusterRole = defineKind({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  definition: "io.k8s.api.rbac.v1.ClusterRole",
  names: { plural: "clusterroles" },
  scope: "Cluster",
  doc: "Permissions, in all namespaces or to be bound in one.",
  fields: {
    rules: field(2, list(PolicyRule).atomic(), "What the role allows.").orNull(),
    aggregationRule: field(
      3,
      AggregationRule,
      "Puts the rules together from other roles; `rules` is then written by a controller.",
    ),
  },
  validateName: nameIsPathSegment,
  columns: defaultColumns,
  allowCreateOnUpdate: true,
  metadataOnUpdate: ["change", "whole"],
  validate: validateClusterRole,
});
export type ClusterRole = ObjectOf<typeof ClusterRole>;
