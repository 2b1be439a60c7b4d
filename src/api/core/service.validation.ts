/** Rules on Services: ports, types, addresses and what may not change once it is given. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import { isValidCIDR, isValidIP, parseIP } from "../../machinery/ip.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidPortNum } from "../../machinery/names.ts";
import { checkLabels } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf, oneOfRequired } from "../rules.ts";
import { PROTOCOLS } from "./container.validation.ts";
import { checkOrdinaryIP } from "./endpoints.validation.ts";
import { checkPortOrName } from "./probe.validation.ts";
import type { ServicePort, ServiceSpec, ServiceStatus } from "./service.ts";

export interface ServiceLike {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: ServiceSpec;
  readonly status: ServiceStatus;
}

const SPEC = path("spec");
const AFFINITIES: ReadonlySet<string> = new Set(["ClientIP", "None"]);
const TYPES: ReadonlySet<string> = new Set(["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
const POLICIES: ReadonlySet<string> = new Set(["PreferDualStack", "RequireDualStack", "SingleStack"]);
const FAMILIES: ReadonlySet<string> = new Set(["IPv4", "IPv6"]);
const TRAFFIC = ["Cluster", "Local"];
const DISTRIBUTIONS = ["PreferClose", "PreferSameZone", "PreferSameNode"];
const DAY = 86400;
const ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'";

export const isHeadless = ({ clusterIP, clusterIPs = [] }: ServiceSpec): boolean =>
  clusterIPs.length === 0 ? clusterIP === "None" : clusterIPs.length === 1 && clusterIPs[0] === "None";

export function validateService({ metadata, spec }: ServiceLike, { subresource }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  checkTopologyMode(errors, metadata.annotations ?? {});
  const ports = spec.ports ?? [];
  const headless = isHeadless(spec);
  if (ports.length === 0 && !headless && spec.type !== "ExternalName") errors.push(required(SPEC.child("ports")));
  checkByType(errors, spec, headless);
  const names = new Set<string>();
  ports.forEach((port, index) => checkPort(errors, SPEC.child("ports").index(index), port, ports.length > 1, names));
  checkLabels(errors, SPEC.child("selector"), spec.selector);
  checkAffinity(errors, spec);
  if (spec.type !== "ExternalName") errors.push(...clusterIPErrors(spec));
  spec.externalIPs?.forEach((ip, index) => checkExternalIP(errors, SPEC.child("externalIPs").index(index), ip));
  oneOfRequired(errors, SPEC, "type", spec.type, TYPES);
  checkUniquePorts(errors, spec, ports);
  checkLoadBalancer(errors, spec, metadata.annotations?.[RANGES]);
  checkTraffic(errors, spec);
  return errors;
}

const TOPOLOGY_MODE = "service.kubernetes.io/topology-mode";
const TOPOLOGY_HINTS = "service.kubernetes.io/topology-aware-hints";

/** The old name of the annotation may still be there; it must not say something else. */
function checkTopologyMode(errors: Errors, annotations: Readonly<Record<string, string>>): void {
  const { [TOPOLOGY_MODE]: mode, [TOPOLOGY_HINTS]: hints } = annotations;
  if (mode === undefined || hints === undefined || mode === hints) return;
  const at = path("metadata", "annotations").key(TOPOLOGY_MODE);
  errors.push(invalid(at, mode, `must match annotations[${TOPOLOGY_HINTS}] when both are specified`));
}

function checkByType(errors: Errors, spec: ServiceSpec, headless: boolean): void {
  const { type } = spec;
  if (headless && (type === "LoadBalancer" || type === "NodePort")) {
    const text = `may not be set to 'None' for ${type} services`;
    errors.push(invalid(SPEC.child("clusterIPs").index(0), "None", text));
  }
  if (type === "ExternalName") checkExternalName(errors, spec);
}

function checkExternalName(errors: Errors, spec: ServiceSpec): void {
  const text = "may not be set for ExternalName services";
  const given = (spec.clusterIPs ?? []).length > 0 || (spec.clusterIP ?? "") !== "";
  if (given) errors.push(forbidden(SPEC.child("clusterIPs"), text));
  if ((spec.ipFamilies ?? []).length > 0) errors.push(forbidden(SPEC.child("ipFamilies"), text));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbidden(SPEC.child("ipFamilyPolicy"), text));
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") errors.push(required(SPEC.child("externalName")));
  else add(errors, SPEC.child("externalName"), name, isDNS1123Subdomain(name));
}

