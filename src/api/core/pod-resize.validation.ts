/** Rules on changing the resources of a running pod. */
import { ownValue } from "../../machinery/json-tree.ts";
import { NAMELESS, forbidden, invalid, path } from "../../machinery/field-errors.ts";
import type { Path } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import type { Container } from "./container.ts";
import { MIRROR } from "./pod-annotations.validation.ts";
import { qosClass } from "./pod-strategy.ts";
import type { PodLike } from "./pod.validation.ts";
import type { ResourceRequirements } from "./resource-requirements.ts";

const SPEC = path("spec");
const LISTS = ["containers", "initContainers"] as const;
const KINDS = ["requests", "limits"] as const;

export function checkResize(errors: Errors, next: PodLike, previous: PodLike): void {
  if (previous.metadata.annotations?.[MIRROR] !== undefined) {
    errors.push(forbidden(NAMELESS, "static pods cannot be resized"));
    return;
  }
  if (previous.spec.os?.name === "windows") {
    errors.push(forbidden(NAMELESS, "windows pods cannot be resized"));
    return;
  }
  const before = previous.status.qosClass ?? qosClass(previous.spec);
  if (qosClass(next.spec) !== before) {
    errors.push(invalid(SPEC, before, "Pod QOS Class may not change as a result of resizing"));
  }
  if (!canResize(previous)) errors.push(forbidden(SPEC, "Pod running on node without support for resize"));
  checkPodResources(errors, next.spec.resources, previous.spec.resources);
  const found = errors.length;
  for (const list of LISTS) checkOrder(errors, list, next, previous);
  if (errors.length > found) return;
  for (const list of ["initContainers", "containers"] as const) checkKept(errors, list, next, previous);
  checkContainers(errors, next, previous);
  checkInitContainers(errors, next, previous);
}

/** A kubelet that resizes tells what its containers have. */
function canResize({ status }: PodLike): boolean {
  const running = status.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function checkPodResources(
  errors: Errors,
  next: ResourceRequirements | undefined,
  previous: ResourceRequirements | undefined,
): void {
  const at = SPEC.child("resources");
  if (previous !== undefined && next === undefined) {
    errors.push(forbidden(at, "pod-level resources cannot be removed"));
    return;
  }
  for (const kind of KINDS) {
    if (!lacksOne(next?.[kind], previous?.[kind])) continue;
    errors.push(forbidden(at.child(kind), `pod-level resource ${kind} cannot be removed`));
  }
  if (!same(sizeless(next, previous), shown(previous))) {
    errors.push(forbidden(SPEC, "only cpu and memory resources are mutable at pod-level"));
  }
}

type List = (typeof LISTS)[number];

function checkOrder(errors: Errors, list: List, next: PodLike, previous: PodLike): void {
  const at = SPEC.child(list);
  const now = next.spec[list] ?? [];
  const then = previous.spec[list] ?? [];
  if (now.length !== then.length) {
    errors.push(forbidden(at, `${list} may not be added or removed on resize`));
    return;
  }
  now.forEach(({ name }, index) => {
    if (name === then[index]!.name) return;
    errors.push(forbidden(at.index(index).child("name"), `${list} may not be renamed or reordered on resize`));
  });
}

/** Each container of a list that keeps its order, with what it was. */
function* pairs(list: List, next: PodLike, previous: PodLike): Iterable<readonly [at: Path, Container, Container]> {
  for (const [index, before] of (previous.spec[list] ?? []).entries()) {
    yield [SPEC.child(list).index(index), next.spec[list]![index]!, before];
  }
}

function checkKept(errors: Errors, list: List, next: PodLike, previous: PodLike): void {
  for (const [at, { resources }, before] of pairs(list, next, previous)) {
    for (const kind of KINDS) {
      if (!lacksOne(resources[kind], before.resources[kind])) continue;
      errors.push(forbidden(at.child("resources", kind), `resource ${kind} cannot be removed`));
    }
  }
}

function checkContainers(errors: Errors, next: PodLike, previous: PodLike): void {
  for (const [, after, before] of pairs("containers", next, previous)) {
    if (!onlySizesChanged(after, before)) errors.push(forbidden(SPEC, "only cpu and memory resources are mutable"));
  }
}

function checkInitContainers(errors: Errors, next: PodLike, previous: PodLike): void {
  for (const [at, after, before] of pairs("initContainers", next, previous)) {
    if (!onlySizesChanged(after, before)) {
      errors.push(forbidden(at, "only cpu and memory resources for init or sidecar containers are mutable"));
    }
    const restarts = after.resizePolicy?.some(({ restartPolicy }) => restartPolicy === "RestartContainer") ?? false;
    if (after.restartPolicy !== "Always" && restarts && !same(after, before)) {
      const text = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
      errors.push(forbidden(at, text));
    }
  }
}

const onlySizesChanged = (next: Container, previous: Container): boolean =>
  same(
    { ...next, resources: sizeless(next.resources, previous.resources) },
    { ...previous, resources: shown(previous.resources) },
  );

type Amounts = Readonly<Record<string, string>>;

function lacksOne(next: Amounts = {}, previous: Amounts = {}): boolean {
  return Object.keys(previous).some((name) => ownValue(next, name) === undefined);
}

/** The new limits and requests, with the CPU and memory of before. Claims are not looked at, and so cannot be kept. */
function sizeless(next: ResourceRequirements | undefined, previous: ResourceRequirements | undefined): object {
  const list = (kind: (typeof KINDS)[number]): Amounts => {
    const { cpu: _, memory: __, ...others } = next?.[kind] ?? {};
    const { cpu, memory } = previous?.[kind] ?? {};
    return { ...others, ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
  };
  return { limits: list("limits"), requests: list("requests") };
}

/** In the same form: a list that is not there is an empty one. */
function shown(resources: ResourceRequirements | undefined): object {
  return { ...resources, limits: resources?.limits ?? {}, requests: resources?.requests ?? {} };
}
