/** Counts in a status: of replicas, none exceeds the one that includes it; of collisions, there is never one less. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { invalid } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";

type Counts = { readonly [name: string]: unknown };

/** `ready` as the error calls those that are ready. */
export function checkCounts(
  errors: Errors,
  at: Path,
  status: Counts,
  names: readonly string[],
  ready = "readyReplicas",
): void {
  const count = (name: string): number => (status[name] as number | undefined) ?? 0;
  for (const name of names) {
    if (count(name) <= count("replicas")) continue;
    errors.push(invalid(at.child(name), count(name), "cannot be greater than status.replicas"));
  }
  if (count("availableReplicas") > count("readyReplicas")) {
    const text = `cannot be greater than ${ready}`;
    errors.push(invalid(at.child("availableReplicas"), count("availableReplicas"), text));
  }
}

interface Colliding {
  readonly status: { readonly collisionCount?: number };
}

/** Of a change of status. */
export function collisionErrors(
  { status }: Colliding,
  { status: { collisionCount: before } }: Colliding,
  { subresource }: StrategyContext,
): FieldError[] {
  const after = status.collisionCount ?? 0;
  if (subresource !== "status" || before === undefined || after >= before) return [];
  return [invalid("status.collisionCount", after, "cannot be decremented")];
}
