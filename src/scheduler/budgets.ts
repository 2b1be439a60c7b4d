/** What disruption budgets say of pods that would be evicted to make room. */
import type { PodDisruptionBudget } from "../api/policy/index.ts";
import type { LabelSelector } from "../machinery/selectors.ts";
import { compileSelector } from "../machinery/selectors.ts";
import type { PodState } from "./pod-state.ts";

interface Budget {
  readonly selects: (pod: PodState) => boolean;
  readonly allowed: number;
}

export class Budgets {
  readonly #budgets = new Map<string, Budget>();

  set({ metadata, spec, status }: PodDisruptionBudget): void {
    const { namespace, name } = metadata;
    const matches = compileSelector(spec.selector as LabelSelector | undefined);
    const gone = status?.disruptedPods ?? {};
    this.#budgets.set(`${namespace}/${name}`, {
      // A pod whose eviction was allowed already costs nothing more.
      selects: ({ pod: { metadata: of } }) =>
        of.namespace === namespace && matches(of.labels) && !Object.hasOwn(gone, of.name),
      allowed: status?.disruptionsAllowed ?? 0,
    });
  }

  remove({ metadata: { namespace, name } }: PodDisruptionBudget): void {
    this.#budgets.delete(`${namespace}/${name}`);
  }

  /** Those of `pods` whose eviction, after that of all before them, some budget does not allow. */
  violating(pods: readonly PodState[]): ReadonlySet<PodState> {
    const violating = new Set<PodState>();
    if (this.#budgets.size === 0) return violating;
    const left = new Map<Budget, number>();
    for (const pod of pods) {
      for (const budget of this.#budgets.values()) {
        if (!budget.selects(pod)) continue;
        const rest = (left.get(budget) ?? budget.allowed) - 1;
        left.set(budget, rest);
        if (rest < 0) violating.add(pod);
      }
    }
    return violating;
  }
}
