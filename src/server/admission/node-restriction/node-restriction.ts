/**
 * Keeps a kubelet to its own things: its Node, the pods bound to it, tokens of those pods' accounts, its lease, CSINode,
 * slices and certificates. What it may reach at all is the Node authorizer's matter.
 */
import type { CertificateSigningRequest } from "../../../api/certificates/index.ts";
import { forbidden } from "../../../machinery/errors.ts";
import { quote } from "../../../machinery/go-text.ts";
import { readCertificateRequest } from "../../../machinery/x509/certificate-request.ts";
import { Malformed } from "../../../machinery/x509/der.ts";
import type { Store } from "../../../store/store.ts";
import type { Authorizer } from "../../authorization/authorizer.ts";
import { nodeOf } from "../../authorization/node.ts";
import { deepEqual } from "../../objects.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { checkNode } from "./nodes.ts";
import { checkPod } from "./pods.ts";
import { checkToken } from "./tokens.ts";

/** One thing a node wants to do. */
export interface NodeRequest extends AdmissionAttributes {
  readonly node: string;
  readonly store: Store;
  readonly authorizer: Authorizer;
  refuse(why: string): never;
}

type Check = (request: NodeRequest) => void | Promise<void>;

export function nodeRestriction(store: Store, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "NodeRestriction",
    handles: ({ user, operation }) => operation !== "CONNECT" && nodeOf(user) !== undefined,
    admit(attributes) {
      const { group, resource, name, user } = attributes;
      const node = nodeOf(user)!;
      const refuse = (why: string): never => {
        throw forbidden({ group, resource }, name, why);
      };
      if (node === "") refuse(`could not determine node from user ${quote(user.username)}`);
      return CHECKS[group === "" ? resource : `${group}/${resource}`]?.({
        ...attributes,
        node,
        store,
        authorizer,
        refuse,
      });
    },
  };
}

const CHECKS: Readonly<Record<string, Check>> = {
  nodes: checkNode,
  pods: checkPod,
  persistentvolumeclaims: checkClaim,
  serviceaccounts: checkToken,
  "coordination.k8s.io/leases": checkLease,
  "storage.k8s.io/csinodes": checkCsiNode,
  "resource.k8s.io/resourceslices": checkSlice,
  "certificates.k8s.io/certificatesigningrequests": checkCertificate,
};

const CLAIM_STATUS = ["capacity", "conditions", "allocatedResources", "allocatedResourceStatuses"];

/** Of a claim a kubelet tells how large the volume has become, and nothing else. */
function checkClaim({ node, operation, subresource, object, previous, refuse }: NodeRequest): void {
  if (subresource !== "status") refuse("may only update PVC status");
  if (operation !== "UPDATE") refuse(`unexpected operation ${quote(operation)}`);
  if (deepEqual(keptOf(object), keptOf(previous))) return;
  refuse(`node ${quote(node)} is not allowed to update fields other than status.quantity and status.conditions`);
}

function keptOf(claim: unknown): object {
  const { metadata, status, ...rest } = claim as { readonly metadata: object; readonly status?: object };
  return {
    ...rest,
    metadata: without(metadata, ["resourceVersion", "managedFields"]),
    status: without(status ?? {}, CLAIM_STATUS),
  };
}

const without = (object: object, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(object).filter(([name, value]) => value !== undefined && !names.includes(name)));

/** While something is created its name stands in the object only. */
const nameOf = ({ operation, name, object }: NodeRequest): string | undefined =>
  operation === "CREATE" ? object!.metadata.name : name;

function checkLease(request: NodeRequest): void {
  const { namespace, node, refuse } = request;
  if (namespace !== "kube-node-lease") refuse('can only access leases in the "kube-node-lease" system namespace');
  if (nameOf(request) !== node) refuse("can only access node lease with the same name as the requesting node");
}

function checkCsiNode(request: NodeRequest): void {
  if (nameOf(request) === request.node) return;
  request.refuse("can only access CSINode with the same name as the requesting node");
}

/** Of many that are deleted at once the authorizer has seen none. */
function checkSlice({ node, operation, object, previous, refuse }: NodeRequest): void {
  if (operation === "UPDATE") return;
  const slice = (operation === "CREATE" ? object : previous) as { readonly spec?: { readonly nodeName?: string } };
  if (slice.spec?.nodeName === node) return;
  const verb = operation === "CREATE" ? "create" : "delete";
  refuse(`can only ${verb} ResourceSlice with the same NodeName as the requesting node`);
}

const NODE_SIGNERS: ReadonlySet<string> = new Set([
  "kubernetes.io/kubelet-serving",
  "kubernetes.io/kube-apiserver-client-kubelet",
]);

function checkCertificate({ node, operation, object, refuse }: NodeRequest): void {
  if (operation !== "CREATE") return;
  const { signerName, request } = (object as unknown as CertificateSigningRequest).spec;
  if (!NODE_SIGNERS.has(signerName)) return;
  const name = `system:node:${node}`;
  try {
    if (readCertificateRequest(atob(request)).subject.commonName === name) return;
  } catch (error) {
    if (error instanceof Malformed) refuse(`unable to parse csr: ${error.message}`);
    throw error;
  }
  refuse(`can only create a node CSR with CN=${name}`);
}
