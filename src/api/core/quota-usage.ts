/** What one object uses of a quota, as upstream's quota evaluators count it. */
import { addQuantity } from "../../machinery/quantity.ts";
import type { QuantityLike } from "../../machinery/quantity.ts";
import { timeOf } from "../../machinery/time.ts";
import type { ResourceClaim } from "../resource/index.ts";
import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from "./index.ts";
import { podResources } from "./pod-resources.ts";

export type Usage = ReadonlyMap<string, QuantityLike>;

/** Names without `count/` that only count objects. */
const COUNTED = new Set([
  "configmaps",
  "secrets",
  "resourcequotas",
  "replicationcontrollers",
  "services",
  "persistentvolumeclaims",
]);
/** Names without a prefix that mean what the requests say. */
const SHORT = new Set(["cpu", "memory", "ephemeral-storage"]);

/** `object` is one of `resource` in `group`. `now`, in milliseconds: pods whose time to end is over do not count any more. */
export function usageOf(group: string, resource: string, object: unknown, now = -Infinity): Usage {
  const usage = new Map<string, QuantityLike>([[`count/${resource}${group ? `.${group}` : ""}`, 1]]);
  if (group === "resource.k8s.io" && resource === "resourceclaims") addDevices(usage, object as ResourceClaim);
  if (group !== "") return usage;
  if (COUNTED.has(resource)) usage.set(resource, 1);
  if (resource === "pods") addPod(usage, object as Pod, now);
  if (resource === "services") addService(usage, object as Service);
  if (resource === "persistentvolumeclaims") addClaim(usage, object as PersistentVolumeClaim);
  return usage;
}

/** A finished pod uses nothing but its place among all pods. */
function addPod(usage: Map<string, QuantityLike>, pod: Pod, now: number): void {
  if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return;
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = pod.metadata;
  if (grace !== undefined && now > (timeOf(deletionTimestamp) ?? Infinity) + grace * 1000) return;
  usage.set("pods", 1);
  for (const what of ["requests", "limits"] as const) {
    for (const [name, amount] of podResources(pod.spec, what)) {
      usage.set(`${what}.${name}`, amount);
      if (what === "requests" && (SHORT.has(name) || name.startsWith("hugepages-"))) usage.set(name, amount);
    }
  }
}

function addService(usage: Map<string, QuantityLike>, { spec }: Service): void {
  const ports = spec?.ports?.length ?? 0;
  if (spec?.type === "NodePort") usage.set("services.nodeports", ports);
  if (spec?.type !== "LoadBalancer") return;
  usage.set("services.loadbalancers", 1);
  usage.set(
    "services.nodeports",
    spec.allocateLoadBalancerNodePorts === false ? spec.ports!.filter(({ nodePort }) => nodePort).length : ports,
  );
}

/** Of a request with alternatives the most that any of them may take of each class. */
function addDevices(usage: Map<string, QuantityLike>, { spec }: ResourceClaim): void {
  for (const { exactly, firstAvailable } of spec.devices.requests ?? []) {
    const most = new Map<string, number>();
    for (const wanted of firstAvailable ?? (exactly ? [exactly] : [])) {
      const name = `${wanted.deviceClassName}${DEVICES}`;
      const count = wanted.allocationMode === "All" ? MOST_DEVICES : (wanted.count ?? 0);
      most.set(name, Math.max(count, most.get(name) ?? 0));
    }
    for (const [name, count] of most) usage.set(name, addQuantity(usage.get(name) ?? 0, count));
  }
}

/** Is this, of what a quota limits, about such objects? */
export function concerns(name: string, group: string, resource: string): boolean {
  if (name === `count/${resource}${group ? `.${group}` : ""}`) return true;
  if (group !== "") return resource === "resourceclaims" && name.endsWith(DEVICES);
  if (COUNTED.has(resource) && name === resource) return true;
  if (resource === "services") return name === "services.nodeports" || name === "services.loadbalancers";
  if (resource === "persistentvolumeclaims") return name === "requests.storage" || STORAGE_CLASS.test(name);
  return resource === "pods" && (name === "pods" || POD_AMOUNT.test(name));
}

const STORAGE_CLASS = /\.storageclass\.storage\.k8s\.io\/(?:persistentvolumeclaims|requests\.storage)$/;
/** Compute resources, and what others provide, which has a domain. */
const POD_AMOUNT =
  /^(?:(?:requests\.|limits\.)?(?:cpu|memory|ephemeral-storage)|(?:requests\.)?hugepages-.+|requests\..+\/.+)$/;
