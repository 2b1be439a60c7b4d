import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { nameIsPathSegment } from "../../machinery/names.ts";
import { field, list } from "../../machinery/schema/builders.ts";
import { PolicyRule } from "./rules.ts";
import { defaultColumns } from "../columns.ts";
import { validateRole } from "./rbac.validation.ts";

export const Role = defineKind({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "Role",
  definition: "io.k8s.api.rbac.v1.Role",
  names: { plural: "roles" },
  scope: "Namespaced",
  doc: "Permissions in one namespace.",
  fields: { rules: field(2, list(PolicyRule).atomic(), "What the role allows, in its namespace.").orNull() },
  validateName: nameIsPathSegment,
  columns: defaultColumns,
  allowCreateOnUpdate: true,
  metadataOnUpdate: ["change", "whole"],
  validate: validateRole,
});
export type Role = ObjectOf<typeof Role>;
