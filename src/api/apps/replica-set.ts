import { SCALE, STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, int64, list, message } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { conditionFields } from "../conditions.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import type { Workload } from "./workload.ts";
import { ageColumn, nameColumn, selectorText, wideTemplateColumns } from "../columns.ts";
import { selectorChangeErrors } from "../label-selector.validation.ts";
import { validateReplicaSet } from "./replica-set.validation.ts";
import { templateWarnings } from "../core/pod.warnings.ts";
import { podSpecFeatures } from "../core/pod-features.ts";
import { path } from "../../machinery/field-errors.ts";

export const ReplicaSetCondition = message("io.k8s.api.apps.v1.ReplicaSetCondition", conditionFields, {
  doc: "One thing that is true or not of the object now, and since when.",
});
export type ReplicaSetCondition = TypeOf<typeof ReplicaSetCondition>;

export const ReplicaSetSpec = message(
  "io.k8s.api.apps.v1.ReplicaSetSpec",
  {
    replicas: field(1, int32().silentDefault(1), "How many pods should run. Default 1.").keepEmpty(),
    selector: field(
      2,
      LabelSelector,
      "Which pods count as the set's; must fit the template's labels. Cannot be changed.",
    )
      .required()
      .orNull(),
    template: field(
      3,
      PodTemplateSpec,
      "What new pods look like. Pods that are there already are left as they are.",
    ).always(),
    minReadySeconds: field(4, int32(), "Seconds a new pod must be ready before it counts as available. Default 0."),
  },
  { doc: "What a replica set wants." },
);
export type ReplicaSetSpec = TypeOf<typeof ReplicaSetSpec>;

export const ReplicaSetStatus = message(
  "io.k8s.api.apps.v1.ReplicaSetStatus",
  {
    replicas: field(1, int32(), "Pods that are not on their way out.").required(),
    fullyLabeledReplicas: field(2, int32(), "Pods with all labels of the template."),
    observedGeneration: field(3, int64(), "The generation the controller has seen."),
    readyReplicas: field(4, int32(), "Pods that are ready."),
    availableReplicas: field(5, int32(), "Pods that have been ready for `minReadySeconds`."),
    conditions: field(
      6,
      list(ReplicaSetCondition).mapKey("type").patch("merge", "type"),
      "States such as `ReplicaFailure`.",
    ),
    terminatingReplicas: field(7, int32(), "Pods that are being deleted and are not gone yet.").keepEmpty(),
  },
  { doc: "How a replica set is getting on." },
);
export type ReplicaSetStatus = TypeOf<typeof ReplicaSetStatus>;

export const ReplicaSet = defineKind({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  definition: "io.k8s.api.apps.v1.ReplicaSet",
  names: { plural: "replicasets", short: ["rs"], categories: ["all"] },
  scope: "Namespaced",
  doc: "Keeps a chosen number of identical pods running.",
  subresources: { ...SCALE, ...STATUS },
  fields: {
    spec: field(2, ReplicaSetSpec, "How many pods of what kind.").always(),
    status: field(3, ReplicaSetStatus, "How many there are.").always(),
  },
  defaults: ({ spec }) => defaultPodSpec(spec.template.spec),
  columns: [
    nameColumn,
    {
      name: "Desired",
      type: "integer",
      doc: "Replicas is the number of desired pods. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset",
      value: ({ spec }) => spec.replicas ?? 0,
    },
    {
      name: "Current",
      type: "integer",
      doc: "Replicas is the most recently observed number of non-terminating pods. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset",
      value: ({ status }) => status.replicas,
    },
    {
      name: "Ready",
      type: "integer",
      doc: "The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.",
      value: ({ status }) => status.readyReplicas ?? 0,
    },
    ageColumn,
    ...wideTemplateColumns<Workload>(
      ({ spec }) => spec.template,
      ({ spec }) => selectorText(spec.selector),
      "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
  ],
  selectableFields: { "status.replicas": ({ status }) => String(status.replicas) },
  switchedOff: podSpecFeatures("spec.template.spec"),
  validate: validateReplicaSet,
  validateUpdate: selectorChangeErrors,
  warnings: templateWarnings(path("spec", "template"), ({ spec }) => spec.template),
});
export type ReplicaSet = ObjectOf<typeof ReplicaSet>;
