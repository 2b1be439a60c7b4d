import type { KubeObject } from "../../machinery/kind.ts";
import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, list, map, string } from "../../machinery/schema/builders.ts";
import { TopologySelectorTerm } from "../core/topology-selector.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export const StorageClass = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  definition: "io.k8s.api.storage.v1.StorageClass",
  names: { plural: "storageclasses", short: ["sc"] },
  scope: "Cluster",
  doc: "A sort of storage that volumes are made of on demand.",
  fields: {
    provisioner: field(2, string()).required(),
    parameters: field(3, map(string())),
    reclaimPolicy: field(4, string().enum("Delete", "Recycle", "Retain").silentDefault("Delete")).keepEmpty(),
    mountOptions: field(5, list(string()).atomic()),
    allowVolumeExpansion: field(6, bool()).keepEmpty(),
    volumeBindingMode: field(
      7,
      string().enum("Immediate", "WaitForFirstConsumer").silentDefault("Immediate"),
    ).keepEmpty(),
    allowedTopologies: field(8, list(TopologySelectorTerm).atomic()),
  },
  columns: [
    { ...nameColumn, value: nameWithDefault },
    { name: "Provisioner", type: "string", value: ({ provisioner }) => provisioner },
    { name: "ReclaimPolicy", type: "string", value: ({ reclaimPolicy }) => reclaimPolicy },
    { name: "VolumeBindingMode", type: "string", value: ({ volumeBindingMode }) => volumeBindingMode },
    {
      name: "AllowVolumeExpansion",
      type: "string",
      value: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
  returnsDeleted: true,
});
export type StorageClass = ObjectOf<typeof StorageClass>;

function nameWithDefault({ metadata }: KubeObject): string {
  const marked = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
  const isDefault = marked.some((key) => metadata.annotations?.[key] === "true");
  return isDefault ? `${metadata.name} (default)` : metadata.name;
}
