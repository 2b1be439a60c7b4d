/** Rules on what whoever reports a pod's state may make of it. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Path } from "../../machinery/field-errors.ts";
import {
  duplicate,
  forbidden,
  immutable,
  internal,
  invalid,
  notSupported,
  path,
  required,
  tooLong,
} from "../../machinery/field-errors.ts";
import { byteLength } from "../../machinery/go-text.ts";
import { isValidIP, parseIP } from "../../machinery/ip.ts";
import { isDNS1123Label, isDNS1123Subdomain, isInRange, isQualifiedName } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";
import type { Container, ContainerRestartRule } from "./container.ts";
import type { ContainerStatus } from "./container-status.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { PodStatus } from "./pod-status.ts";
import type { PodLike } from "./pod.validation.ts";

const STATUS = path("status");
const OWN_CONDITIONS: ReadonlySet<string> = new Set(["PodScheduled", "Ready", "Initialized"]);
const LISTS = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const;
const NOT_COUNTED = "must be a non-negative integer";

export function checkStatusUpdate(
  errors: Errors,
  { status, spec }: PodLike,
  { status: old, spec: was }: PodLike,
): void {
  checkConditions(errors, status.conditions ?? []);
  checkNomination(errors, status.nominatedNodeName ?? "", old.nominatedNodeName ?? "", was.nodeName ?? "");
  const { observedGeneration = 0 } = status;
  if (observedGeneration < 0) errors.push(invalid(STATUS.child("observedGeneration"), observedGeneration, NOT_COUNTED));
  if ((status.qosClass ?? "") !== (old.qosClass ?? "")) {
    errors.push(immutable(STATUS.child("qosClass"), status.qosClass ?? ""));
  }
  for (const list of LISTS) checkTransitions(errors, list, status, old, was);
  checkClaims(errors, status, spec);
  if (status.extendedResourceClaimStatus !== undefined) {
    checkExtendedClaim(errors, STATUS.child("extendedResourceClaimStatus"), status.extendedResourceClaimStatus, spec);
  }
  checkAddresses(errors, "podIPs", status.podIPs ?? [], old.podIPs);
  const hosts = status.hostIPs ?? [];
  if (hosts.length > 0 && hosts[0]!.ip !== (status.hostIP ?? "")) {
    errors.push(invalid(STATUS.child("hostIPs").index(0).child("ip"), hosts[0]!.ip, "must be equal to `hostIP`"));
  }
  checkAddresses(errors, "hostIPs", hosts, old.hostIPs);
  for (const list of LISTS) checkUsers(errors, list, status[list] ?? [], spec);
  for (const list of LISTS) checkHealth(errors, list, status[list] ?? [], spec);
}

function checkConditions(errors: Errors, conditions: NonNullable<PodStatus["conditions"]>): void {
  conditions.forEach(({ type, observedGeneration = 0 }, index) => {
    const at = STATUS.child("conditions").index(index);
    if (observedGeneration < 0) errors.push(invalid(at.child("observedGeneration"), observedGeneration, NOT_COUNTED));
    // Upstream calls the field by its name in Go.
    if (!OWN_CONDITIONS.has(type)) add(errors, at.child("Type"), type, isQualifiedName(type));
  });
}

function checkNomination(errors: Errors, next: string, previous: string, bound: string): void {
  if (next === "" || next === previous) return;
  const at = STATUS.child("nominatedNodeName");
  add(errors, at, next, isDNS1123Subdomain(next));
  if (bound !== "") errors.push(forbidden(at, "may not be set on pods that are already bound to a node"));
}

type List = (typeof LISTS)[number];

/** What has ended stays ended where nothing restarts it. The error is about where it stood before. */
function checkTransitions(errors: Errors, list: List, status: PodStatus, old: PodStatus, spec: PodSpec): void {
  const { containers = [], initContainers = [] } = spec;
  const own = { containerStatuses: containers, initContainerStatuses: initContainers, ephemeralContainerStatuses: [] };
  if (list !== "ephemeralContainerStatuses" && [...containers, ...initContainers].some(restartsAll)) return;
  old[list]?.forEach(({ name, state }, index) => {
    const { terminated } = state ?? {};
    if (terminated === undefined) return;
    const now = status[list]?.find((each) => each.name === name);
    if (now === undefined || now.state?.terminated !== undefined) return;
    const container = own[list].find((each) => each.name === name);
    if (container !== undefined && restarts(container, spec.restartPolicy, terminated.exitCode)) return;
    const at = STATUS.child(list).index(index).child("state");
    errors.push(forbidden(at, "may not be transitioned to non-terminated state"));
  });
}

