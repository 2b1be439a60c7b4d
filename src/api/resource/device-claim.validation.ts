/** Rules on what a claim asks of devices. */
import { toJson } from "../../machinery/exact-json.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { NotBoolean, compileDeviceSelector } from "../../machinery/cel/device.ts";
import { CompileError, InstantiationError } from "../../machinery/cel/index.ts";
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  path,
  required,
  tooLong,
  tooMany,
  internal,
} from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import { byteLength } from "../../machinery/go-text.ts";
import {
  isCIdentifier,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
} from "../../machinery/names.ts";
import { checkCSIDriverName } from "../core/volume-sources.validation.ts";
import type { Errors } from "../rules.ts";
import { NOT_POSITIVE, add } from "../rules.ts";
import type { DeviceClaim, DeviceConstraint, DeviceRequest, DeviceSubRequest } from "./device-claim.ts";
import type { DeviceSelector, DeviceToleration, OpaqueDeviceConfiguration } from "./device.ts";

const MOST = 32;
const MOST_FALLBACKS = 8;
const EXPRESSION_LIMIT = 10 * 1024;
/** In steps. */
const EXPRESSION_COST = 1_000_000;
const RAW_LIMIT = 10 * 1024;
const MODES = ["All", "ExactCount"];
const EFFECTS = ["NoExecute", "NoSchedule", "None"];
const ID_LIMIT = 32;

/** Checks each item, then that no two have the same key. */
export function checkSet<T>(
  errors: Errors,
  at: Path,
  items: readonly T[],
  most: number,
  rules: { readonly check: (at: Path, item: T) => void; readonly key?: (item: T) => string },
): void {
  if (items.length > most) {
    errors.push(tooMany(at, items.length, most));
    return;
  }
  items.forEach((item, index) => rules.check(at.index(index), item));
  if (rules.key !== undefined) checkTwice(errors, at, items.map(rules.key));
}

export function checkTwice(errors: Errors, at: Path, keys: readonly string[]): void {
  const seen = new Set<string>();
  keys.forEach((key, index) => {
    if (seen.has(key)) errors.push(duplicate(at.index(index), key));
    seen.add(key);
  });
}

/** `request` or `request/alternative`. */
export type RequestNames = ReadonlySet<string>;

export function requestNames({ requests }: DeviceClaim): RequestNames {
  return new Set(
    (requests ?? []).flatMap(({ name, firstAvailable = [] }) => [
      name,
      ...firstAvailable.map((each) => `${name}/${each.name}`),
    ]),
  );
}

function checkDeviceClaim(errors: Errors, at: Path, claim: DeviceClaim): void {
  const requests = claim.requests ?? [];
  const names = requestNames(claim);
  checkSet(errors, at.child("requests"), requests, MOST, {
    check: (here, request) => checkRequest(errors, here, request),
    key: ({ name }) => name,
  });
  checkSet(errors, at.child("constraints"), claim.constraints ?? [], MOST, {
    check: (here, constraint) => checkConstraint(errors, here, constraint, names),
  });
  checkSet(errors, at.child("config"), claim.config ?? [], MOST, {
    check: (here, config) => {
      checkReferences(errors, here.child("requests"), config.requests ?? [], names);
      checkOpaque(errors, here.child("opaque"), config.opaque);
    },
  });
}

function checkRequest(errors: Errors, at: Path, { name, exactly, firstAvailable = [] }: DeviceRequest): void {
  add(errors, at.child("name"), name, isDNS1123Label(name));
  const count = Number(exactly !== undefined) + Number(firstAvailable.length > 0);
  const text = "exactly one of `exactly` or `firstAvailable` is required";
  if (count === 0) errors.push(required(at, text));
  else if (count > 1) errors.push(invalid(at, null, `${text}, but multiple fields are set`));
  else if (exactly !== undefined) checkWanted(errors, at.child("exactly"), exactly);
  else {
    checkSet(errors, at.child("firstAvailable"), firstAvailable, MOST_FALLBACKS, {
      check: (here, wanted) => {
        add(errors, here.child("name"), wanted.name, isDNS1123Label(wanted.name));
        checkWanted(errors, here, wanted);
      },
      key: (wanted) => wanted.name,
    });
  }
}

