/** Rules on a device of a ResourceSlice: what it has, where it is, what it takes of shared counters. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required, tooLong, tooMany } from "../../machinery/field-errors.ts";
import { byteLength } from "../../machinery/go-text.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidLabelValue } from "../../machinery/names.ts";
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  quantityValue,
  signOf,
} from "../../machinery/quantity.ts";
import { checkNodeSelector } from "../core/affinity.validation.ts";
import type { Errors } from "../rules.ts";
import { add, same } from "../rules.ts";
import { checkBinding, checkFactName, checkSet, checkTwice } from "./device-claim.validation.ts";
import type { DeviceTaint } from "./device.ts";
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  CounterSet,
  Device,
  DeviceAttribute,
  DeviceCapacity,
  DeviceCounterConsumption,
} from "./resource-slice.ts";

const MOST_TAINTS = 16;
const MOST_FACTS = 32;
const MOST_SETS = 2;
const MOST_COUNTERS = 32;
const MOST_VALUES = 10;
const TEXT_LIMIT = 64;
export const UNSET_OR_TRUE = "must be either unset or set to true";
const EFFECTS = ["NoExecute", "NoSchedule", "None"];

/** What a device has stays as it was said, although it would be refused today. */
export function checkDevice(
  errors: Errors,
  at: Path,
  device: Device,
  of: { readonly before: Device | undefined; readonly placed: boolean },
): void {
  add(errors, at.child("name"), device.name, isDNS1123Label(device.name));
  const { attributes = {}, capacity = {}, taints = [] } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > MOST_FACTS) {
    const text = `the total number of attributes and capacities must not exceed ${MOST_FACTS}`;
    errors.push(invalid(at, count, text));
  }
  for (const name in attributes) {
    checkFactName(errors, at.child("attributes"), name);
    checkAttribute(errors, at.child("attributes").key(name), attributes[name]!);
  }
  if (of.before === undefined || !same(of.before.capacity, device.capacity)) {
    for (const name in capacity) {
      checkFactName(errors, at.child("capacity"), name);
      checkCapacity(errors, at.child("capacity").key(name), capacity[name]!, device.allowMultipleAllocations === true);
    }
  }
  if (of.before === undefined || !same(of.before.taints, device.taints)) {
    checkSet(errors, at.child("taints"), taints, MOST_TAINTS, {
      check: (here, taint) => checkTaint(errors, here, taint),
    });
  }
  checkSet(errors, at.child("consumesCounters"), device.consumesCounters ?? [], MOST_SETS, {
    check: (here, consumption) => checkConsumption(errors, here, consumption),
    key: ({ counterSet }) => counterSet,
  });
  checkPlace(errors, at, device, of.placed);
  checkBinding(errors, at, device);
}

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

function checkAttribute(errors: Errors, at: Path, attribute: DeviceAttribute): void {
  const { string: text, version } = attribute;
  if (text !== undefined && byteLength(text) > TEXT_LIMIT) errors.push(tooLong(at.child("string"), TEXT_LIMIT));
  if (version !== undefined) {
    const here = at.child("version");
    if (!SEMVER.test(version)) {
      errors.push(invalid(here, version, "must be a string compatible with semver.org spec 2.0.0"));
    }
    if (byteLength(version) > TEXT_LIMIT) errors.push(tooLong(here, TEXT_LIMIT));
  }
  const given = Object.values(attribute).filter((value) => value !== undefined).length;
  if (given === 0) errors.push(invalid(at, "", "exactly one value must be specified"));
  else if (given > 1) errors.push(invalid(at, attribute, "exactly one value must be specified"));
}

function checkCapacity(errors: Errors, at: Path, { value, requestPolicy }: DeviceCapacity, shared: boolean): void {
  if (requestPolicy === undefined) return;
  const here = at.child("requestPolicy");
  if (shared) checkPolicy(errors, here, value, requestPolicy);
  else errors.push(forbidden(here, "allowMultipleAllocations must be true"));
}

function checkPolicy(errors: Errors, at: Path, most: string, policy: CapacityRequestPolicy): void {
  const { validValues = [], validRange } = policy;
  const usual = policy.default ?? undefined;
  if (validValues.length > 0 && validRange !== undefined) {
    const text = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    errors.push(forbidden(at, text));
  } else if (validValues.length > 0) {
    if (usual === undefined) errors.push(required(at.child("default"), "required when validValues is defined"));
    else checkValues(errors, at.child("validValues"), validValues, most, usual);
  } else if (validRange !== undefined) {
    if (usual === undefined) errors.push(required(at.child("default"), "required when validRange is defined"));
    else checkRange(errors, at.child("validRange"), validRange, most, usual);
  }
}

