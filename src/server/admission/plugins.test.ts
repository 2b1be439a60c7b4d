import assert from "node:assert/strict";
import { test } from "node:test";
import { securedServer } from "../testing/secured.ts";

const NS = "/api/v1/namespaces/default";
const container = (more: object = {}) => ({ name: "c", image: "x", ...more });
const pod = (spec: object = {}, name = "p") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [container()], ...spec },
});
const account = (more: object = {}, name = "default") => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name },
  ...more,
});
const quota = (hard: object, used: object, name = "q") => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name },
  spec: { hard },
  status: { hard, used },
});
const priorityClass = (name: string, value: number, more: object = {}) => ({
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name },
  value,
  ...more,
});
const limits = (limit: object) => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: { name: "l" },
  spec: { limits: [limit] },
});
const asks = (cpu: string) => ({ containers: [container({ resources: { requests: { cpu }, limits: { cpu } } })] });

type Given = readonly [path: string, object: object];
const DEFAULT_ACCOUNT: Given = [`${NS}/serviceaccounts`, account()];
const CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses";

/** Given these objects, a pod is refused with this text. */
for (const { rule, given = [DEFAULT_ACCOUNT], spec = {}, says } of [
  {
    rule: "its service account must exist",
    given: [],
    says: 'error looking up service account default/default: serviceaccount "default" not found',
  },
  {
    rule: "the old name of its service account counts",
    spec: { serviceAccount: "old" },
    says: 'error looking up service account default/old: serviceaccount "old" not found',
  },
  {
    rule: "its priority class must exist",
    spec: { priorityClassName: "nope" },
    says: "no PriorityClass with name nope was found",
  },
  {
    rule: "its priority is not its own to choose",
    spec: { priority: 7 },
    says: "the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name",
  },
  {
    rule: "its runtime class must exist",
    spec: { runtimeClassName: "nope" },
    says: 'pod rejected: RuntimeClass "nope" not found',
  },
  {
    rule: "a limit range's minimum holds",
    given: [DEFAULT_ACCOUNT, [`${NS}/limitranges`, limits({ type: "Container", min: { cpu: "50m" } })] as Given],
    spec: asks("10m"),
    says: "minimum cpu usage per Container is 50m, but request is 10m",
  },
  {
    rule: "a limit range's maximum for pods counts all containers",
    given: [DEFAULT_ACCOUNT, [`${NS}/limitranges`, limits({ type: "Pod", max: { cpu: "1" } })] as Given],
    spec: asks("2"),
    says: "maximum cpu usage per Pod is 1, but limit is 2",
  },
  {
    rule: "what is wrong with two containers alike is said once",
    given: [DEFAULT_ACCOUNT, [`${NS}/limitranges`, limits({ type: "Container", max: { cpu: "1" } })] as Given],
    spec: { containers: [...asks("2").containers, { ...asks("2").containers[0]!, name: "d" }] },
    says: "maximum cpu usage per Container is 1, but limit is 2",
  },
  {
    rule: "a quota that is used up",
    given: [DEFAULT_ACCOUNT, [`${NS}/resourcequotas`, quota({ pods: "1" }, { pods: "1" })] as Given],
    says: "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
  },
  {
    rule: "a quota on compute resources wants them said",
    given: [DEFAULT_ACCOUNT, [`${NS}/resourcequotas`, quota({ "limits.cpu": "1" }, { "limits.cpu": "0" })] as Given],
    says: "failed quota: q: must specify limits.cpu for: c",
  },
  {
    rule: "a quota says whose amounts are missing, by name",
    given: [
      DEFAULT_ACCOUNT,
      [
        `${NS}/resourcequotas`,
        quota({ memory: "1", "requests.cpu": "1" }, { memory: "0", "requests.cpu": "0" }),
      ] as Given,
    ],
    spec: {
      containers: [container(), container({ name: "a", resources: { requests: { memory: "1" } } })],
      initContainers: [container({ name: "b" })],
    },
    says: "failed quota: q: must specify memory for: b,c; requests.cpu for: a,b,c",
  },
  {
    rule: "a quota that does not know what is used says so of all that it limits of pods",
    given: [
      DEFAULT_ACCOUNT,
      [
        `${NS}/resourcequotas`,
        quota({ pods: "5", "requests.nvidia.com/gpu": "1", services: "1" }, { pods: "0" }),
      ] as Given,
    ],
    says: "status unknown for quota: q, resources: pods,requests.nvidia.com/gpu",
  },
  {
    rule: "a quota that cannot be counted comes before one that is used up",
    given: [
      DEFAULT_ACCOUNT,
      [`${NS}/resourcequotas`, quota({ pods: "1" }, { pods: "1" }, "a")] as Given,
      [`${NS}/resourcequotas`, quota({ pods: "1" }, {}, "b")] as Given,
    ],
    says: "status unknown for quota: b, resources: pods",
  },
]) {
  test(`a pod is refused: ${rule}`, async () => {
    const server = await securedServer();
    await give(server, given);
    const { status, json } = await server.send("POST", `${NS}/pods`, pod(spec));
    assert.deepEqual([status, json.message], [403, `pods "p" is forbidden: ${says}`]);
  });
}

