/** Namespaces whose labels ask something of their pods: bad labels are refused, pods that do not meet a stricter level told. */
import type { Pod } from "../../../api/core/index.ts";
import { invalid } from "../../../machinery/errors.ts";
import { compareText, quote } from "../../../machinery/go-text.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { deepEqual } from "../../objects.ts";
import { findings } from "./evaluation.ts";
import type { PodSecurityConfiguration } from "./configuration.ts";
import type { Labels, LevelVersion, Policy } from "./policy.ts";
import { MODES, PREFIX, allowAll, isStricter, labelErrors } from "./policy.ts";

/** At most this many pods are looked at, which takes far less than the second that upstream gives itself. */
const CHECKED_PODS = 3000;

export interface NamespaceRules {
  readonly store: Store;
  readonly configuration: PodSecurityConfiguration;
  policyOf(labels: Labels): Policy;
}

export function validateNamespace(attributes: AdmissionAttributes, rules: NamespaceRules): void {
  const { store, configuration, policyOf } = rules;
  const { name, labels = {} } = attributes.object!.metadata;
  const before = attributes.previous?.metadata.labels ?? {};
  const errors = labelErrors(labels);
  if (errors.length > 0 && !deepEqual(errors, labelErrors(before))) {
    throw invalid({ group: "", kind: "Namespace" }, attributes.name, errors);
  }
  const isExempt = configuration.exemptions.namespaces.has(name);
  if (attributes.operation === "UPDATE") {
    const { enforce: next } = policyOf(labels);
    const { enforce: last } = policyOf(before);
    if (next.level === "privileged") return;
    if (next.version === last.version && !isStricter(next.level, last.level)) return;
    if (!isExempt) {
      const pods = podsIn(name, store).filter(
        ({ spec }) => !configuration.exemptions.runtimeClasses.has(spec.runtimeClassName ?? ""),
      );
      for (const text of warnings(name, pods, next)) attributes.warn(text);
      return;
    }
  }
  const ignored = isExempt ? ignoredPolicy(labels, policyOf(labels), configuration) : undefined;
  if (ignored === undefined) return;
  const text = `is exempt from Pod Security, and the policy (${ignored}) will be ignored`;
  attributes.warn(`namespace ${quote(name)} ${text}`);
}

/** What the labels of an exempt namespace ask in vain: `enforce=baseline:latest`; undefined where they ask nothing of their own. */
function ignoredPolicy(labels: Labels, policy: Policy, { defaults }: PodSecurityConfiguration): string | undefined {
  const isUsual = MODES.every(
    (mode) => policy[mode].text === defaults[mode].text || allowAll(policy[mode], defaults[mode]),
  );
  if (isUsual || allowAll(...MODES.map((mode) => policy[mode]))) return undefined;
  return MODES.filter(
    (mode) => policy[mode].level !== "privileged" && (PREFIX + mode in labels || `${PREFIX}${mode}-version` in labels),
  )
    .map((mode) => `${mode}=${policy[mode].text}`)
    .join(", ");
}

const podsIn = (namespace: string, store: Store): Pod[] =>
  [...store.snapshot().range(`/core/pods/${namespace}/`)].map(({ object }) => object as Pod);

/** One line for all pods that violate the same, named for the first of them. */
function warnings(namespace: string, pods: readonly Pod[], level: LevelVersion): string[] {
  const checked = oneOfEachFirst(pods).slice(0, CHECKED_PODS);
  const names = new Map<string, string[]>();
  for (const { spec, metadata } of checked) {
    const found = findings({ spec, annotations: metadata.annotations ?? {} }, level);
    if (found.length === 0) continue;
    const reasons = found.map(({ reason }) => reason).join(", ");
    const same = names.get(reasons);
    if (same === undefined) names.set(reasons, [metadata.name]);
    else same.push(metadata.name);
  }
  const lines: string[] = [];
  if (checked.length < pods.length) {
    const text = "new PodSecurity enforce level only checked against the first";
    lines.push(`${text} ${checked.length} of ${pods.length} existing pods`);
  }
  if (names.size > 0) {
    const text = `existing pods in namespace ${quote(namespace)} violate the new PodSecurity enforce level`;
    lines.push(`${text} ${quote(level.text)}`);
  }
  return [...lines, ...[...names].map(podsText).toSorted(compareText)];
}

function podsText([reasons, names]: readonly [string, readonly string[]]): string {
  const [first, ...others] = names.toSorted(compareText);
  const more = others.length === 1 ? " (and 1 other pod)" : ` (and ${others.length} other pods)`;
  return `${first}${others.length === 0 ? "" : more}: ${reasons}`;
}

/** One pod of each controller says most about the others, which come behind. */
function oneOfEachFirst(pods: readonly Pod[]): Pod[] {
  const controllers = new Set<string>();
  const first: Pod[] = [];
  const further: Pod[] = [];
  for (const pod of pods) {
    const uid = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (uid !== undefined && controllers.has(uid)) further.push(pod);
    else first.push(pod);
    if (uid !== undefined) controllers.add(uid);
  }
  return [...first, ...further];
}
