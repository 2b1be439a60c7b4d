/** Rules on claims, their templates and device classes. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { immutable, invalid, path } from "../../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { isExtendedResource } from "../core/resource-names.ts";
import { checkTemplateMeta } from "../core/template-meta.validation.ts";
import { goStruct } from "../go-struct.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import { ResourceClaimSpec } from "./device-claim.ts";
import { checkOpaque, checkSelectors, checkSet, deviceClaimErrors } from "./device-claim.validation.ts";
import type { DeviceClassSpec } from "./device-class.ts";
import type { ClaimParts } from "./claim-status.validation.ts";
import { claimStatusErrors } from "./claim-status.validation.ts";
import { ResourceClaimTemplateSpec } from "./resource-claim-template.ts";

const MOST = 32;

/** Of its wishes only those of new claims: a stored one cannot change what it asks for. */
export function validateResourceClaim(claim: ClaimParts, context: StrategyContext): FieldError[] {
  if (context.subresource === "status") return claimStatusErrors(claim, context.previous as ClaimParts | undefined);
  return context.previous === undefined ? deviceClaimErrors(claim.spec.devices) : [];
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
  return errors;
}

interface TemplateParts {
  readonly spec: ResourceClaimTemplateSpec;
}

export function validateResourceClaimTemplate({ spec }: TemplateParts): FieldError[] {
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

interface DeviceClassParts extends KubeObject {
  readonly spec: DeviceClassSpec;
}

export function validateDeviceClass({ spec }: DeviceClassParts, { previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  const at = path("spec");
  const stored = previous !== undefined && same(spec.config, (previous as DeviceClassParts).spec.config);
  checkSelectors(errors, at.child("selectors"), spec.selectors ?? []);
  checkSet(errors, at.child("config"), spec.config ?? [], MOST, {
    check: (here, { opaque }) => checkOpaque(errors, here.child("opaque"), opaque, stored),
  });
  if (spec.extendedResourceName !== undefined) {
    const here = at.child("extendedResourceName");
    if (!isExtendedResource(spec.extendedResourceName)) {
      errors.push(invalid(here, spec.extendedResourceName, "must be a valid extended resource name"));
    }
  }
  return errors;
}
