/** Cells of `kubectl get` that depend on more than one field: what upstream's printers show of each state. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind, KubeObject } from "../machinery/kind.ts";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import {
  CertificateSigningRequest,
  ClusterRoleBinding,
  Endpoints,
  FlowSchema,
  HorizontalPodAutoscaler,
  IPAddress,
  Ingress,
  MutatingAdmissionPolicy,
  PersistentVolume,
  Pod,
  PriorityClass,
  PriorityLevelConfiguration,
  ResourceClaim,
  RoleBinding,
  RuntimeClass,
  Service,
  StorageClass,
  ValidatingAdmissionPolicyBinding,
  VolumeAttributesClass,
} from "./index.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const decoded = (kind: Kind, given: object): KubeObject => decodeObject(kind, given) as KubeObject;

const request = (conditions: readonly string[], certificate?: string): object => ({
  status: { conditions: conditions.map((type) => ({ type, status: "True" })), certificate },
});
const hosts = (...names: readonly (string | undefined)[]): object => ({
  spec: { rules: names.map((host) => ({ host })) },
});
const metrics = (metric: object, current: readonly object[] = []): object => ({
  spec: { metrics: [metric] },
  status: { currentMetrics: current },
});
const cpu = (target: object): object => ({ type: "Resource", resource: { name: "cpu", target } });
const binding = (paramRef?: object): object => ({ spec: { policyName: "p", paramRef } });
const claim = (status: object, deleted = false): object => ({
  metadata: deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {},
  status,
});

const rows: readonly { kind: Kind; rule: string; given: object; column: string; cell: unknown }[] = [
  { kind: CertificateSigningRequest, rule: "undecided", given: request([]), column: "Condition", cell: "Pending" },
  {
    kind: CertificateSigningRequest,
    rule: "denied outdoes approved",
    given: request(["Approved", "Denied"]),
    column: "Condition",
    cell: "Denied",
  },
  {
    kind: CertificateSigningRequest,
    rule: "failed before it was decided",
    given: request(["Failed"]),
    column: "Condition",
    cell: "Pending,Failed",
  },
  {
    kind: CertificateSigningRequest,
    rule: "issued",
    given: request(["Approved"], "AA=="),
    column: "Condition",
    cell: "Approved,Issued",
  },
  { kind: Ingress, rule: "no host", given: hosts(undefined), column: "Hosts", cell: "*" },
  {
    kind: Ingress,
    rule: "more is counted by rules",
    given: hosts("a", undefined, "b", "c", undefined),
    column: "Hosts",
    cell: "a,b,c + 2 more...",
  },
  {
    kind: Ingress,
    rule: "the old annotation names no class",
    given: { metadata: { annotations: { "kubernetes.io/ingress.class": "old" } } },
    column: "Class",
    cell: "<none>",
  },
  { kind: Endpoints, rule: "no subsets", given: {}, column: "Endpoints", cell: "<none>" },
  {
    kind: Endpoints,
    rule: "no ready address",
    given: { subsets: [{ notReadyAddresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] },
    column: "Endpoints",
    cell: "",
  },
  {
    kind: Service,
    rule: "a load balancer by its ports alone has no address yet",
    given: { spec: { type: "LoadBalancer" }, status: { loadBalancer: { ingress: [{}] } } },
    column: "External-IP",
    cell: "<pending>",
  },
  {
    kind: HorizontalPodAutoscaler,
    rule: "usage without a target",
    given: metrics(cpu({ type: "Utilization" })),
    column: "Targets",
    cell: "cpu: <unknown>/<auto>",
  },
  {
    kind: HorizontalPodAutoscaler,
    rule: "usage",
    given: metrics(cpu({ type: "Utilization", averageUtilization: 60 }), [
      { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40 } } },
    ]),
    column: "Targets",
    cell: "cpu: 40%/60%",
  },
  {
    kind: HorizontalPodAutoscaler,
    rule: "a metric that was measured without an average",
    given: metrics({ type: "Pods", pods: { metric: { name: "m" }, target: { averageValue: "10" } } }, [
      { type: "Pods", pods: { metric: { name: "m" }, current: {} } },
    ]),
    column: "Targets",
    cell: "<nil>/10",
  },
  {
    kind: PriorityLevelConfiguration,
    rule: "an exempt level shows no shares",
    given: { spec: { type: "Exempt", exempt: { nominalConcurrencyShares: 3 } } },
    column: "NominalConcurrencyShares",
    cell: "<none>",
  },
  { kind: ResourceClaim, rule: "waiting", given: claim({}), column: "State", cell: "pending" },
  { kind: ResourceClaim, rule: "deleted", given: claim({}, true), column: "State", cell: "deleted" },
  {
    kind: ResourceClaim,
    rule: "in use",
    given: claim({ allocation: {}, reservedFor: [{ resource: "pods", name: "p", uid: "u" }] }),
    column: "State",
    cell: "allocated,reserved",
  },
  {
    kind: RoleBinding,
    rule: "subjects",
    given: {
      subjects: [
        { kind: "User", name: "u" },
        { kind: "User", name: "v" },
      ],
    },
    column: "Users",
    cell: "u, v",
  },
  {
    kind: StorageClass,
    rule: "the default",
    given: { metadata: { name: "c", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } },
    column: "Name",
    cell: "c (default)",
  },
  {
    kind: VolumeAttributesClass,
    rule: "the default",
    given: {
      metadata: { name: "c", annotations: { "volumeattributesclass.alpha.kubernetes.io/is-default-class": "true" } },
    },
    column: "Name",
    cell: "c (default)",
  },
  {
    kind: ValidatingAdmissionPolicyBinding,
    rule: "no parameters",
    given: binding(),
    column: "ParamRef",
    cell: "<unset>",
  },
  {
    kind: ValidatingAdmissionPolicyBinding,
    rule: "parameters in the namespace of the request",
    given: binding({ name: "x" }),
    column: "ParamRef",
    cell: "*/x",
  },
  {
    kind: ValidatingAdmissionPolicyBinding,
    rule: "parameters by labels",
    given: binding({
      selector: {
        matchLabels: { b: "2", a: "1" },
        matchExpressions: [{ key: "k", operator: "In", values: ["x", "y"] }],
      },
    }),
    column: "ParamRef",
    cell: "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}",
  },
  {
    kind: IPAddress,
    rule: "its age has a cell and no column of its own",
    given: { metadata: { creationTimestamp: "2025-12-31T23:59:30Z" } },
    column: "Age",
    cell: "30s",
  },
];

