/** Rows of upstream's validation tables for storage.k8s.io. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from "./index.ts";

type Row = readonly [rule: string, object: object, ...says: string[]];

function table(kind: unknown, whole: object, rows: readonly Row[]): void {
  const of = kind as Kind<KubeObject>;
  for (const [rule, change, ...says] of rows) {
    test(`${of.kind}: ${rule}`, () => assert.deepEqual(saidOfNew(of, { ...whole, ...change }), says));
  }
}

const PART = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`;
const FORM = `a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
const SUBDOMAIN = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;
const many = Object.fromEntries(Array.from({ length: 513 }, (_, index) => [`k${index}`, ""]));
const large = { k: "x".repeat(256 * 1024) };
const TOO_LARGE = "parameters: Too long: may not be more than 262144 bytes";
const TOO_MANY = "parameters: Too long: may not be more than 512 bytes";

const topology = (...keys: (readonly [key: string, ...values: string[]])[]): object => ({
  matchLabelExpressions: keys.map(([key, ...values]) => ({ key, values })),
});
const TERM = "allowedTopologies[0].matchLabelExpressions";
table(StorageClass, { provisioner: "kubernetes.io/foo-provisioner" }, [
  ["needs no parameters", { parameters: {} }],
  ["may be kept", { reclaimPolicy: "Retain" }],
  ["names a provisioner", { provisioner: "" }, "provisioner: Required value"],
  [
    "names a provisioner in one part, whatever its letters",
    { provisioner: "Kubernetes.io/invalid/provisioner" },
    `provisioner: Invalid value: "kubernetes.io/invalid/provisioner": ${FORM}`,
  ],
  ["names its parameters", { parameters: { "": "v" } }, 'parameters: Invalid value: "": field can not be empty.'],
  ["has not too much in its parameters", { parameters: large }, TOO_LARGE],
  ["has not too many parameters", { parameters: many }, TOO_MANY],
  [
    "is kept or deleted",
    { reclaimPolicy: "Recycle" },
    'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
  ],
  ["says nothing of what becomes of volumes", { reclaimPolicy: "" }],
  [
    "binds as there is a way",
    { volumeBindingMode: "" },
    'volumeBindingMode: Unsupported value: "": supported values: "Immediate", "WaitForFirstConsumer"',
  ],
  ["is for places", { allowedTopologies: [topology(["a", "x", "y"], ["b", "z"]), topology(["a", "x"], ["b", "z"])] }],
  [
    "is for places with keys and values, each once",
    { allowedTopologies: [topology(["", "x"], ["b"], ["b", "y", "y"])] },
    `${TERM}[0].key: Invalid value: "": name part must be non-empty`,
    `${TERM}[0].key: Invalid value: "": ${PART}`,
    `${TERM}[1].values: Required value`,
    `${TERM}[2].values[1]: Duplicate value: "y"`,
    `${TERM}[2].key: Duplicate value: "b"`,
  ],
  [
    "is for each places once, in whatever order they are said",
    { allowedTopologies: [topology(["a", "x", "y"], ["b", "z"]), topology(["b", "z"], ["a", "y", "x"])] },
    'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
  ],
  [
    "is for some places",
    { allowedTopologies: [topology(), topology(["a", "x"])] },
    `${TERM}: Duplicate value: ""`,
    `${TERM}: Duplicate value: ""`,
  ],
]);

const attaching = (change: object): object => ({
  spec: { attacher: "myattacher", source: { persistentVolumeName: "v" }, nodeName: "n", ...change },
});
table(VolumeAttachment, attaching({}), [
  ["is right", {}],
  ["names a driver", attaching({ attacher: "" }), "spec.attacher: Required value"],
  [
    "names a driver and a volume that there can be, whatever the driver's letters",
    attaching({ attacher: "Invalid-@#$%^&*()", source: { persistentVolumeName: "-invalid-@#$%^&*()-" } }),
    `spec.attacher: Invalid value: "Invalid-@#$%^&*()": ${SUBDOMAIN}`,
    `spec.source.persistentVolumeName: Invalid value: "-invalid-@#$%^&*()-": ${SUBDOMAIN}`,
  ],
  [
    "names a volume",
    attaching({ source: { persistentVolumeName: "" } }),
    "spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName",
    `spec.source.persistentVolumeName: Invalid value: "": ${SUBDOMAIN}`,
  ],
  [
    "names a volume or describes one",
    attaching({ source: { persistentVolumeName: "v", inlineVolumeSpec: {} } }),
    "spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
  ],
]);

for (const [rule, status, ...says] of [
  ["is told in some words, with a code", { attachError: { message: "hello world", errorCode: 0 } }],
  [
    "is told in a sentence",
    { detachError: { message: "x".repeat(1025) } },
    "status.detachError.message: Too long: may not be more than 262144 bytes",
  ],
  [
    "has a code that a driver can have",
    { attachError: { errorCode: -1 } },
    "status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
  ],
  [
    "leaves room in what the driver says",
    { attachmentMetadata: large },
    "status.attachmentMetadata: Too long: may not be more than 262144 bytes",
  ],
] as readonly Row[]) {
  test(`what went wrong with a VolumeAttachment ${rule}`, () => {
    const before = attaching({});
    const after = { ...before, status: { attached: false, ...status } };
    assert.deepEqual(saidOfChange(VolumeAttachment, before, after, "status"), says);
  });
}

const driver = (change: object): object => ({ spec: { drivers: [{ name: "a.b", nodeID: "x", ...change }] } });
const DRIVER = "spec.drivers[0]";
table(CSINode, {}, [
  ["names drivers that there can be", driver({ name: "" }), `${DRIVER}.name: Required value`],
  ["names drivers whatever their letters", driver({ name: "Io.Kubernetes-1" })],
  [
    "does not call a driver by a long name",
    driver({ name: "x".repeat(64) }),
    `${DRIVER}.name: Too long: may not be more than 63 bytes`,
  ],
  ["knows the driver's name of the node", driver({ nodeID: "" }), `${DRIVER}.nodeID: Required value`],
  ["knows a long name of the node", driver({ nodeID: "x".repeat(256) })],
  [
    "does not know a longer name of the node",
    driver({ nodeID: "x".repeat(257) }),
    `${DRIVER}.nodeID: Invalid value: "${"x".repeat(257)}": must be 256 characters or less`,
  ],
  [
    "holds no less than nothing",
    driver({ allocatable: { count: -1 } }),
    `${DRIVER}.allocatable.count: Invalid value: -1: must be greater than or equal to 0`,
  ],
  [
    "has keys that labels can have, each once",
    driver({ topologyKeys: ["", "a/b/c", "k", "k"] }),
    `${DRIVER}: Required value`,
    `${DRIVER}: Invalid value: "": name part must be non-empty`,
    `${DRIVER}: Invalid value: "": ${PART}`,
    `${DRIVER}: Invalid value: "a/b/c": ${FORM}`,
    `${DRIVER}: Duplicate value: "k"`,
  ],
]);

const spec = (change: object): object => ({ spec: change });
table(CSIDriver, { metadata: { name: "x".repeat(100) } }, [
  ["may have a long name, and nothing to say", {}],
  [
    "is called in ways that there are",
    spec({ volumeLifecycleModes: ["Persistent", "foo"] }),
    'spec.volumeLifecycleModes: Unsupported value: "foo": supported values: "Persistent", "Ephemeral"',
  ],
  [
    "changes groups as there is a way",
    spec({ fsGroupPolicy: "foo" }),
    'spec.fsGroupPolicy: Unsupported value: "foo": supported values: "File", "None", "ReadWriteOnceWithFSType"',
  ],
  [
    "is given one token for an audience, and looks no further",
    spec({ tokenRequests: [{ audience: "" }, { audience: "", expirationSeconds: 1 }] }),
    'spec.tokenRequests[1].audience: Duplicate value: ""',
  ],
  [
    "is given tokens that live as long as tokens may",
    spec({
      tokenRequests: [
        { audience: "a", expirationSeconds: 599 },
        { audience: "b", expirationSeconds: 2 ** 32 },
        { audience: "c", expirationSeconds: 2 ** 32 + 1 },
      ],
    }),
    "spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes",
    "spec.tokenRequests[2].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds",
  ],
  [
    "is not asked all the time",
    spec({ nodeAllocatableUpdatePeriodSeconds: 9 }),
    "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds",
  ],
]);

table(CSIStorageCapacity, { storageClassName: "c" }, [
  ["may say nothing else", {}],
  ["is of a class that there can be", { storageClassName: "" }, `storageClassName: Invalid value: "": ${SUBDOMAIN}`],
  [
    "is no less than nothing; of its largest volume upstream does not ask",
    { capacity: "-11Mi", maximumVolumeSize: "-1" },
    'capacity: Invalid value: "-11Mi": must be greater than or equal to 0',
  ],
  [
    "is at places with labels that there can be",
    { nodeTopology: { matchLabels: { "!": "x" } } },
    `nodeTopology.matchLabels: Invalid value: "!": ${PART}`,
  ],
]);

const NO_PARAMETERS = "parameters: Required value: must contain at least one key/value pair";
table(VolumeAttributesClass, { driverName: "Foo.io/d", parameters: { a: "b" } }, [
  ["names its driver as classes do", {}],
  [
    "names a driver, and something of it",
    { driverName: "", parameters: {} },
    "driverName: Required value",
    NO_PARAMETERS,
  ],
  ["has not too many parameters", { parameters: many }, TOO_MANY],
  ["has not too much in its parameters", { parameters: large }, TOO_LARGE],
]);

test("a VolumeAttachment is told of with its names in every change", () => {
  const odd = attaching({ attacher: "-", source: { persistentVolumeName: "-" } });
  assert.deepEqual(saidOfChange(VolumeAttachment, odd, odd, "status"), [
    `spec.attacher: Invalid value: "-": ${SUBDOMAIN}`,
    `spec.source.persistentVolumeName: Invalid value: "-": ${SUBDOMAIN}`,
  ]);
});

test("VolumeAttributesClass: stays, which is told first", () => {
  const said = saidOfChange(
    VolumeAttributesClass,
    { driverName: "d", parameters: { a: "b" } },
    { driverName: "e", parameters: {} },
  );
  assert.deepEqual(said, [
    "driverName: Forbidden: updates to driverName are forbidden.",
    "parameters: Forbidden: updates to parameters are forbidden.",
    NO_PARAMETERS,
  ]);
});
