/** Rules on what an autoscaler scales or measures. */
import type { Path } from "../../machinery/field-errors.ts";
import { invalid } from "../../machinery/field-errors.ts";
import { isValidPathSegmentName } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, present } from "../rules.ts";
import type { CrossVersionObjectReference } from "./metrics.ts";

/** It has a kind, a name and, but for what is as old as the API, a group. */
export function checkReference(
  errors: Errors,
  at: Path,
  { kind, name, apiVersion = "" }: CrossVersionObjectReference,
): void {
  if (present(errors, at, "kind", kind)) add(errors, at.child("kind"), kind, isValidPathSegmentName(kind));
  if (present(errors, at, "name", name)) add(errors, at.child("name"), name, isValidPathSegmentName(name));
  const slashes = apiVersion.split("/").length - 1;
  if (slashes > 1) {
    errors.push(invalid(at.child("apiVersion"), apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else if ((slashes === 0 || apiVersion.startsWith("/")) && kind !== "ReplicationController") {
    errors.push(invalid(at.child("apiVersion"), apiVersion, "apiVersion must specify API group"));
  }
}
