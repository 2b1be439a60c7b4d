import type { KubeObject } from "../../machinery/kind.ts";
import { SCALE, STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, int64, list, map, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PodTemplateSpec } from "./pod-template-spec.ts";
import { defaultPodSpec } from "./pod-defaults.ts";
import { labelsFromTemplate } from "./pod-template-spec.ts";
import { ageColumn, labelsText, nameColumn, wideTemplateColumns } from "../columns.ts";
import { validateReplicationController } from "./replication-controller.validation.ts";
import { templateWarnings } from "./pod.warnings.ts";
import { podSpecFeatures } from "./pod-features.ts";
import { path } from "../../machinery/field-errors.ts";

export const ReplicationControllerCondition = message(
  "io.k8s.api.core.v1.ReplicationControllerCondition",
  {
    type: field(1, string(), "Which aspect: only ReplicaFailure exists.").required(),
    status: field(2, string(), "True, False or Unknown.").required(),
    lastTransitionTime: field(3, time(), "When `status` last changed.").orNull(),
    reason: field(4, string(), "A word in CamelCase for why the status last changed, meant for programs."),
    message: field(5, string(), "The details, meant for people."),
  },
  { doc: "One aspect of where a replication controller stands." },
);
export type ReplicationControllerCondition = TypeOf<typeof ReplicationControllerCondition>;

export const ReplicationControllerSpec = message(
  "io.k8s.api.core.v1.ReplicationControllerSpec",
  {
    replicas: field(1, int32().default(1), "How many pods should run; 1 by default, and 0 is allowed.").keepEmpty(),
    selector: field(
      2,
      map(string()).atomic(),
      "Labels with their values of the pods that count. Must fit the template's; equal to them when it is absent.",
    ),
    template: field(3, PodTemplateSpec, "What new pods look like. Its `restartPolicy` can only be Always."),
    minReadySeconds: field(
      4,
      int32().default(0),
      "Seconds a new pod must be ready, without a container failing, before it counts as available. 0 by default: at once.",
    ),
  },
  { doc: "A number, a selector and a template." },
);
export type ReplicationControllerSpec = TypeOf<typeof ReplicationControllerSpec>;

export const ReplicationControllerStatus = message(
  "io.k8s.api.core.v1.ReplicationControllerStatus",
  {
    replicas: field(1, int32(), "How many pods there are.").required(),
    fullyLabeledReplicas: field(2, int32(), "How many of the pods have all labels of the template."),
    observedGeneration: field(3, int64(), "The `metadata.generation` that the status was told from."),
    readyReplicas: field(4, int32(), "How many of the pods are ready."),
    availableReplicas: field(5, int32(), "How many of the pods have been ready for `minReadySeconds`."),
    conditions: field(
      6,
      list(ReplicationControllerCondition).mapKey("type").patch("merge", "type"),
      "Aspects of where it stands, one for each type.",
    ),
  },
  { doc: "Numbers of pods, and conditions." },
);
export type ReplicationControllerStatus = TypeOf<typeof ReplicationControllerStatus>;

export const ReplicationController = defineKind({
  group: "",
  version: "v1",
  kind: "ReplicationController",
  definition: "io.k8s.api.core.v1.ReplicationController",
  names: { plural: "replicationcontrollers", short: ["rc"], categories: ["all"] },
  scope: "Namespaced",
  doc: "Keeps a chosen number of identical pods running; the forerunner of ReplicaSet.",
  subresources: { ...SCALE, ...STATUS },
  orphansByDefault: {},
  fields: {
    spec: field(2, ReplicationControllerSpec, "Which pods should run, and how many.").always(),
    status: field(
      3,
      ReplicationControllerStatus,
      "What has been achieved. Read-only for users, and may lag behind.",
    ).always(),
  },
  defaults(draft) {
    const { spec } = draft;
    if (spec.template === undefined) return;
    defaultPodSpec(spec.template.spec);
    labelsFromTemplate({ metadata: draft.metadata, spec: { template: spec.template } });
    const { labels } = spec.template.metadata;
    if (labels !== undefined) spec.selector ??= { ...labels };
  },
  columns: [
    nameColumn,
    {
      name: "Desired",
      type: "integer",
      doc: "Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller",
      value: ({ spec }) => spec.replicas ?? 0,
    },
    {
      name: "Current",
      type: "integer",
      doc: "Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller",
      value: ({ status }) => status.replicas,
    },
    {
      name: "Ready",
      type: "integer",
      doc: "The number of ready replicas for this replication controller.",
      value: ({ status }) => status.readyReplicas ?? 0,
    },
    ageColumn,
    ...wideTemplateColumns<ReplicationControllerParts>(
      ({ spec }) => spec.template ?? { spec: {} },
      ({ spec }) => labelsText(spec.selector),
      "Selector is a label query over pods that should match the Replicas count. If Selector is empty, it is defaulted to the labels present on the Pod template. Label keys and values that must match in order to be controlled by this replication controller, if empty defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
  ],
  selectableFields: { "status.replicas": ({ status }) => String(status.replicas) },
  switchedOff: podSpecFeatures("spec.template.spec"),
  validate: validateReplicationController,
  warnings: templateWarnings(path("spec", "template"), ({ spec }) => spec.template),
});
export type ReplicationController = ObjectOf<typeof ReplicationController>;

interface ReplicationControllerParts extends KubeObject {
  readonly spec: ReplicationControllerSpec;
}
