import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int32, map, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PersistentVolumeSpec } from "../core/persistent-volume.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateVolumeAttachment, validateVolumeAttachmentUpdate } from "./volume-attachment.validation.ts";

export const VolumeAttachmentSource = message(
  "io.k8s.api.storage.v1.VolumeAttachmentSource",
  {
    persistentVolumeName: field(1, string(), "A PersistentVolume.").keepEmpty(),
    inlineVolumeSpec: field(2, PersistentVolumeSpec, "A volume that stands in a pod itself."),
  },
  { doc: "The volume; one of the two." },
);
export type VolumeAttachmentSource = TypeOf<typeof VolumeAttachmentSource>;

export const VolumeAttachmentSpec = message(
  "io.k8s.api.storage.v1.VolumeAttachmentSpec",
  {
    attacher: field(1, string(), "The driver that does it.").required(),
    source: field(2, VolumeAttachmentSource, "The volume.").required(),
    nodeName: field(3, string(), "The node.").required(),
  },
  { doc: "Which volume is to be attached to which node." },
);
export type VolumeAttachmentSpec = TypeOf<typeof VolumeAttachmentSpec>;

export const VolumeError = message(
  "io.k8s.api.storage.v1.VolumeError",
  {
    time: field(1, time(), "When.").orNull(),
    message: field(2, string(), "What, in a sentence."),
    errorCode: field(3, int32(), "The driver's code for it.").keepEmpty(),
  },
  { doc: "Something that went wrong." },
);
export type VolumeError = TypeOf<typeof VolumeError>;

export const VolumeAttachmentStatus = message(
  "io.k8s.api.storage.v1.VolumeAttachmentStatus",
  {
    attached: field(1, bool(), "True: it is.").required(),
    attachmentMetadata: field(2, map(string()), "What the driver told of it, for mounting."),
    attachError: field(3, VolumeError, "Why the last try to attach it failed."),
    detachError: field(4, VolumeError, "Why the last try to take it off failed."),
  },
  { doc: "Whether a volume is attached." },
);
export type VolumeAttachmentStatus = TypeOf<typeof VolumeAttachmentStatus>;

export const VolumeAttachment = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttachment",
  definition: "io.k8s.api.storage.v1.VolumeAttachment",
  names: { plural: "volumeattachments" },
  scope: "Cluster",
  generation: false,
  doc: "The intent that a volume is attached to a node.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, VolumeAttachmentSpec, "Which volume is to be attached to which node. Cannot be changed.").required(),
    status: field(3, VolumeAttachmentStatus, "Whether it is.").always(),
  },
  columns: [
    nameColumn,
    {
      name: "Attacher",
      type: "string",
      format: "name",
      doc: "attacher indicates the name of the volume driver that MUST handle this request. This is the name returned by GetPluginName().",
      value: ({ spec }) => spec.attacher,
    },
    {
      name: "PV",
      type: "string",
      doc: "persistentVolumeName represents the name of the persistent volume to attach.",
      value: ({ spec }) => spec.source.persistentVolumeName ?? "",
    },
    {
      name: "Node",
      type: "string",
      doc: "nodeName represents the node that the volume should be attached to.",
      value: ({ spec }) => spec.nodeName,
    },
    {
      name: "Attached",
      type: "boolean",
      doc: "attached indicates the volume is successfully attached. This field must only be set by the entity completing the attach operation, i.e. the external-attacher.",
      value: ({ status }) => status.attached,
    },
    ageColumn,
  ],
  returnsDeleted: true,
  allowUnconditionalUpdate: false,
  metadataOnUpdate: () => ["whole"],
  validate: validateVolumeAttachment,
  validateUpdate: validateVolumeAttachmentUpdate,
});
export type VolumeAttachment = ObjectOf<typeof VolumeAttachment>;
