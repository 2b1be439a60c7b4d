import { SCALE, STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, int64, intOrString, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PersistentVolumeClaim } from "../core/persistent-volume-claim.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import type { Workload } from "./workload.ts";
import { ageColumn, nameColumn, wideTemplateColumns } from "../columns.ts";
import { validateStatefulSet, validateStatefulSetUpdate } from "./stateful-set.validation.ts";
import { nameIsDNSLabel } from "../../machinery/names.ts";
import { templateWarnings } from "../core/pod.warnings.ts";
import { path } from "../../machinery/field-errors.ts";

export const RollingUpdateStatefulSetStrategy = message("io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy", {
  partition: field(1, int32()).keepEmpty(),
  maxUnavailable: field(2, intOrString()).keepEmpty(),
});
export type RollingUpdateStatefulSetStrategy = TypeOf<typeof RollingUpdateStatefulSetStrategy>;

export const StatefulSetCondition = message("io.k8s.api.apps.v1.StatefulSetCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastTransitionTime: field(3, time()).orNull(),
  reason: field(4, string()),
  message: field(5, string()),
});
export type StatefulSetCondition = TypeOf<typeof StatefulSetCondition>;

export const StatefulSetOrdinals = message("io.k8s.api.apps.v1.StatefulSetOrdinals", {
  start: field(1, int32()).always(),
});
export type StatefulSetOrdinals = TypeOf<typeof StatefulSetOrdinals>;

export const StatefulSetPersistentVolumeClaimRetentionPolicy = message(
  "io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
  { whenDeleted: field(1, string().silentDefault("Retain")), whenScaled: field(2, string().silentDefault("Retain")) },
);
export type StatefulSetPersistentVolumeClaimRetentionPolicy = TypeOf<
  typeof StatefulSetPersistentVolumeClaimRetentionPolicy
>;

export const StatefulSetUpdateStrategy = message("io.k8s.api.apps.v1.StatefulSetUpdateStrategy", {
  type: field(1, string().enum("OnDelete", "RollingUpdate").silentDefault("RollingUpdate")),
  rollingUpdate: field(2, RollingUpdateStatefulSetStrategy),
});
export type StatefulSetUpdateStrategy = TypeOf<typeof StatefulSetUpdateStrategy>;

export const StatefulSetSpec = message("io.k8s.api.apps.v1.StatefulSetSpec", {
  replicas: field(1, int32().silentDefault(1)).keepEmpty(),
  selector: field(2, LabelSelector).required().orNull(),
  template: field(3, PodTemplateSpec).required(),
  volumeClaimTemplates: field(4, list(PersistentVolumeClaim.schema).atomic()),
  serviceName: field(5, string()).always(),
  podManagementPolicy: field(6, string().enum("OrderedReady", "Parallel").silentDefault("OrderedReady")),
  updateStrategy: field(7, StatefulSetUpdateStrategy).always(),
  revisionHistoryLimit: field(8, int32().silentDefault(10)).keepEmpty(),
  minReadySeconds: field(9, int32()),
  persistentVolumeClaimRetentionPolicy: field(10, StatefulSetPersistentVolumeClaimRetentionPolicy).filled(),
  ordinals: field(11, StatefulSetOrdinals),
});
export type StatefulSetSpec = TypeOf<typeof StatefulSetSpec>;

export const StatefulSetStatus = message("io.k8s.api.apps.v1.StatefulSetStatus", {
  observedGeneration: field(1, int64()),
  replicas: field(2, int32()).required(),
  readyReplicas: field(3, int32()),
  currentReplicas: field(4, int32()),
  updatedReplicas: field(5, int32()),
  currentRevision: field(6, string()),
  updateRevision: field(7, string()),
  collisionCount: field(9, int32()).keepEmpty(),
  conditions: field(10, list(StatefulSetCondition).mapKey("type").patch("merge", "type")),
  availableReplicas: field(11, int32()).always(),
});
export type StatefulSetStatus = TypeOf<typeof StatefulSetStatus>;

export const StatefulSet = defineKind({
  group: "apps",
  version: "v1",
  kind: "StatefulSet",
  definition: "io.k8s.api.apps.v1.StatefulSet",
  names: { plural: "statefulsets", short: ["sts"], categories: ["all"] },
  scope: "Namespaced",
  doc: "Runs pods with a fixed identity and storage of their own, in order.",
  subresources: { ...SCALE, ...STATUS },
  fields: { spec: field(2, StatefulSetSpec).always(), status: field(3, StatefulSetStatus).always() },
  defaults({ spec }) {
    defaultPodSpec(spec.template.spec);
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ||= "v1";
      claim.kind ||= "PersistentVolumeClaim";
    }
    if (spec.updateStrategy.type !== "RollingUpdate") return;
    spec.updateStrategy.rollingUpdate = { partition: 0, ...spec.updateStrategy.rollingUpdate };
  },
  columns: [
    nameColumn,
    {
      name: "Ready",
      type: "string",
      doc: "Number of the pod with ready state",
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`,
    },
    ageColumn,
    ...wideTemplateColumns<Workload>(({ spec }) => spec.template),
  ],
  validateName: nameIsDNSLabel,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  warnings: templateWarnings(path("spec", "template"), ({ spec }) => spec.template),
});
export type StatefulSet = ObjectOf<typeof StatefulSet>;
