import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { Deployment } from "../apps/deployment.ts";
import { Pod } from "./pod.ts";

const c = { name: "c", image: "i" };
const warned = (kind: Kind, object: object, previous?: object): readonly string[] => {
  const made = (from: object): KubeObject => decodeObject(kind, { metadata: { name: "x" }, ...from }) as KubeObject;
  return kind.warnings!(made(object), previous && made(previous));
};

const files = (...paths: string[]): object[] => paths.map((file, index) => ({ key: `k${index}`, path: file }));
const labels = (file: string): object => ({ path: file, fieldRef: { fieldPath: "metadata.labels" } });

for (const { rule, spec, says } of [
  { rule: "nothing that is usual", spec: {}, says: [] },
  {
    rule: "a variable that hides another",
    spec: {
      containers: [
        {
          ...c,
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "2" },
          ],
        },
      ],
    },
    says: ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
  },
  {
    rule: "addresses that are written otherwise",
    spec: { dnsConfig: { nameservers: ["1.2.3.4", "FD00::1"] }, hostAliases: [{ ip: "fd00::0", hostnames: ["a"] }] },
    says: [
      'spec.dnsConfig.nameservers[1]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
      'spec.hostAliases[0].ip: IPv6 address "fd00::0" should be in RFC 5952 canonical format ("fd00::")',
    ],
  },
  {
    rule: "claims of its own for parts of a byte",
    spec: {
      volumes: [
        {
          name: "v",
          ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: "100m" } } } } },
        },
      ],
    },
    says: [
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer',
    ],
  },
  {
    rule: "no variable that builds on another",
    spec: {
      containers: [
        {
          ...c,
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "$(A)2" },
          ],
        },
      ],
    },
    says: [],
  },
  {
    rule: "a port said twice",
    spec: { containers: [{ ...c, ports: [{ containerPort: 80 }, { containerPort: 80 }] }] },
    says: ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"],
  },
  {
    rule: "ports that overlap, in other containers as well",
    spec: {
      containers: [
        { ...c, ports: [{ containerPort: 80, hostPort: 1 }] },
        { ...c, name: "d", ports: [{ containerPort: 80 }, { containerPort: 80, hostPort: 1, hostIP: "1.2.3.4" }] },
      ],
    },
    says: [
      "spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]",
      "spec.containers[1].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]",
      "spec.containers[1].ports[1]: overlapping port definition with spec.containers[1].ports[0]",
    ],
  },
  {
    rule: "an address of the host without a port",
    spec: { containers: [{ ...c, ports: [{ containerPort: 80, hostIP: "1.2.3.4" }] }] },
    says: [
      "spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.2.3.4}",
    ],
  },
  {
    rule: "names that are missing or said twice",
    spec: { imagePullSecrets: [{ name: "a" }, {}, { name: "a" }], hostAliases: [{ ip: "::1" }, { ip: "::1" }] },
    says: [
      'spec.hostAliases[1].ip: duplicate ip "::1"',
      'spec.imagePullSecrets[2].name: duplicate name "a"',
      'spec.imagePullSecrets[1].name: invalid empty name ""',
    ],
  },
  {
    rule: "selectors that are missing",
    spec: {
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule" }],
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "a" }] },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: "a" } }],
        },
      },
    },
    says: [
      "topologySpreadConstraints[0].labelSelector",
      "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector",
      "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector",
    ].map((field) => `spec.${field}: a null labelSelector results in matching no pod`),
  },
  {
    rule: "labels of nodes by their old names in affinities",
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "beta.kubernetes.io/os", operator: "Exists" }] }],
          },
        },
      },
    },
    says: [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
  },
  {
    rule: "files in each other's place, one by one",
    spec: {
      volumes: [
        { name: "m", configMap: { name: "m", items: files("t", "t/") } },
        { name: "d", secret: { secretName: "s", items: files("t", "t/u", "other") } },
        { name: "u", secret: { secretName: "s", items: files("t/u", "t", "tu") } },
        { name: "own", downwardAPI: { items: [labels("t"), labels("t")] } },
      ],
    },
    says: [
      'volume "m" (ConfigMap "m"): overlapping paths: "t" with "t"',
      'volume "d" (Secret "s"): overlapping paths: "t/u" with "t"',
      'volume "u" (Secret "s"): overlapping paths: "t" with "t/u"',
      'volume "own" (DownwardAPI): overlapping paths: "t" with "t"',
    ],
  },
  {
    rule: "files of several sources in each other's place",
    spec: {
      volumes: [
        {
          name: "v",
          projected: {
            sources: [
              {},
              { clusterTrustBundle: { signerName: "signer", path: "t/t" } },
              { downwardAPI: { items: [labels("t")] } },
              { secret: { name: "s", items: files("t") } },
              { configMap: { name: "m", items: files("elsewhere") } },
              { serviceAccountToken: { path: "t" } },
            ],
          },
        },
      ],
    },
    says: [
      'volume "v" (Projected) has no sources provided',
      'volume "v" (Projected): overlapping paths: "t" (DownwardAPI) with "t/t" (ClusterTrustBundle "signer")',
      'volume "v" (Projected): overlapping paths: "t" (Secret "s") with "t/t" (ClusterTrustBundle "signer")',
      'volume "v" (Projected): overlapping paths: "t" (Secret "s") with "t" (DownwardAPI)',
      'volume "v" (Projected): overlapping paths: "t" (ServiceAccountToken) with "t/t" (ClusterTrustBundle "signer")',
      'volume "v" (Projected): overlapping paths: "t" (ServiceAccountToken) with "t" (DownwardAPI)',
      'volume "v" (Projected): overlapping paths: "t" (ServiceAccountToken) with "t" (Secret "s")',
    ],
  },
  {
    rule: "a kind of volume that is gone, by a name of its own",
    spec: { volumes: [{ name: "v", storageos: {} }] },
    says: ["spec.volumes[0].storageOS: deprecated in v1.22, non-functional in v1.25+"],
  },
  {
    rule: "what no label of a node can be, where it is only preferred",
    spec: {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: "k", operator: "In", values: ["ok", "-1"] }] } },
          ],
        },
      },
    },
    says: [
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[1]: -1 is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  },
  {
    rule: "ports of a sidecar and a container by one name",
    spec: {
      initContainers: [
        { ...c, name: "once", ports: [{ name: "p", containerPort: 1 }] },
        { ...c, name: "sidecar", restartPolicy: "Always", ports: [{ name: "p", containerPort: 2 }] },
      ],
      containers: [{ ...c, ports: [{ name: "p", containerPort: 3 }] }],
    },
    says: [
      'spec.containers[0].ports[0]: duplicate port name "p" with spec.initContainers[1].ports[0], services and probes that select ports by name will use spec.initContainers[1].ports[0]',
    ],
  },
  {
    rule: "labels by their old names",
    spec: { nodeSelector: { "beta.kubernetes.io/os": "linux" } },
    says: ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  },
  {
    rule: "parts of a byte",
    spec: { containers: [{ ...c, resources: { requests: { memory: "100m" } } }] },
    says: [
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
    ],
  },
]) {
  test(`a pod is warned of ${rule}`, () => {
    assert.deepEqual(warned(Pod, { spec: { containers: [c], ...spec } }), says);
  });
}

