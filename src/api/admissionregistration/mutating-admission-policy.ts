import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchCondition, MatchResources, ParamKind, Variable } from "./matching.ts";
import { UNSET, ageColumn, nameColumn } from "../columns.ts";
import { validateMutatingPolicy } from "./policy.validation.ts";

export const ApplyConfiguration = message("io.k8s.api.admissionregistration.v1.ApplyConfiguration", {
  expression: field(1, string()),
});
export type ApplyConfiguration = TypeOf<typeof ApplyConfiguration>;

export const JSONPatch = message("io.k8s.api.admissionregistration.v1.JSONPatch", { expression: field(1, string()) });
export type JSONPatch = TypeOf<typeof JSONPatch>;

export const Mutation = message("io.k8s.api.admissionregistration.v1.Mutation", {
  patchType: field(2, string().enum("ApplyConfiguration", "JSONPatch")).required(),
  applyConfiguration: field(3, ApplyConfiguration),
  jsonPatch: field(4, JSONPatch),
});
export type Mutation = TypeOf<typeof Mutation>;

export const MutatingAdmissionPolicySpec = message("io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec", {
  paramKind: field(1, ParamKind),
  matchConstraints: field(2, MatchResources),
  variables: field(3, list(Variable).atomic()),
  mutations: field(4, list(Mutation).atomic()),
  failurePolicy: field(5, string().enum("Fail", "Ignore").silentDefault("Fail")).keepEmpty(),
  matchConditions: field(6, list(MatchCondition).mapKey("name").patch("merge", "name")),
  reinvocationPolicy: field(7, string().enum("IfNeeded", "Never")),
});
export type MutatingAdmissionPolicySpec = TypeOf<typeof MutatingAdmissionPolicySpec>;

export const MutatingAdmissionPolicy = defineKind({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingAdmissionPolicy",
  definition: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy",
  names: { plural: "mutatingadmissionpolicies", categories: ["api-extensions"] },
  scope: "Cluster",
  generation: true,
  doc: "Changes requests by CEL expressions before they are stored.",
  fields: { spec: field(2, MutatingAdmissionPolicySpec).always() },
  columns: [
    nameColumn,
    {
      name: "Mutations",
      type: "integer",
      doc: "Mutations indicates the number of mutation rules defined in this configuration",
      value: ({ spec }) => spec.mutations?.length ?? 0,
    },
    {
      name: "ParamKind",
      type: "string",
      doc: "ParamKind specifies the kind of resources used to parameterize this policy",
      value: ({ spec }) =>
        spec.paramKind === undefined ? UNSET : `${spec.paramKind.apiVersion ?? ""}/${spec.paramKind.kind ?? ""}`,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: false,
  validate: validateMutatingPolicy,
});
export type MutatingAdmissionPolicy = ObjectOf<typeof MutatingAdmissionPolicy>;
