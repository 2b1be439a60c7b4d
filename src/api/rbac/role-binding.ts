import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { nameIsPathSegment } from "../../machinery/names.ts";
import { field, list } from "../../machinery/schema/builders.ts";
import { RoleRef, Subject } from "./rules.ts";
import { defaultSubjects } from "./rules.ts";
import { roleBindingColumns } from "./bindings.columns.ts";
import { validateBindingUpdate, validateRoleBinding } from "./rbac.validation.ts";

export const RoleBinding = defineKind({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "RoleBinding",
  definition: "io.k8s.api.rbac.v1.RoleBinding",
  names: { plural: "rolebindings" },
  scope: "Namespaced",
  doc: "Grants a role in one namespace.",
  fields: {
    subjects: field(2, list(Subject).atomic(), "Who gets it."),
    roleRef: field(
      3,
      RoleRef,
      "A Role of the same namespace, or a ClusterRole, which then counts in this namespace only. Cannot be changed.",
    ).required(),
  },
  defaults: defaultSubjects,
  validateName: nameIsPathSegment,
  columns: roleBindingColumns,
  allowCreateOnUpdate: true,
  metadataOnUpdate: ["change", "whole"],
  validate: validateRoleBinding,
  validateUpdate: validateBindingUpdate,
});
export type RoleBinding = ObjectOf<typeof RoleBinding>;