test("a name with dots makes a surprising hostname", () => {
  const [text] = warned(Pod, { metadata: { name: "a.b" }, spec: { containers: [c] } });
  assert.match(text!, /^metadata\.name: this is used in the Pod's hostname.*\[must not contain dots\]$/);
});

test("a template is warned of when it comes or changes, under its own path", () => {
  const of = (image: string, replicas: number): object => ({
    spec: {
      replicas,
      template: { spec: { terminationGracePeriodSeconds: -1, containers: [{ ...c, image }] } },
    },
  });
  const text =
    "spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1";
  assert.deepEqual(warned(Deployment, of("i", 1)), [text]);
  assert.deepEqual(warned(Deployment, of("j", 1), of("i", 1)), [text]);
  assert.deepEqual(warned(Deployment, of("i", 2), of("i", 1)), []);
});

test("keys to match by take the pod's own values", () => {
  const draft = decodeObject(Pod, {
    metadata: { name: "x", labels: { rev: "7" } },
    spec: {
      containers: [c],
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "zone",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "a" } },
          matchLabelKeys: ["rev", "none"],
        },
      ],
    },
  });
  Pod.prepareForCreate!(draft, { now: 0 });
  assert.deepEqual(draft.spec.topologySpreadConstraints?.[0]?.labelSelector?.matchExpressions, [
    { key: "rev", operator: "In", values: ["7"] },
  ]);
});

test("annotations that fields have taken the place of", () => {
  const metadata = {
    name: "x",
    annotations: {
      "seccomp.security.alpha.kubernetes.io/pod": "x",
      "container.seccomp.security.alpha.kubernetes.io/c": "x",
      "container.apparmor.security.beta.kubernetes.io/c": "x",
    },
  };
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  const texts = [
    `metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: ${seccomp}`,
    `metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: ${seccomp}`,
  ];
  assert.deepEqual(warned(Pod, { metadata, spec: { containers: [c] } }), texts);
  const template = { metadata, spec: { containers: [c] } };
  assert.deepEqual(warned(Deployment, { spec: { template } }), [
    ...texts.map((text) => `spec.template.${text}`),
    'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
  ]);
});