const LIMITED = account({
  metadata: { name: "default", annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } },
  secrets: [{ name: "listed" }],
  imagePullSecrets: [{ name: "pull" }],
});
const UNLISTED =
  'secret.secretName="other" is not allowed because service account default does not reference that secret';
const variable = (name: string) => ({ name: "v", valueFrom: { secretKeyRef: { name, key: "k" } } });
const MIRROR = { "kubernetes.io/config.mirror": "x" };

for (const [rule, spec, says] of [
  ["those that are listed", { volumes: [{ name: "v", secret: { secretName: "listed" } }] }, undefined],
  ["another in a volume", { volumes: [{ name: "v", secret: { secretName: "other" } }] }, `volume with ${UNLISTED}`],
  [
    "another in a variable",
    { containers: [container({ env: [variable("listed"), variable("other")] })] },
    `container c with envVar v referencing ${UNLISTED}`,
  ],
  [
    "another before it starts",
    { initContainers: [container({ name: "i", envFrom: [{ secretRef: { name: "other" } }] })] },
    `init container i with envFrom referencing ${UNLISTED}`,
  ],
  [
    "another for its images",
    { imagePullSecrets: [{ name: "pull" }, { name: "other" }] },
    'imagePullSecrets[1].name="other" is not allowed because service account default does not reference that imagePullSecret',
  ],
] as const) {
  test(`of an account that limits secrets, a pod may use: ${rule}`, async () => {
    const server = await securedServer();
    await give(server, [[`${NS}/serviceaccounts`, LIMITED]]);
    const { status, json } = await server.send("POST", `${NS}/pods`, pod(spec));
    assert.deepEqual(
      [status, json.message],
      says === undefined ? [201, undefined] : [403, `pods "p" is forbidden: ${says}`],
    );
  });
}

test("containers that are added to a pod are held to the account's secrets, too", async () => {
  const server = await securedServer();
  await give(server, [[`${NS}/serviceaccounts`, LIMITED]]);
  const { json } = await server.send("POST", `${NS}/pods`, pod());
  const ephemeralContainers = [container({ name: "e", env: [variable("other")] })];
  const changed = { ...json, spec: { ...json.spec, ephemeralContainers } };
  const answer = await server.send("PUT", `${NS}/pods/p/ephemeralcontainers`, changed);
  assert.deepEqual(
    [answer.status, answer.json.message],
    [500, `ephemeral container e with envVar v referencing ${UNLISTED}`],
  );
});

for (const [rule, spec, says] of [
  ["service accounts", { serviceAccountName: "default" }, "a mirror pod may not reference service accounts"],
  [
    "secrets in volumes",
    { volumes: [{ name: "v", secret: { secretName: "s" } }] },
    "a mirror pod may not reference secrets",
  ],
  [
    "secrets in variables",
    { containers: [container({ env: [variable("s")] })] },
    "a mirror pod may not reference secrets",
  ],
  [
    "secrets of storage",
    { volumes: [{ name: "v", azureFile: { secretName: "s", shareName: "x" } }] },
    "a mirror pod may not reference secrets",
  ],
  [
    "tokens",
    { volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } }] },
    "a mirror pod may not use ServiceAccountToken volume projections",
  ],
] as const) {
  test(`a pod from a kubelet's file has no ${rule}`, async () => {
    const server = await securedServer();
    const mirror = { ...pod({ nodeName: "n", ...spec }), metadata: { name: "p", annotations: MIRROR } };
    const { status, json } = await server.send("POST", `${NS}/pods`, mirror);
    assert.deepEqual([status, json.message], [403, `pods "p" is forbidden: ${says}`]);
  });
}