for (const { kind, rule, given, column, cell } of rows) {
  test(`${kind.kind}: ${rule}`, () => {
    const shown = kind.columns!.find(({ name }) => name === column)!;
    assert.equal(shown.value(decoded(kind, given), NOW), cell);
  });
}

const descriptions: readonly { kind: Kind; column: string; says: RegExp }[] = [
  { kind: PersistentVolume, column: "Status", says: /#phase$/ },
  { kind: PersistentVolume, column: "Reclaim Policy", says: /#reclaiming$/ },
  { kind: StorageClass, column: "VolumeBindingMode", says: /the VolumeScheduling feature\.$/ },
  { kind: PriorityClass, column: "PreemptionPolicy", says: /if unset\.$/ },
  { kind: RuntimeClass, column: "Handler", says: /^$/ },
  { kind: FlowSchema, column: "PriorityLevel", says: /^`name` is the name of the priority level/ },
  { kind: MutatingAdmissionPolicy, column: "Mutations", says: /^Mutation indicates the number of mutations rules/ },
  { kind: CertificateSigningRequest, column: "Requestor", says: /^Base64-encoded PKCS#10 CSR data$/ },
  { kind: RoleBinding, column: "Role", says: /^RoleRef can reference a Role in the current namespace/ },
  { kind: RoleBinding, column: "Users", says: /^Users in the roleBinding$/ },
  { kind: ClusterRoleBinding, column: "Role", says: /^RoleRef can only reference a ClusterRole/ },
  { kind: ClusterRoleBinding, column: "Users", says: /^Users in the clusterRoleBinding$/ },
];

for (const { kind, column, says } of descriptions) {
  test(`the column ${column} of ${kind.kind} is described as upstream's printer does, not as the schema`, () => {
    assert.match(kind.columns!.find(({ name }) => name === column)!.doc ?? "", says);
  });
}

for (const [phase, reason] of [
  ["Running", undefined],
  ["Succeeded", "Succeeded"],
  ["Failed", "Failed"],
] as const) {
  test(`the row of a pod that is ${phase}`, () => {
    assert.equal(Pod.rowConditions!(decoded(Pod, { status: { phase } }) as Pod)?.[0]?.reason, reason);
  });
}

test("flow schemas are listed in the order in which they are tried", () => {
  const schema = (name: string, matchingPrecedence: number): FlowSchema =>
    decoded(FlowSchema, { metadata: { name }, spec: { matchingPrecedence } }) as FlowSchema;
  const sorted = [schema("b", 5), schema("z", 1), schema("a", 5)].toSorted((a, b) => FlowSchema.rowOrder!(a, b));
  assert.deepEqual(
    sorted.map(({ metadata }) => metadata.name),
    ["z", "a", "b"],
  );
});
