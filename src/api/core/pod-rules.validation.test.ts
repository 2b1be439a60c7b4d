/** Rules on the parts of a pod, in upstream's words and at upstream's places, odd as some of them are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "../apps/index.ts";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { Pod } from "./pod.ts";

const c = { name: "c", image: "i" };
const running = (spec: object): object => ({ spec: { serviceAccountName: "default", containers: [c], ...spec } });
const with1 = (container: object): object => running({ containers: [{ ...c, ...container }] });
const init = (container: object): object => running({ initContainers: [{ name: "i", image: "i", ...container }] });
const volume = (source: object, name = "v"): object => running({ volumes: [{ name, ...source }] });
const projected = (...sources: readonly object[]): object => volume({ projected: { sources } });
const env = (valueFrom: object, more: object = {}): object =>
  running({ containers: [{ ...c, env: [{ name: "A", valueFrom }] }], ...more });
const claim = {
  volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1" } } } },
};
const iqn = "iqn.2015-02.example.com:test";
const iscsi = { targetPortal: "1.2.3.4", iqn, lun: 0 };
const windows = (options: object): object => ({ securityContext: { windowsOptions: options } });
const sized = (resources: object): object => ({ ...c, resources });
const shared = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };

type Row = readonly [rule: string, pod: object, ...says: readonly string[]];

const rows: readonly Row[] = [
  [
    "has disks with parts of their own",
    volume({ gcePersistentDisk: { pdName: "d", partition: 256 } }),
    "spec.volumes[0].persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive",
  ],
  [
    "has one source for a volume",
    volume({ emptyDir: {}, downwardAPI: {}, cephfs: { monitors: ["m"] } }),
    "spec.volumes[0].cephFS: Forbidden: may not specify more than 1 volume type",
    "spec.volumes[0].downwarAPI: Forbidden: may not specify more than 1 volume type",
  ],
  [
    "names no claim that is made for it",
    volume({
      ephemeral: {
        volumeClaimTemplate: {
          metadata: { name: "n", uid: "u", labels: { a: "b" }, finalizers: ["a.b/c"], creationTimestamp: null },
          ...claim.volumeClaimTemplate,
        },
      },
    }),
    ...["name", "uID", "finalizers"].map(
      (name) => `spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.${name}: Forbidden: cannot be set`,
    ),
  ],
  [
    "reaches a target by its full name",
    volume({ iscsi: { ...iscsi, iqn: "iqn.2015-02.example.com" } }),
    'spec.volumes[0].iscsi.iqn: Invalid value: "iqn.2015-02.example.com": must be valid format',
  ],
  [
    "reaches a target by a name of a known form",
    volume({ iscsi: { ...iscsi, iqn: "x" } }),
    'spec.volumes[0].iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
  ],
  [
    "makes short names for initiators",
    volume({ iscsi: { ...iscsi, initiatorName: iqn, targetPortal: "p".repeat(63) } }),
    'spec.volumes[0].name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
  ],
  [
    "names each registry with its port",
    volume({ quobyte: { registry: "a,b", volume: "v" } }),
    ...[1, 2].map(
      () =>
        'spec.volumes[0].quobyte.registry: Invalid value: "a,b": must be a host:port pair or multiple pairs separated by commas',
    ),
  ],
  [
    "leaves options of drivers to their drivers",
    volume({ flexVolume: { driver: "d/d", options: { "X.K8s.io": "1" } } }),
    'spec.volumes[0].flexVolume.options[X.K8s.io]: Invalid value: "X.K8s.io": kubernetes.io and k8s.io namespaces are reserved',
  ],
  [
    "names a secret of a driver well",
    volume({ csi: { driver: "d", nodePublishSecretRef: { name: "A" } } }),
    `spec.volumes[0].csi.name: Invalid value: "A": ${subdomain()}`,
  ],
  [
    "keeps its own claims to their volumes",
    running({
      volumes: [
        { name: "v", ephemeral: claim },
        { name: "w", persistentVolumeClaim: { claimName: "x-v" } },
      ],
    }),
    'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "x-v": must not reference a PVC that gets created for an ephemeral volume',
  ],
  [
    "writes files of the downward API below the volume",
    volume({ downwardAPI: { items: [{ path: "..", fieldRef: { fieldPath: "metadata.name" } }] } }),
    `spec.volumes[0].downwardAPI.path: Invalid value: "..": must not contain '..'`,
    `spec.volumes[0].downwardAPI.path: Invalid value: "..": must not start with '..'`,
  ],
  [
    "projects one thing in each source",
    projected({ secret: { name: "s" }, configMap: {} }),
    "spec.volumes[0].projected.sources[0].configMap.name: Required value",
    "spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source",
  ],
  ["may have a source that is none", projected({})],
  [
    "writes a token below the volume",
    projected({ serviceAccountToken: { path: "/t" } }),
    'spec.volumes[0].projected.path: Invalid value: "/t": must be a relative path',
  ],
  [
    "projects a file once",
    projected(
      { downwardAPI: { items: [{ path: "f", fieldRef: { fieldPath: "metadata.name" } }] } },
      { secret: { name: "s", items: [{ key: "k", path: "f" }] } },
    ),
    'spec.volumes[0].projected: Invalid value: "s": conflicting duplicate paths',
  ],

  [
    "reads no part of what has none",
    env({ fieldRef: { fieldPath: "spec.nodeName['a']" } }),
    `spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nodeName['a']": error converting fieldPath: field label does not support subscript: spec.nodeName['a']`,
  ],
  [
    "reads its labels by their names",
    env({ fieldRef: { fieldPath: "metadata.labels['a b']" } }),
    `spec.containers[0].env[0].valueFrom.fieldRef: Invalid value: "a b": ${qualified()}`,
  ],
  [
    "reads fields of its first version",
    env({ fieldRef: { apiVersion: "v2", fieldPath: "metadata.name" } }),
    'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2',
  ],
  [
    "reads nothing that is not told",
    env({ fieldRef: { fieldPath: "spec.hostNetwork" } }),
    'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.hostNetwork": error converting fieldPath: field label not supported: spec.hostNetwork',
  ],
  [
    "divides by what amounts are counted in",
    env({ resourceFieldRef: { resource: "limits.memory", divisor: "2Mi" } }),
    `spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.memory": only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource`,
  ],
  [
    "reads keys of what has a name",
    env({ configMapKeyRef: { key: "k" } }),
    `spec.containers[0].env[0].valueFrom.configMapKeyRef.name: Invalid value: "": ${subdomain()}`,
  ],
  [
    "reads a variable from somewhere",
    env({}),
    'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
  ],
  [
    "reads files from a volume of its own",
    env(
      { fileKeyRef: { key: "K", volumeName: "v", path: "a/../b" } },
      { volumes: [{ name: "v", hostPath: { path: "/" } }] },
    ),
    `spec.containers[0].env[0].valueFrom.fileKeyRef.path: Invalid value: "a/../b": must not contain '..'`,
    'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "v": referenced volume must be of type emptyDir',
  ],
  [
    "reads files from a volume that is there",
    env({ fileKeyRef: { key: "K", volumeName: "v", path: "a" } }),
    'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: "v"',
  ],

  [
    "resizes what can be resized",
    with1({ resizePolicy: [{ resourceName: "x", restartPolicy: "y" }] }),
    'spec.containers[0].resizePolicy: Unsupported value: "x": supported values: "cpu", "memory"',
    'spec.containers[0].resizePolicy: Unsupported value: "y": supported values: "NotRequired", "RestartContainer"',
  ],
  [
    "restarts nothing that never restarts",
    running({
      restartPolicy: "Never",
      containers: [{ ...c, resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] }],
    }),
    "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when pod `restartPolicy` is 'Never'",
  ],
  [
    "restarts no init container to resize it",
    init({ resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] }),
    "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": must not be set to 'RestartContainer' for non-sidecar initContainers",
  ],
  [
    "says of rules of init containers only that they need a policy",
    init({ restartPolicyRules: [{ action: "x" }] }),
    "spec.initContainers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used",
  ],
  [
    "may have a rule name a code twice",
    with1({
      restartPolicy: "Never",
      restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [1, 1] } }],
    }),
  ],
  [
    "uses claims that it has",
    running({
      containers: [sized({ claims: [{ name: "a" }, { name: "a", request: "r" }, { name: "b" }] })],
      resourceClaims: [{ name: "a", resourceClaimName: "a" }],
    }),
    'spec.containers[0].resources.claims[1]: Duplicate value: "a"',
    'spec.containers[0].resources.claims[2]: Not found: "b": must be one of the names in pod.spec.resourceClaims: a',
  ],
  [
    "has claims if it uses some",
    running({ containers: [sized({ claims: [{ name: "a" }] })] }),
    'spec.containers[0].resources.claims[0]: Not found: "a": must be one of the names in pod.spec.resourceClaims which is empty',
  ],
  [
    "has its claims from the cluster",
    {
      metadata: { name: "x", annotations: { "kubernetes.io/config.mirror": "m" } },
      ...running({ nodeName: "n", resourceClaims: [{ name: "a" }] }),
    },
    "[]: Forbidden: static pods do not support resource claims",
  ],

  [
    "has resources as a whole that its containers fit into",
    running({
      resources: { requests: { cpu: "1" }, limits: { cpu: "2" } },
      containers: [sized({ requests: { cpu: "1500m" }, limits: { cpu: "3" } })],
    }),
    'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1500m',
    'spec.resources.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to pod limits of 2',
  ],
  [
    "has CPU, memory and huge pages as a whole",
    running({ resources: { requests: { "example.com/x": "1" }, limits: { "example.com/x": "1" } } }),
    ...["limits", "requests"].map(
      (what) =>
        `spec.resources.${what}[example.com/x]: Unsupported value: "example.com/x": supported values: "cpu", "hugepages-", "memory"`,
    ),
  ],
  [
    "has no claims as a whole",
    running({ resources: { claims: [{ name: "a" }] }, resourceClaims: [{ name: "a", resourceClaimName: "a" }] }),
    "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
  ],
  [
    "of Windows has no resources as a whole",
    running({ os: { name: "windows" }, resources: { limits: { cpu: "1" } } }),
    "spec.resources: Forbidden: may not be set for a windows pod",
  ],

  [
    "of Windows says so in all its parts",
    running({
      os: { name: "windows" },
      hostPID: true,
      hostUsers: true,
      shareProcessNamespace: false,
      securityContext: { runAsUser: 1, seLinuxChangePolicy: "Recursive" },
      initContainers: [{ name: "i", image: "i", securityContext: { procMount: "Default" } }],
    }),
    ...[
      "hostUsers",
      "hostPID",
      "shareProcessNamespace",
      "securityContext.runAsUser",
      "securityContext.seLinuxChangePolicy",
      "initContainers[0].securityContext.procMount",
    ].map((at) => `spec.${at}: Forbidden: cannot be set for a windows pod`),
  ],
  [
    "runs all containers or none as processes of the node",
    running({
      hostNetwork: true,
      containers: [
        { ...c, ...windows({ hostProcess: true }) },
        { name: "d", image: "i" },
      ],
    }),
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
  ],
  [
    "runs processes of the node on its network, and says once which",
    running({
      ...windows({ hostProcess: true }),
      containers: [{ ...c, ...windows({ hostProcess: false }) }],
      initContainers: [{ name: "i", image: "i" }],
    }),
    "spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if both are specified, was true",
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
    "spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers",
  ],
  [
    "has users of Windows by their domains",
    running({ containers: [{ ...c, ...windows({ runAsUserName: "a?b\\u" }) }] }),
    `spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "a?b\\\\u": runAsUserName's Domain doesn't match the NetBios nor the DNS format`,
  ],
  [
    "with its own users shares less with its node",
    running({ hostUsers: false, hostNetwork: true, hostPID: true, hostIPC: true }),
    ...["hostNetwork", "HostPID", "HostIPC"].map((at) => `spec.${at}: Forbidden: when \`hostUsers\` is false`),
  ],
  ["names a system", running({ os: {} }), "spec.os.name: Required value"],
  [
    "overrides its name in one way",
    running({ hostNetwork: true, setHostnameAsFQDN: true, hostnameOverride: "a".repeat(65) }),
    "spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true",
    "spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true",
    "spec.hostnameOverride: Too long: may not be more than 64 bytes",
  ],

  [
    "has a seccomp profile by one name",
    {
      metadata: {
        name: "x",
        annotations: {
          "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
          "container.seccomp.security.alpha.kubernetes.io/c": "localhost/a",
        },
      },
      ...running({
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        containers: [{ ...c, securityContext: { seccompProfile: { type: "Localhost", localhostProfile: "b" } } }],
      }),
    },
    "spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match",
    "spec.containers[0].securityContext.seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must match",
  ],
  [
    "has profiles without spaces around them",
    running({ securityContext: { appArmorProfile: { type: "Localhost", localhostProfile: " a" } } }),
    'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: " a": must not be padded with whitespace',
  ],
  [
    "sets kernel parameters by their names",
    running({ securityContext: { sysctls: [{ name: "A", value: "1" }] } }),
    String.raw`spec.securityContext.sysctls[0].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`,
  ],
  [
    "sets no parameters of its node's network",
    running({ hostNetwork: true, securityContext: { sysctls: [{ name: "net/ipv4/conf/eth0.1/x", value: "1" }] } }),
    `spec.securityContext.sysctls[0].name: Invalid value: "net/ipv4/conf/eth0.1/x": may not be specified when 'hostNetwork' is true`,
  ],

  [
    "tolerates by names",
    running({ tolerations: [{ key: "a", operator: "Exists", value: "b" }] }),
    "spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'",
  ],
  [
    "compares no numbers of taints yet",
    running({ tolerations: [{ key: "a", operator: "Gt", value: "1" }] }),
    'spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"',
  ],
  [
    "knows no other operators",
    running({ tolerations: [{ key: "a", operator: "X" }] }),
    'spec.tolerations[0].operator: Unsupported value: "X": supported values: "Equal", "Exists"',
  ],
  [
    "takes values of labels only into a selector",
    running({ topologySpreadConstraints: [{ ...shared, matchLabelKeys: ["a b"] }] }),
    "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
  ],
];

function subdomain(): string {
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
}

function qualified(): string {
  return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
}

for (const [rule, pod, ...says] of rows) {
  test(`a pod ${rule}`, () => assert.deepEqual(saidOfNew(Pod, pod), says));
}

test("a template may have labels that it also takes values of; its pods may not", () => {
  const labels = { app: "a" };
  const spec = {
    containers: [c],
    topologySpreadConstraints: [{ ...shared, labelSelector: { matchLabels: labels }, matchLabelKeys: ["app"] }],
  };
  const selector = { matchLabels: labels };
  assert.deepEqual(saidOfNew(Deployment, { spec: { selector, template: { metadata: { labels }, spec } } }), []);
});

const terms = (...nodeSelectorTerms: readonly object[]): object => ({
  schedulingGates: [{ name: "g" }],
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const needs = (key: string): object => ({ key, operator: "Exists" });
const shown = (key: string): string => `{"Key":"${key}","Operator":"Exists","Values":null}`;
const TERMS = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

const changes: readonly (readonly [rule: string, before: object, after: object, ...says: readonly string[]])[] = [
  [
    "needs more of its node",
    terms({ matchExpressions: [needs("a")] }),
    terms({ matchExpressions: [needs("a"), needs("b")] }),
  ],
  [
    "needs no less of its node",
    terms({ matchExpressions: [needs("a")] }),
    terms({ matchExpressions: [needs("b")] }),
    `${TERMS}[0]: Invalid value: {"MatchExpressions":[${shown("b")}],"MatchFields":null}: only additions are allowed (no mutations or deletions)`,
  ],
  [
    "keeps to as many kinds of nodes",
    terms({ matchExpressions: [needs("a")] }),
    terms({ matchExpressions: [needs("a")] }, { matchExpressions: [needs("b")] }),
    `${TERMS}: Invalid value: [{"MatchExpressions":[${shown("a")}],"MatchFields":null},{"MatchExpressions":[${shown("b")}],"MatchFields":null}]: no additions/deletions to non-empty NodeSelectorTerms list are allowed`,
  ],
  [
    "needs nothing where it selects nothing",
    terms({}),
    terms({ matchExpressions: [needs("a")] }),
    `${TERMS}[0]: Invalid value: {"MatchExpressions":[${shown("a")}],"MatchFields":null}: only additions are allowed (no mutations or deletions)`,
  ],
  [
    "gets no new gates",
    { schedulingGates: [{ name: "g" }] },
    { schedulingGates: [{ name: "g" }, { name: "h" }] },
    "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'h'",
  ],
];

for (const [rule, before, after, ...says] of changes) {
  test(`a pod that waits ${rule}`, () => assert.deepEqual(saidOfChange(Pod, running(before), running(after)), says));
}
