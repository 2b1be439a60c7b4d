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

export const ContainerStateRunning = message(
  "io.k8s.api.core.v1.ContainerStateRunning",
  {
    startedAt: field(1, time(), "When it was last started or restarted.").orNull(),
  },
  { doc: "A container that runs." },
);
export type ContainerStateRunning = TypeOf<typeof ContainerStateRunning>;

export const ContainerStateTerminated = message(
  "io.k8s.api.core.v1.ContainerStateTerminated",
  {
    exitCode: field(1, int32(), "The exit code of its last run; 0 is success.").required(),
    signal: field(2, int32(), "The signal that ended its last run, if one did."),
    reason: field(3, string(), "A word in CamelCase for why it ended, such as Completed, Error or OOMKilled."),
    message: field(4, string(), "The details, such as what the container left in its termination message."),
    startedAt: field(5, time(), "When its last run started.").orNull(),
    finishedAt: field(6, time(), "When its last run ended.").orNull(),
    containerID: field(7, string(), "The runtime's identifier of the container, `type://id`."),
  },
  { doc: "A container that has ended." },
);
export type ContainerStateTerminated = TypeOf<typeof ContainerStateTerminated>;

export const ContainerStateWaiting = message(
  "io.k8s.api.core.v1.ContainerStateWaiting",
  {
    reason: field(
      1,
      string(),
      "A word in CamelCase for what it waits for, such as ContainerCreating, ImagePullBackOff or CrashLoopBackOff.",
    ),
    message: field(2, string(), "The details, meant for people."),
  },
  { doc: "A container that is not running yet, or not running again yet." },
);
export type ContainerStateWaiting = TypeOf<typeof ContainerStateWaiting>;

export const ContainerState = message(
  "io.k8s.api.core.v1.ContainerState",
  {
    waiting: field(1, ContainerStateWaiting, "Set while the container waits to be started."),
    running: field(2, ContainerStateRunning, "Set while the container runs."),
    terminated: field(3, ContainerStateTerminated, "Set when the container has ended."),
  },
  { doc: "One of the three is set; without any, the container is waiting." },
);
export type ContainerState = TypeOf<typeof ContainerState>;

export const ResourceHealth = message(
  "io.k8s.api.core.v1.ResourceHealth",
  {
    resourceID: field(
      1,
      string(),
      "Identifies the device on its node for as long as the pod lives. Pods with the same identifier share the device.",
    ).required(),
    health: field(
      2,
      string(),
      "Healthy, Unhealthy (it may recover) or Unknown, when nobody reports on the device any more.",
    ),
    message: field(6, string(), "The details as the device's driver tells them. Absent when it does not.").keepEmpty(),
  },
  { doc: "The health of one device." },
);
export type ResourceHealth = TypeOf<typeof ResourceHealth>;

export const ResourceStatus = message(
  "io.k8s.api.core.v1.ResourceStatus",
  {
    name: field(
      1,
      string(),
      "The resource's name in the container's requests or, for a resource claim, `claim:` with the claim's name, a slash and the request.",
    ).required(),
    resources: field(
      2,
      list(ResourceHealth).mapKey("resourceID"),
      "The devices that were allocated, with their health.",
    ),
  },
  { doc: "The health of the devices behind one resource of a container." },
);
export type ResourceStatus = TypeOf<typeof ResourceStatus>;

export const LinuxContainerUser = message(
  "io.k8s.api.core.v1.LinuxContainerUser",
  {
    uid: field(1, int64(), "The user's number.").required(),
    gid: field(2, int64(), "The primary group's number.").required(),
    supplementalGroups: field(
      3,
      list(int64()).atomic(),
      "The numbers of the further groups, including those the image adds.",
    ),
  },
  { doc: "A user and its groups, by their numbers." },
);
export type LinuxContainerUser = TypeOf<typeof LinuxContainerUser>;

export const ContainerUser = message(
  "io.k8s.api.core.v1.ContainerUser",
  { linux: field(1, LinuxContainerUser, "Set for Linux containers.") },
  {
    doc: "What a container's first process was started as; privileged processes may have changed it since.",
  },
);
export type ContainerUser = TypeOf<typeof ContainerUser>;

export const ImageVolumeStatus = message(
  "io.k8s.api.core.v1.ImageVolumeStatus",
  {
    imageRef: field(1, string(), "The digest of the image that is mounted, at most 256 characters.")
      .required()
      .droppedWhenEmpty(),
  },
  { doc: "State of a volume that is an image." },
);
export type ImageVolumeStatus = TypeOf<typeof ImageVolumeStatus>;

export const VolumeStatus = message(
  "io.k8s.api.core.v1.VolumeStatus",
  { image: field(1, ImageVolumeStatus, "State of a volume of the type `image`.") },
  { doc: "State of a mounted volume; at most one of the fields is set." },
);
export type VolumeStatus = TypeOf<typeof VolumeStatus>;

export const VolumeMountStatus = message(
  "io.k8s.api.core.v1.VolumeMountStatus",
  {
    name: field(1, string(), "The mount's name, that of the volume.").required(),
    mountPath: field(2, string(), "Where in the container it is.").required(),
    readOnly: field(3, bool(), "Whether it is mounted for reading only."),
    recursiveReadOnly: field(
      4,
      string(),
      "Disabled, or Enabled when mounts below it are read-only too; what IfPossible came to is told here.",
    ).keepEmpty(),
    volumeStatus: field(5, VolumeStatus, "What is known of the volume itself."),
  },
  { doc: "How a volume is mounted." },
);
export type VolumeMountStatus = TypeOf<typeof VolumeMountStatus>;

export const ContainerStatus = message(
  "io.k8s.api.core.v1.ContainerStatus",
  {
    name: field(1, string(), "The container's name in the pod's spec.").required(),
    state: field(2, ContainerState, "What the container is doing now.").always(),
    lastState: field(3, ContainerState, "How the run before this one ended. Empty when there was none.").always(),
    ready: field(
      4,
      bool(),
      "Whether the container counts towards the pod's readiness: its readiness probe succeeds, or it has none and has started.",
    ).required(),
    restartCount: field(
      5,
      int32(),
      "How often the container was restarted. It can go down when ended containers are cleaned away.",
    ).required(),
    image: field(
      6,
      string(),
      "The image the container runs, as the runtime names it; may differ from that of the spec.",
    ).required(),
    imageID: field(7, string(), "The runtime's identifier of the image, with its digest.").required(),
    containerID: field(
      8,
      string(),
      "The runtime's identifier of the container, `type://id`, such as `containerd://…`. Empty before it is created.",
    ),
    started: field(
      9,
      bool(),
      "Whether the container has passed its startup probe, or without one its `postStart` hook. False again after a restart.",
    ).keepEmpty(),
    allocatedResources: field(
      10,
      map(quantity()),
      "The requests the node has set aside for the container. They lag behind the spec during a resize.",
    ),
    resources: field(11, ResourceRequirements, "The requests and limits the runtime really applies."),
    volumeMounts: field(
      12,
      list(VolumeMountStatus).mapKey("mountPath").patch("merge", "mountPath"),
      "How the container's volumes are mounted.",
    ),
    user: field(13, ContainerUser, "As which user and groups its first process was started."),
    allocatedResourcesStatus: field(
      14,
      list(ResourceStatus).mapKey("name").patch("merge", "name"),
      "Health of the devices the container has been given.",
    ),
    stopSignal: field(15, signal(), "The signal the container is really stopped by.").keepEmpty(),
  },
  { doc: "What is known about one container of a pod." },
);
export type ContainerStatus = TypeOf<typeof ContainerStatus>;
