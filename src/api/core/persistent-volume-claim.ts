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

export const ModifyVolumeStatus = message("io.k8s.api.core.v1.ModifyVolumeStatus", {
  targetVolumeAttributesClassName: field(1, string()),
  status: field(2, string().enum("InProgress", "Infeasible", "Pending")).required(),
});
export type ModifyVolumeStatus = TypeOf<typeof ModifyVolumeStatus>;

export const PersistentVolumeClaimCondition = message("io.k8s.api.core.v1.PersistentVolumeClaimCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastProbeTime: field(3, time()).orNull(),
  lastTransitionTime: field(4, time()).orNull(),
  reason: field(5, string()),
  message: field(6, string()),
});
export type PersistentVolumeClaimCondition = TypeOf<typeof PersistentVolumeClaimCondition>;

export const PersistentVolumeClaimStatus = message("io.k8s.api.core.v1.PersistentVolumeClaimStatus", {
  phase: field(1, string().enum("Bound", "Lost", "Pending").silentDefault("Pending")),
  accessModes: field(
    2,
    list(string().enum("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")).atomic(),
  ),
  capacity: field(3, map(quantity())),
  conditions: field(4, list(PersistentVolumeClaimCondition).mapKey("type").patch("merge", "type")),
  allocatedResources: field(5, map(quantity())),
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
  ),
  currentVolumeAttributesClassName: field(8, string()).keepEmpty(),
  modifyVolumeStatus: field(9, ModifyVolumeStatus),
});
export type PersistentVolumeClaimStatus = TypeOf<typeof PersistentVolumeClaimStatus>;

export const PersistentVolumeClaim = defineKind({
  group: "",
  version: "v1",
  kind: "PersistentVolumeClaim",
  definition: "io.k8s.api.core.v1.PersistentVolumeClaim",
  names: { plural: "persistentvolumeclaims", short: ["pvc"] },
  scope: "Namespaced",
  generation: false,
  doc: "A request for storage.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, PersistentVolumeClaimSpec).always(),
    status: field(3, PersistentVolumeClaimStatus).always(),
  },
  columns: persistentVolumeClaimColumns,
  returnsDeleted: true,
  prepareForCreate: ({ spec }) => alignDataSources(spec),
  prepareForUpdate: ({ spec }) => alignDataSources(spec),
  validate: validatePersistentVolumeClaim,
  validateUpdate: validatePersistentVolumeClaimUpdate,
  warnings: claimWarnings,
});
export type PersistentVolumeClaim = ObjectOf<typeof PersistentVolumeClaim>;
