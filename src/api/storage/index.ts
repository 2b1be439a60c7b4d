import { CSIDriver } from "./csi-driver.ts";
import { CSINode } from "./csi-node.ts";
import { CSIStorageCapacity } from "./csi-storage-capacity.ts";
import { StorageClass } from "./storage-class.ts";
import { VolumeAttachment } from "./volume-attachment.ts";
import { VolumeAttributesClass } from "./volume-attributes-class.ts";

export * from "./csi-driver.ts";
export * from "./csi-node.ts";
export * from "./csi-storage-capacity.ts";
export * from "./storage-class.ts";
export * from "./volume-attachment.ts";
export * from "./volume-attributes-class.ts";

export const storageKinds = [
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
] as const;
