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
    rule: "a file where the token goes",
    spec: {
      volumes: [
        {
          name: "v",
          projected: {
            sources: [
              { serviceAccountToken: { path: "t" } },
              { secret: { name: "s", items: [{ key: "k", path: "t" }] } },
            ],
          },
        },
      ],
    },
    says: ['spec.volumes[0].projected.sources.secrets[0]: has duplicated path with ServiceAccountToken "t"'],
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
