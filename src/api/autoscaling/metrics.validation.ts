/** Rules on the metrics an autoscaler goes by: each has one source, and each source its targets. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import { isDNS1123Label, isValidPathSegmentName } from "../../machinery/names.ts";
import { signOf } from "../../machinery/quantity.ts";
import { checkContainerResourceName } from "../core/resources.validation.ts";
import type { Errors } from "../rules.ts";
import { add, present } from "../rules.ts";
import type { MetricIdentifier, MetricSpec, MetricTarget } from "./metrics.ts";

const TYPES: ReadonlySet<string> = new Set(["ContainerResource", "External", "Object", "Pods", "Resource"]);
const TARGETS: ReadonlySet<string> = new Set(["Utilization", "Value", "AverageValue"]);

/** In upstream's order. */
const SOURCES = ["object", "external", "pods", "resource", "containerResource"] as const;
type Source = (typeof SOURCES)[number];

/** `fromZero`: nothing but what lies outside of the pods can say that some are wanted again. */
export function checkMetrics(errors: Errors, at: Path, metrics: readonly MetricSpec[], fromZero: boolean): void {
  let outside = false;
  metrics.forEach((metric, index) => {
    checkMetric(errors, at.index(index), metric);
    outside ||= metric.type === "Object" || metric.type === "External";
  });
  if (fromZero && !outside) {
    const text = "must specify at least one Object or External metric to support scaling to zero replicas";
    errors.push(forbidden(at, text));
  }
}

function checkMetric(errors: Errors, at: Path, metric: MetricSpec): void {
  const { type } = metric;
  if (type === "") errors.push(required(at.child("type"), "must specify a metric source type"));
  if (!TYPES.has(type)) errors.push(notSupported(at.child("type"), type, TYPES));
  const found = SOURCES.filter((name) => metric[name] !== undefined);
  const first = found[0];
  if (first !== undefined) CHECKS[first](errors, at.child(first), metric);
  // Upstream says it where it looks for the type's source, too.
  if (!TYPES.has(type)) errors.push(notSupported(at.child("type"), type, TYPES));
  const expected = TYPES.has(type) ? ((type[0]!.toLowerCase() + type.slice(1)) as Source) : undefined;
  if (expected !== undefined && metric[expected] === undefined) {
    errors.push(required(at.child(expected), "must populate information for the given metric source"));
  }
  if (found.length === 1) return;
  for (const name of found) {
    if (name !== expected) errors.push(forbidden(at.child(name), "must populate the given metric source only"));
  }
}

interface ObjectReference {
  readonly kind: string;
  readonly name: string;
}

export function checkObject(errors: Errors, at: Path, { kind, name }: ObjectReference): void {
  if (present(errors, at, "kind", kind)) add(errors, at.child("kind"), kind, isValidPathSegmentName(kind));
  if (present(errors, at, "name", name)) add(errors, at.child("name"), name, isValidPathSegmentName(name));
}

/** `groupless`: the core group, which has no name, will do. */
export function checkApiVersion(errors: Errors, at: Path, apiVersion = "", groupless = false): void {
  const slashes = apiVersion.split("/").length - 1;
  if (slashes > 1) errors.push(invalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else if (!groupless && (slashes === 0 || apiVersion.startsWith("/"))) {
    errors.push(invalid(at, apiVersion, "apiVersion must specify API group"));
  }
}

const CHECKS: Readonly<Record<Source, (errors: Errors, at: Path, metric: MetricSpec) => void>> = {
  object(errors, at, { object }) {
    const { describedObject, metric, target } = object!;
    checkObject(errors, at.child("describedObject"), describedObject);
    checkApiVersion(errors, at.child("describedObject", "apiVersion"), describedObject.apiVersion, true);
    checkIdentifier(errors, at.child("metric"), metric);
    checkTarget(errors, at.child("target"), target);
    if (target.value === undefined && target.averageValue === undefined) {
      errors.push(required(at.child("target", "averageValue"), "must set either a target value or averageValue"));
    }
  },
  external(errors, at, { external }) {
    const { metric, target } = external!;
    checkIdentifier(errors, at.child("metric"), metric);
    checkTarget(errors, at.child("target"), target);
    if (target.value === undefined && target.averageValue === undefined) {
      const text = "must set either a target value for metric or a per-pod target";
      errors.push(required(at.child("target", "averageValue"), text));
    }
    if (target.value !== undefined && target.averageValue !== undefined) {
      const text = "may not set both a target value for metric and a per-pod target";
      errors.push(forbidden(at.child("target", "value"), text));
    }
  },
  pods(errors, at, { pods }) {
    const { metric, target } = pods!;
    checkIdentifier(errors, at.child("metric"), metric);
    checkTarget(errors, at.child("target"), target);
    if (target.averageValue === undefined) {
      errors.push(required(at.child("target", "averageValue"), "must specify a positive target averageValue"));
    }
  },
  resource(errors, at, { resource }) {
    present(errors, at, "name", resource!.name, "must specify a resource name");
    checkUsageTarget(errors, at.child("target"), resource!.target);
  },
  containerResource(errors, at, { containerResource }) {
    const { name, container } = containerResource!;
    if (present(errors, at, "name", name, "must specify a resource name")) {
      checkContainerResourceName(errors, at.child("name"), name);
    }
    if (present(errors, at, "container", container, "must specify a container")) {
      add(errors, at.child("container"), container, isDNS1123Label(container));
    }
    checkUsageTarget(errors, at.child("target"), containerResource!.target);
  },
};

function checkUsageTarget(errors: Errors, at: Path, target: MetricTarget): void {
  checkTarget(errors, at, target);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const text = "must set either a target raw value or a target utilization";
    errors.push(required(at.child("averageUtilization"), text));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const text = "may not set both a target raw value and a target utilization";
    errors.push(forbidden(at.child("averageValue"), text));
  }
}

function checkTarget(errors: Errors, at: Path, target: MetricTarget): void {
  const { type, value, averageValue, averageUtilization } = target;
  if (type === "") errors.push(required(at.child("type"), "must specify a metric target type"));
  if (!TARGETS.has(type)) {
    errors.push(invalid(at.child("type"), type, "must be either Utilization, Value, or AverageValue"));
  }
  if (value !== undefined && signOf(value) !== 1) errors.push(invalid(at.child("value"), value, "must be positive"));
  if (averageValue !== undefined && signOf(averageValue) !== 1) {
    errors.push(invalid(at.child("averageValue"), averageValue, "must be positive"));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(invalid(at.child("averageUtilization"), averageUtilization, "must be greater than 0"));
  }
}

/** Nobody looks at its selector until it is asked for. */
function checkIdentifier(errors: Errors, at: Path, { name }: MetricIdentifier): void {
  if (!present(errors, at, "name", name, "must specify a metric name")) return;
  add(errors, at.child("name"), name, isValidPathSegmentName(name));
}
