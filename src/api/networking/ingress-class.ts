import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";
import { validateIngressClass } from "./ingress.validation.ts";

export const IngressClassParametersReference = message(
  "io.k8s.api.networking.v1.IngressClassParametersReference",
  {
    apiGroup: field(1, string(), "Its API group; empty for core.").keepEmpty(),
    kind: field(2, string(), "Its kind.").required(),
    name: field(3, string(), "Its name.").required(),
    scope: field(4, string().silentDefault("Cluster"), "`Cluster` (the default) or `Namespace`.").orNull().keepEmpty(),
    namespace: field(5, string(), "Its namespace, for the scope `Namespace`.").keepEmpty(),
  },
  { doc: "An object with settings for the class." },
);
export type IngressClassParametersReference = TypeOf<typeof IngressClassParametersReference>;

export const IngressClassSpec = message(
  "io.k8s.api.networking.v1.IngressClassSpec",
  {
    controller: field(1, string(), "The controller, such as `example.com/ingress`. Cannot be changed."),
    parameters: field(2, IngressClassParametersReference, "Settings for it."),
  },
  { doc: "Who carries out ingresses of a class." },
);
export type IngressClassSpec = TypeOf<typeof IngressClassSpec>;

export const IngressClass = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IngressClass",
  definition: "io.k8s.api.networking.v1.IngressClass",
  names: { plural: "ingressclasses" },
  scope: "Cluster",
  generation: true,
  doc: "Which controller serves an Ingress.",
  fields: { spec: field(2, IngressClassSpec, "Who carries out ingresses of the class.").always() },
  columns: [
    nameColumn,
    {
      name: "Controller",
      type: "string",
      doc: "Controller that is responsible for handling this class",
      value: ({ spec }) => spec.controller ?? "",
    },
    {
      name: "Parameters",
      type: "string",
      doc: "A reference to a resource with additional parameters",
      value: ({ spec }) => parametersText(spec.parameters),
    },
    ageColumn,
  ],
  validate: validateIngressClass,
  metadataOnUpdate: ["change", "whole"],
});
export type IngressClass = ObjectOf<typeof IngressClass>;

function parametersText(parameters: IngressClassParametersReference | undefined): string {
  if (parameters === undefined) return NONE;
  const { apiGroup, kind, name } = parameters;
  return apiGroup === undefined ? `${kind}/${name}` : `${kind}.${apiGroup}/${name}`;
}
