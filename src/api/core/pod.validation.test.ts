import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { keepReported } from "./pod-strategy.ts";
import { Pod } from "./pod.ts";

const c = { name: "c", image: "i" };
const running = (spec: object): object => ({ spec: { serviceAccountName: "default", containers: [c], ...spec } });
const spread = {
  maxSkew: 1,
  topologyKey: "zone",
  whenUnsatisfiable: "DoNotSchedule",
  labelSelector: { matchLabels: { app: "a" } },
};
const with1 = (container: object): object => running({ containers: [{ ...c, ...container }] });

for (const { rule, pod, says } of [
  { rule: "has containers", pod: running({ containers: [] }), says: ["spec.containers: Required value"] },
  {
    rule: "names containers once, init containers too",
    pod: running({ initContainers: [c] }),
    says: ['spec.initContainers[0].name: Duplicate value: "c"'],
  },
  {
    rule: "probes init containers only when they keep running",
    pod: running({ initContainers: [{ name: "i", image: "i", livenessProbe: { exec: { command: ["a"] } } }] }),
    says: [
      "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
    ],
  },
  {
    rule: "lets a sidecar have probes",
    pod: running({
      initContainers: [{ name: "i", image: "i", restartPolicy: "Always", livenessProbe: { exec: { command: ["a"] } } }],
    }),
    says: [],
  },
  {
    rule: "reads a variable from one place",
    pod: with1({ env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
    says: ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
  },
  {
    rule: "reads only fields that there are",
    pod: with1({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.whoami" } } }] }),
    says: [
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.whoami": error converting fieldPath: field label not supported: metadata.whoami',
    ],
  },
  {
    rule: "reads labels and annotations by key",
    pod: with1({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }] }),
    says: [],
  },
  {
    rule: "takes variables from something",
    pod: with1({ envFrom: [{}] }),
    says: ['spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
  },
  {
    rule: "asks for no more than its limit",
    pod: with1({ resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }),
    says: ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
  },
  {
    rule: "asks for just the limit of what cannot be shared",
    pod: with1({ resources: { requests: { "example.com/gpu": "1" } } }),
    says: ["spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources"],
  },
  {
    rule: "spreads over one sort of places once in each way",
    pod: running({
      topologySpreadConstraints: ["a", "b", "a", "a"].map((topologyKey) => ({ ...spread, topologyKey })),
    }),
    says: [0, 2].map(
      (index) =>
        `spec.topologySpreadConstraints[${index}].{topologyKey, whenUnsatisfiable}: Duplicate value: "{a, DoNotSchedule}"`,
    ),
  },
  {
    rule: "pages need cpu or memory",
    pod: with1({ resources: { limits: { "hugepages-2Mi": "2Mi" } } }),
    says: ["spec.containers[0].resources: Forbidden: HugePages require cpu or memory"],
  },
  {
    rule: "shares the host's mounts only when privileged",
    pod: running({
      volumes: [{ name: "v", emptyDir: {} }],
      containers: [{ ...c, volumeMounts: [{ name: "v", mountPath: "/v", mountPropagation: "Bidirectional" }] }],
    }),
    says: [
      "spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
    ],
  },
  {
    rule: "cannot be privileged and not escalate",
    pod: with1({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    says: [
      'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  },
  {
    rule: "names a profile where it is local",
    pod: running({ securityContext: { seccompProfile: { type: "Localhost" } } }),
    says: [
      "spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
    ],
  },
  {
    rule: "has ports of the node on the node's network",
    pod: running({ hostNetwork: true, containers: [{ ...c, ports: [{ containerPort: 80, hostPort: 81 }] }] }),
    says: [
      "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true",
    ],
  },
  {
    rule: "brings its own DNS when it wants no other",
    pod: running({ dnsPolicy: "None" }),
    says: ["spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"],
  },
  {
    rule: "tolerates everything only by Exists",
    pod: running({ tolerations: [{ operator: "Equal" }] }),
    says: [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  },
  {
    rule: "tolerates for a time only what evicts",
    pod: running({ tolerations: [{ key: "a", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 1 }] }),
    says: [
      "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' when `tolerationSeconds` is set",
    ],
  },
  {
    rule: "is not gated and bound at once",
    pod: running({ nodeName: "n", schedulingGates: [{ name: "g" }] }),
    says: ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
  },
  {
    rule: "shows two sources of one volume under different paths",
    pod: running({
      volumes: [
        {
          name: "v",
          projected: {
            sources: [
              { secret: { name: "a", items: [{ key: "k", path: "p" }] } },
              { configMap: { name: "b", items: [{ key: "k", path: "p" }] } },
            ],
          },
        },
      ],
    }),
    says: ['spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths'],
  },
  {
    rule: "keeps a volume's files inside",
    pod: running({ volumes: [{ name: "v", secret: { secretName: "s", items: [{ key: "k", path: "../k" }] } }] }),
    says: ["spec.volumes[0].secret.items[0].path: Invalid value: \"../k\": must not contain '..'"],
  },
  {
    rule: "claims what an ephemeral volume asks for",
    pod: running({
      volumes: [
        { name: "v", ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "1" } } } } } },
      ],
    }),
    says: [
      "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required",
    ],
  },
  {
    rule: "spreads by keys that the server makes part of the selector",
    pod: {
      metadata: { name: "x", labels: { rev: "7" } },
      ...running({ topologySpreadConstraints: [{ ...spread, matchLabelKeys: ["rev"] }] }),
    },
    says: [],
  },
  {
    rule: "says how exit codes are compared",
    pod: with1({ restartPolicy: "Never", restartPolicyRules: [{ action: "Restart", exitCodes: { values: [1] } }] }),
    says: [
      'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "": supported values: "In", "NotIn"',
    ],
  },
  {
    rule: "spreads by a key once",
    pod: {
      metadata: { name: "x", labels: { app: "a" } },
      ...running({ topologySpreadConstraints: [{ ...spread, matchLabelKeys: ["app"] }] }),
    },
    says: [
      'spec.topologySpreadConstraints[0][0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector',
    ],
  },
  {
    rule: "restarts a container by rules that it has a policy for",
    pod: with1({ restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [1] } }] }),
    says: ["spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used"],
  },
]) {
  test(`a pod ${rule}`, () => assert.deepEqual(saidOfNew(Pod, pod), says));
}

