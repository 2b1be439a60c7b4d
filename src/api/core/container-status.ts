import {
  bool,
  field,
  int32,
  int64,
  list,
  map,
  message,
  quantity,
  string,
  time,
} from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { signal } from "./signal.ts";
import { ResourceRequirements } from "./resource-requirements.ts";

export const ContainerStateRunning = message("io.k8s.api.core.v1.ContainerStateRunning", {
  startedAt: field(1, time()).orNull(),
});
export type ContainerStateRunning = TypeOf<typeof ContainerStateRunning>;

export const ContainerStateTerminated = message("io.k8s.api.core.v1.ContainerStateTerminated", {
  exitCode: field(1, int32()).required(),
  signal: field(2, int32()),
  reason: field(3, string()),
  message: field(4, string()),
  startedAt: field(5, time()).orNull(),
  finishedAt: field(6, time()).orNull(),
  containerID: field(7, string()),
});
export type ContainerStateTerminated = TypeOf<typeof ContainerStateTerminated>;

export const ContainerStateWaiting = message("io.k8s.api.core.v1.ContainerStateWaiting", {
  reason: field(1, string()),
  message: field(2, string()),
});
export type ContainerStateWaiting = TypeOf<typeof ContainerStateWaiting>;

export const ContainerState = message("io.k8s.api.core.v1.ContainerState", {
  waiting: field(1, ContainerStateWaiting),
  running: field(2, ContainerStateRunning),
  terminated: field(3, ContainerStateTerminated),
});
export type ContainerState = TypeOf<typeof ContainerState>;

export const ResourceHealth = message("io.k8s.api.core.v1.ResourceHealth", {
  resourceID: field(1, string()).required(),
  health: field(2, string()),
  message: field(6, string()).keepEmpty(),
});
export type ResourceHealth = TypeOf<typeof ResourceHealth>;

export const ResourceStatus = message("io.k8s.api.core.v1.ResourceStatus", {
  name: field(1, string()).required(),
  resources: field(2, list(ResourceHealth).mapKey("resourceID")),
});
export type ResourceStatus = TypeOf<typeof ResourceStatus>;

export const LinuxContainerUser = message("io.k8s.api.core.v1.LinuxContainerUser", {
  uid: field(1, int64()).required(),
  gid: field(2, int64()).required(),
  supplementalGroups: field(3, list(int64()).atomic()),
});
export type LinuxContainerUser = TypeOf<typeof LinuxContainerUser>;

export const ContainerUser = message("io.k8s.api.core.v1.ContainerUser", { linux: field(1, LinuxContainerUser) });
export type ContainerUser = TypeOf<typeof ContainerUser>;

export const ImageVolumeStatus = message("io.k8s.api.core.v1.ImageVolumeStatus", {
  imageRef: field(1, string()).required().droppedWhenEmpty(),
});
export type ImageVolumeStatus = TypeOf<typeof ImageVolumeStatus>;

export const VolumeStatus = message("io.k8s.api.core.v1.VolumeStatus", { image: field(1, ImageVolumeStatus) });
export type VolumeStatus = TypeOf<typeof VolumeStatus>;

export const VolumeMountStatus = message("io.k8s.api.core.v1.VolumeMountStatus", {
  name: field(1, string()).required(),
  mountPath: field(2, string()).required(),
  readOnly: field(3, bool()),
  recursiveReadOnly: field(4, string()).keepEmpty(),
  volumeStatus: field(5, VolumeStatus),
});
export type VolumeMountStatus = TypeOf<typeof VolumeMountStatus>;

export const ContainerStatus = message("io.k8s.api.core.v1.ContainerStatus", {
  name: field(1, string()).required(),
  state: field(2, ContainerState).always(),
  lastState: field(3, ContainerState).always(),
  ready: field(4, bool()).required(),
  restartCount: field(5, int32()).required(),
  image: field(6, string()).required(),
  imageID: field(7, string()).required(),
  containerID: field(8, string()),
  started: field(9, bool()).keepEmpty(),
  allocatedResources: field(10, map(quantity())),
  resources: field(11, ResourceRequirements),
  volumeMounts: field(12, list(VolumeMountStatus).mapKey("mountPath").patch("merge", "mountPath")),
  user: field(13, ContainerUser),
  allocatedResourcesStatus: field(14, list(ResourceStatus).mapKey("name").patch("merge", "name")),
  stopSignal: field(15, signal()).keepEmpty(),
});
export type ContainerStatus = TypeOf<typeof ContainerStatus>;
