/**
 * ResourceQuota: a write that would exceed a quota of its namespace is refused, and one that fits is counted in the
 * quota's status before it is stored, so that two writers cannot both take the last place. The quota controller corrects the
 * count afterwards (deletions, failed writes).
 */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Pod, ResourceQuota } from "../../api/core/index.ts";
import type { Usage } from "../../api/core/quota-usage.ts";
import { concerns, inScope, unsaid, usageOf } from "../../api/core/quota-usage.ts";
import { forbidden } from "../../machinery/errors.ts";
import type { QuantityLike } from "../../machinery/quantity.ts";
import {
  addQuantity,
  compareQuantity,
  formatQuantity,
  parseQuantity,
  signOf,
  subQuantity,
} from "../../machinery/quantity.ts";
import type { Store } from "../../store/store.ts";
import { Conflict } from "../../store/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";
import { standing } from "./standing.ts";

const QUOTAS = "/core/resourcequotas/";

/** Another writer of the same quota may win this often before the client is told to try again. */
const TRIES = 20;

export function resourceQuota(store: Store): AdmissionPlugin {
  const quotas = standing<ResourceQuota>(store, QUOTAS);
  return {
    name: "ResourceQuota",
    handles: (attributes) =>
      (attributes.operation === "CREATE" || attributes.operation === "UPDATE") &&
      attributes.kind.scope === "Namespaced" &&
      attributes.namespace !== undefined &&
      isCounted(attributes),
    validate(attributes) {
      const found = quotas(`${attributes.namespace}/`).filter((quota) => speaksOf(quota, attributes));
      if (found.length === 0) return undefined;
      for (const quota of found) requireCountable(quota, attributes);
      const delta = deltaOf(attributes);
      if (delta.size === 0) return undefined;
      for (const quota of found) usedAfter(quota, attributes, delta);
      return chargeAll(store, found, attributes, delta);
    },
  };
}

/** A pod's amounts change by its resize alone; of other subresources nothing is counted. */
function isCounted({ group, resource, subresource, operation }: AdmissionAttributes): boolean {
  if (group !== "" || resource !== "pods") return !subresource;
  return subresource ? subresource === "resize" && operation === "UPDATE" : operation === "CREATE";
}

function speaksOf(quota: ResourceQuota, attributes: AdmissionAttributes): boolean {
  return inScope(quota, attributes.resource, attributes.object) && concerned(quota, attributes).length > 0;
}

/** What the quota limits of such objects, sorted. */
function concerned({ status }: ResourceQuota, { group, resource }: AdmissionAttributes): string[] {
  return Object.keys(status?.hard ?? {})
    .filter((name) => concerns(name, group, resource))
    .toSorted();
}

/** Each quota says so before any says that it is exceeded, whether or not this write uses any of it. */
function requireCountable(quota: ResourceQuota, attributes: AdmissionAttributes): void {
  const names = concerned(quota, attributes);
  requireSaid(quota, names, attributes);
  const used = quota.status?.used ?? {};
  if (names.every((name) => ownValue(used, name) !== undefined)) return;
  refuse(attributes, `status unknown for quota: ${quota.metadata.name}, resources: ${names.join(",")}`);
}

async function chargeAll(
  store: Store,
  quotas: readonly ResourceQuota[],
  attributes: AdmissionAttributes,
  delta: Usage,
): Promise<void> {
  for (const { metadata } of quotas) {
    await charge(store, `${QUOTAS}${metadata.namespace}/${metadata.name}`, attributes, delta);
  }
}

/** What the write adds: all of a new object, of a changed one what it has more. */
function deltaOf({ group, resource, object, previous }: AdmissionAttributes): Usage {
  const next = usageOf(group, resource, object);
  if (!previous) return next;
  const before = usageOf(group, resource, previous);
  const delta = new Map<string, QuantityLike>();
  for (const name of new Set([...next.keys(), ...before.keys()])) {
    const difference = subQuantity(next.get(name) ?? 0, before.get(name) ?? 0);
    if (signOf(difference) > 0) delta.set(name, difference);
  }
  return delta;
}

async function charge(store: Store, key: string, attributes: AdmissionAttributes, delta: Usage): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const entry = store.head(key);
    if (!entry) return;
    const quota = entry.object as ResourceQuota;
    const used = usedAfter(quota, attributes, delta);
    if (!used || attributes.dryRun) return;
    try {
      const object = (revision: number): object => ({
        ...quota,
        metadata: { ...quota.metadata, resourceVersion: String(revision) },
        status: { ...quota.status, used },
      });
      await store.commit([{ key, expected: entry.revision, object }], {
        user: "system:apiserver",
        verb: "update",
        path: `${key} (quota)`,
      });
      return;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
  refuse(attributes, "unable to count against the quota, too many writers at once: try again");
}

/** The quota's new `used`, or undefined where it does not speak of this write. Throws where it does not fit. */
function usedAfter(
  quota: ResourceQuota,
  attributes: AdmissionAttributes,
  delta: Usage,
): Record<string, string> | undefined {
  const hard = quota.status?.hard ?? {};
  const used = quota.status?.used ?? {};
  const names = [...delta.keys()].filter((name) => Object.hasOwn(hard, name)).toSorted();
  if (names.length === 0) return undefined;
  const after = (each: string): QuantityLike => addQuantity(ownValue(used, each) ?? "0", delta.get(each)!);
  const over = names.filter((each) => compareQuantity(after(each), hard[each]!) > 0);
  if (over.length) {
    const say = (amounts: (each: string) => QuantityLike): string =>
      over.map((each) => `${each}=${text(amounts(each))}`).join(",");
    const why = `requested: ${say((each) => delta.get(each)!)}, used: ${say((each) => ownValue(used, each) ?? "0")}, limited: ${say((each) => hard[each]!)}`;
    refuse(attributes, `exceeded quota: ${quota.metadata.name}, ${why}`);
  }
  return {
    ...used,
    ...Object.fromEntries(names.map((each) => [each, text(after(each))])),
  };
}

/** A pod must say how much it takes of what is limited, or it could not be counted. */
function requireSaid(quota: ResourceQuota, limited: readonly string[], attributes: AdmissionAttributes): void {
  if (attributes.resource !== "pods" || attributes.group !== "") return;
  const missing = unsaid(attributes.object as unknown as Pod, limited);
  if (missing.length === 0) return;
  const said = missing.map(([resource, containers]) => `${resource} for: ${containers.join(",")}`).join("; ");
  refuse(attributes, `failed quota: ${quota.metadata.name}: must specify ${said}`);
}

function text(amount: QuantityLike): string {
  return formatQuantity(typeof amount === "object" ? amount : parseQuantity(amount));
}

function refuse({ group, resource, name }: AdmissionAttributes, why: string): never {
  throw forbidden({ group, resource }, name, why);
}
