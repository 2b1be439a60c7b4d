import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchResources, ParamRef } from "./matching.ts";
import { paramRefText } from "./matching.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateValidatingPolicyBinding } from "./policy.validation.ts";
import { warnOfStaticSuffix } from "./static-suffix.ts";

export const ValidatingAdmissionPolicyBindingSpec = message(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
  {
    policyName: field(1, string(), "The ValidatingAdmissionPolicy that is put to use.").required().droppedWhenEmpty(),
    paramRef: field(2, ParamRef, "The parameters that the policy's expressions see as `params`."),
    matchResources: field(3, MatchResources, "Narrows what the policy matches further."),
    validationActions: field(
      4,
      list(string().enum("Audit", "Deny", "Warn")).set(),
      "What a failure leads to: `Deny`, `Warn` (a warning to the client), `Audit` (a note in the audit log), together where wanted; not Deny with Warn.",
    )
      .required()
      .droppedWhenEmpty(),
  },
  { doc: "Puts a validating policy to use. A policy without a binding does nothing." },
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
  fields: {
    spec: field(
      2,
      ValidatingAdmissionPolicyBindingSpec,
      "Which policy is put to use, with which parameters, where, and what follows from a failure.",
    ).required(),
  },
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
  metadataOnUpdate: ["whole"],
  validate: validateValidatingPolicyBinding,
  warnings: warnOfStaticSuffix,
});
export type ValidatingAdmissionPolicyBinding = ObjectOf<typeof ValidatingAdmissionPolicyBinding>;
