import { bool, field, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const AppArmorProfile = message(
  "io.k8s.api.core.v1.AppArmorProfile",
  {
    type: field(
      1,
      string().enum("Localhost", "RuntimeDefault", "Unconfined"),
      "RuntimeDefault takes the runtime's profile, Localhost one that is loaded on the node, Unconfined none.",
    ).required(),
    localhostProfile: field(
      2,
      string(),
      "Name of the profile on the node. Needed with Localhost, not allowed otherwise.",
    ).keepEmpty(),
  },
  {
    unions: [{ discriminator: "type", fields: { localhostProfile: "LocalhostProfile" } }],
    doc: "Which AppArmor profile confines a container.",
  },
);
export type AppArmorProfile = TypeOf<typeof AppArmorProfile>;

export const Capabilities = message(
  "io.k8s.api.core.v1.Capabilities",
  {
    add: field(1, list(string()).atomic(), "Capabilities to add, such as NET_ADMIN, or ALL."),
    drop: field(2, list(string()).atomic(), "Capabilities to take away, or ALL."),
  },
  { doc: "Linux capabilities that a container has more or less than the runtime's default." },
);
export type Capabilities = TypeOf<typeof Capabilities>;

export const SELinuxOptions = message(
  "io.k8s.api.core.v1.SELinuxOptions",
  {
    user: field(1, string(), "The label's user."),
    role: field(2, string(), "The label's role."),
    type: field(3, string(), "The label's type."),
    level: field(4, string(), "The label's level, such as `s0:c123,c456`."),
  },
  { doc: "The SELinux label of a container's processes and volumes." },
);
export type SELinuxOptions = TypeOf<typeof SELinuxOptions>;

export const SeccompProfile = message(
  "io.k8s.api.core.v1.SeccompProfile",
  {
    type: field(
      1,
      string().enum("Localhost", "RuntimeDefault", "Unconfined"),
      "RuntimeDefault takes the runtime's profile, Localhost a file on the node, Unconfined none.",
    ).required(),
    localhostProfile: field(
      2,
      string(),
      "Path of the file, below the kubelet's seccomp directory. Needed with Localhost, not allowed otherwise.",
    ).keepEmpty(),
  },
  {
    unions: [{ discriminator: "type", fields: { localhostProfile: "LocalhostProfile" } }],
    doc: "Which seccomp profile limits a container's system calls.",
  },
);
export type SeccompProfile = TypeOf<typeof SeccompProfile>;

export const Sysctl = message(
  "io.k8s.api.core.v1.Sysctl",
  {
    name: field(1, string(), "The parameter's name, such as `net.ipv4.ip_local_port_range`.").required(),
    value: field(2, string(), "The value it gets.").required(),
  },
  { doc: "A kernel parameter." },
);
export type Sysctl = TypeOf<typeof Sysctl>;

export const WindowsSecurityContextOptions = message(
  "io.k8s.api.core.v1.WindowsSecurityContextOptions",
  {
    gmsaCredentialSpecName: field(
      1,
      string(),
      "Name of the GMSACredentialSpec whose content a webhook copies into `gmsaCredentialSpec`.",
    ).keepEmpty(),
    gmsaCredentialSpec: field(
      2,
      string(),
      "The credential specification itself, for a group managed service account.",
    ).keepEmpty(),
    runAsUserName: field(
      3,
      string(),
      "The Windows user of the container's process, `DOMAIN\\user` or `user`. The image's when it is absent.",
    ).keepEmpty(),
    hostProcess: field(
      4,
      bool(),
      "Run with the node's own processes. All containers of a pod must agree, and the pod must use the host's network.",
    ).keepEmpty(),
  },
  { doc: "Identity and privileges of a Windows container." },
);
export type WindowsSecurityContextOptions = TypeOf<typeof WindowsSecurityContextOptions>;

export const PodSecurityContext = message(
  "io.k8s.api.core.v1.PodSecurityContext",
  {
    seLinuxOptions: field(
      1,
      SELinuxOptions,
      "SELinux label of all containers. The runtime picks one for each when it is absent. Not on Windows.",
    ),
    runAsUser: field(
      2,
      int64(),
      "Number of the user the processes run as. The image's when it is absent. Not on Windows.",
    ).keepEmpty(),
    runAsNonRoot: field(
      3,
      bool(),
      "Refuse to start a container whose user would be root (0). Not checked by default.",
    ).keepEmpty(),
    supplementalGroups: field(
      4,
      list(int64()).atomic(),
      "Numbers of further groups of each container's first process. See `supplementalGroupsPolicy` for those of the image. Not on Windows.",
    ),
    fsGroup: field(
      5,
      int64(),
      "Number of a group that all processes belong to, and that volumes which allow it are made to belong to, with new files. Not on Windows.",
    ).keepEmpty(),
    runAsGroup: field(
      6,
      int64(),
      "Number of the processes' primary group. The runtime's default when it is absent. Not on Windows.",
    ).keepEmpty(),
    sysctls: field(
      7,
      list(Sysctl).atomic(),
      "Kernel parameters of the pod's own namespaces. The node must allow those that are not known to be safe. Not on Windows.",
    ),
    windowsOptions: field(8, WindowsSecurityContextOptions, "Identity and privileges on Windows; not on Linux."),
    fsGroupChangePolicy: field(
      9,
      string().enum("Always", "OnRootMismatch"),
      "When owner and permissions of a volume are adapted to `fsGroup` before mounting: Always (the default), or OnRootMismatch, only if the volume's root differs. Not on Windows.",
    ).keepEmpty(),
    seccompProfile: field(10, SeccompProfile, "Limits the system calls of the containers. Not on Windows."),
    appArmorProfile: field(11, AppArmorProfile, "Confines the containers by AppArmor. Not on Windows."),
    supplementalGroupsPolicy: field(
      12,
      string().enum("Merge", "Strict"),
      "Whether the groups that the image gives its user are added: Merge (the default) adds them, Strict does not. Not on Windows.",
    ).keepEmpty(),
    seLinuxChangePolicy: field(
      13,
      string(),
      "How volumes get the SELinux label: MountOption at once by the mount (where the volume can do that), Recursive file by file. Pods that share a volume must agree. Not on Windows.",
    ).keepEmpty(),
  },
  { doc: "Security settings of a pod; they hold for all its containers, unless a container says otherwise." },
);
export type PodSecurityContext = TypeOf<typeof PodSecurityContext>;

export const SecurityContext = message(
  "io.k8s.api.core.v1.SecurityContext",
  {
    capabilities: field(1, Capabilities, "Linux capabilities to add and take away. Not on Windows."),
    privileged: field(
      2,
      bool(),
      "Run with nearly the rights of root on the node. False by default. Not on Windows.",
    ).keepEmpty(),
    seLinuxOptions: field(
      3,
      SELinuxOptions,
      "SELinux label of the container. The runtime picks one when it is absent. Not on Windows.",
    ),
    runAsUser: field(
      4,
      int64(),
      "Number of the user the process runs as. The image's when it is absent. Not on Windows.",
    ).keepEmpty(),
    runAsNonRoot: field(
      5,
      bool(),
      "Refuse to start the container if its user would be root (0). Not checked by default.",
    ).keepEmpty(),
    readOnlyRootFilesystem: field(
      6,
      bool(),
      "Whether the container can only read its root file system. False by default. Not on Windows.",
    ).keepEmpty(),
    allowPrivilegeEscalation: field(
      7,
      bool(),
      "Whether a process can gain more rights than its parent (false sets `no_new_privs`). Always true for privileged containers and with CAP_SYS_ADMIN. Not on Windows.",
    ).keepEmpty(),
    runAsGroup: field(
      8,
      int64(),
      "Number of the process's primary group. The runtime's default when it is absent. Not on Windows.",
    ).keepEmpty(),
    procMount: field(
      9,
      string().enum("Default", "Unmasked"),
      "How `/proc` is mounted: Default hides and protects parts of it, Unmasked does not, and needs `hostUsers: false`. Not on Windows.",
    ).keepEmpty(),
    windowsOptions: field(10, WindowsSecurityContextOptions, "Identity and privileges on Windows; not on Linux."),
    seccompProfile: field(11, SeccompProfile, "Limits the container's system calls. Not on Windows."),
    appArmorProfile: field(12, AppArmorProfile, "Confines the container by AppArmor. Not on Windows."),
  },
  { doc: "Security settings of a container. What is set here comes before what the pod says." },
);
export type SecurityContext = TypeOf<typeof SecurityContext>;
