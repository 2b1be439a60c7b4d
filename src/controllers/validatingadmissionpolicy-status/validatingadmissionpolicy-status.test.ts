import assert from "node:assert/strict";
import { test } from "node:test";
import { ValidatingAdmissionPolicy } from "../../api/admissionregistration/index.ts";
import type { TestCluster } from "../testing/cluster.ts";
import { testCluster } from "../testing/cluster.ts";

const DEPLOYMENTS = { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["deployments"] };

async function checked(cluster: TestCluster, generation: number): Promise<ValidatingAdmissionPolicy["status"]> {
  const policies = cluster.informers.of(ValidatingAdmissionPolicy);
  await cluster.until(() => policies.get("p")?.status.observedGeneration === generation);
  return policies.get("p")!.status;
}

const create = (
  cluster: TestCluster,
  rules: readonly object[],
  expression: string,
): Promise<ValidatingAdmissionPolicy> =>
  cluster.client.create(ValidatingAdmissionPolicy, {
    metadata: { name: "p" },
    spec: {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      matchConstraints: { resourceRules: rules as never },
      validations: [{ expression }],
    },
  });

test("a policy's status tells what is wrong with it, once for each generation", async () => {
  const cluster = await testCluster({ only: ["validatingadmissionpolicy-status-controller"] });
  const policy = await create(cluster, [DEPLOYMENTS], "object.spec.replica > int(params.data.most)");
  const { typeChecking } = await checked(cluster, 1);
  assert.deepEqual(
    typeChecking?.expressionWarnings?.map(({ fieldRef, warning }) => [fieldRef, warning.split("\n")[0]]),
    [["spec.validations[0].expression", "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'"]],
  );
  const validations = [{ expression: "object.spec.replicas > int(params.data.most)" }];
  const now = await cluster.client.get(ValidatingAdmissionPolicy, "p");
  await cluster.client.update(ValidatingAdmissionPolicy, { ...now, spec: { ...policy.spec, validations } });
  assert.deepEqual((await checked(cluster, 2)).typeChecking, {});
  const writes = cluster.requests.filter(({ method }) => method === "PATCH");
  await cluster.run(60_000);
  assert.equal(cluster.requests.filter(({ method }) => method === "PATCH").length, writes.length);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

const PLENTY =
  "configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates secrets services";

for (const { rule, rules, kinds } of [
  { rule: "all resources are no kind", rules: [{ ...DEPLOYMENTS, resources: ["*", "deployments/scale"] }], kinds: [] },
  { rule: "all groups are no kind", rules: [{ ...DEPLOYMENTS, apiGroups: ["*"] }], kinds: [] },
  {
    rule: "what is not served is no kind",
    rules: [{ ...DEPLOYMENTS, apiGroups: ["apps", "nope.example.com"], apiVersions: ["v1", "v9"] }],
    kinds: ["Deployment"],
  },
  {
    rule: "what can be no group or version is no path",
    rules: [{ ...DEPLOYMENTS, apiGroups: ["batch/../apps", ""], apiVersions: ["v1/../../apis/apps/v1", "v1"] }],
    kinds: [],
  },
  {
    rule: "a hundred versions are asked for",
    rules: [{ ...DEPLOYMENTS, apiVersions: [...Array.from({ length: 101 }, (_, n) => `a${n}`), "v1"] }],
    kinds: [],
  },
  {
    rule: "kinds come in order, each once",
    rules: [DEPLOYMENTS, { ...DEPLOYMENTS, apiGroups: ["apps", ""], resources: ["pods", "deployments"] }],
    kinds: ["Pod", "Deployment"],
  },
  {
    rule: "ten kinds are enough",
    rules: [{ ...DEPLOYMENTS, apiGroups: [""], resources: PLENTY.split(" ") }],
    kinds: [
      "ConfigMap",
      "Endpoints",
      "Event",
      "LimitRange",
      "Namespace",
      "Node",
      "PersistentVolume",
      "PersistentVolumeClaim",
      "Pod",
      "PodTemplate",
    ],
  },
]) {
  test(rule, async () => {
    const cluster = await testCluster({ only: ["validatingadmissionpolicy-status-controller"], open: true });
    await create(cluster, rules, "object.nope == 1");
    const { typeChecking } = await checked(cluster, 1);
    const warning = typeChecking?.expressionWarnings?.[0]?.warning ?? "";
    assert.deepEqual(
      [...warning.matchAll(/Kind=(\w+)/g)].map(([, kind]) => kind),
      kinds,
    );
    cluster.stop();
  });
}
