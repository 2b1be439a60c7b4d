import type { Taint, Toleration } from "./index.ts";

/** As the API reference defines it: an empty key with `Exists` matches all taints, an empty effect every effect. */
export function tolerates({ key = "", operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  switch (operator) {
    case "Exists":
      return true;
    case "Equal":
      return key !== "" && value === (taint.value ?? "");
    case "Gt":
    case "Lt":
      return compares(operator, taint.value ?? "", value);
    default:
      return false;
  }
}

/** Whether one of the pod's tolerations covers the taint. */
export function isTolerated(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return tolerations?.some((toleration) => tolerates(toleration, taint)) ?? false;
}

/** Whole numbers of any length; false for anything else. */
export function compares(operator: "Gt" | "Lt", found: string, bound: string): boolean {
  if (!WHOLE.test(found) || !WHOLE.test(bound)) return false;
  return operator === "Gt" ? BigInt(found) > BigInt(bound) : BigInt(found) < BigInt(bound);
}

const WHOLE = /^-?\d+$/;