const DEVICES = ".deviceclass.resource.k8s.io/devices";
const MOST_DEVICES = 32;

function addClaim(usage: Map<string, QuantityLike>, { spec, metadata }: PersistentVolumeClaim): void {
  const storage = spec.resources?.requests?.["storage"];
  const className = spec.storageClassName ?? metadata.annotations?.["volume.beta.kubernetes.io/storage-class"];
  if (storage !== undefined) usage.set("requests.storage", storage);
  if (!className) return;
  usage.set(`${className}.storageclass.storage.k8s.io/persistentvolumeclaims`, 1);
  if (storage !== undefined) usage.set(`${className}.storageclass.storage.k8s.io/requests.storage`, storage);
}

/** Whether the quota's scopes speak of the object. Scopes only speak of pods. */
export function inScope({ spec }: ResourceQuota, resource: string, object: unknown): boolean {
  const selectors = [
    ...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists", values: [] as readonly string[] })),
    ...(spec.scopeSelector?.matchExpressions ?? []),
  ];
  if (selectors.length === 0) return true;
  if (resource === "persistentvolumeclaims") {
    const classes = attributesClassesOf(object as PersistentVolumeClaim);
    return selectors.every((selector) => matchesClasses(selector, classes));
  }
  if (resource !== "pods") return false;
  return selectors.every((selector) => matchesScope(selector, object as Pod));
}

/** The classes a claim has, is to have, or is being changed to. */
function attributesClassesOf({ spec, status }: PersistentVolumeClaim): readonly string[] {
  const { currentVolumeAttributesClassName, modifyVolumeStatus } = status ?? {};
  const named = [
    spec.volumeAttributesClassName,
    currentVolumeAttributesClassName,
    modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return named.filter((name) => name !== undefined && name !== "") as string[];
}

function matchesClasses({ scopeName, operator, values }: ScopeSelector, classes: readonly string[]): boolean {
  if (scopeName !== "VolumeAttributesClass") return false;
  if (classes.length === 0) return matchesOperator(operator, values ?? [], undefined);
  return classes.some((name) => matchesOperator(operator, values ?? [], name));
}

interface ScopeSelector {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

function matchesScope({ scopeName, operator, values }: ScopeSelector, { spec }: Pod): boolean {
  switch (scopeName) {
    case "Terminating":
      return (spec.activeDeadlineSeconds ?? -1) >= 0;
    case "NotTerminating":
      return (spec.activeDeadlineSeconds ?? -1) < 0;
    case "BestEffort":
      return isBestEffort(spec);
    case "NotBestEffort":
      return !isBestEffort(spec);
    case "PriorityClass":
      return matchesOperator(operator, values ?? [], spec.priorityClassName);
    case "CrossNamespacePodAffinity":
      return [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity].some((affinity) =>
        [
          ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
          ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
            ({ podAffinityTerm }) => podAffinityTerm,
          ),
        ].some((term) => term.namespaces?.length || term.namespaceSelector !== undefined),
      );
    default:
      return false;
  }
}

function matchesOperator(operator: string, values: readonly string[], value: string | undefined): boolean {
  if (operator === "Exists") return Boolean(value);
  if (operator === "DoesNotExist") return !value;
  const listed = value !== undefined && values.includes(value);
  return operator === "In" ? listed : !listed;
}

function isBestEffort({ containers, initContainers }: Pod["spec"]): boolean {
  return [...containers, ...(initContainers ?? [])].every(
    ({ resources }) => !hasComputeResources(resources?.requests) && !hasComputeResources(resources?.limits),
  );
}

function hasComputeResources(amounts: Readonly<Record<string, string>> | undefined): boolean {
  return amounts?.["cpu"] !== undefined || amounts?.["memory"] !== undefined;
}

/** Compute resources that a quota limits must be said by every container: which containers do not say which. */
export function unsaid({ spec }: Pod, limited: readonly string[]): [resource: string, containers: string[]][] {
  const found: [string, string[]][] = [];
  for (const name of limited) {
    const [what, resource] = name.startsWith("limits.")
      ? (["limits", name.slice("limits.".length)] as const)
      : (["requests", name.startsWith("requests.") ? name.slice("requests.".length) : name] as const);
    if (!["cpu", "memory"].includes(resource)) continue;
    const silent = [...spec.containers, ...(spec.initContainers ?? [])].filter(
      ({ resources }) => resources?.[what]?.[resource] === undefined,
    );
    if (silent.length) found.push([name, [...new Set(silent.map((container) => container.name))].toSorted()]);
  }
  return found;
}