const FIXED =
  "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const gated = (spec: object): object => running({ schedulingGates: [{ name: "g" }], ...spec });
const tolerates = (key: string): object => ({ key, operator: "Exists" });

for (const { rule, before = running({}), after, says } of [
  { rule: "its image", after: with1({ image: "j" }), says: [] },
  { rule: "nothing of its environment", after: with1({ env: [{ name: "A" }] }), says: [FIXED] },
  { rule: "tolerations by more", after: running({ tolerations: [tolerates("a")] }), says: [] },
  {
    rule: "no toleration it had",
    before: running({ tolerations: [tolerates("a")] }),
    after: running({ tolerations: [tolerates("b")] }),
    says: ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
  },
  {
    rule: "a deadline to less",
    before: running({ activeDeadlineSeconds: 9 }),
    after: running({ activeDeadlineSeconds: 5 }),
    says: [],
  },
  {
    rule: "no deadline to more",
    before: running({ activeDeadlineSeconds: 5 }),
    after: running({ activeDeadlineSeconds: 9 }),
    says: ["spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value"],
  },
  { rule: "gates by fewer", before: gated({}), after: running({}), says: [] },
  {
    rule: "node selectors by more while it is gated",
    before: gated({}),
    after: gated({ nodeSelector: { a: "b" } }),
    says: [],
  },
  { rule: "no node selector once it is free", after: running({ nodeSelector: { a: "b" } }), says: [FIXED] },
]) {
  test(`an update may change ${rule}`, () => assert.deepEqual(saidOfChange(Pod, before, after), says));
}

const sized = (cpu: string, more: object = {}): object => ({ resources: { requests: { cpu } }, ...more });
const init = (container: object): object => running({ initContainers: [{ name: "s", image: "i", ...container }] });
const beside = (name: string): object => running({ containers: [c, { name, image: "i" }] });
const mirror = { metadata: { name: "x", annotations: { "kubernetes.io/config.mirror": "x" } } };

