import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { nameIsPathSegment } from "../../machinery/names.ts";
import { field, list } from "../../machinery/schema/builders.ts";
import { RoleRef, Subject } from "./rules.ts";
import { defaultSubjects } from "./rules.ts";
import { clusterRoleBindingColumns } from "./bindings.columns.ts";
import { validateBindingUpdate, validateClusterRoleBinding } from "./rbac.validation.ts";

export const ClusterRoleBinding = defineKind({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRoleBinding",
  definition: "io.k8s.api.rbac.v1.ClusterRoleBinding",
  names: { plural: "clusterrolebindings" },
  scope: "Cluster",
  doc: "Grants a ClusterRole in the whole cluster.",
  fields: {
    subjects: field(2, list(Subject).atomic(), "Who gets it."),
    roleRef: field(3, RoleRef, "The ClusterRole. Cannot be changed.").required(),
  },
  defaults: defaultSubjects,
  validateName: nameIsPathSegment,
  columns: clusterRoleBindingColumns,
  allowCreateOnUpdate: true,
  metadataOnUpdate: ["change", "whole"],
  validate: validateClusterRoleBinding,
  validateUpdate: validateBindingUpdate,
});
export type ClusterRoleBinding = ObjectOf<typeof ClusterRoleBinding>;
