/** Rules on changing the resources of a running pod. */
import { difference } from "../difference.ts";
import { forbidden, invalid, path } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import type { Container } from "./container.ts";
import { MIRROR } from "./pod-annotations.validation.ts";
import { qosClass } from "./pod-strategy.ts";
import type { PodLike } from "./pod.validation.ts";
import type { ResourceRequirements } from "./resource-requirements.ts";

const SPEC = path("spec");

export function checkResize(errors: Errors, next: PodLike, previous: PodLike): void {
  if (previous.metadata.annotations?.[MIRROR] !== undefined) {
    errors.push(forbidden(path(""), "static pods cannot be resized"));
    return;
  }
  if (previous.spec.os?.name === "windows") {
    errors.push(forbidden(SPEC, "windows pods cannot be resized"));
    return;
  }
  const before = previous.status.qosClass ?? qosClass(previous.spec);
  if (qosClass(next.spec) !== before) {
    errors.push(invalid(SPEC, before, "Pod QOS Class may not change as a result of resizing"));
  }
  for (const name of ["containers", "initContainers"] as const) {
    const now = next.spec[name] ?? [];
    const then = previous.spec[name] ?? [];
    if (now.length !== then.length) {
      errors.push(forbidden(SPEC, `${name} may not be added or removed on resize`));
      continue;
    }
    then.forEach((container, index) => checkContainer(errors, name, index, now[index]!, container));
  }
  checkOnlyComputeChanged(errors, next, previous);
}

function checkContainer(errors: Errors, list: string, index: number, next: Container, previous: Container): void {
  const at = SPEC.child(list).index(index).child("resources");
  for (const kind of ["limits", "requests"] as const) {
    for (const name in previous.resources[kind]) {
      if (next.resources[kind]?.[name] !== undefined) continue;
      errors.push(forbidden(at.child(kind), `resource ${kind} cannot be removed`));
      break;
    }
  }
}

type WithoutCompute = Pick<ResourceRequirements, "claims"> & { readonly limits: object; readonly requests: object };

/** What is left when that which may be resized is taken away. */
function withoutCompute(resources: ResourceRequirements): WithoutCompute {
  const { cpu: _c, memory: _m, ...limits } = resources.limits ?? {};
  const { cpu: _d, memory: _n, ...requests } = resources.requests ?? {};
  return { limits, requests, ...(resources.claims && { claims: resources.claims }) };
}

function checkOnlyComputeChanged(errors: Errors, next: PodLike, previous: PodLike): void {
  const rest = ({ spec }: PodLike): object => ({
    containers: spec.containers?.map(({ resources }) => withoutCompute(resources)),
    initContainers: spec.initContainers?.map(({ resources }) => withoutCompute(resources)),
  });
  if (same(rest(next), rest(previous))) return;
  const text = "only cpu and memory resources are mutable";
  errors.push(forbidden(SPEC, `${text}\n${difference(rest(previous), rest(next))}`));
}
