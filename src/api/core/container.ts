import { bool, embedded, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { EnvFromSource, EnvVar } from "./env.ts";
import { Lifecycle, Probe } from "./probe.ts";
import { ResourceRequirements } from "./resource-requirements.ts";
import { SecurityContext } from "./security-context.ts";

export const ContainerPort = message("io.k8s.api.core.v1.ContainerPort", {
  name: field(1, string()),
  hostPort: field(2, int32()),
  containerPort: field(3, int32()).required(),
  protocol: field(4, string().enum("SCTP", "TCP", "UDP").default("TCP")),
  hostIP: field(5, string()),
});
export type ContainerPort = TypeOf<typeof ContainerPort>;

export const ContainerResizePolicy = message("io.k8s.api.core.v1.ContainerResizePolicy", {
  resourceName: field(1, string()).required(),
  restartPolicy: field(2, string()).required(),
});
export type ContainerResizePolicy = TypeOf<typeof ContainerResizePolicy>;

export const ContainerRestartRuleOnExitCodes = message("io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes", {
  operator: field(1, string()).required().droppedWhenEmpty(),
  values: field(2, list(int32()).set()),
});
export type ContainerRestartRuleOnExitCodes = TypeOf<typeof ContainerRestartRuleOnExitCodes>;

export const ContainerRestartRule = message("io.k8s.api.core.v1.ContainerRestartRule", {
  action: field(1, string()).required().droppedWhenEmpty(),
  exitCodes: field(2, ContainerRestartRuleOnExitCodes),
});
export type ContainerRestartRule = TypeOf<typeof ContainerRestartRule>;

export const VolumeDevice = message("io.k8s.api.core.v1.VolumeDevice", {
  name: field(1, string()).required(),
  devicePath: field(2, string()).required(),
});
export type VolumeDevice = TypeOf<typeof VolumeDevice>;

export const VolumeMount = message("io.k8s.api.core.v1.VolumeMount", {
  name: field(1, string()).required(),
  readOnly: field(2, bool()),
  mountPath: field(3, string()).required(),
  subPath: field(4, string()),
  mountPropagation: field(5, string().enum("Bidirectional", "HostToContainer", "None")).keepEmpty(),
  subPathExpr: field(6, string()),
  recursiveReadOnly: field(7, string()).keepEmpty(),
});
export type VolumeMount = TypeOf<typeof VolumeMount>;

export const Container = message("io.k8s.api.core.v1.Container", {
  name: field(1, string()).required(),
  image: field(2, string()),
  command: field(3, list(string()).atomic()),
  args: field(4, list(string()).atomic()),
  workingDir: field(5, string()),
  ports: field(6, list(ContainerPort).mapKey("containerPort", "protocol").patch("merge", "containerPort")),
  env: field(7, list(EnvVar).mapKey("name").patch("merge", "name")),
  resources: field(8, ResourceRequirements).always(),
  volumeMounts: field(9, list(VolumeMount).mapKey("mountPath").patch("merge", "mountPath")),
  livenessProbe: field(10, Probe),
  readinessProbe: field(11, Probe),
  lifecycle: field(12, Lifecycle),
  terminationMessagePath: field(13, string().silentDefault("/dev/termination-log")),
  imagePullPolicy: field(14, string().enum("Always", "IfNotPresent", "Never")),
  securityContext: field(15, SecurityContext),
  stdin: field(16, bool()),
  stdinOnce: field(17, bool()),
  tty: field(18, bool()),
  envFrom: field(19, list(EnvFromSource).atomic()),
  terminationMessagePolicy: field(20, string().enum("FallbackToLogsOnError", "File").silentDefault("File")),
  volumeDevices: field(21, list(VolumeDevice).mapKey("devicePath").patch("merge", "devicePath")),
  startupProbe: field(22, Probe),
  resizePolicy: field(23, list(ContainerResizePolicy).atomic()),
  restartPolicy: field(24, string()).keepEmpty(),
  restartPolicyRules: field(25, list(ContainerRestartRule).atomic()),
});
export type Container = TypeOf<typeof Container>;

export const EphemeralContainer = message("io.k8s.api.core.v1.EphemeralContainer", {
  ...embedded(1, {
    name: field(1, string()).required(),
    image: field(2, string()),
    command: field(3, list(string()).atomic()),
    args: field(4, list(string()).atomic()),
    workingDir: field(5, string()),
    ports: field(6, list(ContainerPort).mapKey("containerPort", "protocol").patch("merge", "containerPort")),
    env: field(7, list(EnvVar).mapKey("name").patch("merge", "name")),
    resources: field(8, ResourceRequirements).always(),
    volumeMounts: field(9, list(VolumeMount).mapKey("mountPath").patch("merge", "mountPath")),
    livenessProbe: field(10, Probe),
    readinessProbe: field(11, Probe),
    lifecycle: field(12, Lifecycle),
    terminationMessagePath: field(13, string().silentDefault("/dev/termination-log")),
    imagePullPolicy: field(14, string().enum("Always", "IfNotPresent", "Never")),
    securityContext: field(15, SecurityContext),
    stdin: field(16, bool()),
    stdinOnce: field(17, bool()),
    tty: field(18, bool()),
    envFrom: field(19, list(EnvFromSource).atomic()),
    terminationMessagePolicy: field(20, string().enum("FallbackToLogsOnError", "File").silentDefault("File")),
    volumeDevices: field(21, list(VolumeDevice).mapKey("devicePath").patch("merge", "devicePath")),
    startupProbe: field(22, Probe),
    resizePolicy: field(23, list(ContainerResizePolicy).atomic()),
    restartPolicy: field(24, string()).keepEmpty(),
    restartPolicyRules: field(25, list(ContainerRestartRule).atomic()),
  }),
  targetContainerName: field(2, string()),
});
export type EphemeralContainer = TypeOf<typeof EphemeralContainer>;