async function give(server: Awaited<ReturnType<typeof securedServer>>, given: readonly Given[]): Promise<void> {
  for (const [path, object] of given) {
    const { status, text, json } = await server.send("POST", path, object);
    assert.ok(status < 300, text);
    if ("status" in object)
      await server.send("PUT", `${path}/${json.metadata.name}/status`, { ...json, status: object.status });
  }
}

test("a pod gets its account, a token volume in every container, tolerations and a priority", async () => {
  const server = await securedServer();
  await give(server, [
    [`${NS}/serviceaccounts`, account({ imagePullSecrets: [{ name: "pull" }] })],
    [CLASSES, priorityClass("high", 100, { globalDefault: true })],
  ]);
  const { json } = await server.send("POST", `${NS}/pods`, pod());
  const { spec } = json;
  assert.equal(spec.serviceAccountName, "default");
  assert.deepEqual(spec.imagePullSecrets, [{ name: "pull" }]);
  assert.equal(spec.containers[0].volumeMounts[0].mountPath, "/var/run/secrets/kubernetes.io/serviceaccount");
  assert.equal(spec.volumes[0].name, spec.containers[0].volumeMounts[0].name);
  assert.deepEqual(
    spec.tolerations.map(({ key }: { key: string }) => key),
    ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"],
  );
  assert.deepEqual([spec.priority, spec.priorityClassName], [100, "high"]);
});

test("a pod that wants no token gets no volume", async () => {
  const server = await securedServer();
  await give(server, [DEFAULT_ACCOUNT]);
  const { json } = await server.send("POST", `${NS}/pods`, pod({ automountServiceAccountToken: false }));
  assert.equal(json.spec.volumes, undefined);
});

test("a limit range fills in what containers leave out, and says so", async () => {
  const server = await securedServer();
  await give(server, [
    DEFAULT_ACCOUNT,
    [`${NS}/limitranges`, limits({ type: "Container", default: { cpu: "500m" }, defaultRequest: { cpu: "100m" } })],
  ]);
  const { json } = await server.send("POST", `${NS}/pods`, pod());
  assert.deepEqual(json.spec.containers[0].resources, { limits: { cpu: "500m" }, requests: { cpu: "100m" } });
  assert.equal(
    json.metadata.annotations["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu request for container c; cpu limit for container c",
  );
});

test("a limit range holds for a pod's resize", async () => {
  const server = await securedServer();
  await give(server, [
    DEFAULT_ACCOUNT,
    [`${NS}/pods`, pod(asks("1"))],
    [`${NS}/limitranges`, limits({ type: "Container", max: { cpu: "2" } })],
  ]);
  const headers = { "content-type": "application/strategic-merge-patch+json" };
  const body = { spec: { containers: asks("3").containers } };
  const { status, json } = await server.send("PATCH", `${NS}/pods/p/resize`, body, headers);
  const why = "maximum cpu usage per Container is 2, but limit is 3";
  assert.deepEqual([status, json.message], [403, `pods "p" is forbidden: ${why}`]);
});

test("of two writers only one takes the last place of a quota, and it is counted", async () => {
  const server = await securedServer();
  await give(server, [DEFAULT_ACCOUNT, [`${NS}/resourcequotas`, quota({ pods: "1" }, { pods: "0" })]]);
  const answers = await Promise.all(["a", "b", "c"].map((name) => server.send("POST", `${NS}/pods`, pod({}, name))));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 403, 403]);
  assert.equal((await server.send("GET", `${NS}/resourcequotas/q`)).json.status.used.pods, "1");
});

