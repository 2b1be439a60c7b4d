import { Eviction } from "./eviction.ts";
import { PodDisruptionBudget } from "./pod-disruption-budget.ts";

export * from "./eviction.ts";
export * from "./pod-disruption-budget.ts";

export const policyKinds = [Eviction, PodDisruptionBudget] as const;
