/**
 * What a kubelet may do: its own fixed rules, and of Secrets, ConfigMaps, claims, volumes and service account tokens
 * only those that a pod on its node refers to. As upstream's Node authorizer.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Store } from "../../store/store.ts";
import type { Attributes, Authorizer, Decision, ResourceAttributes } from "./authorizer.ts";
import { allows } from "./rbac.ts";
import { rule } from "../bootstrap/policy.ts";
import { NodeReferences } from "./node-references.ts";

const USER = "system:node:";
const NO_OPINION: Decision = { verdict: "no opinion" };
const ALLOW: Decision = { verdict: "allow" };

/** Upstream's NodeRules of v1.36, without those that the references below decide. */
const RULES = [
  rule("create", "authentication.k8s.io", "tokenreviews"),
  rule("create", "authorization.k8s.io", "subjectaccessreviews localsubjectaccessreviews"),
  rule("get list watch", "core", "services"),
  rule("create get list watch update patch", "core", "nodes"),
  rule("update patch", "core", "nodes/status"),
  rule("create patch update", "core events.k8s.io", "events"),
  rule("get list watch create delete", "core", "pods"),
  rule("update patch", "core", "pods/status"),
  rule("create", "core", "pods/eviction"),
  rule("get", "core", "endpoints"),
  rule("get update patch", "core", "persistentvolumeclaims/status"),
  rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
  rule("get list watch", "storage.k8s.io", "csidrivers"),
  rule("get list watch", "node.k8s.io", "runtimeclasses"),
  rule("get list watch create update patch delete deletecollection", "resource.k8s.io", "resourceslices"),
];

/** Resources that must be reachable from a pod on the node: which verbs, and the text where they are not. */
const REFERENCED: Readonly<Record<string, readonly string[]>> = {
  secrets: ["get", "list", "watch"],
  configmaps: ["get", "list", "watch"],
  persistentvolumeclaims: ["get"],
  persistentvolumes: ["get"],
  "serviceaccounts/token": ["create"],
  "storage.k8s.io/volumeattachments": ["get"],
  "resource.k8s.io/resourceclaims": ["get"],
};

export class NodeAuthorizer implements Authorizer {
  readonly #references: NodeReferences;

  constructor(store: Store) {
    this.#references = new NodeReferences(store);
  }

  authorize(attributes: Attributes): Decision {
    const node = nodeOf(attributes);
    if (node === undefined || attributes.path !== undefined) return NO_OPINION;
    const { group, resource, subresource } = attributes;
    const full = `${group ? `${group}/` : ""}${resource}${subresource ? `/${subresource}` : ""}`;
    const verbs = ownValue(REFERENCED, full);
    if (verbs) return this.#authorizeReference(node, attributes, full, verbs);
    if (full === "coordination.k8s.io/leases") return authorizeLease(node, attributes);
    if (full === "storage.k8s.io/csinodes") return authorizeCsiNode(node, attributes);
    return RULES.some((each) => allows(each, attributes)) ? ALLOW : NO_OPINION;
  }

  #authorizeReference(node: string, attributes: ResourceAttributes, full: string, verbs: readonly string[]): Decision {
    const { verb, namespace, name } = attributes;
    if (!verbs.includes(verb)) return refuse(`can only ${verbs.join("/")} ${full}`);
    if (!name) return refuse("No Object name found");
    if (this.#references.has(node, full, namespace ?? "", name)) return ALLOW;
    return refuse(`no relationship found between node '${node}' and this object`);
  }
}

/** The node name of a kubelet's user; undefined for anybody else. */
export function nodeOf({ user }: Pick<Attributes, "user">): string | undefined {
  if (!user.username.startsWith(USER) || !user.groups.includes("system:nodes")) return undefined;
  return user.username.slice(USER.length) || undefined;
}

function authorizeLease(node: string, { verb, namespace, name }: ResourceAttributes): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(verb)) {
    return refuse("can only get, create, update, patch, or delete a node lease");
  }
  if (namespace !== "kube-node-lease")
    return refuse(`can only access leases in the "kube-node-lease" system namespace`);
  if (verb !== "create" && name !== node)
    return refuse("can only access node lease with the same name as the requesting node");
  return ALLOW;
}

function authorizeCsiNode(node: string, { verb, name }: ResourceAttributes): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(verb)) {
    return refuse("can only get, create, update, patch, or delete a CSINode");
  }
  if (verb !== "create" && name !== node)
    return refuse("can only access CSINode with the same name as the requesting node");
  return ALLOW;
}

function refuse(reason: string): Decision {
  return { verdict: "no opinion", reason };
}
