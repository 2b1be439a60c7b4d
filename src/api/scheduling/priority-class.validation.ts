/** Rules on PriorityClasses. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { forbidden, immutable, notSupported, required } from "../../machinery/field-errors.ts";
import type { ObjectMeta, StrategyContext } from "../../machinery/kind.ts";

interface PriorityClassParts {
  readonly metadata: Pick<ObjectMeta, "name">;
  readonly value: number;
  readonly globalDefault?: boolean;
  readonly preemptionPolicy: string;
}

const HIGHEST = 1_000_000_000;
const POLICIES = ["PreemptLowerPriority", "Never"];
export const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map([
  ["system-node-critical", 2_000_001_000],
  ["system-cluster-critical", 2_000_000_000],
]);

/** Of a change only what must stay is looked at. */
export function validatePriorityClass(priority: PriorityClassParts, { previous }: StrategyContext): FieldError[] {
  const errors: FieldError[] = [];
  if (previous !== undefined) return errors;
  const { metadata, value, preemptionPolicy } = priority;
  if (metadata.name?.startsWith("system-")) {
    const wrong = whyNotSystem(priority);
    if (wrong !== undefined) {
      const text = "priority class names with 'system-' prefix are reserved for system use only. error: ";
      errors.push(forbidden("metadata.name", text + wrong));
    }
  } else if (value > HIGHEST) {
    errors.push(forbidden("value", `maximum allowed value of a user defined priority is ${HIGHEST}`));
  }
  if (preemptionPolicy === "") errors.push(required("preemptionPolicy"));
  else if (!POLICIES.includes(preemptionPolicy))
    errors.push(notSupported("preemptionPolicy", preemptionPolicy, POLICIES));
  return errors;
}

function whyNotSystem({ metadata: { name }, value, globalDefault = false }: PriorityClassParts): string | undefined {
  const known = SYSTEM_CLASSES.get(name);
  if (known === undefined) return `${name} is not a known system priority class`;
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

export function validatePriorityClassUpdate(next: PriorityClassParts, before: PriorityClassParts): FieldError[] {
  const errors: FieldError[] = [];
  if (next.value !== before.value) errors.push(forbidden("value", "may not be changed in an update."));
  if (next.preemptionPolicy !== before.preemptionPolicy) {
    errors.push(immutable("preemptionPolicy", next.preemptionPolicy));
  }
  return errors;
}
