import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { Condition } from "../../machinery/meta/condition.ts";
import { field, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchCondition, MatchResources, ParamKind, Variable } from "./matching.ts";
import { UNSET, ageColumn, nameColumn } from "../columns.ts";
import { validateValidatingPolicy } from "./policy.validation.ts";

export const AuditAnnotation = message("io.k8s.api.admissionregistration.v1.AuditAnnotation", {
  key: field(1, string()).required(),
  valueExpression: field(2, string()).required(),
});
export type AuditAnnotation = TypeOf<typeof AuditAnnotation>;

export const ExpressionWarning = message("io.k8s.api.admissionregistration.v1.ExpressionWarning", {
  fieldRef: field(2, string()).required(),
  warning: field(3, string()).required(),
});
export type ExpressionWarning = TypeOf<typeof ExpressionWarning>;

export const TypeChecking = message("io.k8s.api.admissionregistration.v1.TypeChecking", {
  expressionWarnings: field(1, list(ExpressionWarning).atomic()),
});
export type TypeChecking = TypeOf<typeof TypeChecking>;

export const Validation = message("io.k8s.api.admissionregistration.v1.Validation", {
  expression: field(1, string()).required(),
  message: field(2, string()),
  reason: field(3, string()).keepEmpty(),
  messageExpression: field(4, string()),
});
export type Validation = TypeOf<typeof Validation>;

export const ValidatingAdmissionPolicySpec = message(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec",
  {
    paramKind: field(1, ParamKind),
    matchConstraints: field(2, MatchResources),
    validations: field(3, list(Validation).atomic()),
    failurePolicy: field(4, string().enum("Fail", "Ignore").silentDefault("Fail")).keepEmpty(),
    auditAnnotations: field(5, list(AuditAnnotation).atomic()),
    matchConditions: field(6, list(MatchCondition).mapKey("name").patch("merge", "name")),
    variables: field(7, list(Variable).mapKey("name").patch("merge", "name")),
  },
);
export type ValidatingAdmissionPolicySpec = TypeOf<typeof ValidatingAdmissionPolicySpec>;

export const ValidatingAdmissionPolicyStatus = message(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus",
  {
    observedGeneration: field(1, int64()),
    typeChecking: field(2, TypeChecking),
    conditions: field(3, list(Condition).mapKey("type")),
  },
);
export type ValidatingAdmissionPolicyStatus = TypeOf<typeof ValidatingAdmissionPolicyStatus>;

export const ValidatingAdmissionPolicy = defineKind({
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingAdmissionPolicy",
  definition: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
  names: { plural: "validatingadmissionpolicies", categories: ["api-extensions"] },
  scope: "Cluster",
  doc: "Accepts or rejects requests by CEL expressions.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, ValidatingAdmissionPolicySpec).always(),
    status: field(3, ValidatingAdmissionPolicyStatus).always(),
  },
  columns: [
    nameColumn,
    {
      name: "Validations",
      type: "integer",
      doc: "Validations indicates the number of validation rules defined in this configuration",
      value: ({ spec }) => spec.validations?.length ?? 0,
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
  validate: validateValidatingPolicy,
});
export type ValidatingAdmissionPolicy = ObjectOf<typeof ValidatingAdmissionPolicy>;
