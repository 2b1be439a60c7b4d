/** A kubelet's own Node: it must not draw pods to itself that are not meant for it. */
import type { Node } from "../../../api/core/index.ts";
import { quote } from "../../../machinery/go-text.ts";
import { deepEqual } from "../../objects.ts";
import { changedLabels } from "./labels.ts";
import type { NodeRequest } from "./node-restriction.ts";

export function checkNode({ node, operation, object, previous, name, refuse }: NodeRequest): void {
  const next = object as unknown as Node | undefined;
  const named = name || (next?.metadata.name ?? "");
  if (named !== node) refuse(`node ${quote(node)} is not allowed to modify node ${quote(named)}`);
  if (operation === "CREATE") checkNew(node, next!, refuse);
  if (operation === "UPDATE") checkChange(node, next!, previous as unknown as Node, refuse);
}

type Refuse = NodeRequest["refuse"];

function checkNew(node: string, { spec, metadata }: Node, refuse: Refuse): void {
  if (spec?.configSource) refuse(`node ${quote(node)} is not allowed to create pods with a non-nil configSource`);
  const labels = changedLabels({}, metadata.labels).filter(isReserved);
  if (labels.length > 0) {
    refuse(`node ${quote(node)} is not allowed to set the following labels: ${labels.toSorted().join(", ")}`);
  }
}

function checkChange(node: string, next: Node, before: Node, refuse: Refuse): void {
  const { spec = {}, metadata } = next as Partial<Node> & Pick<Node, "metadata">;
  const old = before.spec;
  if (spec.configSource && !deepEqual(spec.configSource, old.configSource)) {
    refuse(`node ${quote(node)} is not allowed to update configSource to a new non-nil configSource`);
  }
  if (!deepEqual(spec.taints ?? [], old.taints ?? [])) refuse(`node ${quote(node)} is not allowed to modify taints`);
  if (!deepEqual(metadata.ownerReferences ?? [], before.metadata.ownerReferences ?? [])) {
    refuse(`node ${quote(node)} is not allowed to modify ownerReferences`);
  }
  const changed = changedLabels(before.metadata.labels, metadata.labels).filter(isReserved);
  if (changed.length > 0) refuse(`is not allowed to modify labels: ${changed.toSorted().join(", ")}`);
}

/** Labels in Kubernetes' name spaces that a kubelet does set itself. */
const KUBELET_LABELS = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "node.kubernetes.io/instance-type",
  "node.kubernetes.io/windows-build",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "beta.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
]);

function isReserved(label: string): boolean {
  if (KUBELET_LABELS.has(label)) return false;
  const space = label.includes("/") ? label.slice(0, label.indexOf("/")) : "";
  const within = (name: string): boolean => space === name || space.endsWith(`.${name}`);
  if (within("node-restriction.kubernetes.io")) return true;
  if (within("kubelet.kubernetes.io") || within("node.kubernetes.io")) return false;
  return within("kubernetes.io") || within("k8s.io");
}
