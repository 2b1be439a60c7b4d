import { bool, embedded, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { EnvFromSource, EnvVar } from "./env.ts";
import { Lifecycle, Probe } from "./probe.ts";
import { ResourceRequirements } from "./resource-requirements.ts";
import { SecurityContext } from "./security-context.ts";

export const ContainerPort = message(
  "io.k8s.api.core.v1.ContainerPort",
  {
    name: field(
      1,
      string(),
      "A name for the port, unique in the pod, that services and probes can use. At most 15 lower-case letters, digits and dashes.",
    ),
    hostPort: field(
      2,
      int32(),
      "The port of the node under which the port can be reached, 1 to 65535. Only one pod of a node can have it. With `hostNetwork` it must equal `containerPort`.",
    ),
    containerPort: field(3, int32(), "The port on the pod's address, 1 to 65535.").required(),
    protocol: field(4, string().enum("SCTP", "TCP", "UDP").default("TCP"), "TCP (the default), UDP or SCTP."),
    hostIP: field(5, string(), "The address of the node on which `hostPort` is opened; all of them when it is empty."),
  },
  { doc: "A port a container listens on. It informs and names; ports that are not listed can be reached too." },
);
export type ContainerPort = TypeOf<typeof ContainerPort>;

export const ContainerResizePolicy = message(
  "io.k8s.api.core.v1.ContainerResizePolicy",
  {
    resourceName: field(1, string(), "The resource: `cpu` or `memory`.").required(),
    restartPolicy: field(
      2,
      string(),
      "NotRequired (the default) changes the running container where that is possible, RestartContainer restarts it.",
    ).required(),
  },
  { doc: "What happens to a running container when one of its resources changes." },
);
export type ContainerResizePolicy = TypeOf<typeof ContainerResizePolicy>;

export const ContainerRestartRuleOnExitCodes = message(
  "io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes",
  {
    operator: field(1, string(), "In fits the codes listed, NotIn all others.").required().droppedWhenEmpty(),
    values: field(2, list(int32()).set(), "Exit codes from 0 to 255, at most 255 of them."),
  },
  { doc: "A set of exit codes." },
);
export type ContainerRestartRuleOnExitCodes = TypeOf<typeof ContainerRestartRuleOnExitCodes>;

export const ContainerRestartRule = message(
  "io.k8s.api.core.v1.ContainerRestartRule",
  {
    action: field(
      1,
      string(),
      "Restart starts the container again; RestartAllContainers restarts all containers of the pod in place.",
    )
      .required()
      .droppedWhenEmpty(),
    exitCodes: field(2, ContainerRestartRuleOnExitCodes, "The exit codes to which the rule applies."),
  },
  { doc: "What is done when a container ends in a certain way." },
);
export type ContainerRestartRule = TypeOf<typeof ContainerRestartRule>;

export const VolumeDevice = message(
  "io.k8s.api.core.v1.VolumeDevice",
  {
    name: field(1, string(), "The pod's volume, a PersistentVolumeClaim with the volume mode Block.").required(),
    devicePath: field(2, string(), "Where in the container the device appears.").required(),
  },
  { doc: "A raw block device in a container." },
);
export type VolumeDevice = TypeOf<typeof VolumeDevice>;

export const VolumeMount = message(
  "io.k8s.api.core.v1.VolumeMount",
  {
    name: field(1, string(), "Name of the volume, in `spec.volumes` of the pod.").required(),
    readOnly: field(2, bool(), "Whether the container can only read it. False by default."),
    mountPath: field(3, string(), "Where in the container the volume appears. May not contain a colon.").required(),
    subPath: field(
      4,
      string(),
      "The path within the volume that is mounted instead of its root. Relative, without `..`.",
    ),
    mountPropagation: field(
      5,
      string().enum("Bidirectional", "HostToContainer", "None"),
      "Whether mounts made later are seen on the other side: None (the default), HostToContainer or, for privileged containers, Bidirectional.",
    ).keepEmpty(),
    subPathExpr: field(
      6,
      string(),
      "As `subPath`, but `$(NAME)` stands for the container's environment variable of that name. Only one of the two can be set.",
    ),
    recursiveReadOnly: field(
      7,
      string(),
      "Whether mounts below a read-only mount are read-only too: Disabled (the default), IfPossible (where the node can) or Enabled (or the pod fails).",
    ).keepEmpty(),
  },
  { doc: "A volume in a container's file system." },
);
export type VolumeMount = TypeOf<typeof VolumeMount>;

/** What containers of all sorts can say. */
const containerFields = {
  name: field(1, string(), "The container's name, a DNS label, unique in the pod. Cannot be changed.").required(),
  image: field(
    2,
    string(),
    "The image to run, with registry, path and tag or digest. Can be changed in a running pod, which restarts the container.",
  ),
  command: field(
    3,
    list(string()).atomic(),
    "The program to run, in place of the image's entry point; not run by a shell. `$(NAME)` stands for the environment variable, `$$(NAME)` for those characters. Cannot be changed.",
  ),
  args: field(
    4,
    list(string()).atomic(),
    "The program's arguments, in place of the image's CMD. References are replaced as in `command`. Cannot be changed.",
  ),
  workingDir: field(
    5,
    string(),
    "The directory the program starts in; the image's when it is absent. Cannot be changed.",
  ),
  ports: field(
    6,
    list(ContainerPort).mapKey("containerPort", "protocol").patch("merge", "containerPort"),
    "The ports the container listens on. They inform and give names; leaving one out closes nothing. Cannot be changed.",
  ),
  env: field(7, list(EnvVar).mapKey("name").patch("merge", "name"), "Environment variables. Cannot be changed."),
  resources: field(
    8,
    ResourceRequirements,
    "CPU, memory and devices that the container requests, and how much it may use at most.",
  ).always(),
  volumeMounts: field(
    9,
    list(VolumeMount).mapKey("mountPath").patch("merge", "mountPath"),
    "The pod's volumes that appear in the container's file system. Cannot be changed.",
  ),
  livenessProbe: field(10, Probe, "Restarts the container when it fails. Never checked when it is absent."),
  readinessProbe: field(
    11,
    Probe,
    "Takes the pod out of its services while it fails. Never checked, and ready from the start, when it is absent.",
  ),
  lifecycle: field(12, Lifecycle, "What is done when the container starts and before it stops. Cannot be changed."),
  terminationMessagePath: field(
    13,
    string().silentDefault("/dev/termination-log"),
    "The file in the container whose content becomes the message of its end. At most 4096 bytes of it, 12 KiB for all containers. `/dev/termination-log` by default.",
  ),
  imagePullPolicy: field(
    14,
    string().enum("Always", "IfNotPresent", "Never"),
    "When the image is pulled: Always, Never (it must be there), or IfNotPresent. Always by default when the tag is `latest` or missing, otherwise IfNotPresent. Cannot be changed.",
  ),
  securityContext: field(
    15,
    SecurityContext,
    "User, privileges and restrictions of the container. They come before those of the pod.",
  ),
  stdin: field(
    16,
    bool(),
    "Keep standard input open for `attach`. When it is false, reads meet the end at once. False by default.",
  ),
  stdinOnce: field(
    17,
    bool(),
    "Close standard input after the first client that attached leaves. Only with `stdin`; false by default.",
  ),
  tty: field(18, bool(), "Give the container a terminal; needs `stdin`. False by default."),
  envFrom: field(
    19,
    list(EnvFromSource).atomic(),
    "ConfigMaps and Secrets all of whose keys become environment variables. Later ones win, and `env` wins over all. Cannot be changed.",
  ),
  terminationMessagePolicy: field(
    20,
    string().enum("FallbackToLogsOnError", "File").silentDefault("File"),
    "Where the message of its end is read: File (the default), or FallbackToLogsOnError, which takes the end of the log when the container failed and the file is empty. Cannot be changed.",
  ),
  volumeDevices: field(
    21,
    list(VolumeDevice).mapKey("devicePath").patch("merge", "devicePath"),
    "Raw block devices that the container uses.",
  ),
  startupProbe: field(
    22,
    Probe,
    "Holds back the other probes until it succeeds once, and restarts the container when it fails. For programs that start slowly.",
  ),
  resizePolicy: field(
    23,
    list(ContainerResizePolicy).atomic(),
    "What happens to the running container when a resource is changed. NotRequired for those not listed.",
  ),
  restartPolicy: field(
    24,
    string(),
    "When this container is restarted, in place of the pod's policy: Always, OnFailure or Never. On an init container, Always makes it a sidecar.",
  ).keepEmpty(),
  restartPolicyRules: field(
    25,
    list(ContainerRestartRule).atomic(),
    "What is done when the container ends, by its exit code. The first rule that fits is taken, else `restartPolicy`. At most 20; needs `restartPolicy`.",
  ),
};

export const Container = message("io.k8s.api.core.v1.Container", containerFields, {
  doc: "A program of a pod: its image, and how it is run.",
});
export type Container = TypeOf<typeof Container>;

const FORBIDDEN = "Not allowed for ephemeral containers.";

export const EphemeralContainer = message(
  "io.k8s.api.core.v1.EphemeralContainer",
  {
    ...embedded(1, {
      ...containerFields,
      image: field(2, string(), "The image to run, with registry, path and tag or digest. Cannot be changed."),
      ports: field(
        6,
        list(ContainerPort).mapKey("containerPort", "protocol").patch("merge", "containerPort"),
        FORBIDDEN,
      ),
      resources: field(8, ResourceRequirements, FORBIDDEN).always(),
      livenessProbe: field(10, Probe, FORBIDDEN),
      readinessProbe: field(11, Probe, FORBIDDEN),
      lifecycle: field(12, Lifecycle, FORBIDDEN),
      startupProbe: field(22, Probe, FORBIDDEN),
      resizePolicy: field(23, list(ContainerResizePolicy).atomic(), FORBIDDEN),
      restartPolicy: field(24, string(), FORBIDDEN).keepEmpty(),
      restartPolicyRules: field(25, list(ContainerRestartRule).atomic(), FORBIDDEN),
    }),
    targetContainerName: field(
      2,
      string(),
      "The container whose processes this one sees and signals, if the runtime can do that. Those of the pod as a whole when it is absent.",
    ),
  },
  {
    doc: "A container that is added to a running pod for debugging. It is never restarted and gets no resources of its own.",
  },
);
export type EphemeralContainer = TypeOf<typeof EphemeralContainer>;
