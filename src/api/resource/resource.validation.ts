/** Rules on claims, their templates and device classes. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { forbidden, immutable, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { checkTemplateMeta } from "../core/template-meta.validation.ts";
import { goStruct } from "../go-struct.ts";
import { isQualifiedName } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, same } from "../rules.ts";
import { ResourceClaimSpec } from "./device-claim.ts";
import { checkOpaque, checkSelectors, checkSet, deviceClaimErrors } from "./device-claim.validation.ts";
import type { DeviceClassSpec } from "./device-class.ts";
import type { ResourceClaimStatus } from "./resource-claim.ts";
import { ResourceClaimTemplateSpec } from "./resource-claim-template.ts";

const MOST = 32;

interface ClaimParts {
  readonly spec: ResourceClaimSpec;
  readonly status: ResourceClaimStatus;
}

/** Only new claims: a stored one cannot change what it asks for. */
export function validateResourceClaim({ spec, status }: ClaimParts, context: StrategyContext): FieldError[] {
  if (context.subresource === "status") return statusErrors(status);
  return context.previous === undefined ? deviceClaimErrors(spec.devices) : [];
}

function statusErrors({ allocation, reservedFor = [] }: ResourceClaimStatus): FieldError[] {
  const errors: Errors = [];
  const at = path("status", "reservedFor");
  reservedFor.forEach((consumer, index) => {
    for (const name of ["resource", "name", "uid"] as const) {
      if (consumer[name] === "") errors.push(required(at.index(index).child(name)));
    }
  });
  if (reservedFor.length > 0 && allocation === undefined) {
    errors.push(forbidden(at, "may not be specified when `allocated` is not set"));
  }
  return errors;
}

export function validateResourceClaimUpdate(next: ClaimParts, before: ClaimParts): FieldError[] {
  const errors: Errors = [];
  if (!same(next.spec, before.spec)) {
    // An empty list of requests stays one, although JSON then says null.
    const shown = goStruct(ResourceClaimSpec as MessageSchema, {
      ...next.spec,
      devices: { ...next.spec.devices, requests: next.spec.devices.requests ?? [] },
    });
    errors.push(immutable("spec", shown));
  }
  const { allocation } = next.status;
  if (
    before.status.allocation !== undefined &&
    allocation !== undefined &&
    !same(allocation, before.status.allocation)
  ) {
    errors.push(immutable("status.allocation", allocation));
  }
  return errors;
}

interface TemplateParts {
  readonly spec: ResourceClaimTemplateSpec;
}

export function validateResourceClaimTemplate({ spec }: TemplateParts, { previous }: StrategyContext): FieldError[] {
  if (previous !== undefined) return [];
  const errors: Errors = [];
  checkTemplateMeta(errors, path("spec", "metadata"), spec.metadata);
  return [...errors, ...deviceClaimErrors(spec.spec.devices, "spec")];
}

export function validateResourceClaimTemplateUpdate(
  { spec }: TemplateParts,
  { spec: before }: TemplateParts,
): FieldError[] {
  if (same(spec, before)) return [];
  return [immutable("spec", goStruct(ResourceClaimTemplateSpec as MessageSchema, spec))];
}

export function validateDeviceClass({ spec }: { readonly spec: DeviceClassSpec }): FieldError[] {
  const errors: Errors = [];
  const at = path("spec");
  checkSelectors(errors, at.child("selectors"), spec.selectors ?? []);
  checkSet(errors, at.child("config"), spec.config ?? [], MOST, {
    check: (here, { opaque }) => checkOpaque(errors, here.child("opaque"), opaque),
  });
  if (spec.extendedResourceName !== undefined) {
    const here = at.child("extendedResourceName");
    add(errors, here, spec.extendedResourceName, isQualifiedName(spec.extendedResourceName));
  }
  return errors;
}
