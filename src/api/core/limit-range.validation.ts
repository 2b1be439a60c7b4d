/** Rules on LimitRanges: names and amounts of each limit, and how its five maps stand to each other. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, path, required } from "../../machinery/field-errors.ts";
import { isQualifiedName } from "../../machinery/names.ts";
import { compareQuantity, milliValue } from "../../machinery/quantity.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";
import type { LimitRangeItem } from "./limit-range.ts";
import { isOvercommitAllowed } from "./resource-names.ts";
import { checkContainerResourceName, checkResourceName } from "./resources.validation.ts";

const LIMITS = path("spec", "limits");
const TYPES: ReadonlySet<string> = new Set(["Pod", "Container", "PersistentVolumeClaim"]);

export function validateLimitRange({
  spec,
}: {
  readonly spec: { readonly limits?: readonly LimitRangeItem[] | null };
}): FieldError[] {
  const errors: Errors = [];
  const types = new Set<string>();
  spec.limits?.forEach((item, index) => {
    const at = LIMITS.index(index);
    checkType(errors, at.child("type"), item.type);
    if (types.has(item.type)) errors.push(duplicate(at.child("type"), item.type));
    types.add(item.type);
    checkMaps(errors, at, item);
    for (const name of new Set(MAPS.flatMap((map) => Object.keys(item[map] ?? {})))) {
      checkOrder(errors, at, item, name);
    }
  });
  return errors;
}

function checkType(errors: Errors, at: Path, type: string): void {
  const texts = isQualifiedName(type);
  if (texts.length > 0) add(errors, at, type, texts);
  else if (!type.includes("/") && !TYPES.has(type)) {
    errors.push(invalid(at, type, "must be a standard limit type or fully qualified"));
  }
}

const MAPS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

function checkMaps(errors: Errors, at: Path, item: LimitRangeItem): void {
  for (const map of MAPS) {
    const amounts = item[map];
    if (map === "maxLimitRequestRatio") checkClaimLimit(errors, at, item);
    if (amounts === undefined) continue;
    if (item.type === "Pod" && (map === "default" || map === "defaultRequest")) {
      if (Object.keys(amounts).length === 0) continue;
      errors.push(forbidden(at.child(map), "may not be specified when `type` is 'Pod'"));
      continue;
    }
    const checkName = item.type === "Pod" || item.type === "Container" ? checkContainerResourceName : checkResourceName;
    for (const name in amounts) {
      checkName(errors, at.child(map).key(name), name);
    }
  }
}

function checkClaimLimit(errors: Errors, at: Path, { type, min, max }: LimitRangeItem): void {
  if (type !== "PersistentVolumeClaim" || min?.["storage"] !== undefined || max?.["storage"] !== undefined) return;
  const text = "either minimum or maximum storage value is required, but neither was provided";
  errors.push(required(at.child("limits"), text));
}

/** min ≤ defaultRequest ≤ default ≤ max, and a ratio that max and min allow. */
function checkOrder(errors: Errors, at: Path, item: LimitRangeItem, name: string): void {
  const [max, min, limit, request, ratio] = MAPS.map((map) => ownValue(item[map], name));
  const below = (low: string | undefined, high: string | undefined): boolean =>
    low !== undefined && high !== undefined && compareQuantity(low, high) > 0;
  const wrong = (map: (typeof MAPS)[number], value: string | undefined, text: string): void => {
    errors.push(invalid(at.child(map).key(name), value, text));
  };
  if (below(min, max)) wrong("min", min, `min value ${min} is greater than max value ${max}`);
  if (below(min, request)) {
    wrong("defaultRequest", request, `min value ${min} is greater than default request value ${request}`);
  }
  if (below(request, max)) {
    wrong("defaultRequest", request, `default request value ${request} is greater than max value ${max}`);
  }
  if (below(request, limit)) {
    wrong("defaultRequest", request, `default request value ${request} is greater than default limit value ${limit}`);
  }
  if (below(min, limit)) wrong("default", min, `min value ${min} is greater than default value ${limit}`);
  if (below(limit, max)) wrong("default", max, `default value ${limit} is greater than max value ${max}`);
  if (ratio !== undefined) checkRatio(errors, at.child("maxLimitRequestRatio").key(name), ratio, min, max);
  const differ = limit !== undefined && request !== undefined && compareQuantity(limit, request) !== 0;
  if (differ && !isOvercommitAllowed(name)) {
    const text = `default value ${limit} must equal to defaultRequest value ${request} in ${name}`;
    wrong("defaultRequest", request, text);
  }
}

function checkRatio(errors: Errors, at: Path, ratio: string, min: string | undefined, max: string | undefined): void {
  if (compareQuantity(ratio, 1) < 0) errors.push(invalid(at, ratio, `ratio ${ratio} is less than 1`));
  if (min === undefined || max === undefined) return;
  const most = milliValue(max) / milliValue(min);
  if (milliValue(ratio) / 1000 > most) {
    errors.push(invalid(at, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`));
  }
}
