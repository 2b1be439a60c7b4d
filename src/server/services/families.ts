/** IP families of a Service in a cluster of one family, as upstream fills them in. */
import type { Service } from "../../api/index.ts";
import { invalid } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import { isValidIP } from "../../machinery/ip.ts";
import type { Draft } from "../../machinery/kind.ts";

export type Family = "IPv4" | "IPv6";
type Spec = Draft<Service["spec"]>;

/** `clusterIP` and the first of `clusterIPs` are the same thing said twice. */
export function joinClusterIPs(spec: Spec, before: Service["spec"] | undefined): void {
  const first = spec.clusterIPs?.[0];
  if (before === undefined) {
    if (spec.clusterIP && !first) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const changedOne = spec.clusterIP !== before.clusterIP;
  const changedList = first !== before.clusterIPs?.[0];
  if (changedOne && !changedList) {
    if (!spec.clusterIP) delete spec.clusterIPs;
    else spec.clusterIPs = [spec.clusterIP];
  }
}

export const isHeadless = ({ clusterIP, clusterIPs }: Pick<Spec, "clusterIP" | "clusterIPs">): boolean =>
  clusterIP === "None" || clusterIPs?.[0] === "None";

/** Sets ipFamilies and ipFamilyPolicy, or says what does not fit this cluster. */
export function fillFamilies(spec: Spec, own: Family): FieldError[] {
  if (spec.type === "ExternalName") return [];
  const errors = [...addressErrors(spec), ...familyErrors(spec, own)];
  if (errors.length > 0) return errors;
  const bare = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
  if (bare && spec.ipFamilyPolicy === undefined) spec.ipFamilyPolicy = "RequireDualStack";
  spec.ipFamilyPolicy ??= "SingleStack";
  if (!spec.ipFamilies?.length) spec.ipFamilies = [own];
  if (bare && spec.ipFamilyPolicy === "RequireDualStack" && spec.ipFamilies.length === 1) {
    spec.ipFamilies = [...spec.ipFamilies, spec.ipFamilies[0] === "IPv4" ? "IPv6" : "IPv4"];
  }
  return [];
}

function addressErrors({ clusterIP, clusterIPs = [] }: Spec): FieldError[] {
  if (clusterIP && clusterIPs.length > 0 && clusterIP !== clusterIPs[0]) {
    return [invalid("spec.clusterIPs", clusterIPs, "first value must match `clusterIP`")];
  }
  return clusterIPs.flatMap((address, i) =>
    address === "None" || address === "" ? [] : isValidIP(`spec.clusterIPs[${i}]`, address),
  );
}

function familyErrors(spec: Spec, own: Family): FieldError[] {
  // Without a selector and an address, nobody looks at the families of this cluster.
  if (isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0) return [];
  const errors: FieldError[] = [];
  if (spec.ipFamilyPolicy === "RequireDualStack") {
    const text = "this cluster is not configured for dual-stack services";
    errors.push(invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, text));
  }
  spec.ipFamilies?.forEach((family, i) => {
    if (family !== own) errors.push(invalid(`spec.ipFamilies[${i}]`, family, "not configured on this cluster"));
  });
  return errors;
}
