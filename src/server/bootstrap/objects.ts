/**
 * What every cluster holds from its first moment, apart from the RBAC policy: namespaces, priority classes and the
 * flow-control configuration, as upstream's API server of v1.36 creates them.
 */

import { MANDATORY_LEVELS, MANDATORY_SCHEMAS } from "../../api/flowcontrol/mandatory.ts";

const namespace = (name: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

export const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"].map(namespace);

const priorityClass = (name: string, value: number, description: string) => ({
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name },
  value,
  description,
});

export const priorityClasses = [
  priorityClass(
    "system-cluster-critical",
    2_000_000_000,
    "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
  ),
  priorityClass(
    "system-node-critical",
    2_000_001_000,
    "Used for system critical pods that must not be moved from their current node.",
  ),
];

const FLOW = "flowcontrol.apiserver.k8s.io/v1";
const annotations = { "apf.kubernetes.io/autoupdate-spec": "true" };

const priorityLevel = (name: string, spec: object) => ({
  apiVersion: FLOW,
  kind: "PriorityLevelConfiguration",
  metadata: { name, annotations },
  spec,
});

const queued = (name: string, shares: number, lendablePercent: number, queues: number, handSize: number) =>
  priorityLevel(name, {
    type: "Limited",
    limited: {
      nominalConcurrencyShares: shares,
      limitResponse: { type: "Queue", queuing: { queues, handSize, queueLengthLimit: 50 } },
      lendablePercent,
    },
  });

export const priorityLevels = [
  priorityLevel("catch-all", MANDATORY_LEVELS["catch-all"]),
  priorityLevel("exempt", MANDATORY_LEVELS.exempt),
  queued("global-default", 20, 50, 128, 6),
  queued("leader-election", 10, 0, 16, 4),
  queued("node-high", 40, 25, 64, 6),
  queued("system", 30, 33, 64, 6),
  queued("workload-high", 40, 50, 128, 6),
  queued("workload-low", 100, 90, 128, 6),
];

const user = (name: string) => ({ kind: "User", user: { name } });
const group = (name: string) => ({ kind: "Group", group: { name } });
const account = (namespaceName: string, name: string) => ({
  kind: "ServiceAccount",
  serviceAccount: { namespace: namespaceName, name },
});
const anyone = [group("system:unauthenticated"), group("system:authenticated")];
const controlPlane = [
  user("system:kube-controller-manager"),
  user("system:kube-scheduler"),
  account("kube-system", "*"),
];

const resources = (verbs: string[], apiGroups: string[], names: string[], clusterScope: boolean) => ({
  verbs,
  apiGroups,
  resources: names,
  ...(clusterScope && { clusterScope }),
  namespaces: ["*"],
});
const everything = {
  resourceRules: [resources(["*"], ["*"], ["*"], true)],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
};

const schemaOf = (name: string, spec: object) => ({
  apiVersion: FLOW,
  kind: "FlowSchema",
  metadata: { name, annotations },
  spec,
});

const flowSchema = (
  name: string,
  level: string,
  matchingPrecedence: number,
  by: "ByUser" | "ByNamespace" | undefined,
  subjects: readonly object[],
  rules: object = everything,
) =>
  schemaOf(name, {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(by && { distinguisherMethod: { type: by } }),
    rules: [{ subjects, ...rules }],
  });

export const flowSchemas = [
  schemaOf("catch-all", MANDATORY_SCHEMAS["catch-all"]),
  schemaOf("exempt", MANDATORY_SCHEMAS.exempt),
  flowSchema("global-default", "global-default", 9900, "ByUser", anyone),
  flowSchema("kube-controller-manager", "workload-high", 800, "ByNamespace", [user("system:kube-controller-manager")]),
  flowSchema("kube-scheduler", "workload-high", 800, "ByNamespace", [user("system:kube-scheduler")]),
  flowSchema("kube-system-service-accounts", "workload-high", 900, "ByNamespace", [account("kube-system", "*")]),
  flowSchema("probes", "exempt", 2, undefined, anyone, {
    nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
  }),
  flowSchema("service-accounts", "workload-low", 9000, "ByUser", [group("system:serviceaccounts")]),
  flowSchema("system-leader-election", "leader-election", 100, "ByUser", controlPlane, {
    resourceRules: [resources(["get", "create", "update"], ["coordination.k8s.io"], ["leases"], false)],
  }),
  flowSchema("system-node-high", "node-high", 400, "ByUser", [group("system:nodes")], {
    resourceRules: [
      resources(["*"], [""], ["nodes", "nodes/status"], true),
      resources(["*"], ["coordination.k8s.io"], ["leases"], false),
    ],
  }),
  flowSchema("system-nodes", "system", 500, "ByUser", [group("system:nodes")]),
];

/** Extensions read here whom to trust as front proxy; the certificates are the cluster's own, in PEM. */
export const extensionAuthentication = (clientCa: string, frontProxyCa: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "extension-apiserver-authentication", namespace: "kube-system" },
  data: {
    "client-ca-file": clientCa,
    "requestheader-allowed-names": '["front-proxy-client"]',
    "requestheader-client-ca-file": frontProxyCa,
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
    "requestheader-group-headers": '["X-Remote-Group"]',
    "requestheader-username-headers": '["X-Remote-User"]',
  },
});

/** How strongly clients prefer a group (and a version in it) when a short name fits several: [priority, version]. */
const PRIORITIES: Readonly<Record<string, readonly [number, number]>> = {
  "": [18_000, 1],
  apps: [17_800, 15],
  "events.k8s.io": [17_750, 15],
  "authentication.k8s.io": [17_700, 15],
  "authorization.k8s.io": [17_600, 15],
  autoscaling: [17_500, 15],
  batch: [17_400, 15],
  "certificates.k8s.io": [17_300, 15],
  "networking.k8s.io": [17_200, 15],
  policy: [17_100, 15],
  "rbac.authorization.k8s.io": [17_000, 15],
  "storage.k8s.io": [16_800, 15],
  "admissionregistration.k8s.io": [16_700, 15],
  "apiextensions.k8s.io": [16_700, 15],
  "scheduling.k8s.io": [16_600, 15],
  "coordination.k8s.io": [16_500, 15],
  "node.k8s.io": [16_300, 15],
  "discovery.k8s.io": [16_200, 15],
  "resource.k8s.io": [16_200, 21],
  "flowcontrol.apiserver.k8s.io": [16_100, 21],
};

/** The APIService that says we serve `group`/`version` ourselves. */
export function localApiService(apiGroup: string, version: string) {
  const [groupPriorityMinimum, versionPriority] = PRIORITIES[apiGroup] ?? [1000, 100];
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: {
      name: `${version}.${apiGroup}`,
      labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" },
    },
    spec: {
      ...(apiGroup && { group: apiGroup }),
      version,
      groupPriorityMinimum,
      versionPriority: apiGroup === "autoscaling" && version === "v2" ? 30 : versionPriority,
    },
  };
}
