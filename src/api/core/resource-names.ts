/** Which names of resources mean what: cpu, huge pages, extended resources, what a quota may count. */
import { isQualifiedName } from "../../machinery/names.ts";
import { parseQuantity, QuantityError } from "../../machinery/quantity.ts";

const CONTAINER: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

const STANDARD: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers",
]);

const QUOTA: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers",
]);

const WHOLE: ReadonlySet<string> = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);

export const isHugePage = (name: string): boolean => name.startsWith("hugepages-");

const isQuotaHugePage = (name: string): boolean =>
  isHugePage(name) || (name.startsWith("requests.") && isHugePage(name.slice("requests.".length)));

export const isStandardContainerResource = (name: string): boolean => CONTAINER.has(name) || isHugePage(name);
export const isStandardResource = (name: string): boolean => STANDARD.has(name) || isQuotaHugePage(name);
export const isStandardQuotaResource = (name: string): boolean => QUOTA.has(name) || isQuotaHugePage(name);

/** Without a domain, or of kubernetes.io. */
export const isNativeResource = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");

/** Things a device plugin counts: `example.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith("requests.")) return false;
  return isQualifiedName(`requests.${name}`).length === 0;
}

/** Amounts that come in whole numbers only. */
export const isIntegerResource = (name: string): boolean => WHOLE.has(name) || isExtendedResource(name);

/** Whether a container may ask for less than its limit. */
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePage(name);

/** The page size in bytes, undefined where the name has none. */
export function hugePageSize(name: string): number | undefined {
  try {
    const { amount, scale } = parseQuantity(name.slice("hugepages-".length));
    return scale === 0 ? Number(amount) : undefined;
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}