/** The values in order, of which the usual one is one, none more than there is. */
function checkValues(errors: Errors, at: Path, values: readonly string[], most: string, usual: string): void {
  values.forEach((value, index) => {
    if (index === 0 || compareQuantity(values[index - 1]!, value) <= 0) return;
    errors.push(invalid(at.index(index), canonicalQuantity(value), "values must be sorted in ascending order"));
  });
  if (values.length > MOST_VALUES) errors.push(tooMany(at, values.length, MOST_VALUES));
  else {
    values.forEach((value, index) => {
      if (compareQuantity(value, most) <= 0) return;
      const text = `option is larger than capacity value: ${canonicalQuantity(most)}`;
      errors.push(invalid(at.index(index), canonicalQuantity(value), text));
    });
    checkTwice(
      errors,
      at,
      values.map((value) => String(quantityValue(value))),
    );
    if (values.some((value) => compareQuantity(value, usual) === 0)) return;
  }
  errors.push(invalid(at, canonicalQuantity(usual), "default value is not valid according to the requestPolicy"));
}

function checkRange(errors: Errors, at: Path, range: CapacityRequestPolicyRange, most: string, usual: string): void {
  const { min, max, step } = range as Partial<CapacityRequestPolicyRange>;
  if (min === undefined) {
    errors.push(required(at.child("min"), "required when validRange is defined"));
    return;
  }
  const less = (name: string, small: string, shown: string, limit: string, text: string): void => {
    if (compareQuantity(small, limit) <= 0) return;
    errors.push(invalid(at.child(name), canonicalQuantity(shown), text));
  };
  less("min", min, min, most, `min is larger than capacity value: ${canonicalQuantity(most)}`);
  less("default", min, usual, usual, `default is less than min: ${canonicalQuantity(min)}`);
  if (max !== undefined) {
    less("max", min, min, max, `min is larger than max: ${canonicalQuantity(max)}`);
    less("max", max, max, most, `max is larger than capacity value: ${canonicalQuantity(most)}`);
    less("default", usual, usual, max, `default is more than max: ${canonicalQuantity(max)}`);
  }
  if (step === undefined) return;
  const here = at.child("step");
  if (signOf(step) <= 0) {
    errors.push(invalid(here, canonicalQuantity(step), "must be greater than zero"));
    return;
  }
  const first = formatQuantity(addQuantity(min, step));
  less("step", first, step, most, `one step ${first} is larger than capacity value: ${canonicalQuantity(most)}`);
  for (const value of [usual, ...(max === undefined ? [] : [max])]) {
    if ((quantityValue(value) - quantityValue(min)) % quantityValue(step) === 0) continue;
    const text = `value is not a multiple of a given step (${canonicalQuantity(step)}) from (${canonicalQuantity(min)})`;
    errors.push(invalid(here, canonicalQuantity(value), text));
  }
}

function checkTaint(errors: Errors, at: Path, { key, value = "", effect }: DeviceTaint): void {
  add(errors, at.child("key"), key, isQualifiedName(key));
  add(errors, at.child("value"), value, isValidLabelValue(value));
  if ((effect as string) === "") errors.push(required(at.child("effect")));
  else if (!EFFECTS.includes(effect)) errors.push(notSupported(at.child("effect"), effect, EFFECTS));
}

function checkConsumption(errors: Errors, at: Path, { counterSet, counters }: DeviceCounterConsumption): void {
  checkCounters(errors, at, "counterSet", counterSet, counters);
}

export function checkCounterSet(errors: Errors, at: Path, { name, counters }: CounterSet): void {
  checkCounters(errors, at, "name", name, counters);
}

function checkCounters(errors: Errors, at: Path, called: string, name: string, counters: object | undefined): void {
  if (name === "") errors.push(required(at.child(called)));
  else add(errors, at.child(called), name, isDNS1123Label(name));
  const here = at.child("counters");
  const names = Object.keys(counters ?? {});
  if (names.length === 0) errors.push(required(here));
  else if (names.length > MOST_COUNTERS) errors.push(tooMany(here, names.length, MOST_COUNTERS));
  else for (const each of names) add(errors, here, each, isDNS1123Label(each));
}

/** Where the slice leaves it to the devices, each says in exactly one way where it is. */
function checkPlace(errors: Errors, at: Path, device: Device, placed: boolean): void {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!placed) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return;
    const text =
      "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    errors.push(invalid(at, null, text));
    return;
  }
  if (nodeName === "") errors.push(invalid(at.child("nodeName"), nodeName, "must not be empty"));
  else if (nodeName !== undefined) add(errors, at.child("nodeName"), nodeName, isDNS1123Subdomain(nodeName));
  if (nodeSelector !== undefined) checkNodeSelector(errors, at.child("nodeSelector"), nodeSelector);
  if (allNodes === false) errors.push(invalid(at.child("allNodes"), false, UNSET_OR_TRUE));
  const said = [
    ...(nodeName ? ["`nodeName`"] : []),
    ...(nodeSelector === undefined ? [] : ["`nodeSelector`"]),
    ...(allNodes === true ? ["`allNodes`"] : []),
  ];
  if (said.length === 1) return;
  const text =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  errors.push(said.length === 0 ? required(at, text) : invalid(at, `{${said.join(", ")}}`, text));
}
