/** Rules on the resources of a pod as a whole, and how those of its containers fit into them. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported } from "../../machinery/field-errors.ts";
import { compareQuantity, formatQuantity } from "../../machinery/quantity.ts";
import type { Errors } from "../rules.ts";
import { podResources } from "./pod-resources.ts";
import type { PodSpec } from "./pod-spec.ts";
import { isHugePage } from "./resource-names.ts";
import { checkResourceName, checkResources } from "./resources.validation.ts";

const SUPPORTED = ["cpu", "hugepages-", "memory"];

export function checkPodResources(errors: Errors, at: Path, spec: PodSpec, claims: ReadonlySet<string>): void {
  const { resources, os } = spec;
  if (resources === undefined) return;
  if (os?.name === "windows") {
    errors.push(forbidden(at, "may not be set for a windows pod"));
    return;
  }
  if (resources.claims !== undefined) {
    errors.push(forbidden(at.child("claims"), "claims may not be set for Resources at pod-level"));
  }
  checkResources(errors, at, resources, { claims, name: checkName });
  checkFit(errors, at, spec);
}

function checkName(errors: Errors, at: Path, name: string): void {
  const before = errors.length;
  checkResourceName(errors, at, name);
  if (errors.length > before || name === "cpu" || name === "memory" || isHugePage(name)) return;
  errors.push(notSupported(at, name, SUPPORTED));
}

/** Containers together ask for no more than the pod, and none has a limit above the pod's. */
function checkFit(errors: Errors, at: Path, { containers, initContainers, resources = {} }: PodSpec): void {
  const together = (what: "requests" | "limits") =>
    podResources({ containers: containers ?? [], ...(initContainers && { initContainers }) } as PodSpec, what);
  const below = (what: "requests" | "limits", name: string): void => {
    const own = ownValue(resources[what], name);
    const sum = together(what).get(name);
    if (own === undefined || sum === undefined || compareQuantity(sum, own) <= 0) return;
    const text = `must be greater than or equal to aggregate container ${what} of ${formatQuantity(sum)}`;
    errors.push(invalid(at.child(what).key(name), own, text));
  };
  for (const name in resources.requests) below("requests", name);
  // What cannot be shared is counted like requests.
  for (const name in resources.limits) if (isHugePage(name)) below("limits", name);
  containers?.forEach((container, index) => {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const most = ownValue(resources.limits, name);
      if (most === undefined || compareQuantity(limit, most) <= 0) continue;
      const place = at.child("containers").index(index).key(name).child("limits");
      errors.push(invalid(place, limit, `must be less than or equal to pod limits of ${most}`));
    }
  });
}
