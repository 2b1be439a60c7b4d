/** Rules on what whoever reports a pod's state may make of it. */
import type { Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, immutable, invalid, path } from "../../machinery/field-errors.ts";
import { isValidIP, parseIP } from "../../machinery/ip.ts";
import { isDNS1123Subdomain, isQualifiedName } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";
import type { Container } from "./container.ts";
import type { ContainerStatus } from "./container-status.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { PodStatus } from "./pod-status.ts";
import type { PodLike } from "./pod.validation.ts";

const STATUS = path("status");
// Upstream looks for conditions here although they stand in the status.
const CONDITIONS = path("metadata", "conditions");
const OWN_CONDITIONS: ReadonlySet<string> = new Set(["PodScheduled", "Ready", "Initialized"]);

export function checkStatusUpdate(errors: Errors, next: PodLike, previous: PodLike): void {
  const { status } = next;
  const { status: old, spec } = previous;
  status.conditions?.forEach(({ type }, index) => {
    if (!OWN_CONDITIONS.has(type)) add(errors, CONDITIONS.index(index).child("Type"), type, isQualifiedName(type));
  });
  const nominated = status.nominatedNodeName ?? "";
  if (nominated !== "" && nominated !== old.nominatedNodeName) {
    add(errors, STATUS.child("nominatedNodeName"), nominated, isDNS1123Subdomain(nominated));
  }
  if ((status.qosClass ?? "") !== (old.qosClass ?? "")) {
    errors.push(immutable(STATUS.child("qosClass"), status.qosClass ?? ""));
  }
  checkTransitions(errors, "containerStatuses", status, old, spec);
  checkTransitions(errors, "initContainerStatuses", status, old, spec);
  checkTransitions(errors, "ephemeralContainerStatuses", status, old, { ...spec, restartPolicy: "Never" });
  checkClaims(errors, status, spec);
  checkAddresses(errors, "podIPs", status.podIPs ?? []);
  const hosts = status.hostIPs ?? [];
  if (hosts.length > 0 && hosts[0]!.ip !== (status.hostIP ?? "")) {
    errors.push(invalid(STATUS.child("hostIPs").index(0).child("ip"), hosts[0]!.ip, "must be equal to `hostIP`"));
  }
  checkAddresses(errors, "hostIPs", hosts);
}

type List = "containerStatuses" | "initContainerStatuses" | "ephemeralContainerStatuses";

/** What has ended stays ended where nothing restarts it. The error is about where it stood before. */
function checkTransitions(
  errors: Errors,
  list: List,
  status: PodStatus,
  old: PodStatus,
  { restartPolicy, containers = [], initContainers = [] }: PodSpec,
): void {
  if (restartPolicy === "Always") return;
  const own = list === "containerStatuses" ? containers : list === "initContainerStatuses" ? initContainers : [];
  old[list]?.forEach((before, index) => {
    const { terminated } = before.state ?? {};
    if (terminated === undefined || (terminated.exitCode !== 0 && restartPolicy === "OnFailure")) return;
    if (hasOwnPolicy(own, before)) return;
    const now = status[list]?.find(({ name }) => name === before.name);
    if (now === undefined || now.state?.terminated !== undefined) return;
    const at = STATUS.child(list).index(index).child("state");
    errors.push(forbidden(at, "may not be transitioned to non-terminated state"));
  });
}

function hasOwnPolicy(containers: readonly Container[], { name }: ContainerStatus): boolean {
  const container = containers.find((each) => each.name === name);
  return container?.restartPolicy !== undefined || container?.restartPolicyRules !== undefined;
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

/** One of each family at most. */
function checkAddresses(errors: Errors, field: "podIPs" | "hostIPs", list: readonly { readonly ip: string }[]): void {
  const at: Path = STATUS.child(field);
  list.forEach(({ ip }, index) => errors.push(...isValidIP(at.index(index), ip)));
  if (list.length < 2) return;
  const families = list.map(({ ip }) => parseIP(ip)?.family);
  if (list.length > 2 || families.includes(undefined) || families[0] === families[1]) {
    const shown = list.map(({ ip }) => ({ IP: ip }));
    errors.push(invalid(at, shown, "may specify no more than one IP for each IP family"));
  }
  const seen = new Set<string>();
  list.forEach(({ ip }, index) => {
    if (seen.has(ip)) errors.push(duplicate(at.index(index), { IP: ip }));
    seen.add(ip);
  });
}
