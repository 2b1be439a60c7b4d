/** Rules on Leases. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, path } from "../../machinery/field-errors.ts";
import { isQualifiedName } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { NOT_NEGATIVE, add } from "../rules.ts";

interface LeaseParts {
  readonly spec: {
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
    readonly strategy?: string;
    readonly preferredHolder?: string;
  };
}

const SPEC = path("spec");
const STRATEGIES = ["OldestEmulationVersion"];

export function validateLease({ spec }: LeaseParts): FieldError[] {
  const errors: Errors = [];
  const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy, preferredHolder } = spec;
  if (duration !== undefined && duration <= 0) {
    errors.push(invalid(SPEC.child("leaseDurationSeconds"), duration, "must be greater than 0"));
  }
  if (transitions !== undefined && transitions < 0) {
    errors.push(invalid(SPEC.child("leaseTransitions"), transitions, NOT_NEGATIVE));
  }
  if (strategy !== undefined) checkStrategy(errors, strategy);
  if (preferredHolder && !strategy) {
    errors.push(forbidden(SPEC.child("preferredHolder"), "may only be specified if `strategy` is defined"));
  }
  return errors;
}

/** One of the well-known ones, or somebody's own with a domain. */
function checkStrategy(errors: Errors, strategy: string): void {
  // Upstream names the field twice.
  const at = SPEC.child("strategy", "strategy");
  if (strategy.includes("/")) add(errors, at, strategy, isQualifiedName(strategy));
  else if (!STRATEGIES.includes(strategy)) errors.push(notSupported(at, strategy, STRATEGIES));
}
