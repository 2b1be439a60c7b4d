/** Rules on what a pod is to run: of pods and of the templates of all that make pods. */
import type { Path } from "../../machinery/field-errors.ts";
import { NAMELESS, duplicate, forbidden, invalid, notFound, required, tooLong } from "../../machinery/field-errors.ts";
import { isValidIP } from "../../machinery/ip.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isDNS1123SubdomainWithUnderscore,
  isQualifiedName,
  rangeError,
} from "../../machinery/names.ts";
import { checkLabels } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, oneOfRequired } from "../rules.ts";
import { checkAffinity, checkSpread, checkTolerations } from "./affinity.validation.ts";
import type { Container } from "./container.ts";
import { containersOf } from "./containers-of.ts";
import type { Surroundings } from "./container.validation.ts";
import { checkContainers, checkEphemeralContainers, checkInitContainers } from "./container.validation.ts";
import type { HostAlias, PodDNSConfig, PodResourceClaim, PodSpec } from "./pod-spec.ts";
import { checkHostProcess, checkOS } from "./pod-os.validation.ts";
import { checkPodResources } from "./pod-resources.validation.ts";
import { checkResources } from "./resources.validation.ts";
import { checkPodSecurityContext } from "./security-context.validation.ts";
import type { VolumeContext } from "./volume.validation.ts";
import { checkVolumes } from "./volume.validation.ts";

const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const PREEMPTION_POLICIES = ["PreemptLowerPriority", "Never"];
const LONGEST = 2 ** 31 - 1;
const LONGEST_HOSTNAME = 64;
const NO_CLAIMS: ReadonlySet<string> = new Set();

export function checkPodSpec(errors: Errors, at: Path, spec: PodSpec, context: VolumeContext): void {
  const containers = spec.containers ?? [];
  const initContainers = spec.initContainers ?? [];
  const around: Surroundings = {
    volumes: checkVolumes(errors, at.child("volumes"), spec.volumes ?? [], context),
    claims: spec.resourceClaims === undefined ? NO_CLAIMS : new Set(spec.resourceClaims.map(({ name }) => name)),
    gracePeriod: spec.terminationGracePeriodSeconds ?? 0,
    os: spec.os?.name,
    restartPolicy: spec.restartPolicy,
    hostUsers: spec.hostUsers ?? true,
    restartsInit: context.restartsInit ?? false,
  };
  if (spec.resourceClaims !== undefined) {
    if (context.isMirror === true) {
      for (const _ of spec.resourceClaims) {
        errors.push(forbidden(NAMELESS, "static pods do not support resource claims"));
      }
    } else checkClaims(errors, at.child("resourceClaims"), spec.resourceClaims);
  }
  checkContainers(errors, at.child("containers"), containers, around);
  checkInitContainers(errors, at.child("initContainers"), initContainers, containers, around);
  if (spec.ephemeralContainers !== undefined) {
    const others = [...containers, ...initContainers];
    checkEphemeralContainers(errors, at.child("ephemeralContainers"), spec.ephemeralContainers, others, around);
  }
  if (spec.resources !== undefined) checkPodResources(errors, at.child("resources"), spec, around.claims);
  if (spec.hostNetwork === true) checkHostNetwork(errors, at, containers, context.isPod);
  oneOfRequired(errors, at, "restartPolicy", spec.restartPolicy, RESTART_POLICIES);
  oneOfRequired(errors, at, "dnsPolicy", spec.dnsPolicy, DNS_POLICIES);
  checkLabels(errors, at.child("nodeSelector"), spec.nodeSelector);
  checkPodSecurityContext(errors, at.child("securityContext"), spec.securityContext ?? {}, spec);
  checkPlacement(errors, at, spec);
  checkNames(errors, at, spec);
  if (spec.tolerations !== undefined) checkTolerations(errors, at.child("tolerations"), spec.tolerations);
  if (spec.hostAliases !== undefined) checkHostAliases(errors, at.child("hostAliases"), spec.hostAliases);
  checkName(errors, at, "priorityClassName", spec.priorityClassName, isDNS1123Subdomain);
  if (spec.runtimeClassName !== undefined) {
    add(errors, at.child("runtimeClassName"), spec.runtimeClassName, isDNS1123Subdomain(spec.runtimeClassName));
  }
  if (spec.preemptionPolicy !== undefined) {
    oneOfRequired(errors, at, "preemptionPolicy", spec.preemptionPolicy, PREEMPTION_POLICIES);
  }
  if (spec.overhead !== undefined) checkResources(errors, at.child("overhead"), { limits: spec.overhead }, around);
  if (spec.os !== undefined) checkOS(errors, at, spec, spec.os.name);
  checkFileVolumes(errors, at, spec);
}

