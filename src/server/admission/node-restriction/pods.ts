/** A kubelet's pods: it makes only mirrors of its own, which refer to nothing, and touches only what is bound to it. */
import type { Node, Pod } from "../../../api/core/index.ts";
import { notFound } from "../../../machinery/errors.ts";
import { quote } from "../../../machinery/go-text.ts";
import type { Store } from "../../../store/store.ts";
import { refersTo } from "../../authorization/node-references.ts";
import { deepEqual } from "../../objects.ts";
import { isMirror } from "../pods.ts";
import { changedLabels } from "./labels.ts";
import type { NodeRequest } from "./node-restriction.ts";

export function checkPod(request: NodeRequest): void {
  const { subresource, operation, node, refuse } = request;
  if (subresource === "status") return checkStatus(request);
  if (subresource === "eviction") {
    const { spec } = podNamed(request.store, request.namespace, request.name);
    if (spec.nodeName !== node) refuse(`node ${node} can only evict pods with spec.nodeName set to itself`);
    return undefined;
  }
  if (subresource) {
    refuse(`unexpected pod subresource ${quote(subresource)}, only 'status' and 'eviction' are allowed`);
  }
  if (operation === "CREATE") return checkNew(request);
  if (operation !== "DELETE") {
    refuse(`unexpected operation ${quote(operation)}, node ${quote(node)} can only create and delete mirror pods`);
  }
  const { spec } = podNamed(request.store, request.namespace, request.name);
  if (spec.nodeName !== node) refuse(`node ${quote(node)} can only delete pods with spec.nodeName set to itself`);
  return undefined;
}

/** Throws a 404 that names it as upstream's caches do. */
export function podNamed(store: Store, namespace: string | undefined, name: string): Pod {
  const pod = store.head(`/core/pods/${namespace}/${name}`)?.object as Pod | undefined;
  if (pod === undefined) throw notFound({ group: "", resource: "pod" }, name);
  return pod;
}

function checkNew(request: NodeRequest): void {
  const { object, node, refuse } = request;
  const pod = object as unknown as Pod;
  if (!isMirror(pod)) {
    const annotation = '"kubernetes.io/config.mirror"';
    refuse(`pod does not have ${annotation} annotation, node ${quote(node)} can only create mirror pods`);
  }
  if (pod.spec.nodeName !== node) {
    refuse(`node ${quote(node)} can only create pods with spec.nodeName set to itself`);
  }
  checkOwner(request, pod);
  const reference = referenceOf(pod);
  if (reference !== undefined) refuse(`node ${quote(node)} can not create pods that reference ${reference}`);
}

function checkOwner({ node, store, refuse }: NodeRequest, { metadata: { ownerReferences = [] } }: Pod): void {
  const only = `node ${quote(node)} can only create pods with`;
  if (ownerReferences.length > 1) refuse(`${only} a single owner reference set to itself`);
  const [owner] = ownerReferences;
  if (owner?.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node) {
    return refuse(`${only} an owner reference set to itself`);
  }
  if (owner.controller !== true) refuse(`${only} a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion === true) {
    refuse(`node ${quote(node)} must not set blockOwnerDeletion on an owner reference`);
  }
  const { uid } = nodeNamed(store, node).metadata;
  if (owner.uid !== uid) refuse(`node ${node} UID mismatch: expected ${owner.uid} got ${uid}`);
  return undefined;
}

function nodeNamed(store: Store, name: string): Node {
  const found = store.head(`/core/nodes/${name}`)?.object as Node | undefined;
  if (found === undefined) throw notFound({ group: "", resource: "node" }, name);
  return found;
}

/** The first other object that a pod needs; undefined where it needs none. */
function referenceOf(pod: Pod): string | undefined {
  if (pod.spec.serviceAccountName) return "serviceaccounts";
  if (refersTo(pod, "secrets")) return "secrets";
  if (refersTo(pod, "configmaps")) return "configmaps";
  if ((pod.spec.resourceClaims ?? []).length > 0) return "resourceclaims";
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.csi) return "csidrivers (via CSI volumes)";
    if (volume.glusterfs) return "endpoints (via glusterFS volumes)";
    if (volume.persistentVolumeClaim) return "persistentvolumeclaims";
    if (volume.ephemeral) return "persistentvolumeclaims (via ephemeral volumes)";
    for (const source of volume.projected?.sources ?? []) {
      if (source.serviceAccountToken) return "serviceaccounts (via projected volumes)";
      if (source.clusterTrustBundle) return "clustertrustbundles";
      if (source.podCertificate) return "podcertificates";
    }
  }
  return undefined;
}

function checkStatus({ operation, object, previous, node, refuse }: NodeRequest): void {
  if (operation !== "UPDATE") refuse(`unexpected operation ${quote(operation)}`);
  const before = previous as unknown as Pod;
  const next = object as unknown as Pod;
  if (before.spec.nodeName !== node) {
    refuse(`node ${quote(node)} can only update pod status for pods with spec.nodeName set to itself`);
  }
  if (changedLabels(before.metadata.labels, next.metadata.labels).length > 0) {
    refuse(`node ${quote(node)} cannot update labels through pod status`);
  }
  if (!deepEqual(before.status.resourceClaimStatuses ?? [], next.status?.resourceClaimStatuses ?? [])) {
    refuse(`node ${quote(node)} cannot update resource claim statues`);
  }
  if (!deepEqual(before.status.extendedResourceClaimStatus, next.status?.extendedResourceClaimStatus)) {
    refuse(`node ${quote(node)} cannot update extended resource claim status`);
  }
}
