import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NONE, UNSET, ageColumn, nameColumn } from "../columns.ts";

export const CSITokenRequest = message("io.k8s.api.storage.v1.TokenRequest", {
  audience: field(1, string()).required(),
  expirationSeconds: field(2, int64()).keepEmpty(),
});
export type CSITokenRequest = TypeOf<typeof CSITokenRequest>;

export const CSIDriverSpec = message("io.k8s.api.storage.v1.CSIDriverSpec", {
  attachRequired: field(1, bool().silentDefault(true)).keepEmpty(),
  podInfoOnMount: field(2, bool().silentDefault(false)).keepEmpty(),
  volumeLifecycleModes: field(3, list(string()).set().silentDefault(["Persistent"])),
  storageCapacity: field(4, bool().silentDefault(false)).keepEmpty(),
  fsGroupPolicy: field(5, string().silentDefault("ReadWriteOnceWithFSType")).keepEmpty(),
  tokenRequests: field(6, list(CSITokenRequest).atomic()),
  requiresRepublish: field(7, bool().silentDefault(false)).keepEmpty(),
  seLinuxMount: field(8, bool().silentDefault(false)).keepEmpty(),
  nodeAllocatableUpdatePeriodSeconds: field(9, int64()).keepEmpty(),
  serviceAccountTokenInSecrets: field(10, bool()).keepEmpty(),
  preventPodSchedulingIfMissing: field(11, bool()).keepEmpty(),
});
export type CSIDriverSpec = TypeOf<typeof CSIDriverSpec>;

export const CSIDriver = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIDriver",
  definition: "io.k8s.api.storage.v1.CSIDriver",
  names: { plural: "csidrivers" },
  scope: "Cluster",
  doc: "What a storage driver can do and wants.",
  fields: { spec: field(2, CSIDriverSpec).required() },
  columns: [
    nameColumn,
    { name: "AttachRequired", type: "boolean", value: ({ spec }) => spec.attachRequired },
    { name: "PodInfoOnMount", type: "boolean", value: ({ spec }) => spec.podInfoOnMount },
    { name: "StorageCapacity", type: "boolean", value: ({ spec }) => spec.storageCapacity },
    {
      name: "TokenRequests",
      type: "string",
      value: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(",") ?? UNSET,
    },
    { name: "RequiresRepublish", type: "boolean", value: ({ spec }) => spec.requiresRepublish },
    { name: "Modes", type: "string", value: ({ spec }) => spec.volumeLifecycleModes.join(",") || NONE },
    ageColumn,
  ],
  returnsDeleted: true,
  allowUnconditionalUpdate: false,
});
export type CSIDriver = ObjectOf<typeof CSIDriver>;
