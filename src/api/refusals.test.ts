/**
 * What the kinds refuse, beyond what recorded requests show: a fragment of an object and, in order, what is said
 * of it. A fragment with a `before` is an update.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText } from "../machinery/field-errors.ts";
import type { FieldError } from "../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../machinery/kind.ts";
import { createScheme } from "../machinery/scheme.ts";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import { pem } from "../machinery/x509/testing/der.ts";
import { CERTIFICATE_BYTES } from "../machinery/x509/testing/certificates.ts";
import { NODE_REQUEST } from "../machinery/x509/testing/requests.ts";
import { builtinKinds } from "./index.ts";

interface Row {
  readonly rule: string;
  readonly of: string;
  readonly object: object;
  readonly before?: object;
  readonly subresource?: string;
  /** The beginnings of `field: text`; nothing where all is well. */
  readonly says: readonly string[];
}

const scheme = createScheme(builtinKinds);
const SUBDOMAIN = "a lowercase RFC 1123 subdomain must consist of";

const CERTIFICATE = pem("CERTIFICATE", CERTIFICATE_BYTES);

const signing = {
  spec: {
    request: btoa(NODE_REQUEST),
    signerName: "a.b/x",
    usages: ["any"],
  },
};

/** As it could be made before these were looked at. */
const oldRequest = {
  spec: { ...signing.spec, usages: ["any", "any", "flying"], signerName: "kubernetes.io/legacy-unknown" },
  status: { conditions: ["Approved", "Denied", "", ""].map((type) => ({ type, status: "True" })) },
};

const claim = (spec: object, annotated?: string): object => ({
  ...(annotated !== undefined && {
    metadata: { name: "x", namespace: "d", annotations: { "volume.beta.kubernetes.io/storage-class": annotated } },
  }),
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});
const volumeOn = (expression: object): object => ({
  spec: {
    nfs: { server: "s", path: "/" },
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "1Gi" },
    nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
  },
});

const indexedJob = (successPolicy: object): object => {
  const labels = { a: "b" };
  return {
    metadata: { name: "j" },
    spec: {
      completionMode: "Indexed",
      completions: 1,
      manualSelector: true,
      selector: { matchLabels: labels },
      successPolicy,
      template: {
        metadata: { labels },
        spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] },
      },
    },
  };
};

const wishing = (status: object): object => ({
  spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c" } }] } },
  status,
});

