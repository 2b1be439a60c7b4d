import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field } from "../../machinery/schema/builders.ts";
import { PodTemplateSpec } from "./pod-template-spec.ts";
import { defaultPodSpec } from "./pod-defaults.ts";
import { containerImages, containerNames, labelsText, nameColumn } from "../columns.ts";

import { validatePodTemplate } from "./pod-template.validation.ts";
import { templateWarnings } from "./pod.warnings.ts";
import { podSpecFeatures } from "./pod-features.ts";
import { path } from "../../machinery/field-errors.ts";

export const PodTemplate = defineKind({
  group: "",
  version: "v1",
  kind: "PodTemplate",
  definition: "io.k8s.api.core.v1.PodTemplate",
  names: { plural: "podtemplates" },
  scope: "Namespaced",
  generation: true,
  doc: "A stored description of pods to make; nothing makes them by itself.",
  fields: { template: field(2, PodTemplateSpec, "What pods made from it look like.").always() },
  defaults: ({ template }) => defaultPodSpec(template.spec),
  switchedOff: podSpecFeatures("template.spec"),
  validate: validatePodTemplate,
  columns: [
    nameColumn,
    {
      name: "Containers",
      type: "string",
      doc: "Names of each container in the template.",
      value: ({ template }) => containerNames(template),
    },
    {
      name: "Images",
      type: "string",
      doc: "Images referenced by each container in the template.",
      value: ({ template }) => containerImages(template),
    },
    {
      name: "Pod Labels",
      type: "string",
      doc: "The labels for the pod template.",
      value: ({ template }) => labelsText(template.metadata.labels),
    },
  ],
  returnsDeleted: true,
  warnings: templateWarnings(path("template"), ({ template }) => template, false),
});
export type PodTemplate = ObjectOf<typeof PodTemplate>;
