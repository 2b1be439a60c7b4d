/**
 * Keeps a kubelet to its own things: its Node, the pods bound to it, tokens of those pods' accounts, its lease and
 * CSINode. What it may reach at all is the Node authorizer's matter.
 */
import type { Node, Pod } from "../../api/core/index.ts";
import { forbidden } from "../../machinery/errors.ts";
import type { Store } from "../../store/store.ts";
import { nodeOf } from "../authorization/node.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";
import { isMirror } from "./pods.ts";

type Refuse = (why: string) => never;

export function nodeRestriction(store: Store): AdmissionPlugin {
  return {
    name: "NodeRestriction",
    handles: ({ user }) => user.groups.includes("system:nodes"),
    admit(attributes) {
      const { group, resource, subresource, name } = attributes;
      const node = nodeOf(attributes.user);
      const refuse: Refuse = (why) => {
        throw forbidden({ group, resource }, name, why);
      };
      if (node === undefined) return;
      const full = `${group ? `${group}/` : ""}${resource}${subresource ? `/${subresource}` : ""}`;
      const check = CHECKS[full];
      check?.(node, attributes, refuse, store);
    },
  };
}

const CHECKS: Readonly<
  Record<string, (node: string, attributes: AdmissionAttributes, refuse: Refuse, store: Store) => void>
> = {
  nodes: checkNode,
  "nodes/status": checkNode,
  pods: checkPod,
  "pods/status": checkPodStatus,
  "pods/eviction": checkEviction,
  "serviceaccounts/token": checkToken,
  "coordination.k8s.io/leases": checkLease,
  "storage.k8s.io/csinodes": checkCsiNode,
};

function checkNode(
  node: string,
  { operation, object, previous, name, subresource }: AdmissionAttributes,
  refuse: Refuse,
): void {
  const next = object as unknown as Node | undefined;
  const before = previous as unknown as Node | undefined;
  const named = name || next?.metadata.name;
  if (named !== node) refuse(`node "${node}" is not allowed to modify node "${named}"`);
  if (operation === "CREATE") {
    const labels = Object.keys(next!.metadata.labels ?? {}).filter(isReserved);
    if (labels.length)
      refuse(`node "${node}" is not allowed to set the following labels: ${labels.toSorted().join(", ")}`);
  }
  if (operation !== "UPDATE" || subresource === "status") return;
  if (JSON.stringify(next!.spec.taints ?? []) !== JSON.stringify(before!.spec.taints ?? [])) {
    refuse(`node "${node}" is not allowed to modify taints`);
  }
  const changed = changedLabels(before!.metadata.labels ?? {}, next!.metadata.labels ?? {}).filter(isReserved);
  if (changed.length) refuse(`is not allowed to modify labels: ${changed.toSorted().join(", ")}`);
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

function changedLabels(before: Readonly<Record<string, string>>, next: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(next)])].filter((key) => before[key] !== next[key]);
}

function checkPod(node: string, { operation, object, previous }: AdmissionAttributes, refuse: Refuse): void {
  if (operation === "DELETE") {
    const bound = (previous as unknown as Pod | undefined)?.spec.nodeName;
    if (bound !== node) refuse(`node "${node}" can only delete pods with spec.nodeName set to itself`);
  }
  if (operation !== "CREATE") return;
  const pod = object as unknown as Pod;
  if (!isMirror(pod))
    refuse(`pod does not have "kubernetes.io/config.mirror" annotation, node "${node}" can only create mirror pods`);
  if (pod.spec.nodeName !== node) refuse(`node "${node}" can only create pods with spec.nodeName set to itself`);
}

function checkPodStatus(node: string, { operation, object, previous }: AdmissionAttributes, refuse: Refuse): void {
  if (operation !== "UPDATE") return;
  const before = previous as unknown as Pod;
  if (before.spec.nodeName !== node)
    refuse(`node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
  if (changedLabels(before.metadata.labels ?? {}, object!.metadata.labels ?? {}).length) {
    refuse(`node "${node}" cannot update labels through pod status`);
  }
}

function checkEviction(node: string, { namespace, name }: AdmissionAttributes, refuse: Refuse, store: Store): void {
  const pod = store.head(`/core/pods/${namespace}/${name}`)?.object as Pod | undefined;
  if (pod && pod.spec.nodeName !== node) refuse(`node ${node} can only evict pods with spec.nodeName set to itself`);
}

/** A token must be bound to a pod of this node that uses the account. */
function checkToken(
  node: string,
  { namespace, name, object }: AdmissionAttributes,
  refuse: Refuse,
  store: Store,
): void {
  const bound = (object as unknown as { spec?: { boundObjectRef?: { kind?: string; name?: string; uid?: string } } })
    .spec?.boundObjectRef;
  if (!bound?.name || bound.kind !== "Pod") return refuse(`node requested token not bound to a pod`);
  if (!bound.uid) refuse(`node requested token with a pod binding without a uid`);
  const pod = store.head(`/core/pods/${namespace}/${bound.name}`)?.object as Pod | undefined;
  if (!pod || pod.metadata.uid !== bound.uid) {
    return refuse(`the UID in the bound object reference (${bound.uid}) does not match the UID in record`);
  }
  if (pod.spec.nodeName !== node) refuse(`node requested token bound to a pod scheduled on a different node`);
  if (pod.spec.serviceAccountName !== name)
    refuse(`node requested token bound to a pod that runs under another service account`);
}

function checkLease(node: string, { operation, namespace, name, object }: AdmissionAttributes, refuse: Refuse): void {
  if (namespace !== "kube-node-lease") {
    refuse(`can only access leases in the "kube-node-lease" system namespace`);
  }
  const named = name || (operation === "CREATE" ? object!.metadata.name : "");
  if (named !== node) refuse(`can only access node lease with the same name as the requesting node`);
}

function checkCsiNode(node: string, { name, object }: AdmissionAttributes, refuse: Refuse): void {
  if ((name || object?.metadata.name) !== node)
    refuse(`can only access CSINode with the same name as the requesting node`);
}
