/** What a quota's status should say. */
import type { ResourceQuota, ResourceQuotaStatus } from "../../api/core/index.ts";
import { concerns, inScope, usageOf } from "../../api/core/quota-usage.ts";
import { ownValue } from "../../machinery/json-tree.ts";
import type { Quantity } from "../../machinery/quantity.ts";
import { ZERO, addQuantity, compareQuantity, formatQuantity } from "../../machinery/quantity.ts";

/** The objects of one resource that are in the quota's namespace. */
export interface Counted {
  readonly group: string;
  readonly resource: string;
  readonly objects: readonly object[];
}

type Amounts = Readonly<Record<string, string>>;

/** Names that speak of nothing that is served keep what was said of them before. */
export function statusOf(quota: ResourceQuota, all: readonly Counted[], now: number): ResourceQuotaStatus {
  const hard = quota.spec.hard ?? {};
  const used: Record<string, string> = {};
  for (const name of Object.keys(hard)) {
    const amount = usedOf(name, quota, all, now);
    const known = amount === undefined ? ownValue(quota.status.used, name) : formatQuantity(amount);
    if (known !== undefined) used[name] = known;
  }
  return { hard, used };
}

/** Undefined where `name` is about none of `all`. */
function usedOf(name: string, quota: ResourceQuota, all: readonly Counted[], now: number): Quantity | undefined {
  let sum: Quantity | undefined;
  for (const { group, resource, objects } of all) {
    if (!concerns(name, group, resource)) continue;
    sum ??= ZERO;
    for (const object of objects) {
      const amount = inScope(quota, resource, object) ? usageOf(group, resource, object, now).get(name) : undefined;
      if (amount !== undefined) sum = addQuantity(sum, amount);
    }
  }
  return sum;
}

export function sameStatus(a: ResourceQuotaStatus, b: ResourceQuotaStatus): boolean {
  return sameAmounts(a.hard ?? {}, b.hard ?? {}) && sameAmounts(a.used ?? {}, b.used ?? {});
}

export function sameAmounts(a: Amounts, b: Amounts): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && compareQuantity(a[name]!, b[name]!) === 0);
}

/** Whether the change of an object gives something back. */
export function usesLess(group: string, resource: string, before: object, after: object): boolean {
  const left = usageOf(group, resource, after);
  for (const [name, amount] of usageOf(group, resource, before)) {
    if (compareQuantity(amount, left.get(name) ?? 0) > 0) return true;
  }
  return false;
}