test("what one quota refuses no other counts", async () => {
  const server = await securedServer();
  await give(server, [
    DEFAULT_ACCOUNT,
    [`${NS}/resourcequotas`, quota({ pods: "1" }, { pods: "0" }, "a")],
    [`${NS}/resourcequotas`, quota({ pods: "1" }, { pods: "1" }, "b")],
  ]);
  assert.equal((await server.send("POST", `${NS}/pods`, pod())).status, 403);
  assert.equal((await server.send("GET", `${NS}/resourcequotas/a`)).json.status.used.pods, "0");
});

test("a change counts what it adds; what it gives back is counted later", async () => {
  const server = await securedServer();
  const hard = { "services.nodeports": "5" };
  await give(server, [[`${NS}/resourcequotas`, quota(hard, { "services.nodeports": "0" })]]);
  const ports = [{ port: 80 }];
  const service = { metadata: { name: "s" }, spec: { type: "NodePort", ports } };
  const used = async (): Promise<string> =>
    (await server.send("GET", `${NS}/resourcequotas/q`)).json.status.used["services.nodeports"];
  const { json } = await server.send("POST", `${NS}/services`, service);
  assert.equal(await used(), "1");
  const less = { ...json, spec: { type: "ClusterIP", ports } };
  const { status } = await server.send("PUT", `${NS}/services/s`, less);
  assert.deepEqual([status, await used()], [200, "1"]);
});

test("a pod's resize is counted", async () => {
  const server = await securedServer();
  const hard = { "requests.cpu": "1" };
  await give(server, [DEFAULT_ACCOUNT, [`${NS}/resourcequotas`, quota(hard, { "requests.cpu": "0" })]]);
  assert.equal((await server.send("POST", `${NS}/pods`, pod(asks("600m")))).status, 201);
  const resize = async (cpu: string): Promise<[number, string]> => {
    const { containers } = asks(cpu);
    const headers = { "content-type": "application/strategic-merge-patch+json" };
    const { status, json } = await server.send("PATCH", `${NS}/pods/p/resize`, { spec: { containers } }, headers);
    return [status, json.message];
  };
  const why = "exceeded quota: q, requested: requests.cpu=900m, used: requests.cpu=600m, limited: requests.cpu=1";
  assert.deepEqual(await resize("1500m"), [403, `pods "p" is forbidden: ${why}`]);
  assert.equal((await resize("800m"))[0], 200);
  assert.equal((await server.send("GET", `${NS}/resourcequotas/q`)).json.status.used["requests.cpu"], "800m");
});

test("claims count the devices of each class, of alternatives the most", async () => {
  const server = await securedServer();
  const gpus = "gpu.deviceclass.resource.k8s.io/devices";
  await give(server, [[`${NS}/resourcequotas`, quota({ [gpus]: "5" }, { [gpus]: "0" })]]);
  const wants = (count: number): object => ({ deviceClassName: "gpu", allocationMode: "ExactCount", count });
  const claim = (name: string, ...requests: object[]): object => ({
    metadata: { name },
    spec: { devices: { requests } },
  });
  const path = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";
  const firstAvailable = [
    { name: "x", ...wants(1) },
    { name: "y", ...wants(3) },
  ];
  const { status } = await server.send(
    "POST",
    path,
    claim("a", { name: "r", firstAvailable }, { name: "s", exactly: wants(1) }),
  );
  assert.equal(status, 201);
  const { json } = await server.send("POST", path, claim("b", { name: "r", exactly: wants(2) }));
  assert.equal(
    json.message,
    `resourceclaims.resource.k8s.io "b" is forbidden: exceeded quota: q, requested: ${gpus}=2, used: ${gpus}=4, limited: ${gpus}=5`,
  );
});

test("a dry run counts against no quota", async () => {
  const server = await securedServer();
  await give(server, [DEFAULT_ACCOUNT, [`${NS}/resourcequotas`, quota({ pods: "1" }, { pods: "0" })]]);
  assert.equal((await server.send("POST", `${NS}/pods?dryRun=All`, pod())).status, 201);
  assert.equal((await server.send("GET", `${NS}/resourcequotas/q`)).json.status.used.pods, "0");
});

