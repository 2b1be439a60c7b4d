/** Rules on metadata inside of objects that claims are made from. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden } from "../../machinery/field-errors.ts";
import type { TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { validateAnnotations, validateLabels } from "../../machinery/validate-metadata.ts";
import type { Errors } from "../rules.ts";

/** What whoever makes the claim sets, in upstream's order; the fields' names in Go begin small in its errors. */
const OTHERS = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "ownerReferences",
  "finalizers",
  "managedFields",
] as const;

export function checkTemplateMeta(errors: Errors, at: Path, meta: TemplateMeta): void {
  const { labels, annotations } = meta;
  if (annotations !== undefined) errors.push(...validateAnnotations(annotations, at.child("annotations")));
  if (labels !== undefined) errors.push(...validateLabels(labels, at.child("labels")));
  for (const name of OTHERS) {
    const value: unknown = (meta as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || value === null || value === "" || value === 0) continue;
    errors.push(forbidden(at.child(name === "uid" ? "uID" : name), "cannot be set"));
  }
}
