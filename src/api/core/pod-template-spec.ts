import type { Draft } from "../../machinery/kind.ts";
import { TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { field, message } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PodSpec } from "./pod-spec.ts";

export const PodTemplateSpec = message(
  "io.k8s.api.core.v1.PodTemplateSpec",
  {
    metadata: field(
      1,
      TemplateMeta,
      "Labels, annotations and finalizers that new pods get. Names and namespace follow from the owner.",
    ).always(),
    spec: field(2, PodSpec, "The specification that new pods get.").always(),
  },
  { doc: "Metadata and specification of pods to be made." },
);
export type PodTemplateSpec = TypeOf<typeof PodTemplateSpec>;

/** An owner of pods without labels takes those of its template. */
export function labelsFromTemplate(draft: {
  metadata: { labels?: Record<string, string> };
  spec: { template: Draft<PodTemplateSpec> };
}): void {
  const { labels } = draft.spec.template.metadata;
  if (draft.metadata.labels === undefined && labels !== undefined) draft.metadata.labels = { ...labels };
}
