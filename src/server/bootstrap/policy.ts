/**
 * Short words for the bootstrap policy's tables. Lists are written as one text with spaces; the core group as `core`.
 * Worked example: `rule("get list", "core apps", "pods deployments")`.
 */
import type { PolicyRule, Subject } from "../authorization/rbac-policy.ts";

export type { PolicyRule, Subject };

const bootstrapping = { "kubernetes.io/bootstrapping": "rbac-defaults" };
const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "true" };
const API = "rbac.authorization.k8s.io";

const words = (text: string): string[] => text.split(" ");

export const rule = (verbs: string, groups: string, resources: string, names?: string): PolicyRule => ({
  verbs: words(verbs),
  apiGroups: words(groups).map((name) => (name === "core" ? "" : name)),
  resources: words(resources),
  ...(names !== undefined && { resourceNames: words(names) }),
});

export const paths = (verbs: string, urls: string): PolicyRule => ({
  verbs: words(verbs),
  nonResourceURLs: words(urls),
});

export const user = (name: string): Subject => ({ kind: "User", apiGroup: API, name });
export const group = (name: string): Subject => ({ kind: "Group", apiGroup: API, name });
export const account = (name: string, namespace = "kube-system"): Subject => ({
  kind: "ServiceAccount",
  name,
  namespace,
});

/** A bootstrap ClusterRole; with `aggregate` its rules are gathered from roles that carry one of these labels. */
export const clusterRole = (
  name: string,
  rules: readonly PolicyRule[],
  { labels = {}, aggregate }: { labels?: Record<string, string>; aggregate?: readonly string[] } = {},
) => ({
  apiVersion: `${API}/v1`,
  kind: "ClusterRole",
  metadata: { name, labels: { ...bootstrapping, ...labels }, annotations },
  ...(!aggregate && rules.length > 0 && { rules }),
  ...(aggregate && {
    aggregationRule: { clusterRoleSelectors: aggregate.map((label) => ({ matchLabels: { [label]: "true" } })) },
  }),
});

export const clusterRoleBinding = (name: string, roleName: string, subjects: readonly Subject[]) => ({
  apiVersion: `${API}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name, labels: bootstrapping, annotations },
  subjects,
  roleRef: { apiGroup: API, kind: "ClusterRole", name: roleName },
});

export const role = (namespace: string, name: string, rules: readonly PolicyRule[]) => ({
  apiVersion: `${API}/v1`,
  kind: "Role",
  metadata: { name, namespace, labels: bootstrapping, annotations },
  rules,
});

export const roleBinding = (namespace: string, name: string, roleName: string, subjects: readonly Subject[]) => ({
  apiVersion: `${API}/v1`,
  kind: "RoleBinding",
  metadata: { name, namespace, labels: bootstrapping, annotations },
  subjects,
  roleRef: { apiGroup: API, kind: "Role", name: roleName },
});