function checkPort(errors: Errors, at: Path, servicePort: ServicePort, named: boolean, names: Set<string>): void {
  const { name = "", port, protocol, targetPort, appProtocol } = servicePort;
  if (name === "") {
    if (named) errors.push(required(at.child("name")));
  } else {
    add(errors, at.child("name"), name, isDNS1123Label(name));
    if (names.has(name)) errors.push(duplicate(at.child("name"), name));
    names.add(name);
  }
  add(errors, at.child("port"), port, isValidPortNum(port));
  oneOfRequired(errors, at, "protocol", protocol, PROTOCOLS);
  checkPortOrName(errors, at.child("targetPort"), targetPort);
  if (appProtocol !== undefined) add(errors, at.child("appProtocol"), appProtocol, isQualifiedName(appProtocol));
}

function checkAffinity(errors: Errors, { sessionAffinity, sessionAffinityConfig }: ServiceSpec): void {
  oneOfRequired(errors, SPEC, "sessionAffinity", sessionAffinity, AFFINITIES);
  const at = SPEC.child("sessionAffinityConfig");
  if (sessionAffinity === "ClientIP") {
    const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (timeout === undefined) errors.push(required(at, "when session affinity type is ClientIP"));
    else if (timeout <= 0 || timeout > DAY) {
      const text = `must be greater than 0 and less than ${DAY}`;
      errors.push(invalid(at.child("clientIP", "timeoutSeconds"), timeout, text));
    }
  } else if (sessionAffinity === "None" && sessionAffinityConfig !== undefined) {
    errors.push(forbidden(at, "must not be set when session affinity is None"));
  }
}

/** What can be said of addresses and families without knowing the cluster; asked before any are given out, too. */
export function clusterIPErrors(spec: ServiceSpec): FieldError[] {
  const errors: Errors = [];
  const { clusterIP = "", clusterIPs = [], ipFamilies = [] } = spec;
  const at = SPEC.child("clusterIPs");
  if (clusterIP === "" && clusterIPs.length > 0) {
    errors.push(invalid(at, clusterIPs, "must be empty when `clusterIP` is not specified"));
  } else if (clusterIP !== "" && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    errors.push(invalid(at, clusterIPs, "first value must match `clusterIP`"));
  }
  const families = new Set<string>();
  ipFamilies.forEach((family, index) => {
    const here = SPEC.child("ipFamilies").index(index);
    if (!FAMILIES.has(family)) errors.push(notSupported(here, family, FAMILIES));
    if (families.has(family)) errors.push(duplicate(here, family));
    families.add(family);
  });
  oneOf(errors, SPEC, "ipFamilyPolicy", spec.ipFamilyPolicy, POLICIES);
  // Before the server has filled in the list there is only the one address to check.
  checkAddresses(errors, at, clusterIPs.length > 0 || clusterIP === "" ? clusterIPs : [clusterIP], ipFamilies);
  return errors;
}

function checkAddresses(errors: Errors, at: Path, addresses: readonly string[], families: readonly string[]): void {
  const before = errors.length;
  if (addresses[0] === "None" && addresses.length > 1) {
    errors.push(invalid(at, addresses, "'None' must be the first and only value"));
  }
  addresses.forEach((address, index) => {
    if (index > 0 || address !== "None") errors.push(...isValidIP(at.index(index), address));
  });
  const wrong = errors.length > before;
  if (addresses.length > 2) errors.push(invalid(at, addresses, "may only hold up to 2 values"));
  if (wrong) return;
  const found = addresses.map((address) => parseIP(address)?.family);
  if (found.length > 1 && new Set(found).size < 2) {
    errors.push(invalid(at, addresses, "may specify no more than one IP for each IP family"));
  }
  addresses.forEach((address, index) => {
    const family = families[index];
    if (address === "None" || family === undefined || `IPv${found[index]}` === family) return;
    const text = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    errors.push(invalid(at.index(index), address, text));
  });
}

