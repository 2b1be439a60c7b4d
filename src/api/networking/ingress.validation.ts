/** Rules on Ingresses and IngressClasses. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, immutable, invalid, notSupported, path, required, tooLong } from "../../machinery/field-errors.ts";
import { isValidIP, parseIP } from "../../machinery/ip.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isDomainPrefixedPath,
  isValidPathSegmentName,
  isValidPortName,
  isValidPortNum,
  isWildcardDNS1123Subdomain,
} from "../../machinery/names.ts";
import { checkBalancerName } from "../core/service-update.validation.ts";
import type { Errors } from "../rules.ts";
import { add, present } from "../rules.ts";
import type { IngressClassParametersReference, IngressClassSpec } from "./ingress-class.ts";
import type {
  HTTPIngressPath,
  IngressBackend,
  IngressLoadBalancerIngress,
  IngressRule,
  IngressSpec,
  IngressStatus,
  IngressTLS,
} from "./ingress.ts";

interface IngressLike extends KubeObject {
  readonly spec: IngressSpec;
  readonly status: IngressStatus;
}

const SPEC = path("spec");
const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export function validateIngress(
  { metadata, spec, status }: IngressLike,
  { subresource, previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") {
    checkLoadBalancer(errors, status.loadBalancer.ingress ?? []);
    return errors;
  }
  const rules = spec.rules ?? [];
  if (rules.length === 0 && spec.defaultBackend === undefined) {
    errors.push(invalid(SPEC, spec.rules ?? null, "either `defaultBackend` or `rules` must be specified"));
  }
  if (spec.defaultBackend !== undefined) checkBackend(errors, SPEC.child("defaultBackend"), spec.defaultBackend);
  rules.forEach((rule, index) => checkRule(errors, SPEC.child("rules").index(index), rule));
  spec.tls?.forEach((tls, index) => checkTLS(errors, SPEC.child("tls").index(index), tls));
  const name = spec.ingressClassName;
  if (name !== undefined) add(errors, SPEC.child("ingressClassName"), name, isDNS1123Subdomain(name));
  const annotated = metadata.annotations?.[CLASS_ANNOTATION];
  if (previous === undefined && annotated !== undefined && name !== undefined && annotated !== name) {
    const at = path("annotations").child(CLASS_ANNOTATION);
    errors.push(invalid(at, annotated, "must match `ingressClassName` when both are specified"));
  }
  return errors;
}

function checkLoadBalancer(errors: Errors, points: readonly IngressLoadBalancerIngress[]): void {
  points.forEach(({ ip, hostname }, index) => {
    const at = path("status", "loadBalancer", "ingress").index(index);
    if (ip) errors.push(...isValidIP(at.child("ip"), ip));
    checkBalancerName(errors, at.child("hostname"), hostname ?? "");
  });
}

const hostRule = (host: string): readonly string[] =>
  host.includes("*") ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host);

function checkRule(errors: Errors, at: Path, { host = "", http }: IngressRule): void {
  if (host !== "") {
    if (parseIP(host) !== undefined) {
      errors.push(invalid(at.child("host"), host, "must be a DNS name, not an IP address"));
    }
    add(errors, at.child("host"), host, hostRule(host));
  }
  if (http === undefined) return;
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.push(required(at.child("http", "paths")));
  paths.forEach((each, index) => checkPath(errors, at.child("http", "paths").index(index), each));
}

const PATH_TYPES: ReadonlySet<string> = new Set(["Exact", "ImplementationSpecific", "Prefix"]);
const FORBIDDEN_PARTS = ["//", "/./", "/../", "%2f", "%2F"];
const FORBIDDEN_ENDS = ["/..", "/."];

function checkPath(errors: Errors, at: Path, { path: text = "", pathType, backend }: HTTPIngressPath): void {
  const type = pathType as string | null;
  if (type === null) {
    errors.push(required(at.child("pathType"), "pathType must be specified"));
    return;
  }
  const here = at.child("path");
  if (!PATH_TYPES.has(type)) errors.push(notSupported(at.child("pathType"), type, PATH_TYPES));
  else if (type === "ImplementationSpecific") {
    if (text !== "" && !text.startsWith("/")) errors.push(invalid(here, text, "must be an absolute path"));
  } else {
    if (!text.startsWith("/")) errors.push(invalid(here, text, "must be an absolute path"));
    for (const part of FORBIDDEN_PARTS) {
      if (text.includes(part)) errors.push(invalid(here, text, `must not contain '${part}'`));
    }
    for (const end of FORBIDDEN_ENDS) {
      if (text.endsWith(end)) errors.push(invalid(here, text, `cannot end with '${end}'`));
    }
  }
  checkBackend(errors, at.child("backend"), backend);
}

function checkBackend(errors: Errors, at: Path, { resource, service }: IngressBackend): void {
  if (resource !== undefined && service !== undefined) {
    errors.push(invalid(at, "", "cannot set both resource and service backends"));
  } else if (resource !== undefined) {
    const here = at.child("resource");
    const group = resource.apiGroup ?? undefined;
    if (group !== undefined) add(errors, here.child("apiGroup"), group, isDNS1123Subdomain(group));
    checkSegment(errors, here, "kind", resource.kind);
    checkSegment(errors, here, "name", resource.name);
  } else if (service !== undefined) checkServiceBackend(errors, at, service);
  else errors.push(invalid(at, "", "resource or service backend is required"));
}

function checkServiceBackend(errors: Errors, at: Path, service: NonNullable<IngressBackend["service"]>): void {
  const { name: portName = "", number = 0 } = service.port;
  const here = at.child("service");
  if (present(errors, here, "name", service.name)) {
    add(errors, here.child("name"), service.name, isDNS1123Label(service.name));
  }
  if (portName !== "" && number !== 0) errors.push(invalid(at, "", "cannot set both port name & port number"));
  else if (portName !== "") add(errors, here.child("port", "name"), portName, isValidPortName(portName));
  else if (number !== 0) add(errors, here.child("port", "number"), number, isValidPortNum(number));
  else errors.push(required(at, "port name or number is required"));
}

function checkSegment(errors: Errors, at: Path, name: string, value: string): void {
  if (present(errors, at, name, value)) add(errors, at.child(name), value, isValidPathSegmentName(value));
}

function checkTLS(errors: Errors, at: Path, { hosts = [], secretName = "" }: IngressTLS): void {
  hosts.forEach((host, index) => add(errors, at.child("hosts").index(index), host, hostRule(host)));
  if (secretName !== "") add(errors, at.child("secretName"), secretName, isDNS1123Subdomain(secretName));
}

interface IngressClassLike {
  readonly spec: IngressClassSpec;
}

const LONGEST_CONTROLLER = 250;

export function validateIngressClass({ spec }: IngressClassLike, { previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  const { controller = "", parameters } = spec;
  const before = (previous as IngressClassLike | undefined)?.spec;
  if (before !== undefined && controller !== before.controller) {
    errors.push(immutable(SPEC.child("controller"), controller));
  }
  if (controller.length > LONGEST_CONTROLLER) errors.push(tooLong(SPEC.child("controller"), LONGEST_CONTROLLER));
  errors.push(...isDomainPrefixedPath(SPEC.child("controller"), controller));
  if (parameters !== undefined) checkParameters(errors, SPEC.child("parameters"), parameters);
  return errors;
}

function checkParameters(errors: Errors, at: Path, parameters: IngressClassParametersReference): void {
  const { apiGroup, kind, name, namespace, scope } = parameters;
  if (apiGroup !== undefined) add(errors, at.child("apiGroup"), apiGroup, isDNS1123Subdomain(apiGroup));
  checkSegment(errors, at, "kind", kind);
  checkSegment(errors, at, "name", name);
  if (scope === null) {
    errors.push(required(at.child("scope")));
    return;
  }
  if (scope !== "Cluster" && scope !== "Namespace") {
    errors.push(notSupported(at.child("scope"), scope, ["Cluster", "Namespace"]));
  }
  if (scope === "Namespace") {
    if (namespace === undefined) {
      const text = "`parameters.scope` is set to 'Namespace'";
      errors.push(required(at.child("namespace"), text));
    } else add(errors, at.child("namespace"), namespace, isDNS1123Label(namespace));
  }
  if (scope === "Cluster" && namespace !== undefined) {
    errors.push(forbidden(at.child("namespace"), "`parameters.scope` is set to 'Cluster'"));
  }
}