const rows: readonly Row[] = [
  {
    rule: "what stays is shown as Go writes it, whatever the order in which it came",
    of: "storage.k8s.io/v1/CSIStorageCapacity",
    before: { storageClassName: "s", nodeTopology: { matchLabels: { a: "b" } } },
    object: {
      storageClassName: "s",
      nodeTopology: {
        matchExpressions: [{ values: ["v"], operator: "In", key: "k" }],
        matchLabels: { z: "1", a: "b" },
      },
    },
    says: [
      'nodeTopology: Invalid value: {"matchLabels":{"a":"b","z":"1"},"matchExpressions":[{"key":"k","operator":"In","values":["v"]}]}: field is immutable',
    ],
  },
  {
    rule: "parameters are shown by name",
    of: "storage.k8s.io/v1/StorageClass",
    before: { provisioner: "p", parameters: { a: "b" } },
    object: { provisioner: "p", parameters: { z: "1", a: "b" } },
    says: ['parameters: Invalid value: {"a":"b","z":"1"}: field is immutable'],
  },
  {
    rule: "tokens go into secrets only where tokens are asked for",
    of: "storage.k8s.io/v1/CSIDriver",
    object: { spec: { serviceAccountTokenInSecrets: false } },
    says: [
      "spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no tokenRequests are specified",
    ],
  },
  {
    rule: "rules of scaling have policies, or the default ones",
    of: "autoscaling/v2/HorizontalPodAutoscaler",
    object: {
      spec: {
        maxReplicas: 1,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
        behavior: { scaleUp: { policies: [] }, scaleDown: {} },
      },
    },
    says: ["spec.behavior.scaleUp.policies: Required value: must specify at least one Policy"],
  },
  {
    rule: "of networks that are none nobody says of which family they are",
    of: "v1/Node",
    object: { spec: { podCIDRs: ["x", "10.0.0.0/8"] } },
    says: [
      'spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value',
      "spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack",
      'spec.podCIDRs: Invalid value: ["x","10.0.0.0/8"]: may specify no more than one CIDR for each IP family',
    ],
  },
  {
    rule: "what only conversions say nobody says",
    of: "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration",
    object: {
      metadata: { name: "x", annotations: { "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares": "" } },
      spec: { type: "Exempt" },
    },
    says: [
      "metadata.annotations: Forbidden: annotation 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares' is forbidden",
      "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
    ],
  },
  {
    rule: "who is alone is not told of company that there cannot be",
    of: "v1/PersistentVolumeClaim",
    object: claim({ accessModes: ["ReadWriteOncePod", "ReadSometimes"] }),
    says: ['spec.accessModes: Unsupported value: "ReadSometimes": supported values: "ReadOnlyMany"'],
  },
  {
    rule: "a runtime has a handler",
    of: "node.k8s.io/v1/RuntimeClass",
    object: { handler: "" },
    says: ["handler: Required value"],
  },
  {
    rule: "a key is in data or in binaryData",
    of: "v1/ConfigMap",
    object: { data: { a: "x", "b c": "y" }, binaryData: { a: "eA==" } },
    says: [
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
      'data[b c]: Invalid value: "b c": a valid config key must consist of',
    ],
  },
  {
    rule: "a megabyte is the most",
    of: "v1/ConfigMap",
    object: { data: { a: "x".repeat(1024 * 1024) }, binaryData: { b: "eA==" } },
    says: ["[]: Too long: may not be more than 1048576 bytes"],
  },
  {
    rule: "an immutable map stays",
    of: "v1/ConfigMap",
    before: { immutable: true, data: { a: "x" } },
    object: { immutable: true, data: { a: "y" }, binaryData: { b: "eA==" } },
    says: [
      "data: Forbidden: field is immutable when `immutable` is set",
      "binaryData: Forbidden: field is immutable when `immutable` is set",
    ],
  },
  {
    rule: "a docker configuration is an object",
    of: "v1/Secret",
    object: { type: "kubernetes.io/dockercfg", data: { ".dockercfg": "W10=" } },
    says: [
      'data[.dockercfg]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
  },
  {
    rule: "an SSH key is not empty",
    of: "v1/Secret",
    object: { type: "kubernetes.io/ssh-auth", data: { "ssh-privatekey": "" } },
    says: ["data[ssh-privatekey]: Required value"],
  },
  {
    rule: "one of user and password is enough",
    of: "v1/Secret",
    object: { type: "kubernetes.io/basic-auth", data: { username: "YQ==" } },
    says: [],
  },
  {
    rule: "finalizers have a domain",
    of: "v1/Namespace",
    object: { spec: { finalizers: ["kubernetes", "mine", "a.b/c"] } },
    says: ['spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully'],
  },
  {
    rule: "what keeps it is named by its place",
    of: "v1/Namespace",
    subresource: "finalize",
    object: { spec: { finalizers: ["kubernetes", "mine"] } },
    says: ['spec.finalizers[1]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully'],
  },
  {
    rule: "a namespace is active until it is deleted",
    of: "v1/Namespace",
    subresource: "status",
    before: {},
    object: { status: { phase: "Terminating" } },
    says: ["status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty"],
  },
  {
    rule: "taints are unique by key and effect",
    of: "v1/Node",
    object: {
      spec: {
        taints: [
          { key: "a", effect: "NoSchedule" },
          { key: "a", effect: "NoSchedule", value: "b" },
          { key: "", effect: "Never" },
        ],
      },
    },
    says: [
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"b","Effect":"NoSchedule","TimeAdded":null}: taints must',
      'metadata.taints[2].key: Invalid value: "": name part must be non-empty',
      'metadata.taints[2].key: Invalid value: "": name part must consist of',
      'metadata.taints[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  },
  {
    rule: "a node has at most one range of each family",
    of: "v1/Node",
    object: { spec: { podCIDRs: ["10.0.0.0/24", "10.0.1.0/24"] } },
    says: ['spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each'],
  },
  {
    rule: "a node stays the machine it is",
    of: "v1/Node",
    before: { spec: { providerID: "a" } },
    object: { spec: { providerID: "b" } },
    says: ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
  },
  {
    rule: "a node may be told its range once",
    of: "v1/Node",
    before: {},
    object: { spec: { podCIDR: "10.0.0.0/24" } },
    says: [],
  },
  {
    rule: "limits are in order",
    of: "v1/LimitRange",
    object: {
      spec: {
        limits: [{ type: "Container", min: { cpu: "2" }, max: { cpu: "1" }, maxLimitRequestRatio: { cpu: "500m" } }],
      },
    },
    says: [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
      'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
    ],
  },
  {
    rule: "pods as a whole have no defaults",
    of: "v1/LimitRange",
    object: { spec: { limits: [{ type: "Pod", default: { cpu: "1" } }, { type: "Pod" }, { type: "Thing" }] } },
    says: [
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
      'spec.limits[1].type: Duplicate value: "Pod"',
      'spec.limits[2].type: Invalid value: "Thing": must be a standard limit type or fully qualified',
    ],
  },
  {
    rule: "a limit on claims says how much storage",
    of: "v1/LimitRange",
    object: { spec: { limits: [{ type: "PersistentVolumeClaim" }] } },
    says: ["spec.limits[0].limits: Required value: either minimum or maximum storage value is required"],
  },
  {
    rule: "scopes without values only exist",
    of: "v1/ResourceQuota",
    object: { spec: { scopeSelector: { matchExpressions: [{ scopeName: "BestEffort", operator: "In" }] } } },
    says: [
      "spec.scopeSelector.matchExpressions.operator: Invalid value: \"In\": must be 'Exists' when scope is any of",
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is",
    ],
  },
  {
    rule: "scopes stay",
    of: "v1/ResourceQuota",
    before: { spec: { scopes: ["Terminating"] } },
    object: { spec: { scopes: ["BestEffort"] } },
    says: ['spec.scopes: Invalid value: ["BestEffort"]: field is immutable'],
  },
  {
    rule: "an endpoint is reachable from elsewhere",
    of: "v1/Endpoints",
    object: {
      subsets: [
        { addresses: [{ ip: "127.0.0.1" }, { ip: "169.254.1.1" }], ports: [{ port: 0 }, { name: "a", port: 1 }] },
        {},
      ],
    },
    says: [
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range',
      'subsets[0].addresses[1].ip: Invalid value: "169.254.1.1": may not be in the link-local range',
      "subsets[0].ports[0].name: Required value",
      "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
      "subsets[1]: Required value: must specify `addresses` or `notReadyAddresses`",
    ],
  },
  {
    rule: "an event with a time says who reports what",
    of: "v1/Event",
    object: { involvedObject: { namespace: "n" }, eventTime: "2024-01-01T00:00:00.000000Z" },
    says: [
      "reportingComponent: Required value",
      'reportingComponent: Invalid value: "": name part must be non-empty',
      'reportingComponent: Invalid value: "": name part must consist of',
      "reportingInstance: Required value",
      "action: Required value",
      "reason: Required value",
    ],
  },
  {
    rule: "a volume has one source, a size and modes",
    of: "v1/PersistentVolume",
    object: {
      spec: { hostPath: { path: "/" }, nfs: { server: "s", path: "/" }, persistentVolumeReclaimPolicy: "Recycle" },
    },
    says: [
      "spec.accessModes: Required value",
      "spec.capacity: Required value",
      'spec.capacity: Unsupported value: {}: supported values: "storage"',
      "spec.nfs: Forbidden: may not specify more than 1 volume type",
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
  },
  {
    rule: "a local volume says on which node it is",
    of: "v1/PersistentVolume",
    object: { spec: { local: { path: "/x" }, accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } } },
    says: ["spec.nodeAffinity: Required value: Local volume requires node affinity"],
  },
  {
    rule: "a driver of a node stays as it is, but for what it can hold",
    of: "storage.k8s.io/v1/CSINode",
    before: { metadata: { name: "n" }, spec: { drivers: [{ name: "d", nodeID: "a", topologyKeys: ["k"] }] } },
    object: {
      metadata: { name: "n" },
      spec: { drivers: [{ name: "d", nodeID: "b", topologyKeys: ["k"], allocatable: { count: 1 } }] },
    },
    says: [
      'spec.drivers: Invalid value: {"Name":"d","NodeID":"b","TopologyKeys":["k"],"Allocatable":null}: field is immutable',
    ],
  },
  {
    rule: "whether a driver attaches stays, under the name that upstream has for it",
    of: "storage.k8s.io/v1/CSIDriver",
    before: { metadata: { name: "d" }, spec: { attachRequired: false } },
    object: { metadata: { name: "d" }, spec: { attachRequired: true } },
    says: ["spec.attachedRequired: Invalid value: true: field is immutable"],
  },
  {
    rule: "an address stays with whom it was given to",
    of: "networking.k8s.io/v1/IPAddress",
    before: { metadata: { name: "10.0.0.1" }, spec: { parentRef: { resource: "services", name: "a" } } },
    object: { metadata: { name: "10.0.0.1" }, spec: { parentRef: { resource: "services", name: "b" } } },
    says: [
      'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"","Name":"b"}: field is immutable',
    ],
  },
  {
    rule: "a claim for extended resources says whose they are",
    of: "v1/Pod",
    subresource: "status",
    before: { spec: { containers: [{ name: "c", image: "i" }] } },
    object: {
      spec: { containers: [{ name: "c", image: "i" }] },
      status: { extendedResourceClaimStatus: { resourceClaimName: "r" } },
    },
    says: [
      "status.extendedResourceClaimStatus.requestMappings: Required value: at least one request mapping is required",
    ],
  },
  {
    rule: "one without a name is none without a valid one: that is told with its metadata",
    of: "batch/v1/CronJob",
    object: {
      metadata: { namespace: "n" },
      spec: {
        schedule: "@daily",
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
        },
      },
    },
    says: [],
  },
  {
    rule: "what counts as success of a job stays",
    of: "batch/v1/Job",
    before: indexedJob({ rules: [{ succeededCount: 1 }] }),
    object: indexedJob({ rules: [{ succeededIndexes: "0" }] }),
    says: [
      'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":"0","SucceededCount":null}]}: field is immutable',
    ],
  },
  {
    rule: "where a volume can be used stays",
    of: "v1/PersistentVolume",
    before: volumeOn({ key: "failure-domain.beta.kubernetes.io/zone", operator: "In", values: ["a"] }),
    object: volumeOn({ key: "topology.kubernetes.io/zone", operator: "In", values: ["b"] }),
    says: [
      'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"topology.kubernetes.io/zone","Operator":"In","Values":["b"]}],"MatchFields":null}]}}: field is immutable, except for updating from beta label to GA',
    ],
  },
  {
    rule: "but may be said with newer labels",
    of: "v1/PersistentVolume",
    before: volumeOn({ key: "failure-domain.beta.kubernetes.io/zone", operator: "In", values: ["a"] }),
    object: volumeOn({ key: "topology.kubernetes.io/zone", operator: "In", values: ["a"] }),
    says: [],
  },
  {
    rule: "a class of attributes that has taken effect is not taken away",
    of: "v1/PersistentVolumeClaim",
    before: {
      ...claim({ volumeAttributesClassName: "a" }),
      status: { phase: "Bound", currentVolumeAttributesClassName: "a" },
    },
    object: claim({}),
    says: [
      "spec: Forbidden: spec is immutable after creation",
      "spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil",
    ],
  },
  {
    rule: "and has a name",
    of: "v1/PersistentVolumeClaim",
    before: {
      ...claim({ volumeAttributesClassName: "a" }),
      status: { phase: "Bound", currentVolumeAttributesClassName: "a" },
    },
    object: { ...claim({ volumeAttributesClassName: "" }), status: { phase: "Bound" } },
    says: [
      "spec.volumeAttributesClassName: Forbidden: update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil",
    ],
  },
  {
    rule: "one that has not yet can be taken back",
    of: "v1/PersistentVolumeClaim",
    before: { ...claim({ volumeAttributesClassName: "a" }), status: { phase: "Bound" } },
    object: { ...claim({}), status: { phase: "Bound" } },
    says: [],
  },
  {
    rule: "what is done to a claim's resources is one of a few things",
    of: "v1/PersistentVolumeClaim",
    subresource: "status",
    object: { ...claim({}), status: { allocatedResourceStatuses: { storage: "Growing" } } },
    says: ['status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResize'],
  },
  {
    rule: "the class that an annotation names stays",
    of: "v1/PersistentVolumeClaim",
    before: claim({}, "a"),
    object: claim({}, "b"),
    says: ['metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "b": field is immutable'],
  },
  {
    rule: "it may move to the spec",
    of: "v1/PersistentVolumeClaim",
    before: claim({}, "a"),
    object: claim({ storageClassName: "a" }),
    says: [],
  },
  {
    rule: "a bound claim may grow",
    of: "v1/PersistentVolumeClaim",
    before: {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      status: { phase: "Bound", capacity: { storage: "1Gi" } },
    },
    object: {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } },
      status: { phase: "Bound", capacity: { storage: "1Gi" } },
    },
    says: [],
  },
  {
    rule: "a bound claim does not shrink below what it has",
    of: "v1/PersistentVolumeClaim",
    before: {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } },
      status: { phase: "Bound", capacity: { storage: "1Gi" } },
    },
    object: {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      status: { phase: "Bound", capacity: { storage: "1Gi" } },
    },
    says: ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"],
  },
  {
    rule: "the binder names the volume once",
    of: "v1/PersistentVolumeClaim",
    before: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    object: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, volumeName: "v" } },
    says: [],
  },
  {
    rule: "a class stays but for its permission to grow",
    of: "storage.k8s.io/v1/StorageClass",
    before: { provisioner: "p", parameters: { a: "b" }, reclaimPolicy: "Delete", volumeBindingMode: "Immediate" },
    object: { provisioner: "p", reclaimPolicy: "Retain", volumeBindingMode: "Immediate", allowVolumeExpansion: true },
    says: [
      "parameters: Invalid value: null: field is immutable",
      'reclaimPolicy: Invalid value: "Retain": field is immutable',
    ],
  },
  {
    rule: "an attachment names a volume or describes one",
    of: "storage.k8s.io/v1/VolumeAttachment",
    object: { spec: { attacher: "a.b", source: {}, nodeName: "Bad_" } },
    says: [
      "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
      `spec.nodeName: Invalid value: "Bad_": ${SUBDOMAIN}`,
    ],
  },
  {
    rule: "an attachment stays",
    of: "storage.k8s.io/v1/VolumeAttachment",
    before: { spec: { attacher: "a.b", source: { persistentVolumeName: "v" }, nodeName: "n" } },
    object: { spec: { attacher: "a.b", source: { persistentVolumeName: "v" }, nodeName: "m" } },
    says: [
      'spec: Invalid value: {"Attacher":"a.b","Source":{"PersistentVolumeName":"v","InlineVolumeSpec":null},"NodeName":"m"}: field',
    ],
  },
  {
    rule: "a driver stands on a node once",
    of: "storage.k8s.io/v1/CSINode",
    object: {
      spec: {
        drivers: [
          { name: "a.b", nodeID: "x" },
          { name: "a.b", nodeID: "", topologyKeys: ["k", "k"] },
        ],
      },
    },
    says: [
      "spec.drivers[1].nodeID: Required value",
      'spec.drivers[1].name: Duplicate value: "a.b"',
      'spec.drivers[1]: Duplicate value: "k"',
    ],
  },
  {
    rule: "a range stays, a second family may come",
    of: "networking.k8s.io/v1/ServiceCIDR",
    before: { spec: { cidrs: ["10.0.0.0/16"] } },
    object: { spec: { cidrs: ["10.1.0.0/16"] } },
    says: ['spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable'],
  },
  {
    rule: "ranges are of two families",
    of: "networking.k8s.io/v1/ServiceCIDR",
    object: { spec: { cidrs: ["10.0.0.0/16", "10.1.0.0/16"] } },
    says: [
      'spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family',
    ],
  },
  {
    rule: "the older annotation agrees with the class",
    of: "networking.k8s.io/v1/Ingress",
    object: {
      metadata: { name: "x", namespace: "n", annotations: { "kubernetes.io/ingress.class": "a" } },
      spec: { ingressClassName: "b", rules: [{ host: "*.c" }] },
    },
    says: [
      'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
    ],
  },
  {
    rule: "an ingress is reached by an address or a name",
    of: "networking.k8s.io/v1/Ingress",
    subresource: "status",
    before: {},
    object: { status: { loadBalancer: { ingress: [{ ip: "1.2.3" }, { hostname: "1.2.3.4" }] } } },
    says: [
      'status.loadBalancer.ingress[0].ip: Invalid value: "1.2.3": must be a valid IP address',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    ],
  },
  {
    rule: "a lease is held for a time, and by whom says its strategy",
    of: "coordination.k8s.io/v1/Lease",
    object: { spec: { leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: "a" } },
    says: [
      "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
      "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
      "spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined",
    ],
  },
  {
    rule: "a lease's strategy is a known one or somebody's own",
    of: "coordination.k8s.io/v1/Lease",
    object: { spec: { strategy: "Mine" } },
    says: ['spec.strategy.strategy: Unsupported value: "Mine": supported values: "OldestEmulationVersion"'],
  },
  {
    rule: "zones are hinted once",
    of: "discovery.k8s.io/v1/EndpointSlice",
    object: {
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"], hints: { forZones: [{ name: "a" }, { name: "a" }] } }],
    },
    says: ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"'],
  },
  {
    rule: "a runtime's overhead is an amount of resources",
    of: "node.k8s.io/v1/RuntimeClass",
    object: { handler: "Bad", overhead: { podFixed: { cpu: "-1" } } },
    says: [
      'handler: Invalid value: "Bad": a lowercase RFC 1123 label must consist of',
      'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  },
  {
    rule: "a signer has a domain and a path",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    object: {
      spec: {
        request: btoa(NODE_REQUEST),
        signerName: "nodomain/x",
        usages: ["client auth", "client auth", "flying"],
        expirationSeconds: 5,
      },
    },
    says: [
      'spec.usages[2]: Unsupported value: "flying": supported values: "any"',
      'spec.usages[1]: Duplicate value: "client auth"',
      'spec.signerName: Invalid value: "nodomain": should be a domain with at least two segments separated by dots',
      "spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)",
    ],
  },
  {
    rule: "a verdict comes by approval and stays",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    before: { ...signing, status: { conditions: [{ type: "Failed", status: "True" }] } },
    object: { ...signing, status: { conditions: [{ type: "Approved", status: "True" }] } },
    subresource: "status",
    says: [
      'status.conditions: Forbidden: updates may not remove a condition of type "Failed"',
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ],
  },
  {
    rule: "a certificate is PEM, and comes once",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    before: { ...signing, status: { certificate: btoa(CERTIFICATE) } },
    object: {
      ...signing,
      status: { certificate: btoa("-----BEGIN CERTIFICATE-----\nYmFk\n-----END CERTIFICATE-----\n") },
    },
    subresource: "status",
    says: [
      'status.certificate: Invalid value: "<certificate data>": x509: malformed certificate',
      "status.certificate: Forbidden: updates may not modify existing certificate content",
    ],
  },
  {
    rule: "nothing but certificates is brought, and by the status endpoint",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    before: signing,
    object: { ...signing, status: { certificate: btoa("-----BEGIN KEY-----\nYmFk\n-----END KEY-----\n") } },
    says: [
      'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "KEY"',
      "status.certificate: Forbidden: updates may not set certificate content",
    ],
  },
  {
    rule: "what is no certificate may stay one",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    before: { ...signing, status: { certificate: btoa("x") } },
    object: { ...signing, status: { certificate: btoa("y") } },
    subresource: "status",
    says: ["status.certificate: Forbidden: updates may not modify existing certificate content"],
  },
  {
    rule: "several certificates in one block",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    before: signing,
    object: { ...signing, status: { certificate: btoa(pem("CERTIFICATE", CERTIFICATE_BYTES.repeat(2))) } },
    subresource: "status",
    says: [],
  },
  {
    rule: "a block without a certificate",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    before: signing,
    object: { ...signing, status: { certificate: btoa(CERTIFICATE + pem("CERTIFICATE", "")) } },
    subresource: "status",
    says: [
      'status.certificate: Invalid value: "<certificate data>": found CERTIFICATE PEM block containing 0 certificates',
    ],
  },
  {
    rule: "what a request had already may stay",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    before: oldRequest,
    object: oldRequest,
    subresource: "approval",
    says: [],
  },
  {
    rule: "and what it had not may not come",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    before: signing,
    object: oldRequest,
    subresource: "approval",
    says: [
      'spec.usages[2]: Unsupported value: "flying"',
      'spec.usages[1]: Duplicate value: "any"',
      'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
      'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
      "status.conditions[2].type: Required value",
      "status.conditions[3].type: Required value",
      'status.conditions[3].type: Duplicate value: ""',
    ],
  },
  {
    rule: "a request is one",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    object: { spec: { ...signing.spec, request: btoa(pem("CERTIFICATE REQUEST", "x")) } },
    says: [
      `spec.request: Invalid value: "${btoa(pem("CERTIFICATE REQUEST", "x"))}": asn1: syntax error: truncated tag or length`,
    ],
  },
  {
    rule: "a request for a certificate is approved or denied",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    object: {
      spec: {
        request: btoa(NODE_REQUEST),
        signerName: "a.b/x",
        usages: ["any"],
      },
      status: {
        conditions: [
          { type: "Approved", status: "True" },
          { type: "Denied", status: "False" },
        ],
      },
    },
    says: [
      'status.conditions[1].status: Unsupported value: "False": supported values: "True"',
      'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ],
  },
  {
    rule: "only the schema named exempt comes first",
    of: "flowcontrol.apiserver.k8s.io/v1/FlowSchema",
    object: {
      spec: {
        matchingPrecedence: 1,
        priorityLevelConfiguration: { name: "" },
        distinguisherMethod: { type: "ByMood" },
        rules: [{ subjects: [{ kind: "User", group: { name: "g" } }] }],
      },
    },
    says: [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByMood"}: supported values: "ByNamespace", "ByUser"',
      "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
    ],
  },
  {
    rule: "members of lists are judged one by one where there is no star",
    of: "flowcontrol.apiserver.k8s.io/v1/FlowSchema",
    object: {
      spec: {
        priorityLevelConfiguration: { name: "l" },
        rules: [
          {
            subjects: [
              {
                kind: "ServiceAccount",
                serviceAccount: { name: "", namespace: "" },
                group: { name: "g" },
                user: { name: "u" },
              },
            ],
            resourceRules: [
              { verbs: ["get"], apiGroups: [""], resources: ["pods"], namespaces: ["-n"] },
              { verbs: ["head"], apiGroups: [""], resources: ["pods"], namespaces: ["*", "-n"] },
            ],
            nonResourceRules: [{ verbs: ["head"], nonResourceURLs: ["*", "x"] }],
          },
        ],
      },
    },
    says: [
      "spec.rules[0].subjects[0].serviceAccount.name: Required value",
      "spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account",
      "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      `spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: "-n": each member of this list must be '*' or a DNS-1123 label; a lowercase`,
      'spec.rules[0].resourceRules[1].verbs: Unsupported value: ["head"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      `spec.rules[0].resourceRules[1].namespaces: Invalid value: ["*","-n"]: if '*' is present, must not specify other namespaces`,
      'spec.rules[0].nonResourceRules[0].verbs: Unsupported value: ["head"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      `spec.rules[0].nonResourceRules[0].nonResourceURLs: Invalid value: ["*","x"]: if '*' is present, must not specify other non-resource`,
    ],
  },
  {
    rule: "the last resort stays as it is",
    of: "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration",
    object: {
      metadata: { name: "catch-all" },
      spec: { type: "Limited", limited: { nominalConcurrencyShares: 42, limitResponse: { type: "Reject" } } },
    },
    says: [
      'spec: Invalid value: {"Type":"Limited","Limited":{"NominalConcurrencyShares":42,"LimitResponse":{"Type":"Reject","Queuing":null}',
    ],
  },
  {
    rule: "the exempt level may lend otherwise",
    of: "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration",
    object: {
      metadata: { name: "exempt" },
      spec: { type: "Exempt", exempt: { nominalConcurrencyShares: 10, lendablePercent: 10 } },
    },
    says: [],
  },
  {
    rule: "a decision is true or not there",
    of: "certificates.k8s.io/v1/CertificateSigningRequest",
    subresource: "approval",
    object: {
      ...signing,
      status: {
        conditions: [
          { type: "Approved", status: "Maybe" },
          { type: "Other", status: "Maybe" },
        ],
      },
    },
    says: [
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "True"',
      'status.conditions[1].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
    ],
  },
  {
    rule: "a hand is no larger than the deck",
    of: "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration",
    object: {
      spec: {
        type: "Limited",
        limited: { limitResponse: { type: "Queue", queuing: { queues: 4, handSize: 5, queueLengthLimit: -1 } } },
      },
    },
    says: [
      "spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive",
      "spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)",
    ],
  },
  {
    rule: "the newer events use no field of the older",
    of: "events.k8s.io/v1/Event",
    object: {
      regarding: { namespace: "n" },
      eventTime: "2024-01-01T00:00:00.000000Z",
      reportingController: "a.b/c",
      reportingInstance: "i",
      action: "a",
      reason: "r",
      type: "Odd",
      deprecatedCount: 2,
      series: { count: 1, lastObservedTime: "2024-01-01T00:00:00.000000Z" },
    },
    says: [
      'series.count: Invalid value: "": should be at least 2',
      'type: Invalid value: "": has invalid value: Odd',
      'count: Invalid value: "": needs to be unset',
    ],
  },
  {
    rule: "constraints and configurations name requests of the claim",
    of: "resource.k8s.io/v1/ResourceClaim",
    object: {
      spec: {
        devices: {
          requests: [{ name: "r", exactly: { deviceClassName: "c", allocationMode: "All" } }],
          constraints: [{ requests: ["other"], matchAttribute: "plain" }],
          config: [{ requests: ["r"] }],
        },
      },
    },
    says: [
      'spec.devices.constraints[0].requests[0]: Invalid value: "other": must be the name of a request in the claim',
      'spec.devices.constraints[0].matchAttribute: Invalid value: "plain": a fully qualified name must be a domain and a name separated by a slash',
      "spec.devices.config[0].opaque: Required value",
    ],
  },
  {
    rule: "selectors say yes or no of a device, and soon",
    of: "resource.k8s.io/v1/DeviceClass",
    object: {
      spec: {
        selectors: [
          {
            cel: {
              expression:
                "device.attributes['a.b'].model == 'x' && device.capacity['a.b'].memory.isGreaterThan(quantity('1Gi'))",
            },
          },
          { cel: { expression: "device.driver" } },
          { cel: { expression: "device.nope" } },
          {
            cel: {
              expression:
                "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, [1,2,3,4,5,6,7,8,9].all(f, a < b))))))",
            },
          },
        ],
      },
    },
    says: [
      'spec.selectors[1].cel.expression: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string',
      'spec.selectors[2].cel.expression: Invalid value: "device.nope": compilation failed: ERROR: <input>:1:7: undefined field',
      "spec.selectors[3].cel.expression: Forbidden: too complex, exceeds cost limit",
    ],
  },
  {
    rule: "devices are somewhere",
    of: "resource.k8s.io/v1/ResourceSlice",
    object: {
      spec: {
        driver: "a.b",
        pool: { name: "p", generation: 1, resourceSliceCount: 0 },
        devices: [{ name: "d" }, { name: "d" }],
      },
    },
    says: [
      "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
      "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
      'spec.devices[1]: Duplicate value: "d"',
    ],
  },
  {
    rule: "where they are is unset or true, and stays",
    of: "resource.k8s.io/v1/ResourceSlice",
    before: { spec: { driver: "a.b", pool: { name: "p", generation: 1, resourceSliceCount: 1 }, nodeName: "n" } },
    object: {
      spec: {
        driver: "c.d",
        pool: { name: "q", generation: -1, resourceSliceCount: 1 },
        allNodes: false,
        perDeviceNodeSelection: false,
      },
    },
    says: [
      "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
      'spec.pool.name: Invalid value: "q": field is immutable',
      'spec.driver: Invalid value: "c.d": field is immutable',
      "spec.nodeName: Invalid value: null: field is immutable",
      "spec.allNodes: Invalid value: false: must be either unset or set to true",
      "spec.perDeviceNodeSelection: Invalid value: false: must be either unset or set to true",
      "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
    ],
  },
  {
    rule: "each device says where it is only where the slice leaves it to them",
    of: "resource.k8s.io/v1/ResourceSlice",
    object: {
      spec: {
        driver: "a.b",
        pool: { name: "p", generation: 1, resourceSliceCount: 1 },
        perDeviceNodeSelection: true,
        devices: [{ name: "a" }, { name: "b", nodeName: "n", allNodes: true }, { name: "c", nodeName: "n" }],
      },
    },
    says: [
      "spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when",
      'spec.devices[1]: Invalid value: "{`nodeName`, `allNodes`}": exactly one of',
    ],
  },
  {
    rule: "devices share counters, wait for conditions and have capacities in steps",
    of: "resource.k8s.io/v1/ResourceSlice",
    object: {
      spec: {
        driver: "a.b",
        pool: { name: "p", generation: 1, resourceSliceCount: 1 },
        allNodes: true,
        sharedCounters: [{ name: "S", counters: {} }],
        devices: [
          {
            name: "a",
            nodeName: "n",
            attributes: { "a/": { int: 1 }, b: {}, c: { int: 1, bool: true } },
            capacity: { m: { value: "1Gi", requestPolicy: { default: "1Mi" } } },
            consumesCounters: [{ counterSet: "", counters: {} }],
            bindingConditions: ["x", "x"],
          },
          {
            name: "b",
            allowMultipleAllocations: true,
            capacity: {
              m: {
                value: "1Gi",
                requestPolicy: { default: "3Gi", validRange: { min: "1Mi", max: "2Gi", step: "2Mi" } },
              },
              n: { value: "2", requestPolicy: { default: "1", validValues: ["3", "2"] } },
            },
          },
        ],
      },
    },
    says: [
      'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed',
      'spec.devices[0].attributes: Invalid value: "": the name must not be empty',
      'spec.devices[0].attributes[b]: Invalid value: "": exactly one value must be specified',
      'spec.devices[0].attributes[c]: Invalid value: {"int":1,"bool":true}: exactly one value must be specified',
      "spec.devices[0].capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true",
      "spec.devices[0].consumesCounters[0].counterSet: Required value",
      "spec.devices[0].consumesCounters[0].counters: Required value",
      "spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if",
      'spec.devices[0].bindingConditions[1]: Duplicate value: "x"',
      "spec.devices[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required",
      'spec.devices[1].capacity[m].requestPolicy.validRange.max: Invalid value: "2Gi": max is larger than capacity value: 1Gi',
      'spec.devices[1].capacity[m].requestPolicy.validRange.default: Invalid value: "3Gi": default is more than max: 2Gi',
      'spec.devices[1].capacity[m].requestPolicy.validRange.step: Invalid value: "3Gi": value is not a multiple of a given step (2Mi) from (1Mi)',
      'spec.devices[1].capacity[m].requestPolicy.validRange.step: Invalid value: "2Gi": value is not a multiple',
      'spec.devices[1].capacity[n].requestPolicy.validValues[1]: Invalid value: "2": values must be sorted in ascending order',
      'spec.devices[1].capacity[n].requestPolicy.validValues[0]: Invalid value: "3": option is larger than capacity value: 2',
      'spec.devices[1].capacity[n].requestPolicy.validValues: Invalid value: "1": default value is not valid according to the requestPolicy',
      'spec.sharedCounters[0].name: Invalid value: "S": a lowercase RFC 1123 label',
      "spec.sharedCounters[0].counters: Required value",
    ],
  },
  {
    rule: "a class goes by the name of an extended resource",
    of: "resource.k8s.io/v1/DeviceClass",
    object: { spec: { extendedResourceName: "cpu" } },
    says: ['spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name'],
  },
  {
    rule: "what is given answers a request, and drivers speak only of that",
    of: "resource.k8s.io/v1/ResourceClaim",
    subresource: "status",
    before: wishing({}),
    object: wishing({
      allocation: {
        devices: {
          results: [
            { request: "r", driver: "a.b", pool: "p", device: "d" },
            { request: "other", driver: "", pool: "", device: "D", shareID: "x" },
          ],
          config: [{ source: "Elsewhere", opaque: { driver: "a.b", parameters: [] } }],
        },
      },
      reservedFor: [
        { resource: "pods", name: "a", uid: "1" },
        { resource: "pods", name: "b", uid: "1" },
      ],
      devices: [
        {
          driver: "a.b",
          pool: "p",
          device: "d",
          conditions: [{ type: "Ready", status: "Yes", lastTransitionTime: null, reason: "a-b", message: "" }],
          networkData: { ips: ["10.1.2.3", "10.1.2.3/8"] },
        },
        { driver: "a.b", pool: "p", device: "e" },
      ],
    }),
    says: [
      'status.reservedFor[1]: Duplicate value: "1"',
      'status.devices[0].conditions[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
      "status.devices[0].conditions[0].lastTransitionTime: Required value",
      'status.devices[0].conditions[0].reason: Invalid value: "a-b": a condition reason must start with',
      'status.devices[0].networkData.ips[0]: Invalid value: "10.1.2.3": must be a valid address in CIDR form',
      "status.devices[1]: Invalid value: a.b/p/e: must be an allocated device in the claim",
      'status.allocation.devices.results[1].request: Invalid value: "other": must be the name of a request',
      "status.allocation.devices.results[1].driver: Required value",
      "status.allocation.devices.results[1].pool: Required value",
      'status.allocation.devices.results[1].device: Invalid value: "D": a lowercase RFC 1123 label',
      'status.allocation.devices.results[1].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
      'status.allocation.devices.config[0].source: Unsupported value: "Elsewhere": supported values: "FromClaim", "FromClass"',
      'status.allocation.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
    ],
  },
  {
    rule: "a claim on its way out gets no new users, and keeps what it was given",
    of: "resource.k8s.io/v1/ResourceClaim",
    subresource: "status",
    before: wishing({ allocation: { devices: {} }, reservedFor: [{ resource: "pods", name: "a", uid: "1" }] }),
    object: {
      metadata: { name: "x", namespace: "n", deletionTimestamp: "2026-01-01T00:00:00Z" },
      ...wishing({
        allocation: { devices: { results: [{ request: "r", driver: "a.b", pool: "p", device: "d" }] } },
        reservedFor: [{ resource: "pods", name: "b", uid: "2" }],
      }),
    },
    says: [
      "status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set",
      "status.allocation: Invalid value: {",
    ],
  },
  {
    rule: "what changed in a pod is shown as Go prints it",
    of: "v1/Pod",
    before: { spec: { containers: [{ name: "a", image: "i" }], hostNetwork: true, nodeSelector: { b: "2", a: "1" } } },
    object: {
      spec: { containers: [{ name: "a", image: "j", command: ["x"] }], nodeSelector: { a: "1", b: "3" } },
    },
    says: [
      `spec: Forbidden: pod updates may not change fields other than \`spec.containers[*].image\`,\`spec.initContainers[*].image\`,\`spec.activeDeadlineSeconds\`,\`spec.tolerations\` (only additions to existing tolerations),\`spec.terminationGracePeriodSeconds\` (allow it to be set to 1 if it was previously negative)
@@ -5,7 +5,9 @@
   {
    "Name": "a",
    "Image": "i",
-   "Command": null,
+   "Command": [
+    "x"
+   ],
    "Args": null,
    "WorkingDir": "",
    "Ports": null,
@@ -41,13 +43,13 @@
  "DNSPolicy": "ClusterFirst",
  "NodeSelector": {
   "a": "1",
-  "b": "2"
+  "b": "3"
  },
  "ServiceAccountName": "",
  "AutomountServiceAccountToken": null,
  "NodeName": "",
  "SecurityContext": {
-  "HostNetwork": true,
+  "HostNetwork": false,
   "HostPID": false,
   "HostIPC": false,
   "ShareProcessNamespace": null,
`,
    ],
  },
  {
    rule: "so are the sources of a volume, all of them",
    of: "v1/PersistentVolume",
    before: { spec: { accessModes: ["ReadWriteOnce"], nfs: { server: "s", path: "/a" } } },
    object: {
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], nfs: { server: "s", path: "/b" } },
    },
    says: [
      `spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation
@@ -5,7 +5,7 @@
  "Glusterfs": null,
  "NFS": {
   "Server": "s",
-  "Path": "/a",
+  "Path": "/b",
   "ReadOnly": false
  },
  "RBD": null,
`,
    ],
  },
  {
    rule: "there is one condition of each type",
    of: "flowcontrol.apiserver.k8s.io/v1/FlowSchema",
    subresource: "status",
    object: { status: { conditions: [{ type: "Dangling" }, { type: "Dangling" }, {}] } },
    says: ['status.conditions[1].type: Duplicate value: "Dangling"', "status.conditions[2].type: Required value"],
  },
  {
    rule: "a condition is true, false or not known",
    of: "apiregistration.k8s.io/v1/APIService",
    subresource: "status",
    object: { status: { conditions: [{ type: "Available", status: "Yes" }] } },
    says: ['status.conditions[0].status: Unsupported value: "Yes": supported values: "True", "False", "Unknown"'],
  },
  {
    rule: "an amount that is only written otherwise has not changed",
    of: "v1/Pod",
    before: { spec: { containers: [{ name: "a", image: "i", resources: { limits: { memory: "1Gi" } } }] } },
    object: { spec: { containers: [{ name: "a", image: "i", resources: { limits: { memory: "1073741824" } } }] } },
    says: [],
  },
];

