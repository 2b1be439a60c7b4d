import type { Node, Pod } from "../api/core/index.ts";

export type Taint = NonNullable<Node["spec"]["taints"]>[number];
export type Toleration = NonNullable<Pod["spec"]["tolerations"]>[number];

/** As the API reference defines it: an empty key with `Exists` matches all, an empty effect every effect. */
export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return tolerations?.some((toleration) => matches(toleration, taint)) ?? false;
}

function matches({ key, operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  switch (operator) {
    case "Exists":
      return true;
    case "Equal":
      return Boolean(key) && value === (taint.value ?? "");
    case "Gt":
      return whole(taint.value) > whole(value);
    case "Lt":
      return whole(taint.value) < whole(value);
    default:
      return false;
  }
}

/** Not a number: every comparison with it is false. */
function whole(text = ""): number {
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}
