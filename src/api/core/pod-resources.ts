/** What a pod asks for as a whole, as upstream's resource helpers count it. */
import { addQuantity, compareQuantity, parseQuantity, ZERO } from "../../machinery/quantity.ts";
import type { Quantity } from "../../machinery/quantity.ts";
import type { PodSpec } from "./index.ts";

export type Amounts = Map<string, Quantity>;

/**
 * By resource, the larger of what runs in the end (containers and sidecars) and of what any init container needs
 * beside the sidecars started before it. What is said for the pod as a whole takes the place of that; overhead comes on top.
 *
 * Worked example: containers of 100m and 200m, a sidecar of 50m after an init container of 400m: 400m.
 */
export function podResources(spec: PodSpec, what: "requests" | "limits"): Amounts {
  const total: Amounts = new Map();
  for (const { resources } of spec.containers ?? []) add(total, resources?.[what]);
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const own = resources?.[what];
    if (restartPolicy === "Always") {
      add(total, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      const together: Amounts = new Map(sidecars);
      add(together, own);
      raise(peak, together);
    }
  }
  raise(total, peak);
  for (const [name, amount] of Object.entries(spec.resources?.[what] ?? {})) total.set(name, parseQuantity(amount));
  if (what === "requests" || total.size > 0) add(total, spec.overhead, what === "limits");
  return total;
}

/** `known`: only resources that are there already; overhead limits nothing that had no limit. */
function add(to: Amounts, amounts: Readonly<Record<string, string>> | undefined, known = false): void {
  for (const name in amounts) {
    const before = to.get(name);
    if (before === undefined && known) continue;
    to.set(name, before === undefined ? parseQuantity(amounts[name]!) : addQuantity(before, amounts[name]!));
  }
}

function raise(to: Amounts, least: Amounts): void {
  for (const [name, amount] of least) if (compareQuantity(amount, to.get(name) ?? ZERO) > 0) to.set(name, amount);
}
