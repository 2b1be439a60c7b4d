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
const CLASS = "volume.beta.kubernetes.io/storage-class";

interface Row {
  readonly rule: string;
  readonly of: string;
  readonly object: object;
  readonly before?: object;
  readonly says: readonly string[];
}

const rows: readonly Row[] = [
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
      'spec.externalIPs[1]: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
      "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
      'spec.loadBalancerSourceRanges[0]: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
      'spec.loadBalancerSourceRanges[1]: IPv6 CIDR value "fd00:0::/16" should be in RFC 5952 canonical format ("fd00::/16")',
      'spec.loadBalancerSourceRanges[2]: non-standard CIDR value "::ffff:1.2.3.0/120" will be considered invalid in a future Kubernetes release: use "1.2.3.0/24"',
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

for (const { rule, of, object, before, says } of rows) {
  test(`${of} is warned of ${rule}`, () => {
    const slash = of.lastIndexOf("/");
    const kind = scheme.byApiVersion(of.slice(0, slash), of.slice(slash + 1))!;
    const made = (part: object): KubeObject => decodeObject(kind, { metadata: { name: "x" }, ...part }) as KubeObject;
    assert.deepEqual(kind.warnings!(made(object), before && made(before)), says);
  });
}
