/** Policies that name another version of the objects than the request does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { policyServer } from "../../testing/policies.ts";

const HPAS = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
const NEWER = HPAS.replace("/v1/", "/v2/");
const rule = (version: string) => ({
  apiGroups: ["autoscaling"],
  apiVersions: [version],
  operations: ["CREATE"],
  resources: ["horizontalpodautoscalers"],
});
const scaled = { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } };
const hpa = (version: string) => ({
  apiVersion: `autoscaling/${version}`,
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "a" },
  spec: {
    ...scaled,
    ...(version === "v1"
      ? { targetCPUUtilizationPercentage: 70 }
      : {
          metrics: [
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
          ],
        }),
  },
});

const told =
  "'%s %s.%s %s.%s %s'.format([object.apiVersion, request.kind.version, request.resource.version, request.requestKind.version, request.requestResource.version, string(has(object.spec.metrics))])";

for (const { asked, named, says } of [
  { asked: "v2", named: "v1", says: "autoscaling/v1 v1.v1 v2.v2 false" },
  { asked: "v1", named: "v2", says: "autoscaling/v2 v2.v2 v1.v1 true" },
  { asked: "v1", named: "v1", says: "autoscaling/v1 v1.v1 v1.v1 false" },
]) {
  test(`a rule for ${named} sees a request for ${asked} as ${named}`, async () => {
    const { send } = await policyServer("validating", {
      matchConstraints: { resourceRules: [rule(named)] },
      validations: [{ expression: "false", messageExpression: told }],
    });
    const { status, json } = await send("POST", asked === "v1" ? HPAS : NEWER, hpa(asked));
    assert.equal(status, 422);
    assert.equal(json.message.split("denied request: ")[1], says);
  });
}

for (const { rule: what, constraints, binding, status } of [
  { rule: "Exact is only the version named", constraints: { matchPolicy: "Exact" }, binding: {}, status: 201 },
  {
    rule: "a binding's rules may name yet another",
    constraints: {},
    binding: { matchResources: { resourceRules: [rule("v2")] } },
    status: 422,
  },
  {
    rule: "what is left out is left out in all versions",
    constraints: { excludeResourceRules: [rule("v2")] },
    binding: {},
    status: 201,
  },
]) {
  test(what, async () => {
    const spec = {
      matchConstraints: { resourceRules: [rule("v1")], ...constraints },
      validations: [{ expression: "false" }],
    };
    const { send } = await policyServer("validating", spec, binding);
    assert.equal((await send("POST", NEWER, hpa("v2"))).status, status);
  });
}

test("what a mutating policy changes in another version is in the request's own afterwards", async () => {
  const { send } = await policyServer("mutating", {
    reinvocationPolicy: "Never",
    matchConstraints: { resourceRules: [rule("v1")] },
    mutations: [
      {
        patchType: "JSONPatch",
        jsonPatch: {
          expression: "[JSONPatch{op: 'replace', path: '/spec/targetCPUUtilizationPercentage', value: 55}]",
        },
      },
      {
        patchType: "ApplyConfiguration",
        applyConfiguration: {
          expression:
            "Object{metadata: Object.metadata{labels: {'saw': string(object.spec.targetCPUUtilizationPercentage)}}}",
        },
      },
    ],
  });
  const { status, json } = await send("POST", NEWER, hpa("v2"));
  assert.deepEqual([status, json.apiVersion, json.metadata.labels], [201, "autoscaling/v2", { saw: "55" }]);
  assert.equal(json.spec.metrics[0].resource.target.averageUtilization, 55);
});

test("parameters are read in the version that the policy names", async () => {
  const { send } = await policyServer(
    "validating",
    {
      paramKind: { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler" },
      matchConstraints: {
        resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
      },
      validations: [{ expression: "false", messageExpression: "string(params.spec.targetCPUUtilizationPercentage)" }],
    },
    { paramRef: { name: "a", parameterNotFoundAction: "Deny" } },
  );
  assert.equal((await send("POST", NEWER, hpa("v2"))).status, 201);
  const { json } = await send("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "m" } });
  assert.match(json.message, /denied request: 70$/);
});

const widgets = (versions: string[]): object => ({
  apiGroups: ["example.com"],
  apiVersions: versions,
  operations: ["CREATE"],
  resources: ["widgets"],
});

const definition = (more: object = {}): object => {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Cluster",
      names: { plural: "widgets", kind: "Widget" },
      versions: ["v1", "v2"].map((name) => ({ name, served: true, storage: name === "v2", schema })),
      ...more,
    },
  };
};

test("versions of custom resources stand for each other, too", async () => {
  const { send } = await policyServer("validating", {
    matchConstraints: { resourceRules: [widgets(["v1"])] },
    validations: [
      { expression: "false", messageExpression: "object.apiVersion + ' for ' + request.requestKind.version" },
    ],
  });
  const made = await send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition());
  assert.equal(made.status, 201, made.text);
  const { json } = await send("POST", "/apis/example.com/v2/widgets", {
    apiVersion: "example.com/v2",
    kind: "Widget",
    metadata: { name: "w" },
  });
  assert.equal(json.message.split("denied request: ")[1], "example.com/v1 for v2");
});

for (const [sort, spec, says] of [
  [
    "validating",
    { validations: [{ expression: "true" }] },
    "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed to configure binding: failed to convert object version: ",
  ],
  [
    "mutating",
    {
      reinvocationPolicy: "Never",
      mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: "[JSONPatch{op: 'remove', path: '/x'}]" } }],
    },
    'policy "p" denied request: failed to configure policy: ',
  ],
] as const) {
  test(`what cannot be shown to a ${sort} policy in its version is refused`, async () => {
    const matchConstraints = { resourceRules: [widgets(["v1"])] };
    const { send } = await policyServer(sort, { matchConstraints, ...spec });
    const webhook = { clientConfig: { url: "https://x/y" }, conversionReviewVersions: ["v1"] };
    const conversion = { strategy: "Webhook", webhook };
    await send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition({ conversion }));
    const widget = { apiVersion: "example.com/v2", kind: "Widget", metadata: { name: "w" } };
    const { json } = await send("POST", "/apis/example.com/v2/widgets", widget);
    const why = "conversion webhook for example.com/v2, Kind=Widget failed: ";
    assert.ok(json.message.includes(says + why), json.message);
  });
}