for (const { rule, before, after, says } of [
  { rule: "changes cpu", before: with1(sized("1")), after: with1(sized("2")), says: [] },
  {
    rule: "takes no request away",
    before: with1(sized("1")),
    after: with1({ resources: { requests: { memory: "1Gi" } } }),
    says: ["spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"],
  },
  {
    rule: "changes nothing but cpu and memory",
    before: with1(sized("1")),
    after: with1({ resources: { requests: { cpu: "1", "ephemeral-storage": "1Gi" } } }),
    says: ["spec: Forbidden: only cpu and memory resources are mutable"],
  },
  {
    rule: "changes no policy of resizing",
    before: with1(sized("1")),
    after: with1(sized("2", { resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] })),
    says: ["spec: Forbidden: only cpu and memory resources are mutable"],
  },
  {
    rule: "keeps the class of service",
    before: with1(sized("1")),
    after: with1({ resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } } }),
    says: ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
  },
  {
    rule: "adds no container",
    before: with1({}),
    after: beside("d"),
    says: ["spec.containers: Forbidden: containers may not be added or removed on resize"],
  },
  {
    rule: "renames none",
    before: beside("d"),
    after: beside("e"),
    says: ["spec.containers[1].name: Forbidden: containers may not be renamed or reordered on resize"],
  },
  {
    rule: "needs a kubelet that tells what containers have",
    before: { ...with1(sized("1")), status: { containerStatuses: [{ name: "c", state: { running: {} } }] } },
    after: with1(sized("2")),
    says: ["spec: Forbidden: Pod running on node without support for resize"],
  },
  { rule: "changes a sidecar", before: init(sized("1")), after: init(sized("2")), says: [] },
  {
    rule: "changes nothing else of it",
    before: init(sized("1")),
    after: init(sized("1", { image: "j" })),
    says: [
      "spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable",
    ],
  },
  {
    rule: "restarts no init container",
    before: init(sized("1", { resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] })),
    after: init(sized("2", { resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] })),
    says: [
      "spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized",
    ],
  },
  {
    rule: "takes nothing of a pod as a whole away",
    before: running({ resources: { requests: { cpu: "1", memory: "1Gi" } } }),
    after: running({ resources: { requests: { cpu: "2" } } }),
    says: ["spec.resources.requests: Forbidden: pod-level resource requests cannot be removed"],
  },
  {
    rule: "is nothing for static pods",
    before: { ...with1(sized("1")), ...mirror },
    after: { ...with1(sized("2")), ...mirror },
    says: ["[]: Forbidden: static pods cannot be resized"],
  },
]) {
  test(`a resize ${rule}`, () => {
    const said = saidOfChange(Pod, before, after, "resize").filter((text) => !text.includes("config.mirror]"));
    assert.deepEqual(said, says);
  });
}

const ended = { terminated: { exitCode: 0 } };
const job = (status: object): object => ({ ...running({ restartPolicy: "Never" }), status });
const statuses = (...states: readonly object[]): object => ({
  containerStatuses: states.map((state, index) => ({ name: `c${index}`, state })),
});

for (const { rule, before = {}, after, says } of [
  {
    rule: "what has ended does not run again",
    before: statuses({ running: {} }, ended),
    after: statuses({ running: {} }, { running: {} }),
    says: ["status.containerStatuses[1].state: Forbidden: may not be transitioned to non-terminated state"],
  },
  {
    rule: "nor does an ephemeral container",
    before: { ephemeralContainerStatuses: [{ name: "e", state: ended }] },
    after: { ephemeralContainerStatuses: [{ name: "e", state: { running: {} } }] },
    says: ["status.ephemeralContainerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state"],
  },
  {
    rule: "conditions have names that can be told apart",
    after: {
      conditions: [
        { type: "Ready", status: "True" },
        { type: "a b", status: "True" },
      ],
    },
    says: [
      "status.conditions[1].Type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  },
  {
    rule: "one address of each family",
    after: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }] },
    says: [
      'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family',
    ],
  },
  {
    rule: "the node's first address is its address",
    after: { hostIP: "10.0.0.1", hostIPs: [{ ip: "10.0.0.2" }] },
    says: ['status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'],
  },
  {
    rule: "claims are those of the spec",
    after: { resourceClaimStatuses: [{ name: "x" }] },
    says: [
      'status.resourceClaimStatuses[0].name: Invalid value: "x": must match the name of an entry in `spec.resourceClaims`',
    ],
  },
]) {
  test(`a pod's status: ${rule}`, () => {
    assert.deepEqual(saidOfChange(Pod, job(before), job(after), "status"), says);
  });
}

test("static pods have no ephemeral containers", () => {
  const said = saidOfChange(Pod, { ...running({}), ...mirror }, { ...running({}), ...mirror }, "ephemeralcontainers");
  assert.equal(said.at(-1), "[]: Forbidden: static pods do not support ephemeral containers");
});

test("a status that leaves out what only the server knows keeps it", () => {
  const before = {
    qosClass: "Burstable",
    observedGeneration: 3,
    conditions: [{ type: "Ready", observedGeneration: 2 }],
  };
  const draft = { status: { conditions: [{ type: "Ready" }] } };
  keepReported(draft as never, { status: before } as never, { now: 0, subresource: "status" });
  assert.deepEqual(draft.status, before);
});
