/** Rules on a template and the selector that finds its pods again, for everything that keeps pods running. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import type { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { checkPodTemplateSpec } from "../core/pod-template.validation.ts";
import { checkLabelSelector, inOrder, isEmptySelector, selects, shownSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";

export interface Selecting {
  readonly selector: LabelSelector | null | undefined;
  readonly template: PodTemplateSpec;
}

/** `of` as the error calls the owner: "empty selector is invalid for deployment". */
export function checkSelector(errors: Errors, at: Path, { selector }: Selecting, of: string): void {
  if (selector === undefined || selector === null) {
    errors.push(required(at.child("selector")));
    return;
  }
  checkLabelSelector(errors, at.child("selector"), selector);
  if (isEmptySelector(selector)) {
    errors.push(invalid(at.child("selector"), shownSelector(selector), `empty selector is invalid for ${of}`));
  }
}

export function checkMatches(errors: Errors, at: Path, { selector, template }: Selecting): void {
  if (selects(selector, template.metadata.labels) !== false) return;
  const labels = inOrder(template.metadata.labels);
  errors.push(
    invalid(at.child("template", "metadata", "labels"), labels, "`selector` does not match template `labels`"),
  );
}

/** False, with `text`, where nothing can be said of a template since no selector can be made to compare it with. */
export function checkReadable(errors: Errors, at: Path, { selector }: Selecting, text: string): boolean {
  if (selector === undefined || selector === null || selects(selector, {}) !== undefined) return true;
  errors.push(invalid(at.child("selector"), shownSelector(selector), text));
  return false;
}

/** What is kept running is always restarted and never ends by itself. */
export function checkRunsForever(errors: Errors, at: Path, { template: { spec } }: Selecting, of: string): void {
  if (spec.restartPolicy !== "Always") {
    errors.push(notSupported(at.child("template", "spec", "restartPolicy"), spec.restartPolicy, ["Always"]));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    const text = `activeDeadlineSeconds in ${of} is not Supported`;
    errors.push(forbidden(at.child("template", "spec", "activeDeadlineSeconds"), text));
  }
}

/** Of a ReplicaSet, and of the Deployment that makes them. */
export function checkReplicated(errors: Errors, at: Path, spec: Selecting): void {
  if (!checkReadable(errors, at, spec, "invalid label selector")) return;
  checkMatches(errors, at, spec);
  checkPodTemplateSpec(errors, at.child("template"), spec.template);
  checkRunsForever(errors, at, spec, "ReplicaSet");
}
