import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { MatchCondition, MatchResources, ParamKind, Variable } from "./matching.ts";
import { UNSET, ageColumn, nameColumn } from "../columns.ts";
import { validateMutatingPolicy } from "./policy.validation.ts";
import { warnOfStaticSuffix } from "./static-suffix.ts";

export const ApplyConfiguration = message(
  "io.k8s.api.admissionregistration.v1.ApplyConfiguration",
  {
    expression: field(
      1,
      string(),
      "CEL that gives an `Object{…}` with the fields to set. It cannot change atomic lists, maps or structs in parts.",
    ),
  },
  {
    doc: "An expression that makes an apply configuration, which is merged into the object as server-side apply does.",
  },
);
export type ApplyConfiguration = TypeOf<typeof ApplyConfiguration>;

export const JSONPatch = message(
  "io.k8s.api.admissionregistration.v1.JSONPatch",
  {
    expression: field(
      1,
      string(),
      "CEL that gives a list of `JSONPatch{op, path, from, value}`; `jsonpatch.escapeKey` helps with slashes in keys.",
    ),
  },
  { doc: "An expression that makes a JSON patch of the object." },
);
export type JSONPatch = TypeOf<typeof JSONPatch>;

export const Mutation = message(
  "io.k8s.api.admissionregistration.v1.Mutation",
  {
    patchType: field(
      2,
      string().enum("ApplyConfiguration", "JSONPatch"),
      "`ApplyConfiguration` or `JSONPatch`; the field of the same name must be set.",
    ).required(),
    applyConfiguration: field(
      3,
      ApplyConfiguration,
      "The change as an apply configuration, for the type `ApplyConfiguration`.",
    ),
    jsonPatch: field(4, JSONPatch, "The change as a JSON patch, for the type `JSONPatch`."),
  },
  { doc: "One change that a policy makes." },
);
export type Mutation = TypeOf<typeof Mutation>;

export const MutatingAdmissionPolicySpec = message(
  "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec",
  {
    paramKind: field(1, ParamKind, "The kind of parameters that bindings name."),
    matchConstraints: field(2, MatchResources, "Which requests are looked at. Required."),
    variables: field(3, list(Variable).atomic(), "Expressions that later ones can use as `variables.NAME`."),
    mutations: field(4, list(Mutation).atomic(), "What is done, in order; each sees what those before it made."),
    failurePolicy: field(
      5,
      string().enum("Fail", "Ignore").silentDefault("Fail"),
      "What becomes of the request where an expression fails: `Fail` (the default) refuses it, `Ignore` lets it pass unchanged.",
    ).keepEmpty(),
    matchConditions: field(
      6,
      list(MatchCondition).mapKey("name").patch("merge", "name"),
      "Further conditions in CEL, all of which must hold.",
    ),
    reinvocationPolicy: field(
      7,
      string().enum("IfNeeded", "Never"),
      "`Never`, or `IfNeeded`: once more where something after it changed the object.",
    ),
  },
  { doc: "What a mutating policy does, to which objects." },
);
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
  fields: { spec: field(2, MutatingAdmissionPolicySpec, "What is changed of which objects.").always() },
  columns: [
    nameColumn,
    {
      name: "Mutations",
      type: "integer",
      doc: "Mutation indicates the number of mutations rules defined in this configuration",
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
  metadataOnUpdate: ["whole"],
  validate: validateMutatingPolicy,
  warnings: warnOfStaticSuffix,
});
export type MutatingAdmissionPolicy = ObjectOf<typeof MutatingAdmissionPolicy>;
