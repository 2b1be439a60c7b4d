/** No count of replicas in a status exceeds the one that includes it. */
import type { Path } from "../../machinery/field-errors.ts";
import { invalid } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";

type Counts = { readonly [name: string]: unknown };

export function checkCounts(errors: Errors, at: Path, status: Counts, names: readonly string[]): void {
  const count = (name: string): number => (status[name] as number | undefined) ?? 0;
  for (const name of names) {
    if (count(name) <= count("replicas")) continue;
    errors.push(invalid(at.child(name), count(name), "cannot be greater than status.replicas"));
  }
  if (count("availableReplicas") > count("readyReplicas")) {
    const text = "cannot be greater than readyReplicas";
    errors.push(invalid(at.child("availableReplicas"), count("availableReplicas"), text));
  }
}
