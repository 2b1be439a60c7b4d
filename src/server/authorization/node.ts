/**
 * What a kubelet may do: its own fixed rules, and of Secrets, ConfigMaps, claims, volumes and service accounts only those
 * that a pod on its node refers to. Pods and its Node it reads by a selector that shows no others. As upstream's Node
 * authorizer.
 */
import type { UserInfo } from "../../machinery/door.ts";
import { quote } from "../../machinery/go-text.ts";
import { ownValue } from "../../machinery/json-tree.ts";
import type { Store } from "../../store/store.ts";
import { rule } from "../bootstrap/policy.ts";
import type { Attributes, Authorizer, Decision, ResourceAttributes, RulesOf } from "./authorizer.ts";
import { NodeReferences } from "./node-references.ts";
import { allows } from "./rbac.ts";

const USER = "system:node:";
const LEASES = "kube-node-lease";
const NO_OPINION: Decision = { verdict: "no opinion" };
const ALLOW: Decision = { verdict: "allow" };

/** Upstream's NodeRules of v1.36, without those of resources that are decided one by one below. */
const RULES = [
  rule("create", "authentication.k8s.io", "tokenreviews"),
  rule("create", "authorization.k8s.io", "subjectaccessreviews localsubjectaccessreviews"),
  rule("get list watch", "core", "services"),
  rule("create patch update", "core events.k8s.io", "events"),
  rule("get", "core", "endpoints"),
  rule("create get list watch", "certificates.k8s.io", "certificatesigningrequests"),
  rule("get list watch", "storage.k8s.io", "csidrivers"),
  rule("get list watch", "node.k8s.io", "runtimeclasses"),
];

/** One attempt of one node. */
interface Attempt extends ResourceAttributes {
  readonly node: string;
  readonly references: NodeReferences;
}

type Decide = (attempt: Attempt) => Decision;

export class NodeAuthorizer implements Authorizer {
  readonly #references: NodeReferences;

  constructor(store: Store) {
    this.#references = new NodeReferences(store);
  }