/** Files that hold environment variables are written by containers of the pod, into a volume of its own. */
function checkFileVolumes(errors: Errors, at: Path, spec: PodSpec): void {
  for (const { at: here, container } of containersOf<Pick<Container, "env">>(at, spec)) {
    container.env?.forEach(({ valueFrom }, index) => {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) return;
      const field = here.child("env").index(index).child("valueFrom", "fileKeyRef", "volumeName");
      const volume = spec.volumes?.findLast((each) => each.name === name);
      if (volume === undefined) errors.push(notFound(field, name));
      else if (volume.emptyDir === undefined) {
        errors.push(invalid(field, name, "referenced volume must be of type emptyDir"));
      }
    });
  }
}

function checkPlacement(errors: Errors, at: Path, spec: PodSpec): void {
  if (spec.affinity !== undefined) checkAffinity(errors, at.child("affinity"), spec.affinity);
  checkDNS(errors, at.child("dnsConfig"), spec.dnsConfig, spec.dnsPolicy);
  spec.readinessGates?.forEach(({ conditionType }, index) => {
    const here = at.child("readinessGates").index(index).child("conditionType");
    add(errors, here, conditionType, isQualifiedName(conditionType));
  });
  if (spec.schedulingGates !== undefined) {
    const names = new Set<string>();
    spec.schedulingGates.forEach(({ name }, index) => {
      const here = at.child("schedulingGates").index(index);
      add(errors, here, name, isQualifiedName(name));
      if (names.has(name)) errors.push(duplicate(here, name));
      names.add(name);
    });
  }
  if (spec.topologySpreadConstraints !== undefined) {
    checkSpread(errors, at.child("topologySpreadConstraints"), spec.topologySpreadConstraints);
  }
  checkHostProcess(errors, at, spec);
  if (spec.hostUsers === false) checkOwnUsers(errors, at, spec);
}

/** A pod with users of its own shares fewer namespaces with its node. */
function checkOwnUsers(errors: Errors, at: Path, spec: PodSpec): void {
  const text = "when `hostUsers` is false";
  if (spec.hostNetwork === true) errors.push(forbidden(at.child("hostNetwork"), text));
  // Upstream calls two of them by their names in Go.
  if (spec.hostPID === true) errors.push(forbidden(at.child("HostPID"), text));
  if (spec.hostIPC === true) errors.push(forbidden(at.child("HostIPC"), text));
  for (const { at: here, container } of containersOf<Pick<Container, "volumeDevices">>(at, spec)) {
    if ((container.volumeDevices ?? []).length > 0) errors.push(forbidden(here.child("volumeDevices"), text));
  }
}

function checkNames(errors: Errors, at: Path, spec: PodSpec): void {
  const override = spec.hostnameOverride;
  if (override !== undefined) checkHostnameOverride(errors, at, override, spec);
  checkName(errors, at, "serviceAccountName", spec.serviceAccountName, isDNS1123Subdomain);
  checkName(errors, at, "nodeName", spec.nodeName, isDNS1123Subdomain);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > LONGEST)) {
    errors.push(invalid(at.child("activeDeadlineSeconds"), deadline, rangeError(1, LONGEST)));
  }
  checkName(errors, at, "hostname", spec.hostname, isDNS1123Label);
  checkName(errors, at, "subdomain", spec.subdomain, isDNS1123Label);
}

function checkHostnameOverride(errors: Errors, at: Path, override: string, spec: PodSpec): void {
  const here = at.child("hostnameOverride");
  if (spec.setHostnameAsFQDN === true) {
    errors.push(forbidden(here, "may not be specified when setHostnameAsFQDN is true"));
  }
  if (spec.hostNetwork === true) errors.push(forbidden(here, "may not be specified when hostNetwork is true"));
  if (override.length > LONGEST_HOSTNAME) errors.push(tooLong(here, LONGEST_HOSTNAME));
  add(errors, here, override, isDNS1123Subdomain(override));
}

