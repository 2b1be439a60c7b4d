import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchResources, ParamRef } from "./matching.ts";
import { paramRefText } from "./matching.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateValidatingPolicyBinding } from "./policy.validation.ts";

export const ValidatingAdmissionPolicyBindingSpec = message(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
  {
    policyName: field(1, string()).required().droppedWhenEmpty(),
    paramRef: field(2, ParamRef),
    matchResources: field(3, MatchResources),
    validationActions: field(4, list(string().enum("Audit", "Deny", "Warn")).set())
      .required()
      .droppedWhenEmpty(),
  },
);
export type ValidatingAdmissionPolicyBindingSpec = TypeOf<typeof ValidatingAdmissionPolicyBindingSpec>;

export const ValidatingAdmissionPolicyBinding = defineKind({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicyBinding",
  definition: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  names: { plural: "validatingadmissionpolicybindings", categories: ["api-extensions"] },
  scope: "Cluster",
  generation: true,
  doc: "Says where a ValidatingAdmissionPolicy holds and what a violation leads to.",
  fields: { spec: field(2, ValidatingAdmissionPolicyBindingSpec).required() },
  columns: [
    nameColumn,
    {
      name: "PolicyName",
      type: "string",
      doc: "PolicyName indicates the policy definition which the policy binding binded to",
      value: ({ spec }) => spec.policyName ?? "",
    },
    {
      name: "ParamRef",
      type: "string",
      doc: "ParamRef indicates the param resource which sets the configration param",
      value: ({ spec }) => paramRefText(spec.paramRef),
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: false,
  validate: validateValidatingPolicyBinding,
});
export type ValidatingAdmissionPolicyBinding = ObjectOf<typeof ValidatingAdmissionPolicyBinding>;
