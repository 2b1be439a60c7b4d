/** Rules on ResourceSlices: where the devices are, and what each of them says of itself. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { immutable, invalid, notSupported, path, required, tooLong } from "../../machinery/field-errors.ts";
import { byteLength } from "../../machinery/go-text.ts";
import {
  isCIdentifier,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
} from "../../machinery/names.ts";
import { checkNodeSelector } from "../core/affinity.validation.ts";
import { checkCSIDriverName } from "../core/volume-sources.validation.ts";
import type { Errors } from "../rules.ts";
import { NOT_NEGATIVE, add } from "../rules.ts";
import { checkSet } from "./device-claim.validation.ts";
import type { DeviceTaint } from "./device.ts";
import type { Device, DeviceAttribute, ResourcePool, ResourceSliceSpec } from "./resource-slice.ts";

interface SliceParts {
  readonly spec: ResourceSliceSpec;
}

const SPEC = path("spec");
const MOST_DEVICES = 128;
const MOST_TAINTS = 16;
const MOST_FACTS = 32;
const POOL_NAME_LIMIT = 253;
const TEXT_LIMIT = 64;
const EFFECTS = ["NoExecute", "NoSchedule", "None"];

export function validateResourceSlice({ spec }: SliceParts): FieldError[] {
  const errors: Errors = [];
  checkCSIDriverName(errors, SPEC.child("driver"), spec.driver);
  checkPool(errors, SPEC.child("pool"), spec.pool);
  checkPlace(errors, spec);
  checkSet(errors, SPEC.child("devices"), spec.devices ?? [], MOST_DEVICES, {
    check: (at, device) => checkDevice(errors, at, device),
    key: ({ name }) => name,
  });
  return errors;
}

/** Who offers devices, of which pool and where, stays. */
export function validateResourceSliceUpdate({ spec }: SliceParts, { spec: before }: SliceParts): FieldError[] {
  const errors: Errors = [];
  if (spec.driver !== before.driver) errors.push(immutable(SPEC.child("driver"), spec.driver));
  if (spec.pool.name !== before.pool.name) errors.push(immutable(SPEC.child("pool", "name"), spec.pool.name));
  if (spec.nodeName !== before.nodeName) errors.push(immutable(SPEC.child("nodeName"), spec.nodeName ?? null));
  return errors;
}

function checkPool(errors: Errors, at: Path, { name, generation, resourceSliceCount: count }: ResourcePool): void {
  const here = at.child("name");
  if (name === "") errors.push(required(here));
  else {
    if (name.length > POOL_NAME_LIMIT) errors.push(tooLong(here, POOL_NAME_LIMIT));
    for (const part of name.split("/")) add(errors, here, part, isDNS1123Subdomain(part));
  }
  if (generation < 0) errors.push(invalid(at.child("generation"), generation, NOT_NEGATIVE));
  if (count <= 0) errors.push(invalid(at.child("resourceSliceCount"), count, "must be greater than zero"));
}

/** Exactly one way of saying which nodes reach the devices. */
function checkPlace(errors: Errors, spec: ResourceSliceSpec): void {
  const { nodeName, nodeSelector, allNodes = false, perDeviceNodeSelection = false } = spec;
  const said = [
    ["nodeName", nodeName !== undefined],
    ["nodeSelector", nodeSelector !== undefined],
    ["allNodes", allNodes],
    ["perDeviceNodeSelection", perDeviceNodeSelection],
  ] as const;
  const given = said.filter(([, is]) => is).map(([name]) => name);
  if (nodeName === "")
    errors.push(invalid(SPEC.child("nodeName"), nodeName, "must be either unset or set to a non-empty string"));
  else if (nodeName !== undefined) add(errors, SPEC.child("nodeName"), nodeName, isDNS1123Subdomain(nodeName));
  if (nodeSelector !== undefined) {
    checkNodeSelector(errors, SPEC.child("nodeSelector"), nodeSelector);
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const here = SPEC.child("nodeSelector", "nodeSelectorTerms");
      errors.push(invalid(here, terms, "must have exactly one node selector term"));
    }
  }
  const names = "`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`";
  if (given.length === 0) errors.push(required(SPEC, `exactly one of ${names} is required`));
  else if (given.length > 1) {
    const shown = `{${given.map((name) => `\`${name}\``).join(", ")}}`;
    errors.push(invalid(SPEC, shown, `exactly one of ${names} is required, but multiple fields are set`));
  }
}

function checkDevice(errors: Errors, at: Path, device: Device): void {
  add(errors, at.child("name"), device.name, isDNS1123Label(device.name));
  const { attributes = {}, capacity = {}, taints = [] } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > MOST_FACTS) {
    const text = `the total number of attributes and capacities must not exceed ${MOST_FACTS}`;
    errors.push(invalid(at, count, text));
  }
  for (const name in attributes) {
    checkFactName(errors, at.child("attributes").key(name), name);
    checkAttribute(errors, at.child("attributes").key(name), attributes[name]!);
  }
  for (const name in capacity) checkFactName(errors, at.child("capacity").key(name), name);
  checkSet(errors, at.child("taints"), taints, MOST_TAINTS, {
    check: (here, taint) => checkTaint(errors, here, taint),
  });
}

/** `identifier`, or `domain/identifier`; without a domain it is the driver's own. */
function checkFactName(errors: Errors, at: Path, name: string): void {
  const slash = name.indexOf("/");
  const domain = name.slice(0, Math.max(0, slash));
  const identifier = name.slice(slash + 1);
  if (slash === 0) errors.push(invalid(at, domain, "the domain must not be empty"));
  if (domain !== "") add(errors, at, domain, isDNS1123Subdomain(domain));
  if (identifier === "") errors.push(invalid(at, identifier, "the name must not be empty"));
  else add(errors, at, identifier, isCIdentifier(identifier));
}

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

function checkAttribute(errors: Errors, at: Path, attribute: DeviceAttribute): void {
  const { string: text, version } = attribute;
  const given = Object.values(attribute).filter((value) => value !== undefined).length;
  if (given === 0) errors.push(required(at, "exactly one value must be specified"));
  else if (given > 1) errors.push(invalid(at, attribute, "exactly one value must be specified"));
  if (text !== undefined && byteLength(text) > TEXT_LIMIT) errors.push(tooLong(at.child("string"), TEXT_LIMIT));
  if (version === undefined) return;
  const here = at.child("version");
  if (!SEMVER.test(version))
    errors.push(invalid(here, version, "must be a string compatible with semver.org spec 2.0.0"));
  if (byteLength(version) > TEXT_LIMIT) errors.push(tooLong(here, TEXT_LIMIT));
}

function checkTaint(errors: Errors, at: Path, { key, value = "", effect }: DeviceTaint): void {
  add(errors, at.child("key"), key, isQualifiedName(key));
  add(errors, at.child("value"), value, isValidLabelValue(value));
  if ((effect as string) === "") errors.push(required(at.child("effect")));
  else if (!EFFECTS.includes(effect)) errors.push(notSupported(at.child("effect"), effect, EFFECTS));
}
