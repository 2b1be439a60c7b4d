/** What the kinds accept and warn of; pods have a table of their own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../machinery/kind.ts";
import { createScheme } from "../machinery/scheme.ts";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import { builtinKinds } from "./index.ts";

const scheme = createScheme(builtinKinds);
const ports = [{ port: 80 }];
const annotated = (key: string): object => ({ name: "x", annotations: { [key]: "y" } });
const ENFORCE = "kubernetes.io/enforce-mountable-secrets";
const INGRESS = "kubernetes.io/ingress.class";
const ARCH = "beta.kubernetes.io/arch";
const USE_ARCH = 'deprecated since v1.14; use "kubernetes.io/arch" instead';
const OLD_TEMPLATE = { spec: { nodeSelector: { [ARCH]: "x" }, containers: [{ name: "c", image: "i" }] } };
const HALF = 'resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer';
const HALF_CLAIMS = [{ metadata: { name: "c" }, spec: { resources: { requests: { storage: "100m" } } } }];
const KEEPS_ALL =
  "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";
const BIG = { completionMode: "Indexed", completions: 100_001, parallelism: 10_001 };
const TOO_MANY =
  "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
const CLASS = "volume.beta.kubernetes.io/storage-class";

const formatted = (...formats: readonly string[]): object => {
  const properties = Object.fromEntries(formats.map((format) => [format, { type: "string", format }]));
  const schema = { openAPIV3Schema: { type: "object", properties } };
  return { spec: { versions: [{ name: "v1", served: true, storage: true, schema }] } };
};

interface Row {
  readonly rule: string;
  readonly of: string;
  readonly object: object;
  readonly before?: object;
  readonly says: readonly string[];
}

const rows: readonly Row[] = [
  {
    rule: "labels of nodes that are no more, each with what to use",
    of: "node.k8s.io/v1/RuntimeClass",
    object: {
      handler: "h",
      scheduling: {
        nodeSelector: { "app.kubernetes.io/created-by": "", "node-role.kubernetes.io/master": "" },
      },
    },
    says: [
      "scheduling.nodeSelector: deprecated since v1.9",
      'scheduling.nodeSelector: use "node-role.kubernetes.io/control-plane" instead',
    ],
  },
  {
    rule: "formats that nobody looks at, where they are new",
    of: "apiextensions.k8s.io/v1/CustomResourceDefinition",
    object: formatted("date-time", "old", "new"),
    before: formatted("old"),
    says: ['unrecognized format "new"'],
  },
  { rule: "nothing that is usual", of: "v1/Service", object: { spec: { ports } }, says: [] },
  {
    rule: "what has no effect without an address",
    of: "v1/Service",
    object: {
      spec: {
        clusterIP: "None",
        loadBalancerIP: "1.2.3.4",
        externalIPs: ["1.2.3.4"],
        sessionAffinity: "ClientIP",
        ports,
      },
    },
    says: [
      "spec.loadBalancerIP is ignored for headless services",
      "spec.externalIPs is ignored for headless services",
      "spec.SessionAffinity is ignored for headless services",
    ],
  },
  {
    rule: "tokens that may come into logs",
    of: "storage.k8s.io/v1/CSIDriver",
    object: { spec: { tokenRequests: [{ audience: "a" }] } },
    says: [
      "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes",
    ],
  },
  {
    rule: "who says where tokens go is not told",
    of: "storage.k8s.io/v1/CSIDriver",
    object: { spec: { tokenRequests: [{ audience: "a" }], serviceAccountTokenInSecrets: false } },
    says: [],
  },
  {
    rule: "addresses that are written otherwise",
    of: "v1/Service",
    object: {
      spec: {
        externalIPs: ["FD00::0001", "010.0.0.1"],
        loadBalancerSourceRanges: ["10.0.0.1/8", "fd00:0::/16", "::ffff:1.2.3.0/120"],
        ports,
      },
    },
    says: [
      'spec.externalIPs[0]: IPv6 address "FD00::0001" should be in RFC 5952 canonical format ("fd00::1")',
      'spec.externalIPs[1]: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
      "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
      'spec.loadBalancerSourceRanges[0]: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
      'spec.loadBalancerSourceRanges[1]: IPv6 CIDR value "fd00:0::/16" should be in RFC 5952 canonical format ("fd00::/16")',
      'spec.loadBalancerSourceRanges[2]: non-standard CIDR value "::ffff:1.2.3.0/120" is invalid: use "1.2.3.0/24"',
    ],
  },
  {
    rule: "what other types of services would use, and old words",
    of: "v1/Service",
    object: {
      metadata: annotated("service.kubernetes.io/topology-aware-hints"),
      spec: { externalName: "a.b", trafficDistribution: "PreferClose", ports },
    },
    says: [
      "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead",
      'spec.externalName is ignored when spec.type is not "ExternalName"',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ],
  },
  {
    rule: "the old way to name a class",
    of: "networking.k8s.io/v1/Ingress",
    object: { metadata: annotated(INGRESS), spec: {} },
    says: [`annotation "${INGRESS}" is deprecated, please use 'spec.ingressClassName' instead`],
  },
  {
    rule: "not of that in an update",
    of: "networking.k8s.io/v1/Ingress",
    before: { spec: {} },
    object: { metadata: annotated(INGRESS), spec: {} },
    says: [],
  },
  {
    rule: "networks with bits behind the prefix",
    of: "networking.k8s.io/v1/NetworkPolicy",
    object: {
      spec: { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.2.3/16"] } }] }] },
    },
    says: [
      'spec.egress[0].to[0].ipBlock.except[0]: CIDR value "10.1.2.3/16" is ambiguous in this context (should be "10.1.0.0/16" or "10.1.2.3/32"?)',
    ],
  },
  {
    rule: "names in the place of addresses",
    of: "discovery.k8s.io/v1/EndpointSlice",
    object: { addressType: "FQDN", endpoints: [{ addresses: ["a.b"] }] },
    says: ["spec.addressType: FQDN endpoints are deprecated"],
  },
  {
    rule: "addresses of endpoints that are written otherwise",
    of: "discovery.k8s.io/v1/EndpointSlice",
    object: { addressType: "IPv6", endpoints: [{ addresses: ["fd00::0"] }] },
    says: ['endpoints[0].addresses[0]: IPv6 address "fd00::0" should be in RFC 5952 canonical format ("fd00::")'],
  },
  {
    rule: "parts of a byte, and the old way to name a class",
    of: "v1/PersistentVolumeClaim",
    object: { metadata: annotated(CLASS), spec: { resources: { requests: { storage: "100m" } } } },
    says: [
      `metadata.annotations[${CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`,
      'spec.resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer',
    ],
  },
  {
    rule: "what nobody mounts or recycles any more",
    of: "v1/PersistentVolume",
    object: {
      metadata: annotated("volume.beta.kubernetes.io/mount-options"),
      spec: {
        capacity: { storage: "1Gi" },
        persistentVolumeReclaimPolicy: "Recycle",
        rbd: { monitors: ["a"], image: "i" },
      },
    },
    says: [
      'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
      "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
      "spec.rbd: deprecated in v1.28, non-functional in v1.31+",
    ],
  },
  {
    rule: "old labels of nodes in topologies",
    of: "storage.k8s.io/v1/StorageClass",
    object: {
      provisioner: "a.b/c",
      allowedTopologies: [
        {
          matchLabelExpressions: [
            { key: "a", values: ["b"] },
            { key: ARCH, values: ["b"] },
          ],
        },
      ],
    },
    says: [`allowedTopologies[0].matchLabelExpressions[1].key: ${USE_ARCH}`],
  },
  {
    rule: "old labels of nodes in its part of the topology",
    of: "storage.k8s.io/v1/CSIStorageCapacity",
    object: {
      storageClassName: "c",
      nodeTopology: { matchLabels: { [ARCH]: "x" }, matchExpressions: [{ key: ARCH, operator: "Exists" }] },
    },
    says: [
      `nodeTopology.matchExpressions[0].key: ${ARCH} is ${USE_ARCH}`,
      `nodeTopology.matchLabels.${ARCH}: ${USE_ARCH}`,
    ],
  },
  {
    rule: "old labels of the nodes that have it",
    of: "node.k8s.io/v1/RuntimeClass",
    object: { handler: "h", scheduling: { nodeSelector: { [ARCH]: "x" } } },
    says: [`scheduling.nodeSelector: ${USE_ARCH}`],
  },
  {
    rule: "claims for parts of a byte, and of keeping all revisions",
    of: "apps/v1/StatefulSet",
    object: { spec: { revisionHistoryLimit: -1, volumeClaimTemplates: HALF_CLAIMS } },
    says: [`spec.volumeClaimTemplates[0].${HALF}`, KEEPS_ALL],
  },
  {
    rule: "the same again when it changes",
    of: "apps/v1/StatefulSet",
    before: { spec: { revisionHistoryLimit: -1, volumeClaimTemplates: HALF_CLAIMS } },
    object: { spec: { revisionHistoryLimit: -1, volumeClaimTemplates: HALF_CLAIMS, replicas: 2 } },
    says: [`spec.volumeClaimTemplates[0].Spec.${HALF}`, KEEPS_ALL],
  },
  {
    rule: "more indexes than may be told apart",
    of: "batch/v1/Job",
    object: { spec: BIG },
    says: [`spec: ${TOO_MANY}`],
  },
  { rule: "not of that before it changes", of: "batch/v1/Job", before: { spec: BIG }, object: { spec: BIG }, says: [] },
  {
    rule: "no number of pods that follow each other",
    of: "batch/v1/Job",
    object: { spec: { ...BIG, completionMode: "NonIndexed" } },
    says: [],
  },
  {
    rule: "names, sizes and zones at the wrong place",
    of: "batch/v1/CronJob",
    object: {
      metadata: { name: "a.b" },
      spec: { schedule: "TZ=UTC * * * * *", jobTemplate: { spec: { ...BIG, template: OLD_TEMPLATE } } },
    },
    says: [
      "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      `spec.jobTemplate.spec: ${TOO_MANY}`,
      `spec.jobTemplate.spec.template.spec.nodeSelector[${ARCH}]: ${USE_ARCH}`,
      "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
    ],
  },
  {
    rule: "addresses that are written otherwise",
    of: "v1/Endpoints",
    object: {
      subsets: [{ addresses: [{ ip: "1.2.3.4" }, { ip: "FD00::1" }], notReadyAddresses: [{ ip: "fd00::0" }] }],
    },
    says: [
      'subsets[0].addresses[1].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
      'subsets[0].notReadyAddresses[0].ip: IPv6 address "fd00::0" should be in RFC 5952 canonical format ("fd00::")',
    ],
  },
  {
    rule: "an old way to keep secrets apart",
    of: "v1/ServiceAccount",
    object: { metadata: annotated(ENFORCE) },
    says: [
      `metadata.annotations[${ENFORCE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
    ],
  },
  {
    rule: "not of what was there before",
    of: "v1/ServiceAccount",
    before: { metadata: annotated(ENFORCE) },
    object: { metadata: annotated(ENFORCE) },
    says: [],
  },
];

const status: readonly Omit<Row, "before">[] = [
  {
    rule: "addresses of load balancers that are badly written",
    of: "v1/Service",
    object: { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }, { hostname: "x" }, { ip: "FD00::1" }] } } },
    says: ['status.loadBalancer.ingress[2]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")'],
  },
  {
    rule: "addresses of pods and nodes that are badly written",
    of: "v1/Pod",
    object: { status: { podIPs: [{ ip: "10.0.0.1" }, { ip: "010.0.0.1" }], hostIPs: [{ ip: "fd00::0" }] } },
    says: [
      'status.podIPs[1].ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"',
      'status.hostIPs[0].ip: IPv6 address "fd00::0" should be in RFC 5952 canonical format ("fd00::")',
    ],
  },
  { rule: "nothing it has not got", of: "v1/Pod", object: {}, says: [] },
];

for (const { rule, of, object, says } of status) {
  test(`a status of ${of} is warned of ${rule}`, () => {
    const kind = scheme.byApiVersion(...(of.split("/") as [string, string]))!;
    const made = decodeObject(kind, { metadata: { name: "x" }, ...object }) as KubeObject;
    assert.deepEqual(kind.statusWarnings!(made), says);
  });
}

for (const { rule, of, object, before, says } of rows) {
  test(`${of} is warned of ${rule}`, () => {
    const slash = of.lastIndexOf("/");
    const kind = scheme.byApiVersion(of.slice(0, slash), of.slice(slash + 1))!;
    const made = (part: object): KubeObject => decodeObject(kind, { metadata: { name: "x" }, ...part }) as KubeObject;
    assert.deepEqual(kind.warnings!(made(object), before && made(before)), says);
  });
}
