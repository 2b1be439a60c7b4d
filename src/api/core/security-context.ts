import { bool, field, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const AppArmorProfile = message(
  "io.k8s.api.core.v1.AppArmorProfile",
  {
    type: field(1, string().enum("Localhost", "RuntimeDefault", "Unconfined")).required(),
    localhostProfile: field(2, string()).keepEmpty(),
  },
  { unions: [{ discriminator: "type", fields: { localhostProfile: "LocalhostProfile" } }] },
);
export type AppArmorProfile = TypeOf<typeof AppArmorProfile>;

export const Capabilities = message("io.k8s.api.core.v1.Capabilities", {
  add: field(1, list(string()).atomic()),
  drop: field(2, list(string()).atomic()),
});
export type Capabilities = TypeOf<typeof Capabilities>;

export const SELinuxOptions = message("io.k8s.api.core.v1.SELinuxOptions", {
  user: field(1, string()),
  role: field(2, string()),
  type: field(3, string()),
  level: field(4, string()),
});
export type SELinuxOptions = TypeOf<typeof SELinuxOptions>;

export const SeccompProfile = message(
  "io.k8s.api.core.v1.SeccompProfile",
  {
    type: field(1, string().enum("Localhost", "RuntimeDefault", "Unconfined")).required(),
    localhostProfile: field(2, string()).keepEmpty(),
  },
  { unions: [{ discriminator: "type", fields: { localhostProfile: "LocalhostProfile" } }] },
);
export type SeccompProfile = TypeOf<typeof SeccompProfile>;

export const Sysctl = message("io.k8s.api.core.v1.Sysctl", {
  name: field(1, string()).required(),
  value: field(2, string()).required(),
});
export type Sysctl = TypeOf<typeof Sysctl>;

export const WindowsSecurityContextOptions = message("io.k8s.api.core.v1.WindowsSecurityContextOptions", {
  gmsaCredentialSpecName: field(1, string()).keepEmpty(),
  gmsaCredentialSpec: field(2, string()).keepEmpty(),
  runAsUserName: field(3, string()).keepEmpty(),
  hostProcess: field(4, bool()).keepEmpty(),
});
export type WindowsSecurityContextOptions = TypeOf<typeof WindowsSecurityContextOptions>;

export const PodSecurityContext = message("io.k8s.api.core.v1.PodSecurityContext", {
  seLinuxOptions: field(1, SELinuxOptions),
  runAsUser: field(2, int64()).keepEmpty(),
  runAsNonRoot: field(3, bool()).keepEmpty(),
  supplementalGroups: field(4, list(int64()).atomic()),
  fsGroup: field(5, int64()).keepEmpty(),
  runAsGroup: field(6, int64()).keepEmpty(),
  sysctls: field(7, list(Sysctl).atomic()),
  windowsOptions: field(8, WindowsSecurityContextOptions),
  fsGroupChangePolicy: field(9, string().enum("Always", "OnRootMismatch")).keepEmpty(),
  seccompProfile: field(10, SeccompProfile),
  appArmorProfile: field(11, AppArmorProfile),
  supplementalGroupsPolicy: field(12, string().enum("Merge", "Strict")).keepEmpty(),
  seLinuxChangePolicy: field(13, string()).keepEmpty(),
});
export type PodSecurityContext = TypeOf<typeof PodSecurityContext>;

export const SecurityContext = message("io.k8s.api.core.v1.SecurityContext", {
  capabilities: field(1, Capabilities),
  privileged: field(2, bool()).keepEmpty(),
  seLinuxOptions: field(3, SELinuxOptions),
  runAsUser: field(4, int64()).keepEmpty(),
  runAsNonRoot: field(5, bool()).keepEmpty(),
  readOnlyRootFilesystem: field(6, bool()).keepEmpty(),
  allowPrivilegeEscalation: field(7, bool()).keepEmpty(),
  runAsGroup: field(8, int64()).keepEmpty(),
  procMount: field(9, string().enum("Default", "Unmasked")).keepEmpty(),
  windowsOptions: field(10, WindowsSecurityContextOptions),
  seccompProfile: field(11, SeccompProfile),
  appArmorProfile: field(12, AppArmorProfile),
});
export type SecurityContext = TypeOf<typeof SecurityContext>;
