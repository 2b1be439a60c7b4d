/** Validating and mutating admission policies, and API priority and fairness. */
import assert from "node:assert/strict";
import type { Caller, Json } from "./caller.ts";
import { lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

const POLICIES = "/apis/admissionregistration.k8s.io/v1";
const DEPLOYMENTS = { apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"] };

const constraints = (operations: readonly string[], unique?: string): Json => ({
  resourceRules: [{ operations, ...DEPLOYMENTS }],
  ...(unique && { namespaceSelector: { matchLabels: { [unique]: "true" } } }),
});

const workload = (kind: string, name: string, replicas: number): Json => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name, labels: { app: "nginx" } },
  spec: {
    replicas,
    selector: { matchLabels: { app: "nginx" } },
    template: {
      metadata: { labels: { app: "nginx" } },
      spec: { containers: [{ name: "nginx", image: "nginx:latest" }] },
    },
  },
});

/** A policy with its binding for one namespace; `act` is done there while both stand. */
async function bound(
  rig: Caller,
  kind: "Validating" | "Mutating",
  spec: (unique: string) => Json,
  act: (namespace: string) => Promise<void>,
): Promise<void> {
  const unique = rig.name("policy");
  const namespace = await rig.namespace({ [unique]: "true" });
  const plural = kind === "Validating" ? "validatingadmissionpolicies" : "mutatingadmissionpolicies";
  const bindings = kind === "Validating" ? "validatingadmissionpolicybindings" : "mutatingadmissionpolicybindings";
  const policy = `${unique}.policy.example.com`;
  const binding = `${unique}.binding.example.com`;
  await rig.post(`${POLICIES}/${plural}`, { metadata: { name: policy }, spec: spec(unique) });
  await rig.post(`${POLICIES}/${bindings}`, {
    metadata: { name: binding },
    spec: {
      policyName: policy,
      matchResources: { namespaceSelector: { matchLabels: { [unique]: "true" } } },
      ...(kind === "Validating" && { validationActions: ["Deny"] }),
    },
  });
  await act(namespace);
  await rig.delete(`${POLICIES}/${bindings}/${binding}`);
  await rig.delete(`${POLICIES}/${plural}/${policy}`);
}

