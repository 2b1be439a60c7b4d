/**
 * What we use of containerd's own API, as tables: what CRI has no call for (events, and putting images into the
 * store). Names and tags as in containerd's `api/` folder; they are the same from 1.6 to 2.x.
 */
import { protobuf } from "../../src/machinery/protobuf-wire.ts";
import type { Codec } from "../../src/machinery/protobuf-wire.ts";

const tables = {
  Empty: {},
  Timestamp: { seconds: "1 int64", nanos: "2 int32" },
  Any: { typeUrl: "1 string", value: "2 bytes" },

  // ---- containerd.services.events.v1 ----

  SubscribeRequest: { filters: "1 repeated string" },
  Envelope: { timestamp: "1 Timestamp", namespace: "2 string", topic: "3 string", event: "4 Any" },
  /** Of /tasks/start, /tasks/exit and /tasks/oom; `execId` equals the container's id for its first process. */
  TaskEvent: { containerId: "1 string" },
  TaskExit: { containerId: "1 string", execId: "2 string" },
  /** Of /containers/create and /containers/delete. */
  ContainerEvent: { id: "1 string" },

  // ---- containerd.services.leases.v1 ----

  CreateLeaseRequest: { id: "1 string", labels: "3 map" },
  DeleteLeaseRequest: { id: "1 string", sync: "2 bool" },

  // ---- containerd.services.content.v1 ----

  WriteAction: ["STAT", "WRITE", "COMMIT"],
  WriteContentRequest: {
    action: "1 WriteAction",
    ref: "2 string",
    total: "3 int64",
    expected: "4 string",
    offset: "5 int64",
    data: "6 bytes",
    labels: "7 map",
  },
  WriteContentResponse: { action: "1 WriteAction", offset: "4 int64", digest: "6 string" },
  ReadContentRequest: { digest: "1 string", offset: "2 int64", size: "3 int64" },
  ReadContentResponse: { offset: "1 int64", data: "2 bytes" },
  ContentInfo: { digest: "1 string", size: "2 int64", labels: "5 map" },
  ContentUpdateRequest: { info: "1 ContentInfo", updateMask: "2 FieldMask" },
  FieldMask: { paths: "1 repeated string" },

  // ---- containerd.services.images.v1 ----

  Image: { name: "1 string", labels: "2 map", target: "3 Descriptor" },
  Descriptor: { mediaType: "1 string", digest: "2 string", size: "3 int64", annotations: "5 map" },
  GetImageRequest: { name: "1 string" },
  ImageRequest: { image: "1 Image" },
  ImageResponse: { image: "1 Image" },
} as const;

export type ContainerdTables = typeof tables;
export const containerd: Codec<ContainerdTables> = protobuf(tables);

/** A timestamp in milliseconds since the epoch; 0 where there is none. */
export function milliseconds(timestamp: { readonly seconds: number; readonly nanos: number } | undefined): number {
  return timestamp ? timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1e6) : 0;
}
