/** LimitRanges of a namespace: defaults for containers' resources, and the least and most that is allowed. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { LimitRange, PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import { podResources } from "../../api/core/pod-resources.ts";
import { forbidden } from "../../machinery/errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import { compareQuantity, formatQuantity, milliValue } from "../../machinery/quantity.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";
import { podOf } from "./pods.ts";
import { standing } from "./standing.ts";

type Limit = LimitRange["spec"]["limits"][number];
type Amounts = Readonly<Record<string, string>>;
interface Resources {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
}

const ANNOTATION = "kubernetes.io/limit-ranger";

export function limitRanger(store: Store): AdmissionPlugin {
  const ranges = standing<LimitRange>(store, "/core/limitranges/");
  const rangesOf = (namespace: string): readonly LimitRange[] => ranges(`${namespace}/`);

  return {
    name: "LimitRanger",
    handles: (attributes) => isLimited(attributes) && attributes.previous?.metadata.deletionTimestamp === undefined,
    admit(attributes) {
      if (attributes.resource !== "pods") return;
      for (const range of rangesOf(attributes.namespace!)) setDefaults(podOf(attributes), range);
    },
    validate(attributes) {
      const { resource, name, namespace } = attributes;
      for (const range of rangesOf(namespace!)) {
        const found = resource === "pods" ? podProblems(podOf(attributes), range) : claimProblems(attributes, range);
        if (found.length === 0) continue;
        const problems = [...new Set(found)];
        throw forbidden(
          { group: "", resource },
          name,
          problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`,
        );
      }
    },
  };
}

/** A pod's amounts change by its resize alone. */
function isLimited({ operation, group, resource, subresource }: AdmissionAttributes): boolean {
  if (group !== "" || (operation !== "CREATE" && operation !== "UPDATE")) return false;
  if (resource === "pods")
    return subresource ? subresource === "resize" && operation === "UPDATE" : operation === "CREATE";
  return resource === "persistentvolumeclaims" && !subresource;
}

function setDefaults(pod: Draft<Pod>, { spec }: LimitRange): void {
  const limits = spec.limits.filter(({ type }) => type === "Container");
  const said: string[] = [];
  for (const [word, containers] of [
    ["container", pod.spec.containers],
    ["init container", pod.spec.initContainers ?? []],
  ] as const) {
    for (const container of containers) {
      const resources = (container.resources ??= {}) as Resources;
      for (const { default: defaultLimits, defaultRequest } of limits) {
        const requests = fill(resources, "requests", defaultRequest);
        const set = fill(resources, "limits", defaultLimits);
        if (requests.length) said.push(`${requests.join(", ")} request for ${word} ${container.name}`);
        if (set.length) said.push(`${set.join(", ")} limit for ${word} ${container.name}`);
      }
    }
  }
  if (said.length) (pod.metadata.annotations ??= {})[ANNOTATION] = `LimitRanger plugin set: ${said.join("; ")}`;
}

/** Sets what the container leaves out; answers the names of what it set, sorted. */
function fill(resources: Resources, what: "requests" | "limits", defaults: Amounts | undefined): string[] {
  const set: string[] = [];
  for (const [name, amount] of Object.entries(defaults ?? {})) {
    if (ownValue(resources[what], name) !== undefined) continue;
    (resources[what] ??= {})[name] = amount;
    set.push(name);
  }
  return set.toSorted();
}

function podProblems(pod: Pod | Draft<Pod>, { spec }: LimitRange): string[] {
  const problems: string[] = [];
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  for (const limit of spec.limits) {
    if (limit.type === "Container") {
      for (const { resources } of containers)
        problems.push(...check(limit, resources?.requests ?? {}, resources?.limits ?? {}));
    } else if (limit.type === "Pod") {
      problems.push(...check(limit, podTotals(pod, "requests"), podTotals(pod, "limits")));
    }
  }
  return problems;
}

function podTotals({ spec }: Pod | Draft<Pod>, what: "requests" | "limits"): Amounts {
  return Object.fromEntries(
    [...podResources(spec as Pod["spec"], what)].map(([name, total]) => [name, formatQuantity(total)]),
  );
}

function claimProblems({ object }: AdmissionAttributes, { spec }: LimitRange): string[] {
  const claim = object as unknown as PersistentVolumeClaim;
  const requests = (claim.spec.resources?.requests ?? {}) as Amounts;
  return spec.limits
    .filter(({ type }) => type === "PersistentVolumeClaim")
    .flatMap(({ type, min, max }) => check({ type, ...(min && { min }), ...(max && { max }) }, requests, {}));
}

/** All minima first, then maxima, then ratios: the order of upstream's list. */
function check(limit: Limit, requests: Amounts, limits: Amounts): string[] {
  const { min, max, maxLimitRequestRatio } = limit;
  return [
    ...entries(min).flatMap(
      ([name, bound]) => tooLittle(limit.type, name, bound, ownValue(requests, name), ownValue(limits, name)) ?? [],
    ),
    ...entries(max).flatMap(
      ([name, bound]) => tooMuch(limit.type, name, bound, ownValue(requests, name), ownValue(limits, name)) ?? [],
    ),
    ...entries(maxLimitRequestRatio).flatMap(
      ([name, bound]) => tooFarApart(limit.type, name, bound, ownValue(requests, name), ownValue(limits, name)) ?? [],
    ),
  ];
}

function entries(amounts: Amounts | undefined): [string, string][] {
  return Object.entries(amounts ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function tooLittle(type: string, name: string, min: string, request?: string, limit?: string): string | undefined {
  const text = `minimum ${name} usage per ${type} is ${min}`;
  if (request === undefined) return `${text}.  No request is specified`;
  if (below(request, min)) return `${text}, but request is ${request}`;
  return limit !== undefined && below(limit, min) ? `${text}, but limit is ${limit}` : undefined;
}

function tooMuch(type: string, name: string, max: string, request?: string, limit?: string): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${max}`;
  // A claim only has requests.
  if (type === "PersistentVolumeClaim") {
    if (request === undefined) return `${text}.  No request is specified`;
    return below(max, request) ? `${text}, but request is ${request}` : undefined;
  }
  if (limit === undefined) return `${text}.  No limit is specified`;
  if (below(max, limit)) return `${text}, but limit is ${limit}`;
  return request !== undefined && below(max, request) ? `${text}, but request is ${request}` : undefined;
}

function tooFarApart(type: string, name: string, ratio: string, request?: string, limit?: string): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${ratio}`;
  const asked = request === undefined ? 0 : milliValue(request);
  const allowed = limit === undefined ? 0 : milliValue(limit);
  if (asked === 0) return `${text}, but no request is specified or request is 0`;
  if (allowed === 0) return `${text}, but no limit is specified or limit is 0`;
  const found = allowed / asked;
  return found > milliValue(ratio) / 1000 ? `${text}, but provided ratio is ${found.toFixed(6)}` : undefined;
}

function below(one: string, other: string): boolean {
  return compareQuantity(one, other) < 0;
}