/** What the spec's Validations deny: a Deployment of one replica, no other. */
async function deniesOne(rig: Caller, namespace: string): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}`;
  const denied = await rig.refused(422, "POST", `${path}/deployments`, {
    body: workload("Deployment", "marker-deployment", 1),
  });
  assert.equal(denied.reason, "Invalid");
  await rig.post(`${path}/deployments`, workload("Deployment", "replicated", 2));
  await rig.post(`${path}/replicasets`, workload("ReplicaSet", "non-replicated", 1));
}

const annotated = (annotations: Json) => ({
  patchType: "ApplyConfiguration",
  applyConfiguration: {
    expression: `Object{metadata: Object.metadata{annotations: ${JSON.stringify(annotations)}}}`,
  },
});

/** The policy's mutation shows in a Deployment that is made. */
const mutates = (mutation: Json, shows: Json) => (rig: Caller) =>
  bound(
    rig,
    "Mutating",
    (unique) => ({
      matchConstraints: constraints(["CREATE", "UPDATE"], unique),
      mutations: [mutation],
      reinvocationPolicy: "Never",
    }),
    async (namespace) => {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      assert.partialDeepStrictEqual(await rig.post(path, workload("Deployment", "test-deployment", 2)), shows);
    },
  );

const VALIDATING = "[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin]";
const MUTATING = "[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin]";
const FAIRNESS = "[sig-api-machinery] API priority and fairness";

export const policies: Specs = {
  [`${VALIDATING} should validate against a Deployment`]: (rig) =>
    bound(
      rig,
      "Validating",
      (unique) => ({
        matchConstraints: constraints(["CREATE", "UPDATE"], unique),
        validations: [
          {
            expression: "object.spec.replicas > 1",
            messageExpression: "'wants replicas > 1, got ' + string(object.spec.replicas)",
          },
        ],
      }),
      (namespace) => deniesOne(rig, namespace),
    ),

  [`${VALIDATING} should allow expressions to refer variables.`]: (rig) =>
    bound(
      rig,
      "Validating",
      (unique) => ({
        matchConstraints: constraints(["CREATE", "UPDATE"], unique),
        variables: [
          { name: "replicas", expression: "object.spec.replicas" },
          { name: "oddReplicas", expression: "variables.replicas % 2 == 1" },
        ],
        validations: [
          { expression: "variables.replicas > 1" },
          { expression: "variables.oddReplicas ? variables.replicas > 1 : true" },
        ],
      }),
      (namespace) => deniesOne(rig, namespace),
    ),

  [`${VALIDATING} should support ValidatingAdmissionPolicy API operations`]: lifecycle({
    of: "admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    kind: "ValidatingAdmissionPolicy",
    object: {
      spec: {
        matchConstraints: constraints(["CREATE"]),
        validations: [{ expression: "object.spec.replicas <= 100" }],
      },
    },
    change: { spec: { failurePolicy: "Ignore" } },
    status: { status: { conditions: [condition("StatusPatched")] } },
    statusAlone: true,
  }),

  [`${VALIDATING} should support ValidatingAdmissionPolicyBinding API operations`]: lifecycle({
    of: "admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    kind: "ValidatingAdmissionPolicyBinding",
    object: { spec: { policyName: "replicalimit-policy.example.com", validationActions: ["Deny"] } },
    change: { spec: { validationActions: ["Deny", "Audit"] } },
  }),

  [`${MUTATING} should mutate a Deployment`]: mutates(
    { patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{spec: Object.spec{replicas: 1}}" } },
    { spec: { replicas: 1 } },
  ),

  [`${MUTATING} should mutate a Deployment with annotations`]: mutates(
    annotated({ "mutated-by": "admission-policy" }),
    {
      metadata: { annotations: { "mutated-by": "admission-policy" } },
    },
  ),

  [`${MUTATING} should support MutatingAdmissionPolicy API operations`]: lifecycle({
    of: "admissionregistration.k8s.io/v1/mutatingadmissionpolicies",
    kind: "MutatingAdmissionPolicy",
    object: {
      spec: {
        reinvocationPolicy: "Never",
        mutations: [annotated({ "my-foo-annotation": "myAnnotationValue" })],
        matchConstraints: constraints(["CREATE"]),
      },
    },
    change: { spec: { failurePolicy: "Ignore" } },
  }),

  [`${MUTATING} should support MutatingAdmissionPolicyBinding API operations`]: lifecycle({
    of: "admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings",
    kind: "MutatingAdmissionPolicyBinding",
    object: { spec: { policyName: "replicalimit-policy.example.com" } },
    change: { spec: { matchResources: { matchPolicy: "Exact" } } },
  }),

  [`${FAIRNESS} should support FlowSchema API operations`]: lifecycle({
    of: "flowcontrol.apiserver.k8s.io/v1/flowschemas",
    kind: "FlowSchema",
    object: {
      spec: {
        matchingPrecedence: 10000,
        priorityLevelConfiguration: { name: "global-default" },
        distinguisherMethod: { type: "ByUser" },
        rules: [
          {
            subjects: [{ kind: "User", user: { name: "example-e2e-non-existent-user" } }],
            nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
          },
        ],
      },
    },
    change: { spec: { matchingPrecedence: 9999 } },
    status: { status: { conditions: [{ ...condition("Dangling"), status: "False" }] } },
    statusAlone: true,
  }),

  [`${FAIRNESS} should support PriorityLevelConfiguration API operations`]: lifecycle({
    of: "flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
    kind: "PriorityLevelConfiguration",
    object: {
      spec: {
        type: "Limited",
        limited: { nominalConcurrencyShares: 2, limitResponse: { type: "Reject" } },
      },
    },
    change: { spec: { limited: { nominalConcurrencyShares: 4 } } },
    status: { status: { conditions: [condition("Patched")] } },
    statusAlone: true,
  }),
};

function condition(type: string): Json {
  const lastTransitionTime = "2026-01-02T03:04:05Z";
  return { type, status: "True", reason: "E2E", message: "Set by an e2e test", lastTransitionTime };
}
