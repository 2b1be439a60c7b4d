/** Rules on pod templates, alone and in what makes pods from them. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, path } from "../../machinery/field-errors.ts";
import { validateAnnotations, validateLabels } from "../../machinery/validate-metadata.ts";
import type { Errors } from "../rules.ts";
import { checkPodAnnotations, checkProfilesAgree, checkSeccompAgrees } from "./pod-annotations.validation.ts";
import { checkPodSpec } from "./pod-spec.validation.ts";
import type { PodTemplateSpec } from "./pod-template-spec.ts";

const TEMPLATE = { isPod: false, podName: "" } as const;

export function checkTemplateMetadata(errors: Errors, at: Path, { metadata, spec }: PodTemplateSpec): void {
  if (metadata.labels !== undefined) errors.push(...validateLabels(metadata.labels, at.child("labels")));
  if (metadata.annotations === undefined) return;
  errors.push(...validateAnnotations(metadata.annotations, at.child("annotations")));
  checkPodAnnotations(errors, at.child("annotations"), metadata.annotations, spec);
}

export function checkPodTemplateSpec(errors: Errors, at: Path, template: PodTemplateSpec): void {
  const { metadata, spec } = template;
  checkTemplateMetadata(errors, at, template);
  checkPodSpec(errors, at.child("spec"), spec, TEMPLATE);
  checkSeccompAgrees(errors, at.child("spec"), metadata.annotations ?? {}, spec);
  checkProfilesAgree(errors, at.child("spec"), metadata.annotations ?? {}, spec);
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(forbidden(at.child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template"));
  }
}

export function validatePodTemplate({ template }: { readonly template: PodTemplateSpec }): FieldError[] {
  const errors: Errors = [];
  checkPodTemplateSpec(errors, path("template"), template);
  return errors;
}
