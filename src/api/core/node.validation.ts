/** Rules on Nodes. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import {
  duplicate,
  forbidden,
  internal,
  invalid,
  notSupported,
  path,
  required,
  valueText,
} from "../../machinery/field-errors.ts";
import { quote } from "../../machinery/go-text.ts";
import { isValidCIDR, parseCIDR } from "../../machinery/ip.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { isValidLabelValue } from "../../machinery/names.ts";
import { validateLabelName } from "../../machinery/validate-metadata.ts";
import type { Errors } from "../rules.ts";
import { checkResourceAmount } from "./resources.validation.ts";
import type { NodeStatus } from "./node-status.ts";
import type { Taint } from "./taint.ts";

interface NodeParts {
  readonly spec: {
    readonly taints?: readonly Taint[];
    readonly podCIDRs?: readonly string[];
    readonly providerID?: string;
    readonly externalID?: string;
    readonly configSource?: unknown;
  };
  readonly status: NodeStatus;
}

// Upstream looks for taints here although they stand in the spec.
const TAINTS = path("metadata", "taints");
const STATUS = path("status");
const POD_CIDRS = path("spec", "podCIDRs");
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateNode({ spec, status }: NodeParts, { subresource }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  // Of a status alone nothing is said but what is said of each change.
  if (subresource === "status") return errors;
  if (spec.taints !== undefined) checkTaints(errors, spec.taints);
  checkStatus(errors, status);
  if (spec.podCIDRs !== undefined) checkPodCIDRs(errors, spec.podCIDRs);
  return errors;
}

function checkTaints(errors: Errors, taints: readonly Taint[]): void {
  const seen = new Set<string>();
  taints.forEach((taint, index) => {
    const { key, value = "", effect } = taint;
    const at = TAINTS.index(index);
    errors.push(...validateLabelName(key, at.child("key")));
    const texts = isValidLabelValue(value);
    if (texts.length > 0) errors.push(invalid(at.child("value"), value, texts.join(";")));
    checkEffect(errors, at.child("effect"), effect);
    if (seen.has(`${effect} ${key}`)) errors.push(duplicateTaint(at, taint));
    seen.add(`${effect} ${key}`);
  });
}

function checkEffect(errors: Errors, at: Path, effect: string): void {
  if (effect === "") errors.push(required(at));
  else if (!EFFECTS.includes(effect)) errors.push(notSupported(at, effect, EFFECTS));
}

function duplicateTaint(at: Path, { key, value = "", effect, timeAdded }: Taint): FieldError {
  const shown = valueText({ Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null });
  return {
    reason: "FieldValueDuplicate",
    field: at.toString(),
    message: `Duplicate value: ${shown}: taints must be unique by key and effect pair`,
  };
}

function checkStatus(errors: Errors, { capacity, allocatable, nodeInfo, declaredFeatures = [] }: NodeStatus): void {
  checkAmounts(errors, STATUS.child("capacity"), capacity);
  checkAmounts(errors, STATUS.child("allocatable"), allocatable);
  const swap = nodeInfo?.swap?.capacity;
  if (swap !== undefined && swap <= 0) {
    errors.push(invalid("metadata.nodeSwapStatus.capacity", swap, "must be greater than zero"));
  }
  checkFeatures(errors, STATUS.child("declaredFeatures"), declaredFeatures);
}

function checkAmounts(errors: Errors, at: Path, amounts: Readonly<Record<string, string>> | undefined): void {
  for (const name in amounts) checkResourceAmount(errors, at.child(name), name, amounts[name]!);
}

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_RULE =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
const LONGEST_FEATURE = 253;

function checkFeatures(errors: Errors, at: Path, features: readonly string[]): void {
  features.forEach((feature, index) => {
    const refuse = (rule: string): void => {
      errors.push(invalid(at.index(index), feature, `invalid feature name ${quote(feature)}: ${rule}`));
    };
    if (feature.length > LONGEST_FEATURE) refuse(`must be no more than ${LONGEST_FEATURE} characters`);
    else if (!FEATURE.test(feature)) refuse(FEATURE_RULE);
    if (features.indexOf(feature) < index) errors.push(duplicate(at.index(index), feature));
  });
  if (features.some((feature, index) => index > 0 && feature < features[index - 1]!)) {
    errors.push(invalid(at, features, "list must be sorted alphabetically"));
  }
}

function checkPodCIDRs(errors: Errors, cidrs: readonly string[]): void {
  cidrs.forEach((cidr, index) => errors.push(...isValidCIDR(POD_CIDRS.index(index), cidr)));
  if (cidrs.length < 2) return;
  const networks = cidrs.map(parseCIDR);
  const bad = networks.indexOf(undefined);
  if (bad >= 0) {
    const why = `invalid CIDR[${bad}]: <nil> (invalid CIDR address: ${cidrs[bad]})`;
    errors.push(internal(POD_CIDRS, `invalid PodCIDRs. failed to check with dual stack with error:${why}`));
  }
  if (cidrs.length > 2 || bad >= 0 || networks[0]?.family === networks[1]?.family) {
    errors.push(invalid(POD_CIDRS, cidrs, "may specify no more than one CIDR for each IP family"));
  }
}

export function validateNodeUpdate({ spec, status }: NodeParts, { spec: before }: NodeParts): FieldError[] {
  const errors: Errors = [];
  checkStatus(errors, status);
  checkAddresses(errors, status);
  checkSameCIDRs(errors, spec.podCIDRs ?? [], before.podCIDRs ?? []);
  const { providerID = "" } = before;
  if (providerID !== "" && spec.providerID !== providerID) {
    const text = 'node updates may not change providerID except from "" to valid';
    errors.push(forbidden("spec.providerID", text));
  }
  if (spec.taints !== undefined) checkTaints(errors, spec.taints);
  if (spec.externalID !== before.externalID) {
    errors.push(forbidden("spec.externalID", "may not be updated"));
  }
  return errors;
}

function checkSameCIDRs(errors: Errors, cidrs: readonly string[], before: readonly string[]): void {
  if (before.length === 0) return;
  const error = forbidden(POD_CIDRS, 'node updates may not change podCIDR except from "" to valid');
  if (cidrs.length !== before.length) errors.push(error);
  else errors.push(...before.filter((cidr, index) => cidr !== cidrs[index]).map(() => error));
}

function checkAddresses(errors: Errors, { addresses = [] }: NodeStatus): void {
  const seen = new Set<string>();
  addresses.forEach(({ type, address }, index) => {
    const key = `${type} ${address}`;
    if (seen.has(key)) {
      errors.push(duplicate(path("status", "addresses").index(index), { Type: type, Address: address }));
    }
    seen.add(key);
  });
}

export function nodeWarnings({ spec }: NodeParts): string[] {
  const texts: string[] = [];
  if (spec.configSource !== undefined) texts.push("spec.configSource: the feature is removed");
  if (spec.externalID) texts.push("spec.externalID: this field is deprecated, and is unused by Kubernetes");
  return texts;
}
