/**
 * Fills ClusterRoles that have an `aggregationRule` with the rules of those their selectors match: how `admin`, `edit`
 * and `view` get theirs, and how a new kind's author adds to them.
 */
import { ClusterRole } from "../api/rbac/index.ts";
import type { PolicyRule } from "../api/rbac/index.ts";
import type { Cache } from "./runtime/cache.ts";
import { defineController, right, watch } from "./runtime/controller.ts";
import type { Observed } from "./runtime/controller.ts";
import { equivalent } from "./runtime/equivalent.ts";
import { matcherOf } from "./runtime/owners.ts";
import { update } from "./runtime/plan.ts";
import type { Plan } from "./runtime/plan.ts";
import { canonical } from "./runtime/template-hash.ts";

export interface AggregationView {
  /** All others. */
  readonly roles: Iterable<ClusterRole>;
}

export const clusterRoleAggregationController = defineController<ClusterRole, AggregationView>({
  name: "clusterrole-aggregation-controller",
  kind: ClusterRole,
  watches: [watch(ClusterRole, ({ object, previous }, cache) => aggregatesOf([object, previous], cache))],
  rbac: [right("escalate get list patch update watch", "rbac.authorization.k8s.io", "clusterroles")],
  observe: (_, cache) => ({ roles: cache.of(ClusterRole).list() }),
  decide,
});

/** Those that select the changed role, by its labels before or after. */
function* aggregatesOf(states: readonly (ClusterRole | undefined)[], cache: Cache): Iterable<string> {
  for (const role of cache.of(ClusterRole).list()) {
    const changed = states.some(
      (state) => state !== undefined && state.metadata.name !== role.metadata.name && selects(role, state),
    );
    if (changed) yield role.metadata.name;
  }
}

function selects({ aggregationRule }: ClusterRole, other: ClusterRole): boolean {
  const selectors = aggregationRule?.clusterRoleSelectors ?? [];
  return selectors.some((selector) => matcherOf(selector)(other.metadata.labels));
}

export function decide({ object: role, roles }: Observed<ClusterRole> & AggregationView): Plan {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (selectors === undefined) return { writes: [] };
  const others = [...roles].filter(({ metadata }) => metadata.name !== role.metadata.name);
  others.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules = new Map<string, PolicyRule>();
  for (const selector of selectors) {
    for (const other of others) {
      if (!matcherOf(selector)(other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) {
        const key = canonical(rule);
        if (!rules.has(key)) rules.set(key, rule);
      }
    }
  }
  const wanted = [...rules.values()];
  if (equivalent(wanted, role.rules)) return { writes: [] };
  return { writes: [update(ClusterRole, { ...role, rules: wanted })] };
}
