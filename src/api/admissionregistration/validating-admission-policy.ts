import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { Condition } from "../../machinery/meta/condition.ts";
import { field, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchCondition, MatchResources, ParamKind, Variable } from "./matching.ts";
import { UNSET, ageColumn, nameColumn } from "../columns.ts";
import { validateValidatingPolicy } from "./policy.validation.ts";
import { warnOfStaticSuffix } from "./static-suffix.ts";

export const AuditAnnotation = message(
  "io.k8s.api.admissionregistration.v1.AuditAnnotation",
  {
    key: field(
      1,
      string(),
      "What the note is called behind the policy's name and a slash; at most 63 characters.",
    ).required(),
    valueExpression: field(
      2,
      string(),
      "CEL that gives the note's text; null or empty makes none. Cut after 10 KiB.",
    ).required(),
  },
  { doc: "A note for the audit log that a policy makes of each request it judges." },
);
export type AuditAnnotation = TypeOf<typeof AuditAnnotation>;

export const ExpressionWarning = message(
  "io.k8s.api.admissionregistration.v1.ExpressionWarning",
  {
    fieldRef: field(
      2,
      string(),
      "Where in the policy the expression stands, such as `spec.validations[0].expression`.",
    ).required(),
    warning: field(3, string(), "What the type checker says, for each kind that it was checked against.").required(),
  },
  {
    doc: "Something that looks wrong in an expression of a policy, found when it was compiled against the kinds it matches.",
  },
);
export type ExpressionWarning = TypeOf<typeof ExpressionWarning>;

export const TypeChecking = message(
  "io.k8s.api.admissionregistration.v1.TypeChecking",
  {
    expressionWarnings: field(
      1,
      list(ExpressionWarning).atomic(),
      "Expressions that do not fit the kinds they would see.",
    ),
  },
  { doc: "What type checking found in a policy's expressions." },
);
export type TypeChecking = TypeOf<typeof TypeChecking>;

export const Validation = message(
  "io.k8s.api.admissionregistration.v1.Validation",
  {
    expression: field(
      1,
      string(),
      "CEL over `object`, `oldObject`, `request`, `params`, `namespaceObject`, `variables` and `authorizer`. True: the demand is met.",
    ).required(),
    message: field(
      2,
      string(),
      "What the client is told where it is not. Needed where the expression has line breaks.",
    ),
    reason: field(
      3,
      string(),
      "What kind of refusal it is: `Invalid` (the default), `Forbidden` or `RequestEntityTooLarge`.",
    ).keepEmpty(),
    messageExpression: field(4, string(), "CEL that makes that text of the request; goes before `message`."),
  },
  { doc: "One demand of a policy." },
);
export type Validation = TypeOf<typeof Validation>;

export const ValidatingAdmissionPolicySpec = message(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec",
  {
    paramKind: field(1, ParamKind, "The kind of parameters that bindings name."),
    matchConstraints: field(2, MatchResources, "Which requests are looked at. Required."),
    validations: field(3, list(Validation).atomic(), "The demands, each of which must give true."),
    failurePolicy: field(
      4,
      string().enum("Fail", "Ignore").silentDefault("Fail"),
      "What an expression that fails to run means: `Fail` (the default) counts as a failed demand, `Ignore` as none.",
    ).keepEmpty(),
    auditAnnotations: field(
      5,
      list(AuditAnnotation).atomic(),
      "Notes for the audit log. This or validations must be there.",
    ),
    matchConditions: field(
      6,
      list(MatchCondition).mapKey("name").patch("merge", "name"),
      "Further conditions in CEL, all of which must hold for the policy to look at the request.",
    ),
    variables: field(
      7,
      list(Variable).mapKey("name").patch("merge", "name"),
      "Expressions that later ones can use as `variables.NAME`. Computed when first used.",
    ),
  },
  { doc: "What a validating policy demands, of which objects." },
);
export type ValidatingAdmissionPolicySpec = TypeOf<typeof ValidatingAdmissionPolicySpec>;

export const ValidatingAdmissionPolicyStatus = message(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus",
  {
    observedGeneration: field(1, int64(), "The generation of the policy that was looked at."),
    typeChecking: field(2, TypeChecking, "What type checking found; set also where it found nothing."),
    conditions: field(3, list(Condition).mapKey("type"), "States of the policy."),
  },
  { doc: "What the server found out about a policy." },
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
    spec: field(2, ValidatingAdmissionPolicySpec, "What is demanded of which objects.").always(),
    status: field(3, ValidatingAdmissionPolicyStatus, "What the server found out about the policy.").always(),
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
  metadataOnUpdate: (subresource) => (subresource === "status" ? [] : ["whole"]),
  validate: validateValidatingPolicy,
  warnings: warnOfStaticSuffix,
});
export type ValidatingAdmissionPolicy = ObjectOf<typeof ValidatingAdmissionPolicy>;
