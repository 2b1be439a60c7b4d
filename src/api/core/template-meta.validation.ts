/** Rules on metadata inside of objects: of pod templates and claim templates. */
import type { Path } from "../../machinery/field-errors.ts";
import type { TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { validateAnnotations, validateFinalizers, validateLabels } from "../../machinery/validate-metadata.ts";
import type { Errors } from "../rules.ts";

export function checkTemplateMeta(errors: Errors, at: Path, { labels, annotations, finalizers }: TemplateMeta): void {
  if (annotations !== undefined) errors.push(...validateAnnotations(annotations, at.child("annotations")));
  if (labels !== undefined) errors.push(...validateLabels(labels, at.child("labels")));
  if (finalizers !== undefined) errors.push(...validateFinalizers(finalizers, at.child("finalizers")));
}
