/** What may not change of a Service once it is given, and what may be said of its load balancer. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { IMMUTABLE, forbidden, invalid, path, required } from "../../machinery/field-errors.ts";
import { isValidIP, parseIP } from "../../machinery/ip.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Subdomain } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf } from "../rules.ts";
import type { LoadBalancerStatus } from "./load-balancer-status.ts";
import type { ServiceSpec } from "./service.ts";
import type { ServiceLike } from "./service.validation.ts";
import { checkBalancerClass, isHeadless } from "./service.validation.ts";

const SPEC = path("spec");

export function validateServiceUpdate(
  { spec, status }: ServiceLike,
  { spec: old }: ServiceLike,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") checkBalancerStatus(errors, spec, status.loadBalancer);
  if (subresource !== undefined) return errors;
  const headless = [isHeadless(old), isHeadless(spec)];
  if (old.type !== "ExternalName" && spec.type !== "ExternalName" && headless.includes(false)) {
    checkKept(errors, ADDRESSES, spec, spec.clusterIPs ?? [], old.clusterIPs ?? []);
    if (!headless.includes(true)) checkKept(errors, FAMILY_LIST, spec, spec.ipFamilies ?? [], old.ipFamilies ?? []);
  }
  const before = old.loadBalancerClass;
  if (old.type === "LoadBalancer" && spec.type === "LoadBalancer" && before !== spec.loadBalancerClass) {
    errors.push(invalid(SPEC.child("loadBalancerClass"), spec.loadBalancerClass ?? null, "may not change once set"));
  }
  checkBalancerClass(errors, spec);
  if (checksHealth(old) && checksHealth(spec) && spec.healthCheckNodePort !== old.healthCheckNodePort) {
    errors.push(forbidden(SPEC.child("healthCheckNodePort"), IMMUTABLE));
  }
  return errors;
}

const checksHealth = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === "LoadBalancer" && externalTrafficPolicy === "Local";

/** A list of one or two, and what its items are called. */
interface Pair {
  readonly at: Path;
  readonly item: "clusterIP" | "ipFamily";
}
const ADDRESSES: Pair = { at: SPEC.child("clusterIPs"), item: "clusterIP" };
const FAMILY_LIST: Pair = { at: SPEC.child("ipFamilies"), item: "ipFamily" };

/** The first is for ever; a second one may come and, with its family policy, go. */
function checkKept(
  errors: Errors,
  { at, item }: Pair,
  { ipFamilyPolicy, clusterIPs = [] }: ServiceSpec,
  now: readonly string[],
  before: readonly string[],
): void {
  const changed = (index: number, shown: readonly string[]): void => {
    errors.push(invalid(at.index(index), shown, "may not change once set"));
  };
  if (now.length === before.length) {
    before.forEach((value, index) => {
      if (now[index] !== value) changed(item === "clusterIP" ? index : 0, now);
    });
    return;
  }
  const less = now.length < before.length;
  if (less && clusterIPs.length === 0) errors.push(invalid(at.index(0), now, `primary ${item} can not be unset`));
  // Upstream shows the addresses in both cases.
  if (before.length > 0 && now.length > 0 && now[0] !== before[0]) changed(0, clusterIPs);
  if (!less || now.length !== 1 || ipFamilyPolicy === "SingleStack") return;
  const text = `must be set to 'SingleStack' when releasing the secondary ${item}`;
  errors.push(invalid(SPEC.child("ipFamilyPolicy"), ipFamilyPolicy ?? null, text));
}

const IP_MODES: ReadonlySet<string> = new Set(["Proxy", "VIP"]);

function checkBalancerStatus(errors: Errors, { type }: ServiceSpec, { ingress = [] }: LoadBalancerStatus): void {
  const list = path("status", "loadBalancer", "ingress");
  if (type !== "LoadBalancer") {
    if (ingress.length > 0) errors.push(forbidden(list, "may only be used when `spec.type` is 'LoadBalancer'"));
    return;
  }
  ingress.forEach((point, index) => {
    const at = list.index(index);
    const { ip = "", ipMode } = point;
    if (ip !== "") errors.push(...isValidIP(at.child("ip"), ip));
    if (ipMode === undefined) {
      if (ip !== "") errors.push(required(at.child("ipMode"), "must be specified when `ip` is set"));
    } else if (ip === "") errors.push(forbidden(at.child("ipMode"), "may not be specified when `ip` is not set"));
    else oneOf(errors, at, "ipMode", ipMode, IP_MODES);
    checkBalancerName(errors, at.child("hostname"), point.hostname ?? "");
  });
}

/** Also of an Ingress' balancer. */
export function checkBalancerName(errors: Errors, at: Path, hostname: string): void {
  if (hostname === "") return;
  add(errors, at, hostname, isDNS1123Subdomain(hostname));
  if (parseIP(hostname) !== undefined) errors.push(invalid(at, hostname, "must be a DNS name, not an IP address"));
}
