/** Rules on IPAddresses and ServiceCIDRs. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { immutable, invalid, path, required } from "../../machinery/field-errors.ts";
import { canonicalIPFaults, isCanonicalCIDR, parseCIDR } from "../../machinery/ip.ts";
import { isDNS1123Subdomain, isValidPathSegmentName } from "../../machinery/names.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { add, present, same } from "../rules.ts";
import { ParentReference } from "./ip-address.ts";
import type { IPAddressSpec } from "./ip-address.ts";
import type { ServiceCIDRSpec } from "./service-cidr.ts";
import { goStruct } from "../go-struct.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";

const SPEC = path("spec");

/** The name is the address, written in the one canonical way. */
export function ipAddressName(name: string): readonly string[] {
  return canonicalIPFaults(name);
}

interface IPAddressLike {
  readonly spec: IPAddressSpec;
}

export function validateIPAddress({ spec }: IPAddressLike): FieldError[] {
  const errors: Errors = [];
  const parent: IPAddressSpec["parentRef"] | undefined = spec.parentRef;
  const at = SPEC.child("parentRef");
  if (parent === undefined) return [required(at)];
  const { group = "", resource = "", namespace = "", name = "" } = parent;
  if (group !== "") add(errors, at.child("group"), group, isDNS1123Subdomain(group));
  if (present(errors, at, "resource", resource)) {
    add(errors, at.child("resource"), resource, isValidPathSegmentName(resource));
  }
  if (present(errors, at, "name", name)) add(errors, at.child("name"), name, isValidPathSegmentName(name));
  if (namespace !== "") add(errors, at.child("namespace"), namespace, isValidPathSegmentName(namespace));
  return errors;
}

export function validateIPAddressUpdate({ spec }: IPAddressLike, { spec: old }: IPAddressLike): FieldError[] {
  if (same(spec.parentRef, old.parentRef)) return [];
  return [immutable(SPEC.child("parentRef"), goStruct(ParentReference as MessageSchema, spec.parentRef))];
}

interface ServiceCIDRLike {
  readonly spec: ServiceCIDRSpec;
}

export function validateServiceCIDR(
  { spec }: ServiceCIDRLike,
  { subresource, previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const cidrs = spec.cidrs ?? [];
  const before = (previous as ServiceCIDRLike | undefined)?.spec.cidrs;
  // Of ranges that may only stay nothing else is said; a second one is looked at.
  if (before !== undefined && !(before.length === 1 && cidrs.length === 2)) return errors;
  const at = SPEC.child("cidrs");
  if (cidrs.length === 0) return [required(at, "at least one CIDR required")];
  if (cidrs.length > 2) return [invalid(at, { CIDRs: cidrs }, "may only hold up to 2 values")];
  cidrs.forEach((cidr, index) => errors.push(...isCanonicalCIDR(at.index(index), cidr)));
  const families = cidrs.map((cidr) => parseCIDR(cidr)?.family);
  if (cidrs.length === 2 && families[0] !== undefined && families[0] === families[1]) {
    const text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    errors.push(invalid(at, cidrs, text));
  }
  return errors;
}

/** A second family may be added; nothing else changes. */
export function validateServiceCIDRUpdate(
  { spec }: ServiceCIDRLike,
  { spec: old }: ServiceCIDRLike,
  { subresource }: StrategyContext,
): FieldError[] {
  if (subresource !== undefined) return [];
  const cidrs = spec.cidrs ?? [];
  const before = old.cidrs ?? [];
  const at = SPEC.child("cidrs");
  if (before.length === 1 && cidrs.length === 2) {
    return cidrs[0] === before[0] ? [] : [immutable(at.index(0), cidrs[0])];
  }
  if (before.length !== cidrs.length) return [immutable(at, cidrs)];
  return cidrs.flatMap((cidr, index) => (cidr === before[index] ? [] : [immutable(at.index(index), cidr)]));
}