for (const { rule, method, path, body, status, message } of [
  {
    rule: "nothing is made in a namespace that is not there",
    method: "POST",
    path: "/api/v1/namespaces/none/configmaps",
    body: { metadata: { name: "a" } },
    status: 404,
    message: 'namespaces "none" not found',
  },
  {
    rule: "the system's own namespaces stay",
    method: "DELETE",
    path: "/api/v1/namespaces/kube-system",
    body: undefined,
    status: 403,
    message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
  },
  {
    rule: "there is one default priority class",
    method: "POST",
    path: CLASSES,
    body: priorityClass("second", 1, { globalDefault: true }),
    status: 403,
    message:
      'priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass first is already marked as default. Only one default can exist',
  },
]) {
  test(rule, async () => {
    const server = await securedServer();
    await give(server, [[CLASSES, priorityClass("first", 5, { globalDefault: true })]]);
    const answer = await server.send(method, path, body);
    assert.deepEqual([answer.status, answer.json.message], [status, message]);
  });
}

test("a new node takes no pods yet", async () => {
  const server = await securedServer();
  const { json } = await server.send("POST", "/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n" },
  });
  assert.deepEqual(json.spec.taints, [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }]);
});

test("what pods use of storage is kept by finalizers from the start", async () => {
  const server = await securedServer();
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const { json } = await server.send("POST", `${NS}/persistentvolumeclaims`, { metadata: { name: "c" }, spec });
  assert.deepEqual(json.metadata.finalizers, ["kubernetes.io/pvc-protection"]);
  const classes = "/apis/storage.k8s.io/v1/volumeattributesclasses";
  const made = await server.send("POST", classes, { metadata: { name: "c" }, driverName: "d", parameters: { a: "b" } });
  // Nobody here would take one off a class again, and its deletion would never end.
  assert.equal(made.json.metadata.finalizers, undefined);
});

const ZONES = { "topology.kubernetes.io/zone": "z", "topology.kubernetes.io/region": "r" };
const NODE: Given = [
  "/api/v1/nodes",
  { metadata: { name: "n", labels: { ...ZONES, "topology.kubernetes.io/rack": "k", other: "o" } } },
];
for (const { rule, spec = {}, target, labels } of [
  { rule: "from the node it is created on", spec: { nodeName: "n" }, labels: ZONES },
  { rule: "from no node that is not there", spec: { nodeName: "m" }, labels: undefined },
  { rule: "from the node it is bound to", target: { kind: "Node", name: "n" }, labels: ZONES },
  { rule: "not from what is not said to be a node", target: { name: "n" }, labels: undefined },
]) {
  test(`a pod learns its zone and region ${rule}`, async () => {
    const server = await securedServer();
    await give(server, [DEFAULT_ACCOUNT, NODE]);
    await server.send("POST", `${NS}/pods`, pod(spec));
    if (target !== undefined) await server.send("POST", `${NS}/pods/p/binding`, { metadata: { name: "p" }, target });
    assert.deepEqual((await server.send("GET", `${NS}/pods/p`)).json.metadata.labels, labels);
  });
}

for (const [rule, selector, volumeAttributesClassName, status] of [
  ["a claim of the class", { operator: "In", values: ["gold"] }, "gold", 403],
  ["no claim of another class", { operator: "In", values: ["gold"] }, "silver", 201],
  ["no claim without one", { operator: "Exists" }, undefined, 201],
  ["a claim without one, where that is asked for", { operator: "DoesNotExist" }, undefined, 403],
] as const) {
  test(`a quota on classes of volume attributes counts ${rule}`, async () => {
    const server = await securedServer();
    const hard = { persistentvolumeclaims: "0" };
    const limits = quota(hard, hard);
    const matchExpressions = [{ scopeName: "VolumeAttributesClass", ...selector }];
    await give(server, [[`${NS}/resourcequotas`, { ...limits, spec: { hard, scopeSelector: { matchExpressions } } }]]);
    const spec = {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1" } },
      volumeAttributesClassName,
    };
    const answer = await server.send("POST", `${NS}/persistentvolumeclaims`, { metadata: { name: "c" }, spec });
    assert.equal(answer.status, status);
  });
}
