import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchResources, ParamRef } from "./matching.ts";
import { paramRefText } from "./matching.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateMutatingPolicyBinding } from "./policy.validation.ts";
import { warnOfStaticSuffix } from "./static-suffix.ts";

export const MutatingAdmissionPolicyBindingSpec = message(
  "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec",
  {
    policyName: field(1, string(), "The MutatingAdmissionPolicy that is put to use."),
    paramRef: field(2, ParamRef, "The parameters that the policy's expressions see as `params`."),
    matchResources: field(3, MatchResources, "Narrows what the policy matches further."),
  },
  { doc: "Puts a mutating policy to use. A policy without a binding does nothing." },
);
export type MutatingAdmissionPolicyBindingSpec = TypeOf<typeof MutatingAdmissionPolicyBindingSpec>;

export const MutatingAdmissionPolicyBinding = defineKind({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "MutatingAdmissionPolicyBinding",
  definition: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
  names: { plural: "mutatingadmissionpolicybindings", categories: ["api-extensions"] },
  scope: "Cluster",
  generation: true,
  doc: "Says where a MutatingAdmissionPolicy holds and with which parameters.",
  fields: {
    spec: field(
      2,
      MutatingAdmissionPolicyBindingSpec,
      "Which policy is put to use, with which parameters, and where.",
    ).always(),
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
  validate: validateMutatingPolicyBinding,
  warnings: warnOfStaticSuffix,
});
export type MutatingAdmissionPolicyBinding = ObjectOf<typeof MutatingAdmissionPolicyBinding>;