function checkName(
  errors: Errors,
  at: Path,
  field: string,
  name: string | undefined,
  rule: (name: string) => readonly string[],
): void {
  if (name === undefined || name === "") return;
  const texts = rule(name);
  if (texts.length > 0) add(errors, at.child(field), name, texts);
}

/** On the node's network a port is the node's own. A template may leave it open: it is filled in later. */
function checkHostNetwork(errors: Errors, at: Path, containers: readonly Container[], isPod: boolean): void {
  containers.forEach(({ ports }, index) => {
    ports?.forEach(({ hostPort = 0, containerPort }, number) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return;
      const here = at.child("containers").index(index).child("ports").index(number).child("hostPort");
      errors.push(invalid(here, hostPort, "must match `containerPort` when `hostNetwork` is true"));
    });
  });
}

const MOST_SERVERS = 3;
const MOST_SEARCHES = 32;
const LONGEST_SEARCH = 2048;

function checkDNS(errors: Errors, at: Path, config: PodDNSConfig | undefined, policy: string): void {
  if (policy === "None") {
    if (config === undefined) {
      errors.push(required(at, "must provide `dnsConfig` when `dnsPolicy` is None"));
      return;
    }
    if ((config.nameservers ?? []).length === 0) {
      const text = "must provide at least one DNS nameserver when `dnsPolicy` is None";
      errors.push(required(at.child("nameservers"), text));
      return;
    }
  }
  if (config === undefined) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > MOST_SERVERS) {
    const text = `must not have more than ${MOST_SERVERS} nameservers`;
    errors.push(invalid(at.child("nameservers"), nameservers, text));
  }
  nameservers.forEach((server, index) => errors.push(...isValidIP(at.child("nameservers").index(index), server)));
  checkSearches(errors, at.child("searches"), searches);
  options.forEach(({ name = "" }, index) => {
    if (name === "") errors.push(required(at.child("options").index(index), "must not be empty"));
  });
}

function checkSearches(errors: Errors, at: Path, searches: readonly string[]): void {
  if (searches.length > MOST_SEARCHES) {
    errors.push(invalid(at, searches, `must not have more than ${MOST_SEARCHES} search paths`));
  }
  if (searches.join(" ").length > LONGEST_SEARCH) {
    const text = `must not have more than ${LONGEST_SEARCH} characters (including spaces) in the search list`;
    errors.push(invalid(at, searches, text));
  }
  searches.forEach((search, index) => {
    if (search === ".") return;
    const bare = search.endsWith(".") ? search.slice(0, -1) : search;
    add(errors, at.index(index), bare, isDNS1123SubdomainWithUnderscore(bare));
  });
}

function checkHostAliases(errors: Errors, at: Path, aliases: readonly HostAlias[]): void {
  aliases.forEach(({ ip, hostnames }, index) => {
    errors.push(...isValidIP(at.index(index).child("ip"), ip));
    hostnames?.forEach((name, number) =>
      add(errors, at.index(index).child("hostnames").index(number), name, isDNS1123Subdomain(name)),
    );
  });
}

function checkClaims(errors: Errors, at: Path, claims: readonly PodResourceClaim[]): void {
  const names = new Set<string>();
  claims.forEach(({ name, resourceClaimName, resourceClaimTemplateName }, index) => {
    const here = at.index(index);
    if (name === "") errors.push(required(here.child("name")));
    else if (names.has(name)) errors.push(duplicate(here.child("name"), name));
    else {
      add(errors, here.child("name"), name, isDNS1123Label(name));
      names.add(name);
    }
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const shown = {
        Name: name,
        ResourceClaimName: resourceClaimName,
        ResourceClaimTemplateName: resourceClaimTemplateName,
      };
      errors.push(
        invalid(here, shown, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"),
      );
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const shown = { Name: name, ResourceClaimName: null, ResourceClaimTemplateName: null };
      errors.push(invalid(here, shown, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
    }
    for (const [field, value] of Object.entries({ resourceClaimName, resourceClaimTemplateName })) {
      if (value !== undefined) add(errors, here.child(field), value, isDNS1123Subdomain(value));
    }
  });
}
