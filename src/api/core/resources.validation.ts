/** Rules on amounts of resources: of containers, pods, limits and quotas. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, notFound, notSupported, required } from "../../machinery/field-errors.ts";
import { isDNS1123Label, isQualifiedName } from "../../machinery/names.ts";
import { compareQuantity, isInteger, quantityValue, signOf } from "../../machinery/quantity.ts";
import { NOT_INTEGER, NOT_NEGATIVE } from "../rules.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";
import {
  hugePageSize,
  isExtendedResource,
  isHugePage,
  isIntegerResource,
  isNativeResource,
  isOvercommitAllowed,
  isStandardContainerResource,
  isStandardResource,
} from "./resource-names.ts";
import type { ContainerResizePolicy } from "./container.ts";
import type { ResourceRequirements } from "./resource-requirements.ts";

type Amounts = Readonly<Record<string, string>>;

/** A name of at least one resource type the system knows, or one with a domain. */
export function checkResourceName(errors: Errors, at: Path, name: string): void {
  const texts = isQualifiedName(name);
  if (texts.length > 0) add(errors, at, name, texts);
  else if (!name.includes("/") && !isStandardResource(name)) {
    errors.push(invalid(at, name, "must be a standard resource type or fully qualified"));
  }
}

export function checkContainerResourceName(errors: Errors, at: Path, name: string): void {
  if (isStandardContainerResource(name) && !isHugePage(name)) return;
  checkResourceName(errors, at, name);
  if (!name.includes("/")) {
    if (!isStandardContainerResource(name)) {
      errors.push(invalid(at, name, "must be a standard resource for containers"));
    }
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalid(at, name, "doesn't follow extended resource name standard"));
  }
}

/** Never negative; whole where the resource comes in whole numbers. */
export function checkResourceAmount(errors: Errors, at: Path, name: string, amount: string): void {
  checkNonNegativeAmount(errors, at, amount);
  if (isIntegerResource(name) && !isInteger(amount)) errors.push(invalid(at, amount, NOT_INTEGER));
}

export function checkNonNegativeAmount(errors: Errors, at: Path, amount: string): void {
  if (signOf(amount) < 0) errors.push(invalid(at, amount, NOT_NEGATIVE));
}

function checkHugePages(errors: Errors, at: Path, name: string, amount: string): void {
  const size = hugePageSize(name);
  if (size !== undefined && quantityValue(amount) % size === 0) return;
  errors.push(invalid(at, amount, `${amount} is not positive integer multiple of ${name}`));
}

export interface ResourceRules {
  /** Names of `spec.resourceClaims`; undefined where a pod has none. */
  readonly claims: ReadonlySet<string>;
  /** What else a name must fulfil. */
  readonly name?: (errors: Errors, at: Path, name: string) => void;
}

export function checkResources(errors: Errors, at: Path, resources: ResourceRequirements, rules: ResourceRules): void {
  const { limits, requests, claims } = resources;
  if (limits === undefined && requests === undefined && claims === undefined) return;
  const { name: checkName = checkContainerResourceName } = rules;
  let huge = false;
  let compute = false;
  for (const name in limits) {
    const here = at.child("limits").key(name);
    checkName(errors, here, name);
    checkResourceAmount(errors, here, name, limits[name]!);
    if (isHugePage(name)) {
      huge = true;
      checkHugePages(errors, here, name, limits[name]!);
    }
    compute ||= name === "cpu" || name === "memory";
  }
  for (const name in requests) {
    const here = at.child("requests").key(name);
    const amount = requests[name]!;
    checkName(errors, here, name);
    checkResourceAmount(errors, here, name, amount);
    checkAgainstLimit(errors, at, name, amount, limits);
    if (isHugePage(name)) {
      huge = true;
      checkHugePages(errors, here, name, amount);
    }
    compute ||= name === "cpu" || name === "memory";
  }
  if (huge && !compute) errors.push(forbidden(at, "HugePages require cpu or memory"));
  if (claims !== undefined) checkClaims(errors, at.child("claims"), claims, rules.claims);
}

function checkAgainstLimit(errors: Errors, at: Path, name: string, amount: string, limits: Amounts | undefined): void {
  const limit = ownValue(limits, name);
  const overcommit = isOvercommitAllowed(name);
  if (limit === undefined) {
    if (!overcommit) errors.push(required(at.child("limits"), "Limit must be set for non overcommitable resources"));
    return;
  }
  const order = amount === limit ? 0 : compareQuantity(amount, limit);
  if (order !== 0 && !overcommit) {
    errors.push(invalid(at.child("requests"), amount, `must be equal to ${name} limit of ${limit}`));
  } else if (order > 0) {
    errors.push(invalid(at.child("requests"), amount, `must be less than or equal to ${name} limit of ${limit}`));
  }
}

type Claims = NonNullable<ResourceRequirements["claims"]>;

function checkClaims(errors: Errors, at: Path, claims: Claims, known: ReadonlySet<string>): void {
  const names = new Set<string>();
  claims.forEach(({ name, request = "" }, index) => {
    const here = at.index(index);
    if (name === "") {
      errors.push(required(here));
      return;
    }
    if (names.has(name)) errors.push(duplicate(here, name));
    else {
      if (request !== "") add(errors, here.child("request"), request, isDNS1123Label(request));
      const key = request === "" ? name : `${name}/${request}`;
      if (names.has(key)) errors.push(duplicate(here, key));
      else if (request === "") {
        for (const other of names) if (other.startsWith(`${name}/`)) errors.push(duplicate(here, name));
      }
      names.add(key);
    }
    if (!known.has(name)) errors.push(unknownClaim(here, name, known));
  });
}

function unknownClaim(at: Path, name: string, known: ReadonlySet<string>): FieldError {
  const names = known.size === 0 ? " which is empty" : `: ${[...known].toSorted().join(", ")}`;
  const error = notFound(at, name);
  return { ...error, message: `${error.message}: must be one of the names in pod.spec.resourceClaims${names}` };
}

const RESIZABLE = ["cpu", "memory"];
const RESIZE_POLICIES = ["NotRequired", "RestartContainer"];

export function checkResizePolicy(
  errors: Errors,
  at: Path,
  policies: readonly ContainerResizePolicy[],
  podRestartPolicy: string,
): void {
  const seen = new Set<string>();
  policies.forEach(({ resourceName, restartPolicy }, index) => {
    if (seen.has(resourceName)) errors.push(duplicate(at.index(index), resourceName));
    seen.add(resourceName);
    // Upstream does not say which policy it is, from here on.
    if (resourceName === "") errors.push(required(at));
    else if (!RESIZABLE.includes(resourceName)) errors.push(notSupported(at, resourceName, RESIZABLE));
    if (restartPolicy === "") errors.push(required(at));
    else if (!RESIZE_POLICIES.includes(restartPolicy)) {
      errors.push(notSupported(at, restartPolicy, RESIZE_POLICIES));
    }
    if (podRestartPolicy === "Never" && restartPolicy !== "NotRequired") {
      errors.push(invalid(at, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    }
  });
}