  authorize(attributes: Attributes): Decision {
    const node = nodeOf(attributes.user);
    if (node === undefined) return NO_OPINION;
    if (node === "") return refuse(`unknown node for user ${quote(attributes.user.username)}`);
    if (attributes.path !== undefined) return NO_OPINION;
    const { group, resource } = attributes;
    const decide = ownValue(DECIDED, group === "" ? resource : `${group}/${resource}`);
    if (decide !== undefined) return decide({ ...attributes, node, references: this.#references });
    return RULES.some((each) => allows(each, attributes)) ? ALLOW : NO_OPINION;
  }

  /** What a node may do depends on its pods. */
  rulesFor(user: UserInfo): RulesOf {
    const isNode = nodeOf(user) !== undefined;
    return {
      resourceRules: [],
      nonResourceRules: [],
      incomplete: isNode,
      ...(isNode && { evaluationError: "node authorizer does not support user rule resolution" }),
    };
  }
}

/** The node's name of a kubelet's user, empty where he does not say it; undefined for anybody else. */
export function nodeOf({ username, groups }: UserInfo): string | undefined {
  if (!username.startsWith(USER) || !groups.includes("system:nodes")) return undefined;
  return username.slice(USER.length);
}

const DECIDED: Readonly<Record<string, Decide>> = {
  secrets: readsReferenced,
  configmaps: readsReferenced,
  persistentvolumeclaims: (attempt) => (attempt.subresource === "status" ? writesStatus : getsReferenced)(attempt),
  persistentvolumes: getsReferenced,
  "resource.k8s.io/resourceclaims": getsReferenced,
  "storage.k8s.io/volumeattachments": getsReferenced,
  serviceaccounts: serviceAccount,
  "coordination.k8s.io/leases": lease,
  "storage.k8s.io/csinodes": csiNode,
  "resource.k8s.io/resourceslices": resourceSlice,
  nodes: node,
  pods: pod,
};

/** Whether there is a way from the object to the node. */
function referenced({ node: name, references, group, resource, namespace = "", name: object = "" }: Attempt): Decision {
  if (object === "") return refuse("No Object name found");
  if (references.has(name, group === "" ? resource : `${group}/${resource}`, namespace, object)) return ALLOW;
  return refuse(`no relationship found between node '${name}' and this object`);
}

function readsReferenced(attempt: Attempt): Decision {
  const { verb, subresource, namespace } = attempt;
  if (!["get", "list", "watch"].includes(verb)) return refuse("can only read resources of this type");
  if (subresource) return refuse("cannot read subresource");
  if (!namespace) return refuse("can only read namespaced object of this type");
  return referenced(attempt);
}

function getsReferenced(attempt: Attempt): Decision {
  if (attempt.verb !== "get") return refuse("can only get individual resources of this type");
  if (attempt.subresource) return refuse("cannot get subresource");
  return referenced(attempt);
}

function writesStatus(attempt: Attempt): Decision {
  if (isUpdate(attempt.verb)) return referenced(attempt);
  return refuse("can only get/update/patch this type");
}

function serviceAccount(attempt: Attempt): Decision {
  const { verb, subresource, name } = attempt;
  if (verb === "get" && !subresource) return readsReferenced(attempt);
  if (verb !== "create" || !name) return refuse("can only create tokens for individual service accounts");
  if (subresource !== "token") return refuse("can only create token subresource of serviceaccount");
  return referenced(attempt);
}

const OWN_VERBS = ["get", "create", "update", "patch", "delete"];

/** A name is not known before the object is there: of creations NodeRestriction decides. */
const isOthers = ({ verb, name, node: own }: Attempt): boolean => verb !== "create" && name !== own;

function lease(attempt: Attempt): Decision {
  if (!OWN_VERBS.includes(attempt.verb)) {
    return refuse("can only get, create, update, patch, or delete a node lease");
  }
  if (attempt.namespace !== LEASES) return refuse(`can only access leases in the "${LEASES}" system namespace`);
  if (isOthers(attempt)) return refuse("can only access node lease with the same name as the requesting node");
  return ALLOW;
}

function csiNode(attempt: Attempt): Decision {
  if (!OWN_VERBS.includes(attempt.verb)) return refuse("can only get, create, update, patch, or delete a CSINode");
  if (attempt.subresource) return refuse("cannot authorize CSINode subresources");
  if (isOthers(attempt)) return refuse("can only access CSINode with the same name as the requesting node");
  return ALLOW;
}

function resourceSlice(attempt: Attempt): Decision {
  const { verb, subresource } = attempt;
  if (subresource) return refuse("cannot authorize ResourceSlice subresources");
  if (verb === "create") return ALLOW;
  if (["get", "update", "patch", "delete"].includes(verb)) return referenced(attempt);
  if (["watch", "list", "deletecollection"].includes(verb)) {
    if (selectsOwn(attempt)) return ALLOW;
    return refuse("can only list/watch/deletecollection resourceslices with nodeName field selector");
  }
  const verbs = "get, watch, list, create, update, patch, delete, deletecollection";
  return refuse(`only the following verbs are allowed for a ResourceSlice: ${verbs}`);
}

/** What it writes NodeRestriction limits to its own Node. It may ask for that before it is there. */
function node({ verb, subresource, name, node: own }: Attempt): Decision {
  if (subresource) return subresource === "status" && isUpdate(verb) ? ALLOW : NO_OPINION;
  if (verb === "create" || isUpdate(verb)) return ALLOW;
  if (!["get", "list", "watch"].includes(verb)) return NO_OPINION;
  if (name === own) return ALLOW;
  return refuse(
    name
      ? `node '${own}' cannot read '${name}', only its own Node object`
      : `node '${own}' cannot read all nodes, only its own Node object`,
  );
}

/** What it writes NodeRestriction limits to mirrors, and to pods that are bound to it. */
function pod(attempt: Attempt): Decision {
  const { verb, subresource, name } = attempt;
  if (subresource === "status") return isUpdate(verb) ? ALLOW : NO_OPINION;
  if (subresource === "eviction") return verb === "create" ? ALLOW : NO_OPINION;
  if (subresource) return NO_OPINION;
  if (verb === "get") return getsReferenced(attempt);
  if (verb === "create" || verb === "delete") return ALLOW;
  if (verb !== "list" && verb !== "watch") return NO_OPINION;
  if (selectsOwn(attempt)) return ALLOW;
  return name ? referenced(attempt) : refuse("can only list/watch pods with spec.nodeName field selector");
}

const isUpdate = (verb: string): boolean => verb === "update" || verb === "patch";

function selectsOwn({ fieldSelector, node: own }: Attempt): boolean {
  return (
    fieldSelector?.requirements.some(
      ({ field, operator, value }) => field === "spec.nodeName" && operator === "=" && value === own,
    ) ?? false
  );
}

function refuse(reason: string): Decision {
  return { verdict: "no opinion", reason };
}
