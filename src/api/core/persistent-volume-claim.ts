import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, map, message, quantity, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PersistentVolumeClaimSpec } from "./persistent-volume-claim-spec.ts";
import { persistentVolumeClaimColumns } from "./volumes.columns.ts";
import {
  alignDataSources,
  validatePersistentVolumeClaim,
  validatePersistentVolumeClaimUpdate,
} from "./persistent-volume-claim.validation.ts";
import { claimWarnings } from "./volume.warnings.ts";

export const ModifyVolumeStatus = message(
  "io.k8s.api.core.v1.ModifyVolumeStatus",
  {
    targetVolumeAttributesClassName: field(1, string(), "The class that the volume is being changed to."),
    status: field(
      2,
      string().enum("InProgress", "Infeasible", "Pending"),
      "Pending (the class is not there yet), InProgress, or Infeasible: the driver refused, and another class must be asked for.",
    ).required(),
  },
  { doc: "Target and progress of a change of class." },
);
export type ModifyVolumeStatus = TypeOf<typeof ModifyVolumeStatus>;

export const PersistentVolumeClaimCondition = message(
  "io.k8s.api.core.v1.PersistentVolumeClaimCondition",
  {
    type: field(
      1,
      string(),
      "Which aspect, such as Resizing, FileSystemResizePending, ModifyingVolume or ModifyVolumeError.",
    ).required(),
    status: field(2, string(), "True, False or Unknown.").required(),
    lastProbeTime: field(3, time(), "When the condition was last checked.").orNull(),
    lastTransitionTime: field(4, time(), "When `status` last changed.").orNull(),
    reason: field(
      5,
      string(),
      "A word in CamelCase for why the status last changed, meant for programs; ResizeStarted means that the volume is growing.",
    ),
    message: field(6, string(), "The details, meant for people."),
  },
  { doc: "One aspect of where a claim stands." },
);
export type PersistentVolumeClaimCondition = TypeOf<typeof PersistentVolumeClaimCondition>;

export const PersistentVolumeClaimStatus = message(
  "io.k8s.api.core.v1.PersistentVolumeClaimStatus",
  {
    phase: field(
      1,
      string().enum("Bound", "Lost", "Pending").silentDefault("Pending"),
      "Pending until it is bound, then Bound; Lost when its volume is gone.",
    ),
    accessModes: field(
      2,
      list(string().enum("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")).atomic(),
      "How the volume can really be mounted.",
    ),
    capacity: field(3, map(quantity()), "What the volume really has, by resource: `storage`."),
    conditions: field(
      4,
      list(PersistentVolumeClaimCondition).mapKey("type").patch("merge", "type"),
      "Aspects of where the claim stands, one for each type, such as that it is growing.",
    ),
    allocatedResources: field(
      5,
      map(quantity()),
      "What is set aside for the claim, by resource. More than `capacity` while it grows, and the greater of the two counts against quotas.",
    ),
    allocatedResourceStatuses: field(
      7,
      map(
        string().enum(
          "ControllerResizeInProgress",
          "ControllerResizeInfeasible",
          "NodeResizeInProgress",
          "NodeResizeInfeasible",
          "NodeResizePending",
        ),
      ).granular(),
      "Where a change of size stands, by resource: in progress or infeasible in controller or node, or pending on the node. Without an entry none is under way.",
    ),
    currentVolumeAttributesClassName: field(
      8,
      string(),
      "The VolumeAttributesClass the volume has now; absent for none.",
    ).keepEmpty(),
    modifyVolumeStatus: field(9, ModifyVolumeStatus, "The change to another VolumeAttributesClass that is under way."),
  },
  { doc: "Phase of a claim and properties of its volume." },
);
export type PersistentVolumeClaimStatus = TypeOf<typeof PersistentVolumeClaimStatus>;

export const PersistentVolumeClaim = defineKind({
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  definition: "io.k8s.api.core.v1.PersistentVolumeClaim",
  names: { plural: "persistentvolumeclaims", short: ["pvc"] },
  scope: "Namespaced",
  generation: false,
  doc: "A request for storage in a namespace. It is bound to a volume that fits, which pods then use through it.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, PersistentVolumeClaimSpec, "Which storage is asked for.").always(),
    status: field(3, PersistentVolumeClaimStatus, "What the claim has got. Read-only for users.").always(),
  },
  columns: persistentVolumeClaimColumns,
  returnsDeleted: true,
  // CrossNamespaceVolumeDataSource
  switchedOff: [["spec.dataSourceRef.namespace"]],
  prepareForCreate: ({ spec }) => alignDataSources(spec),
  prepareForUpdate: ({ spec }) => alignDataSources(spec),
  metadataOnUpdate: ["change", "whole"],
  validate: validatePersistentVolumeClaim,
  validateUpdate: validatePersistentVolumeClaimUpdate,
  warnings: claimWarnings,
});
export type PersistentVolumeClaim = ObjectOf<typeof PersistentVolumeClaim>;