/** Its end can be that of all containers, which then begin anew. */
const restartsAll = ({ restartPolicyRules }: Container): boolean =>
  restartPolicyRules?.some(({ action }) => action === "RestartAllContainers") ?? false;

function restarts({ restartPolicy, restartPolicyRules }: Container, ofPod: string, exitCode: number): boolean {
  if (restartPolicy !== undefined && restartPolicyRules?.some((rule) => matches(rule, exitCode)) === true) return true;
  const policy: string = restartPolicy ?? ofPod;
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

function matches({ exitCodes }: ContainerRestartRule, code: number): boolean {
  if (exitCodes === undefined) return false;
  const { operator, values = [] } = exitCodes;
  return operator === "In" ? values.includes(code) : operator === "NotIn" && !values.includes(code);
}

function checkClaims(errors: Errors, { resourceClaimStatuses = [] }: PodStatus, { resourceClaims }: PodSpec): void {
  const seen = new Set<string>();
  resourceClaimStatuses.forEach(({ name, resourceClaimName }, index) => {
    const at = STATUS.child("resourceClaimStatuses").index(index).child("name");
    if (resourceClaims?.some((claim) => claim.name === name) !== true) {
      errors.push(invalid(at, name, "must match the name of an entry in `spec.resourceClaims`"));
    }
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    if (resourceClaimName !== undefined) add(errors, at, resourceClaimName, isDNS1123Subdomain(resourceClaimName));
  });
}

type ExtendedClaim = NonNullable<PodStatus["extendedResourceClaimStatus"]>;

/** The claim that stands behind extended resources names each request of a container for one. */
function checkExtendedClaim(errors: Errors, at: Path, status: ExtendedClaim, spec: PodSpec): void {
  const { resourceClaimName } = status;
  const requestMappings = status.requestMappings ?? [];
  const containers = new Map(
    [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((each) => [each.name, each]),
  );
  const list = at.child("requestMappings");
  if (requestMappings.length === 0) errors.push(required(list, "at least one request mapping is required"));
  const seen = new Set<string>();
  requestMappings.forEach(({ containerName, resourceName, requestName }, index) => {
    const here = list.index(index);
    const container = containers.get(containerName);
    const lists = (what: string): string => `spec.initContainers.${what} or spec.containers.${what}`;
    if (container === undefined) {
      const text = `must match the name of an entry in ${lists("name")}`;
      errors.push(invalid(here.child("containerName"), containerName, text));
    } else if (ownValue(container.resources.requests, resourceName) === undefined) {
      const text = `must match the extended resource name of an entry in ${lists("resources.requests")}`;
      errors.push(invalid(here.child("resourceName"), resourceName, text));
    }
    add(errors, at.child("requestName"), requestName, isDNS1123Label(requestName));
    const key = [containerName, resourceName, requestName].join(" ");
    if (seen.has(key)) {
      errors.push(duplicate(here.child("containerName"), containerName));
      errors.push(duplicate(here.child("resourceName"), resourceName));
      errors.push(duplicate(here.child("requestName"), requestName));
    }
    seen.add(key);
  });
  if (resourceClaimName === "") errors.push(required(at.child("resourceClaimName")));
  else add(errors, at.child("resourceClaimName"), resourceClaimName, isDNS1123Subdomain(resourceClaimName));
}

type Addresses = readonly { readonly ip: string }[];

/** One of each family at most. What was written badly before may stay. */
function checkAddresses(errors: Errors, field: "podIPs" | "hostIPs", list: Addresses, before: Addresses = []): void {
  const at: Path = STATUS.child(field);
  list.forEach(({ ip }, index) => {
    if (!before.some((each) => each.ip === ip)) errors.push(...isValidIP(at.index(index), ip));
  });
  if (list.length < 2) return;
  const families = list.map(({ ip }) => parseIP(ip)?.family);
  const bad = families.indexOf(undefined);
  if (bad >= 0) {
    const why = `invalid IP[${bad}]: <nil>`;
    errors.push(internal(at, `failed to check for dual stack with error:${why}`));
  }
  if (list.length > 2 || bad >= 0 || families[0] === families[1]) {
    const shown = list.map(({ ip }) => ({ IP: ip }));
    errors.push(invalid(at, shown, "may specify no more than one IP for each IP family"));
  }
}

const LARGEST_ID = 2 ** 31 - 1;

function checkUsers(errors: Errors, list: List, statuses: readonly ContainerStatus[], { os }: PodSpec): void {
  statuses.forEach(({ user }, index) => {
    const linux = user?.linux;
    if (linux === undefined) return;
    const at = STATUS.child(list).index(index).child("user", "linux");
    if (os?.name === "windows") {
      errors.push(forbidden(at, "cannot be set for a windows pod"));
      return;
    }
    const id = (here: Path, value: number): void => add(errors, here, value, isInRange(value, 0, LARGEST_ID));
    id(at.child("uid"), linux.uid);
    id(at.child("gid"), linux.gid);
    linux.supplementalGroups?.forEach((group, place) => id(at.child("supplementalGroups").index(place), group));
  });
}

const HEALTHS: ReadonlySet<string> = new Set(["Healthy", "Unhealthy", "Unknown"]);
const LONGEST_MESSAGE = 1024;

/** How devices fare that a container was given: told of what it asked for. */
function checkHealth(errors: Errors, list: List, statuses: readonly ContainerStatus[], spec: PodSpec): void {
  const containers = list === "containerStatuses" ? spec.containers : spec.initContainers;
  statuses.forEach(({ name, allocatedResourcesStatus = [] }, index) => {
    const at = STATUS.child(list).index(index).child("allocatedResourcesStatus");
    if (list === "ephemeralContainerStatuses") {
      const text = "must not be specified in container status";
      if (allocatedResourcesStatus.length > 0) errors.push(forbidden(at, text));
      return;
    }
    const container = containers?.find((each) => each.name === name);
    allocatedResourcesStatus.forEach((each, place) => checkResourceHealth(errors, at.index(place), each, container));
  });
}

type ResourceStatus = NonNullable<ContainerStatus["allocatedResourcesStatus"]>[number];

function checkResourceHealth(
  errors: Errors,
  at: Path,
  { name, resources = [] }: ResourceStatus,
  container: Container | undefined,
): void {
  const problem = container === undefined ? undefined : whyNotAsked(name, container);
  if (problem !== undefined) errors.push(invalid(at.child("name"), name, problem));
  const ids = new Set<string>();
  resources.forEach(({ resourceID, health, message }, index) => {
    const here = at.child("resources").index(index);
    if (!HEALTHS.has(health ?? "")) errors.push(notSupported(here.child("health"), health ?? "", HEALTHS));
    if (message === "") errors.push(required(here.child("message"), "must be non-empty if specified"));
    else if (byteLength(message ?? "") > LONGEST_MESSAGE) errors.push(tooLong(here.child("message"), LONGEST_MESSAGE));
    if (ids.has(resourceID)) errors.push(duplicate(here.child("resourceID"), resourceID));
    ids.add(resourceID);
  });
}

function whyNotAsked(name: string, { resources: { claims = [], requests = {} } }: Container): string | undefined {
  if (!name.startsWith("claim:")) {
    return ownValue(requests, name) === undefined ? "must match one of the container's resource requests" : undefined;
  }
  const named = claims.map((claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ""}`);
  if (named.includes(name)) return undefined;
  return "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
}
