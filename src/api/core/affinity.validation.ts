/** Rules on where a pod may run: node selectors, affinity, spreading, tolerations. */
import type { Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidLabelValue } from "../../machinery/names.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import { NOT_POSITIVE, add, oneOf } from "../rules.ts";
import type { Errors } from "../rules.ts";
import type { Affinity, PodAffinity, PodAffinityTerm } from "./affinity.ts";
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from "./node-selector.ts";
import type { Toleration, TopologySpreadConstraint } from "./pod-scheduling.ts";

const OPERATOR = "not a valid selector operator";

export function checkNodeSelector(errors: Errors, at: Path, { nodeSelectorTerms }: NodeSelector): void {
  const terms = nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    errors.push(required(at.child("nodeSelectorTerms"), "must have at least one node selector term"));
    return;
  }
  terms.forEach((term, index) => checkNodeSelectorTerm(errors, at.child("nodeSelectorTerms").index(index), term, true));
}

function checkNodeSelectorTerm(errors: Errors, at: Path, term: NodeSelectorTerm, strict: boolean): void {
  term.matchExpressions?.forEach((each, index) =>
    checkNodeRequirement(errors, at.child("matchExpressions").index(index), each, strict),
  );
  term.matchFields?.forEach((each, index) => checkNodeField(errors, at.child("matchFields").index(index), each));
}

