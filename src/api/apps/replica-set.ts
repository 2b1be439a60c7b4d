import { SCALE, STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, int64, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import type { Workload } from "./workload.ts";
import { ageColumn, nameColumn, selectorText, wideTemplateColumns } from "../columns.ts";
import { validateReplicaSet } from "./replica-set.validation.ts";
import { templateWarnings } from "../core/pod.warnings.ts";
import { path } from "../../machinery/field-errors.ts";

export const ReplicaSetCondition = message("io.k8s.api.apps.v1.ReplicaSetCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastTransitionTime: field(3, time()).orNull(),
  reason: field(4, string()),
  message: field(5, string()),
});
export type ReplicaSetCondition = TypeOf<typeof ReplicaSetCondition>;

export const ReplicaSetSpec = message("io.k8s.api.apps.v1.ReplicaSetSpec", {
  replicas: field(1, int32().silentDefault(1)).keepEmpty(),
  selector: field(2, LabelSelector).required().orNull(),
  template: field(3, PodTemplateSpec).always(),
  minReadySeconds: field(4, int32()),
});
export type ReplicaSetSpec = TypeOf<typeof ReplicaSetSpec>;

export const ReplicaSetStatus = message("io.k8s.api.apps.v1.ReplicaSetStatus", {
  replicas: field(1, int32()).required(),
  fullyLabeledReplicas: field(2, int32()),
  observedGeneration: field(3, int64()),
  readyReplicas: field(4, int32()),
  availableReplicas: field(5, int32()),
  conditions: field(6, list(ReplicaSetCondition).mapKey("type").patch("merge", "type")),
  terminatingReplicas: field(7, int32()).keepEmpty(),
});
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
  fields: { spec: field(2, ReplicaSetSpec).always(), status: field(3, ReplicaSetStatus).always() },
  defaults: ({ spec }) => defaultPodSpec(spec.template.spec),
  columns: [
    nameColumn,
    {
      name: "Desired",
      type: "integer",
      doc: "Replicas is the number of desired pods. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset",
      value: ({ spec }) => spec.replicas,
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
  immutable: ["spec.selector"],
  validate: validateReplicaSet,
  warnings: templateWarnings(path("spec", "template"), ({ spec }) => spec.template),
});
export type ReplicaSet = ObjectOf<typeof ReplicaSet>;