function checkWanted(errors: Errors, at: Path, wanted: Omit<DeviceSubRequest, "name">): void {
  const { deviceClassName, selectors = [], allocationMode = "", count = 0, tolerations = [] } = wanted;
  if (deviceClassName === "") errors.push(required(at.child("deviceClassName")));
  else add(errors, at.child("deviceClassName"), deviceClassName, isDNS1123Subdomain(deviceClassName));
  checkSelectors(errors, at.child("selectors"), selectors);
  if (allocationMode === "All") {
    if (count !== 0) {
      errors.push(invalid(at.child("count"), count, "must not be specified when allocationMode is 'All'"));
    }
  } else if (allocationMode === "ExactCount") {
    if (count <= 0) errors.push(invalid(at.child("count"), count, NOT_POSITIVE));
  } else errors.push(notSupported(at.child("allocationMode"), allocationMode, MODES));
  tolerations.forEach((toleration, index) =>
    checkDeviceToleration(errors, at.child("tolerations").index(index), toleration),
  );
}

export function checkSelectors(errors: Errors, at: Path, selectors: readonly DeviceSelector[]): void {
  checkSet(errors, at, selectors, MOST, {
    check: (here, { cel }) => {
      if (cel === undefined) errors.push(required(here.child("cel")));
      else checkExpression(errors, here.child("cel", "expression"), cel.expression);
    },
  });
}

function checkExpression(errors: Errors, at: Path, expression: string): void {
  if (byteLength(expression) > EXPRESSION_LIMIT) {
    errors.push(tooLong(at, EXPRESSION_LIMIT));
    return;
  }
  try {
    if (compileDeviceSelector(expression).estimate().most > EXPRESSION_COST) {
      errors.push(forbidden(at, "too complex, exceeds cost limit"));
    }
  } catch (error) {
    if (error instanceof InstantiationError) errors.push(internal(at, error.reason));
    else if (error instanceof CompileError) errors.push(invalid(at, expression, error.reason));
    else if (error instanceof NotBoolean) errors.push(invalid(at, expression, error.message));
    else throw error;
  }
}

export function checkDeviceToleration(errors: Errors, at: Path, toleration: DeviceToleration): void {
  const { key = "", operator, value = "", effect } = toleration;
  if (key !== "") add(errors, at.child("key"), key, isQualifiedName(key));
  if (operator === "Exists") {
    if (value !== "") errors.push(invalid(at.child("value"), value, "must be empty for operator `Exists`"));
  } else if (operator === "Equal") {
    add(errors, at.child("value"), value, isValidLabelValue(value));
  } else errors.push(notSupported(at.child("operator"), operator, ["Equal", "Exists"]));
  if (effect !== undefined && !EFFECTS.includes(effect)) {
    errors.push(notSupported(at.child("effect"), effect, EFFECTS));
  }
}

function checkConstraint(errors: Errors, at: Path, constraint: DeviceConstraint, names: RequestNames): void {
  checkReferences(errors, at.child("requests"), constraint.requests ?? [], names);
  const { matchAttribute, distinctAttribute } = constraint;
  if (matchAttribute !== undefined) checkAttribute(errors, at.child("matchAttribute"), matchAttribute);
  else if (distinctAttribute !== undefined) checkAttribute(errors, at.child("distinctAttribute"), distinctAttribute);
  else {
    const text = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
    errors.push(required(at, text));
  }
}

/** `domain/identifier`. */
function checkAttribute(errors: Errors, at: Path, name: string): void {
  checkFactName(errors, at, name);
  if (!name.includes("/")) {
    errors.push(invalid(at, name, "a fully qualified name must be a domain and a name separated by a slash"));
  }
}