function checkNodeRequirement(
  errors: Errors,
  at: Path,
  { key, operator, values = [] }: NodeSelectorRequirement,
  strict: boolean,
): void {
  switch (operator as string) {
    case "In":
    case "NotIn":
      if (values.length > 0) break;
      errors.push(required(at.child("values"), "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length === 0) break;
      errors.push(forbidden(at.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case "Gt":
    case "Lt":
      if (values.length === 1) break;
      errors.push(required(at.child("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalid(at.child("operator"), operator, OPERATOR));
  }
  add(errors, at.child("key"), key, isQualifiedName(key));
  if (!strict) return;
  values.forEach((value, index) => add(errors, at.child("values").index(index), value, isValidLabelValue(value)));
}

function checkNodeField(errors: Errors, at: Path, requirement: NodeSelectorRequirement): void {
  const { key, operator, values = [] } = requirement;
  if (operator !== "In" && operator !== "NotIn") errors.push(invalid(at.child("operator"), operator, OPERATOR));
  else if (values.length !== 1) {
    const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(at.child("values"), text));
  }
  if (key !== "metadata.name") errors.push(invalid(at.child("key"), key, "not a valid field selector key"));
  else values.forEach((value, index) => add(errors, at.child("values").index(index), value, isDNS1123Subdomain(value)));
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

function checkWeight(errors: Errors, at: Path, weight: number): void {
  if (weight <= 0 || weight > 100) errors.push(invalid(at.child("weight"), weight, "must be in the range 1-100"));
}

export function checkAffinity(errors: Errors, at: Path, affinity: Affinity): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity !== undefined) {
    const here = at.child("nodeAffinity");
    const needed = nodeAffinity[REQUIRED];
    if (needed !== undefined) checkNodeSelector(errors, here.child(REQUIRED), needed);
    nodeAffinity[PREFERRED]?.forEach(({ weight, preference }, index) => {
      checkWeight(errors, here.child(PREFERRED).index(index), weight);
      checkNodeSelectorTerm(errors, here.child(PREFERRED).index(index).child("preference"), preference, false);
    });
  }
  if (podAffinity !== undefined) checkPodAffinity(errors, at.child("podAffinity"), podAffinity);
  if (podAntiAffinity !== undefined) checkPodAffinity(errors, at.child("podAntiAffinity"), podAntiAffinity);
}

function checkPodAffinity(errors: Errors, at: Path, affinity: PodAffinity): void {
  affinity[REQUIRED]?.forEach((term, index) => checkAffinityTerm(errors, at.child(REQUIRED).index(index), term));
  affinity[PREFERRED]?.forEach(({ weight, podAffinityTerm }, index) => {
    checkWeight(errors, at.child(PREFERRED).index(index), weight);
    checkAffinityTerm(errors, at.child(PREFERRED).index(index).child("podAffinityTerm"), podAffinityTerm);
  });
}

function checkAffinityTerm(errors: Errors, at: Path, term: PodAffinityTerm): void {
  checkLabelSelector(errors, at.child("labelSelector"), term.labelSelector);
  checkLabelSelector(errors, at.child("namespaceSelector"), term.namespaceSelector);
  for (const name of term.namespaces ?? []) add(errors, at.child("namespace"), name, isDNS1123Label(name));
  checkMatchKeys(errors, at, term);
  checkTopologyKey(errors, at, term.topologyKey);
  add(errors, at.child("topologyKey"), term.topologyKey, isQualifiedName(term.topologyKey));
}

function checkTopologyKey(errors: Errors, at: Path, key: string): void {
  if (key === "") errors.push(required(at.child("topologyKey"), "can not be empty"));
}

/**
 * Label keys whose values are taken from the pod itself. In a pod they have become expressions of the selector, so that a
 * key which it had before is there twice now; upstream looks only at expressions for that, and leaves out which list it is.
 */
function checkMatchKeys(errors: Errors, at: Path, term: Omit<PodAffinityTerm, "topologyKey">): void {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  checkKeys(errors, at.child("matchLabelKeys"), matchLabelKeys, labelSelector);
  checkKeys(errors, at.child("mismatchLabelKeys"), mismatchLabelKeys, labelSelector);
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const index = matchLabelKeys.lastIndexOf(key);
    if (index >= 0 && seen.has(key)) {
      errors.push(invalid(at.index(index), key, "exists in both matchLabelKeys and labelSelector"));
    }
    seen.add(key);
  }
  matchLabelKeys.forEach((key, index) => {
    if (!mismatchLabelKeys.includes(key)) return;
    const text = "exists in both matchLabelKeys and mismatchLabelKeys";
    errors.push(invalid(at.child("matchLabelKeys").index(index), key, text));
  });
}

function checkKeys(errors: Errors, at: Path, keys: readonly string[], selector: LabelSelector | undefined): void {
  if (keys.length === 0) return;
  if (selector === undefined) errors.push(forbidden(at, "must not be specified when labelSelector is not set"));
  else keys.forEach((key, index) => add(errors, at.index(index), key, isQualifiedName(key)));
}

const UNSATISFIABLE = ["DoNotSchedule", "ScheduleAnyway"];
const INCLUSION = ["Ignore", "Honor"];

export function checkSpread(errors: Errors, at: Path, constraints: readonly TopologySpreadConstraint[]): void {
  const last = new Map(constraints.map((constraint, index) => [pairOf(constraint), index]));
  constraints.forEach((constraint, index) => {
    const here = at.index(index);
    const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector, minDomains } = constraint;
    if (maxSkew <= 0) errors.push(invalid(here.child("maxSkew"), maxSkew, NOT_POSITIVE));
    checkTopologyKey(errors, here, topologyKey);
    if (!UNSATISFIABLE.includes(whenUnsatisfiable)) {
      errors.push(notSupported(here.child("whenUnsatisfiable"), whenUnsatisfiable, UNSATISFIABLE));
    }
    const pair = pairOf(constraint);
    // Upstream complains of each that has another one behind it.
    if (last.get(pair)! > index) errors.push(duplicate(here.child("{topologyKey, whenUnsatisfiable}"), pair));
    checkMinDomains(errors, here.child("minDomains"), minDomains, whenUnsatisfiable);
    oneOf(errors, here, "nodeAffinityPolicy", constraint.nodeAffinityPolicy, INCLUSION);
    oneOf(errors, here, "nodeTaintsPolicy", constraint.nodeTaintsPolicy, INCLUSION);
    checkMatchKeys(errors, here, constraint);
    checkLabelSelector(errors, here.child("labelSelector"), labelSelector);
  });
}

const pairOf = ({ topologyKey, whenUnsatisfiable }: TopologySpreadConstraint): string =>
  `{${topologyKey}, ${whenUnsatisfiable}}`;

function checkMinDomains(errors: Errors, at: Path, minDomains: number | undefined, action: string): void {
  if (minDomains === undefined) return;
  if (minDomains <= 0) errors.push(invalid(at, minDomains, NOT_POSITIVE));
  if (action !== "DoNotSchedule") {
    const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`;
    errors.push(invalid(at, minDomains, text));
  }
}

const TOLERATION_OPERATORS = ["Equal", "Exists"];
const COMPARING = ["Lt", "Gt"];
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function checkTolerations(errors: Errors, at: Path, tolerations: readonly Toleration[]): void {
  tolerations.forEach((toleration, index) => {
    const here = at.index(index);
    const { key = "", value = "", effect = "", tolerationSeconds } = toleration;
    const operator: string = toleration.operator ?? "";
    if (key !== "") add(errors, here.child("key"), key, isQualifiedName(key));
    if (key === "" && operator !== "Exists") {
      const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(here.child("operator"), operator, text));
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      const text = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalid(here.child("effect"), effect, text));
    }
    if (operator === "" || operator === "Equal") {
      const texts = isValidLabelValue(value);
      if (texts.length > 0) errors.push(invalid(here.child("operator"), value, texts.join(";")));
    } else if (operator === "Exists") {
      if (value !== "") {
        errors.push(invalid(here.child("operator"), value, "value must be empty when `operator` is 'Exists'"));
      }
    } else {
      // Upstream names those that compare numbers only to who uses them, and then takes them no more than others.
      const named = COMPARING.includes(operator) ? [...TOLERATION_OPERATORS, ...COMPARING] : TOLERATION_OPERATORS;
      errors.push(notSupported(here.child("operator"), operator, named));
    }
    if (effect !== "" && !EFFECTS.includes(effect)) errors.push(notSupported(here.child("effect"), effect, EFFECTS));
  });
}