for (const row of rows) test(`${row.of}: ${row.rule}`, () => compare(refusals(row), row.says));

function refusals({ of, object, before, subresource }: Row): readonly FieldError[] {
  const slash = of.lastIndexOf("/");
  const apiVersion = of.slice(0, slash);
  const kind = scheme.byApiVersion(apiVersion, of.slice(slash + 1))!;
  const made = (part: object): KubeObject =>
    decodeObject(kind, { apiVersion, kind: kind.kind, metadata: { name: "x", namespace: "n" }, ...part }) as KubeObject;
  const next = made(object);
  const context: StrategyContext = { now: 0, namespace: "n", ...(subresource !== undefined && { subresource }) };
  if (before === undefined) return kind.validate?.(next, context) ?? [];
  const previous = made(before);
  const update = { ...context, previous };
  const whole = kind.validate?.(next, update) ?? [];
  const changes = kind.validateUpdate?.(next, previous, update) ?? [];
  return kind.changesFirst === true && subresource === undefined ? [...changes, ...whole] : [...whole, ...changes];
}

function compare(errors: readonly FieldError[], says: readonly string[]): void {
  const texts = errors.map(errorText);
  assert.equal(texts.length, says.length, texts.join("\n"));
  texts.forEach((text, index) =>
    assert.ok(text.startsWith(says[index]!), `${text}\nshould begin with\n${says[index]!}`),
  );
}
