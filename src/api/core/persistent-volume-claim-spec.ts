import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { TypedLocalObjectReference, TypedObjectReference } from "./references.ts";
import { VolumeResourceRequirements } from "./resource-requirements.ts";

export const PersistentVolumeClaimSpec = message("io.k8s.api.core.v1.PersistentVolumeClaimSpec", {
  accessModes: field(
    1,
    list(string().enum("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")).atomic(),
  ),
  resources: field(2, VolumeResourceRequirements).always(),
  volumeName: field(3, string()),
  selector: field(4, LabelSelector),
  storageClassName: field(5, string()).keepEmpty(),
  volumeMode: field(6, string().enum("Block", "Filesystem").silentDefault("Filesystem")).keepEmpty(),
  dataSource: field(7, TypedLocalObjectReference),
  dataSourceRef: field(8, TypedObjectReference),
  volumeAttributesClassName: field(9, string()).keepEmpty(),
});
export type PersistentVolumeClaimSpec = TypeOf<typeof PersistentVolumeClaimSpec>;

export const PersistentVolumeClaimTemplate = message("io.k8s.api.core.v1.PersistentVolumeClaimTemplate", {
  metadata: field(1, TemplateMeta).always(),
  spec: field(2, PersistentVolumeClaimSpec).required(),
});
export type PersistentVolumeClaimTemplate = TypeOf<typeof PersistentVolumeClaimTemplate>;