function checkExternalIP(errors: Errors, at: Path, ip: string): void {
  const wrong = isValidIP(at, ip);
  errors.push(...wrong);
  if (wrong.length === 0) checkOrdinaryIP(errors, at, ip);
}

function checkUniquePorts(errors: Errors, { type }: ServiceSpec, ports: readonly ServicePort[]): void {
  const at = SPEC.child("ports");
  const nodePorts = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach(({ nodePort = 0 }, index) => {
    if (type !== "ClusterIP" || nodePort === 0) return;
    errors.push(forbidden(at.index(index).child("nodePort"), "may not be used when `type` is 'ClusterIP'"));
  });
  ports.forEach(({ nodePort = 0, protocol }, index) => {
    if (nodePort === 0) return;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(at.index(index).child("nodePort"), nodePort));
    nodePorts.add(key);
  });
  ports.forEach(({ port, protocol }, index) => {
    const key = `${protocol}/${port}`;
    if (numbers.has(key)) {
      // As Go prints the key: a port of which only these two are set.
      const shown = { Name: "", Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
      errors.push(duplicate(at.index(index), shown));
    }
    numbers.add(key);
  });
}

/** The old way to say the source ranges; it counts where the field says nothing. */
const RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";

function checkLoadBalancer(errors: Errors, spec: ServiceSpec, annotation: string | undefined): void {
  const balanced = spec.type === "LoadBalancer";
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    const at = SPEC.child("LoadBalancerSourceRanges");
    if (!balanced) errors.push(forbidden(at, ONLY_BALANCED));
    ranges.forEach((range, index) => errors.push(...isValidCIDR(at.index(index), range.trim())));
  } else if (annotation !== undefined) {
    const at = path("metadata", "annotations").key(RANGES);
    if (!balanced) errors.push(forbidden(at, ONLY_BALANCED));
    if (annotation.trim() !== "") {
      for (const range of annotation.split(",")) errors.push(...isValidCIDR(at, range.trim()));
    }
  }
  const allocates = spec.allocateLoadBalancerNodePorts;
  if (allocates !== undefined && !balanced) {
    errors.push(forbidden(SPEC.child("allocateLoadBalancerNodePorts"), ONLY_BALANCED));
  }
  if (allocates === undefined && balanced) {
    errors.push(required("allocateLoadBalancerNodePorts"));
  }
  checkBalancerClass(errors, spec);
}

/** Said once more of a change. */
export function checkBalancerClass(errors: Errors, { type, loadBalancerClass }: ServiceSpec): void {
  if (loadBalancerClass === undefined) return;
  const at = SPEC.child("loadBalancerClass");
  if (type === "LoadBalancer") add(errors, at, loadBalancerClass, isQualifiedName(loadBalancerClass));
  else errors.push(forbidden(at, ONLY_BALANCED));
}

function checkTraffic(errors: Errors, spec: ServiceSpec): void {
  const { type, externalTrafficPolicy, healthCheckNodePort = 0 } = spec;
  const outside = type === "LoadBalancer" || type === "NodePort" || (spec.externalIPs ?? []).length > 0;
  if (!outside) {
    if (externalTrafficPolicy !== undefined) {
      const text = "may only be set for externally-accessible services";
      errors.push(invalid(SPEC.child("externalTrafficPolicy"), externalTrafficPolicy, text));
    }
  } else oneOf(errors, SPEC, "externalTrafficPolicy", externalTrafficPolicy, TRAFFIC);
  if (type !== "LoadBalancer" || externalTrafficPolicy !== "Local") {
    if (healthCheckNodePort !== 0) {
      const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      errors.push(invalid(SPEC.child("healthCheckNodePort"), healthCheckNodePort, text));
    }
  } else if (healthCheckNodePort !== 0) {
    add(errors, SPEC.child("healthCheckNodePort"), healthCheckNodePort, isValidPortNum(healthCheckNodePort));
  }
  oneOf(errors, SPEC, "internalTrafficPolicy", spec.internalTrafficPolicy, TRAFFIC);
  oneOf(errors, SPEC, "trafficDistribution", spec.trafficDistribution, DISTRIBUTIONS);
}
