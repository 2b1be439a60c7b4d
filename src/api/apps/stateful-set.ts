import { SCALE, STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, int64, intOrString, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { conditionFields } from "../conditions.ts";
import { PersistentVolumeClaim } from "../core/persistent-volume-claim.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import type { Workload } from "./workload.ts";
import { ageColumn, nameColumn, wideTemplateColumns } from "../columns.ts";
import { validateStatefulSet, validateStatefulSetUpdate } from "./stateful-set.validation.ts";
import { nameIsDNSLabel } from "../../machinery/names.ts";
import { templateWarnings } from "../core/pod.warnings.ts";
import { claimSpecWarnings } from "../core/volume.warnings.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { podSpecFeatures } from "../core/pod-features.ts";
import { path } from "../../machinery/field-errors.ts";

export const RollingUpdateStatefulSetStrategy = message(
  "io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy",
  {
    partition: field(1, int32(), "Pods with a number below this one stay as they are. Default 0.").keepEmpty(),
    maxUnavailable: field(
      2,
      intOrString(),
      "Pods that may be missing at a time, a number or a share. Default 1.",
    ).keepEmpty(),
  },
  { doc: "How a stateful set rolls out a template." },
);
export type RollingUpdateStatefulSetStrategy = TypeOf<typeof RollingUpdateStatefulSetStrategy>;

export const StatefulSetCondition = message("io.k8s.api.apps.v1.StatefulSetCondition", conditionFields, {
  doc: "One thing that is true or not of the object now, and since when.",
});
export type StatefulSetCondition = TypeOf<typeof StatefulSetCondition>;

export const StatefulSetOrdinals = message(
  "io.k8s.api.apps.v1.StatefulSetOrdinals",
  {
    start: field(1, int32(), "The first pod's number. Default 0.").always(),
  },
  { doc: "How the pods are numbered." },
);
export type StatefulSetOrdinals = TypeOf<typeof StatefulSetOrdinals>;

export const StatefulSetPersistentVolumeClaimRetentionPolicy = message(
  "io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
  {
    whenDeleted: field(
      1,
      string().silentDefault("Retain"),
      "When the set is deleted: `Retain` (the default) or `Delete`.",
    ),
    whenScaled: field(
      2,
      string().silentDefault("Retain"),
      "When the set gets fewer pods: `Retain` (the default) or `Delete`, for those of the pods that went.",
    ),
  },
  { doc: "What becomes of the claims that the templates made." },
);
export type StatefulSetPersistentVolumeClaimRetentionPolicy = TypeOf<
  typeof StatefulSetPersistentVolumeClaimRetentionPolicy
>;

export const StatefulSetUpdateStrategy = message(
  "io.k8s.api.apps.v1.StatefulSetUpdateStrategy",
  {
    type: field(
      1,
      string().enum("OnDelete", "RollingUpdate").silentDefault("RollingUpdate"),
      "`RollingUpdate` (the default, from the highest number down), or `OnDelete`: only when somebody deletes the old pod.",
    ),
    rollingUpdate: field(
      2,
      RollingUpdateStatefulSetStrategy,
      "How many at a time and from which number on, for the type `RollingUpdate`.",
    ),
  },
  { doc: "How a stateful set replaces its pods." },
);
export type StatefulSetUpdateStrategy = TypeOf<typeof StatefulSetUpdateStrategy>;

export const StatefulSetSpec = message(
  "io.k8s.api.apps.v1.StatefulSetSpec",
  {
    replicas: field(1, int32().silentDefault(1), "How many pods should run. Default 1.").keepEmpty(),
    selector: field(
      2,
      LabelSelector,
      "Which pods belong to the set; must fit the template's labels. Cannot be changed.",
    )
      .required()
      .orNull(),
    template: field(
      3,
      PodTemplateSpec,
      "What the pods look like; each also gets its number as name and label.",
    ).required(),
    volumeClaimTemplates: field(
      4,
      list(PersistentVolumeClaim.schema).atomic(),
      "Claims that each pod gets of its own, and keeps over its replacements.",
    ),
    serviceName: field(
      5,
      string(),
      "The headless Service that gives the pods their DNS names, such as `web-0.SERVICE`.",
    ).always(),
    podManagementPolicy: field(
      6,
      string().enum("OrderedReady", "Parallel").silentDefault("OrderedReady"),
      "`OrderedReady` (the default): one after the other, each once the one before is ready; or `Parallel`.",
    ),
    updateStrategy: field(7, StatefulSetUpdateStrategy, "How pods are replaced when the template changes.").always(),
    revisionHistoryLimit: field(
      8,
      int32().silentDefault(10),
      "How many earlier templates are kept for a rollback. Default 10.",
    ).keepEmpty(),
    minReadySeconds: field(9, int32(), "Seconds a new pod must be ready before it counts as available. Default 0."),
    persistentVolumeClaimRetentionPolicy: field(
      10,
      StatefulSetPersistentVolumeClaimRetentionPolicy,
      "What becomes of the pods' claims.",
    ).filled(),
    ordinals: field(11, StatefulSetOrdinals, "How the pods are numbered."),
  },
  { doc: "What a stateful set wants." },
);
export type StatefulSetSpec = TypeOf<typeof StatefulSetSpec>;

export const StatefulSetStatus = message(
  "io.k8s.api.apps.v1.StatefulSetStatus",
  {
    observedGeneration: field(1, int64(), "The generation the controller has seen."),
    replicas: field(2, int32(), "Pods that the controller has made.").required(),
    readyReplicas: field(3, int32(), "Pods that are ready."),
    currentReplicas: field(4, int32(), "Pods of the revision that is being replaced."),
    updatedReplicas: field(5, int32(), "Pods of the newest template."),
    currentRevision: field(6, string(), "The revision that is being replaced, or the only one."),
    updateRevision: field(7, string(), "The revision of the newest template."),
    collisionCount: field(
      9,
      int32(),
      "How often a name for a revision was taken already; part of the next one's.",
    ).keepEmpty(),
    conditions: field(10, list(StatefulSetCondition).mapKey("type").patch("merge", "type"), "States of the set."),
    availableReplicas: field(11, int32(), "Pods that have been ready for `minReadySeconds`.").always(),
  },
  { doc: "How a stateful set is getting on." },
);
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
  fields: {
    spec: field(
      2,
      StatefulSetSpec,
      "How many pods with a name and storage of their own, and how they are replaced.",
    ).always(),
    status: field(3, StatefulSetStatus, "How far it has come.").always(),
  },
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
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    ageColumn,
    ...wideTemplateColumns<Workload>(({ spec }) => spec.template),
  ],
  // MaxUnavailableStatefulSet
  switchedOff: [...podSpecFeatures("spec.template.spec"), ["spec.updateStrategy.rollingUpdate.maxUnavailable"]],
  validateName: nameIsDNSLabel,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  warnings: (object, previous) => [
    ...ofTemplate(object, previous),
    ...ofClaims(object.spec.volumeClaimTemplates ?? [], previous !== undefined),
    ...(object.spec.revisionHistoryLimit < 0 ? [KEEPS_ALL] : []),
  ],
});
export type StatefulSet = ObjectOf<typeof StatefulSet>;

const KEEPS_ALL =
  "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended";

const ofTemplate = templateWarnings<StatefulSetParts>(path("spec", "template"), ({ spec }) => spec.template);

interface StatefulSetParts extends KubeObject {
  readonly spec: StatefulSetSpec;
}

/** Upstream names another path when a set is changed than when it is made. */
function ofClaims(claims: NonNullable<StatefulSetSpec["volumeClaimTemplates"]>, change: boolean): string[] {
  return claims.flatMap(({ spec }, index) => {
    const at = path("spec", "volumeClaimTemplates").index(index);
    return claimSpecWarnings(change ? at.child("Spec") : at, spec);
  });
}
