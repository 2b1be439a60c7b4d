/** IP families of a Service in a cluster of one family, as upstream fills them in. */
import { clusterIPErrors } from "../../api/core/service.validation.ts";
import type { Service } from "../../api/index.ts";
import { invalid } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import { parseIP } from "../../machinery/ip.ts";
import type { Draft } from "../../machinery/kind.ts";
import { deepEqual } from "../objects.ts";

export type Family = "IPv4" | "IPv6";
type Spec = Draft<Service["spec"]>;

const POLICY = "spec.ipFamilyPolicy";

/** `clusterIP` and the first of `clusterIPs` are the same thing said twice; old clients only know the former. */
export function joinClusterIPs(spec: Spec, before: Service["spec"] | undefined): void {
  if (before === undefined) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  if ((spec.clusterIP ?? "") === (before.clusterIP ?? "")) {
    if (!spec.clusterIPs?.length && before.clusterIPs?.length) spec.clusterIPs = [...before.clusterIPs];
    return;
  }
  if (!deepEqual(spec.clusterIPs ?? [], before.clusterIPs ?? [])) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

export const isHeadless = ({ clusterIPs }: Pick<Spec, "clusterIPs">): boolean => clusterIPs?.[0] === "None";

/** Sets ipFamilies and ipFamilyPolicy, or says what does not fit this cluster. */
export function fillFamilies(spec: Spec, own: Family, before: Service["spec"] | undefined): FieldError[] {
  if (spec.type === "ExternalName") return [];
  // Without a selector and an address, nobody looks at the families of this cluster.
  const bare = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (bare ? "RequireDualStack" : "SingleStack");
  const wrong = clusterIPErrors(spec);
  if (wrong.length > 0) return wrong;
  const single = spec.ipFamilyPolicy === "SingleStack";
  const families = (spec.ipFamilies ??= []);
  const errors = before === undefined ? [] : giveUpSecond(spec, families, before);
  errors.push(...(single ? singleErrors(spec) : []), ...inferFamilies(spec, families, own));
  if (errors.length > 0) return errors;
  if (!bare) {
    const unfit = clusterErrors(spec, own);
    if (unfit.length > 0) return unfit;
  }
  if (families.length === 0) families.push(own);
  if (bare && !single && families.length === 1) families.push(families[0] === "IPv4" ? "IPv6" : "IPv4");
  return [];
}

/** Who wants one family only need not take the second out of the list; who wants two may not. */
function giveUpSecond(
  { ipFamilyPolicy, clusterIPs = [] }: Spec,
  families: string[],
  before: Service["spec"],
): FieldError[] {
  const old = before.ipFamilies ?? [];
  if (ipFamilyPolicy === "SingleStack") {
    if (deepEqual(families, old)) families.splice(1);
    return [];
  }
  const less = (now: readonly string[], then: readonly string[] = []): boolean =>
    now.length > 0 && now.length < then.length;
  const text = "must be 'SingleStack' to release the secondary";
  return [
    ...(less(clusterIPs, before.clusterIPs) ? [invalid(POLICY, ipFamilyPolicy, `${text} cluster IP`)] : []),
    ...(less(families, old) ? [invalid(POLICY, ipFamilyPolicy, `${text} IP family`)] : []),
  ];
}

function singleErrors({ ipFamilyPolicy, clusterIPs = [], ipFamilies = [] }: Spec): FieldError[] {
  const several = [
    ...(clusterIPs.length === 2 ? ["cluster IPs"] : []),
    ...(ipFamilies.length === 2 ? ["IP families"] : []),
  ];
  return several.map((what) =>
    invalid(
      POLICY,
      ipFamilyPolicy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    ),
  );
}

/** Addresses that were asked for say their families. */
function inferFamilies({ clusterIPs = [] }: Spec, families: string[], own: Family): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, address] of clusterIPs.entries()) {
    if (address === "None") break;
    if (i < families.length) continue;
    const family = `IPv${parseIP(address)?.family}`;
    if (family === own) families.push(family);
    else errors.push(invalid(`spec.clusterIPs[${i}]`, clusterIPs, `${family} is not configured on this cluster`));
  }
  return errors;
}

function clusterErrors({ ipFamilyPolicy, ipFamilies = [] }: Spec, own: Family): FieldError[] {
  const errors: FieldError[] = [];
  if (ipFamilyPolicy === "RequireDualStack") {
    errors.push(invalid(POLICY, ipFamilyPolicy, "this cluster is not configured for dual-stack services"));
  }
  ipFamilies.forEach((family, i) => {
    if (family !== own) errors.push(invalid(`spec.ipFamilies[${i}]`, family, "not configured on this cluster"));
  });
  return errors;
}