/** `identifier`, or `domain/identifier`; without a domain it is the driver's own. */
export function checkFactName(errors: Errors, at: Path, name: string): void {
  const [first = "", second, ...more] = name.split("/");
  if (more.length > 0) return;
  if (second !== undefined) {
    if (first === "") errors.push(invalid(at, "", "the domain must not be empty"));
    else checkCSIDriverName(errors, at, first);
  }
  const identifier = second ?? first;
  if (second === "") errors.push(invalid(at, "", "the name must not be empty"));
  else {
    if (identifier.length > ID_LIMIT) errors.push(tooLong(at, ID_LIMIT));
    add(errors, at, identifier, isCIdentifier(identifier));
  }
}

export function checkReferences(errors: Errors, at: Path, references: readonly string[], names: RequestNames): void {
  checkSet(errors, at, references, MOST, {
    check: (here, name) => checkReference(errors, here, name, names),
    key: (name) => name,
  });
}

export function checkReference(errors: Errors, at: Path, name: string, names: RequestNames): void {
  const segments = name.split("/");
  if (segments.length <= 2) for (const each of segments) add(errors, at, each, isDNS1123Label(each));
  if (names.has(name) && segments.length <= 2) return;
  const text = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  errors.push(invalid(at, name, text));
}

/** `stored`: it was there before, when it could still be longer. */
export function checkOpaque(
  errors: Errors,
  at: Path,
  opaque: OpaqueDeviceConfiguration | undefined,
  stored = false,
): void {
  if (opaque === undefined) {
    errors.push(required(at));
    return;
  }
  checkCSIDriverName(errors, at.child("driver"), opaque.driver);
  checkRaw(errors, at.child("parameters"), opaque.parameters, stored);
}

/** An object of anything. */
export function checkRaw(errors: Errors, at: Path, value: unknown, stored = false): void {
  if (value === null || value === undefined) errors.push(required(at));
  else if (!stored && byteLength(toJson(value)) > RAW_LIMIT) errors.push(tooLong(at, RAW_LIMIT));
  else if (typeof value !== "object" || Array.isArray(value)) {
    errors.push(invalid(at, "<value omitted>", "must be a valid JSON object"));
  }
}

const BINDING_MOST = 4;

/** Conditions that a pod's binding waits for, and those that end the wait: both or neither. */
export function checkBinding(
  errors: Errors,
  at: Path,
  device: { readonly bindingConditions?: readonly string[]; readonly bindingFailureConditions?: readonly string[] },
): void {
  const { bindingConditions: good = [], bindingFailureConditions: bad = [] } = device;
  const goodAt = at.child("bindingConditions");
  const badAt = at.child("bindingFailureConditions");
  const check = (here: Path, name: string): void => add(errors, here, name, isQualifiedName(name));
  checkSet(errors, goodAt, good, BINDING_MOST, { check });
  checkSet(errors, badAt, bad, BINDING_MOST, { check });
  checkTwice(errors, goodAt, good);
  checkTwice(errors, badAt, bad);
  bad.forEach((name, index) => {
    if (!good.includes(name)) return;
    errors.push(invalid(badAt.index(index), name, "bindingFailureConditions must not overlap with bindingConditions"));
  });
  if (good.length === 0 && bad.length > 0) {
    errors.push(invalid(goodAt, null, "bindingConditions are required to use bindingFailureConditions"));
  }
  if (bad.length === 0 && good.length > 0) {
    errors.push(invalid(badAt, null, "bindingFailureConditions are required to use bindingConditions"));
  }
}

/** The claim at `spec`, or at `spec.spec` of a template. */
export function deviceClaimErrors(claim: DeviceClaim, ...at: readonly string[]): FieldError[] {
  const errors: Errors = [];
  checkDeviceClaim(errors, path("spec", ...at, "devices"), claim);
  return errors;
}
