import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { field, message } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ResourceClaimSpec } from "./device-claim.ts";
import { defaultDeviceClaim } from "./device-claim.ts";
import { nameAndAge } from "../columns.ts";
import { validateResourceClaimTemplate, validateResourceClaimTemplateUpdate } from "./resource.validation.ts";

export const ResourceClaimTemplateSpec = message(
  "io.k8s.api.resource.v1.ResourceClaimTemplateSpec",
  {
    metadata: field(1, TemplateMeta, "Labels and annotations of the claim.").always(),
    spec: field(2, ResourceClaimSpec, "What the claim wants.").required(),
  },
  { doc: "A claim that is still to be made." },
);
export type ResourceClaimTemplateSpec = TypeOf<typeof ResourceClaimTemplateSpec>;

export const ResourceClaimTemplate = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceClaimTemplate",
  definition: "io.k8s.api.resource.v1.ResourceClaimTemplate",
  names: { plural: "resourceclaimtemplates" },
  scope: "Namespaced",
  doc: "A description of the ResourceClaims to make for pods.",
  fields: { spec: field(2, ResourceClaimTemplateSpec, "The claim that each pod gets. Cannot be changed.").required() },
  defaults: (draft) => defaultDeviceClaim(draft.spec.spec.devices),
  columns: nameAndAge,
  returnsDeleted: true,
  validate: validateResourceClaimTemplate,
  validateUpdate: validateResourceClaimTemplateUpdate,
});
export type ResourceClaimTemplate = ObjectOf<typeof ResourceClaimTemplate>;
