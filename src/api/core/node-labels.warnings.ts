/** Labels of nodes that others have taken the place of, and what is said to who still selects by them. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Path } from "../../machinery/field-errors.ts";
import type { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { isValidLabelValue } from "../../machinery/names.ts";

/** Of node selector terms and label selectors. */
interface Keys {
  readonly matchExpressions?: readonly { readonly key: string; readonly values?: readonly string[] }[];
}

const RENAMED: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "app.kubernetes.io/created-by": "deprecated since v1.9",
  "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};

/** Of a label whose name the field itself tells. */
export function oldLabel(out: string[], at: Path, label: string): void {
  const text = ownValue(RENAMED, label);
  if (text !== undefined) out.push(`${at}: ${text}`);
}

/** Of a label that stands in the field as its value. */
export function oldLabelNamed(out: string[], at: Path, label: string): void {
  const text = ownValue(RENAMED, label);
  if (text !== undefined) out.push(`${at}: ${label} is ${text}`);
}

/** `preferred`: values that no label can have are let through there. */
export function nodeTermWarnings(out: string[], at: Path, { matchExpressions = [] }: Keys, preferred = false): void {
  matchExpressions.forEach(({ key, values = [] }, index) => {
    const here = at.child("matchExpressions").index(index);
    oldLabelNamed(out, here.child("key"), key);
    if (!preferred) return;
    values.forEach((value, number) => {
      for (const text of isValidLabelValue(value)) {
        out.push(`${here.child("values").index(number)}: ${value} is invalid, ${text}`);
      }
    });
  });
}

export function nodeSelectorWarnings(at: Path, selector: LabelSelector): string[] {
  const out: string[] = [];
  nodeTermWarnings(out, at, selector);
  for (const label in selector.matchLabels) oldLabel(out, at.child("matchLabels", label), label);
  return out;
}
