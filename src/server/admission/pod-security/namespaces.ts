/** Namespaces whose labels ask something of their pods: bad labels are refused, pods that do not meet a stricter level told. */
import type { Pod } from "../../../api/core/index.ts";
import { invalid } from "../../../machinery/errors.ts";
import { compareText, quote } from "../../../machinery/go-text.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { deepEqual } from "../../objects.ts";
import { findings } from "./evaluation.ts";
import type { LevelVersion } from "./policy.ts";
import { LEVELS, labelErrors, policyOf } from "./policy.ts";

/** At most this many pods are looked at, which takes far less than the second that upstream gives itself. */
const CHECKED_PODS = 3000;

export function validateNamespace(attributes: AdmissionAttributes, store: Store): void {
  const { name, labels = {} } = attributes.object!.metadata;
  const before = attributes.previous?.metadata.labels ?? {};
  const errors = labelErrors(labels);
  if (errors.length > 0 && !deepEqual(errors, labelErrors(before))) {
    throw invalid({ group: "", kind: "Namespace" }, attributes.name, errors);
  }
  if (attributes.operation !== "UPDATE") return;
  const { enforce: next } = policyOf(labels);
  const { enforce: last } = policyOf(before);
  const relaxed = next.version === last.version && LEVELS.indexOf(next.level) <= LEVELS.indexOf(last.level);
  if (next.level === "privileged" || relaxed) return;
  for (const text of warnings(name, podsIn(name, store), next)) attributes.warn(text);
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
