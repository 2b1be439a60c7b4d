/** Rules on the identity and rights of pods and containers. */
import type { Path } from "../../machinery/field-errors.ts";
import { duplicate, invalid, notSupported, required, tooLong } from "../../machinery/field-errors.ts";
import { isDNS1123Subdomain, isInRange } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf } from "../rules.ts";
import { checkLocalPath } from "./paths.validation.ts";
import type { PodSpec } from "./pod-spec.ts";
import type {
  AppArmorProfile,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
  WindowsSecurityContextOptions,
} from "./security-context.ts";

const LARGEST_ID = 2 ** 31 - 1;
const PROC_MOUNTS = ["Default", "Unmasked"];
const PROFILES = ["Localhost", "RuntimeDefault", "Unconfined"];
const LONGEST_PROFILE = 4095;

function checkId(errors: Errors, at: Path, name: string, id: number | undefined): void {
  if (id === undefined || (id >= 0 && id <= LARGEST_ID)) return;
  add(errors, at.child(name), id, isInRange(id, 0, LARGEST_ID));
}

export function checkSecurityContext(errors: Errors, at: Path, context: SecurityContext, hostUsers: boolean): void {
  checkId(errors, at, "runAsUser", context.runAsUser);
  checkId(errors, at, "runAsGroup", context.runAsGroup);
  checkProcMount(errors, at.child("procMount"), context.procMount, hostUsers);
  if (context.seccompProfile !== undefined) checkSeccomp(errors, at.child("seccompProfile"), context.seccompProfile);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true) {
      const text = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
      errors.push(invalid(at, shown(context), text));
    }
    for (const capability of context.capabilities?.add ?? []) {
      if (capability !== "CAP_SYS_ADMIN") continue;
      const text = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      errors.push(invalid(at, shown(context), text));
    }
  }
  if (context.windowsOptions !== undefined) checkWindows(errors, at.child("windowsOptions"), context.windowsOptions);
  if (context.appArmorProfile !== undefined)
    checkAppArmor(errors, at.child("appArmorProfile"), context.appArmorProfile);
}

function checkProcMount(errors: Errors, at: Path, type: string | undefined, hostUsers: boolean): void {
  if (type === undefined) return;
  if (!PROC_MOUNTS.includes(type)) errors.push(notSupported(at, type, PROC_MOUNTS));
  if (hostUsers && type === "Unmasked") errors.push(invalid(at, type, "`hostUsers` must be false to use `Unmasked`"));
}

/** As Go prints the struct. */
function shown(context: SecurityContext): object {
  const { capabilities, seLinuxOptions: selinux, windowsOptions: windows } = context;
  const profile = (value: SeccompProfile | AppArmorProfile | undefined): object | null =>
    value === undefined ? null : { Type: value.type, LocalhostProfile: value.localhostProfile ?? null };
  return {
    Capabilities:
      capabilities === undefined ? null : { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null },
    Privileged: context.privileged ?? null,
    SELinuxOptions:
      selinux === undefined
        ? null
        : { User: selinux.user ?? "", Role: selinux.role ?? "", Type: selinux.type ?? "", Level: selinux.level ?? "" },
    WindowsOptions:
      windows === undefined
        ? null
        : {
            GMSACredentialSpecName: windows.gmsaCredentialSpecName ?? null,
            GMSACredentialSpec: windows.gmsaCredentialSpec ?? null,
            RunAsUserName: windows.runAsUserName ?? null,
            HostProcess: windows.hostProcess ?? null,
          },
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: profile(context.seccompProfile),
    AppArmorProfile: profile(context.appArmorProfile),
  };
}

function checkSeccomp(errors: Errors, at: Path, profile: SeccompProfile): void {
  const { type, localhostProfile } = profile;
  const text = type as string;
  if (text === "") errors.push(required(at.child("type"), "type is required when seccompProfile is set"));
  else if (!PROFILES.includes(text)) errors.push(notSupported(at.child("type"), text, PROFILES));
  if (text === "Localhost") {
    if (localhostProfile === undefined) {
      errors.push(required(at.child("localhostProfile"), "must be set when seccomp type is Localhost"));
    } else checkLocalPath(errors, at.child("localhostProfile"), localhostProfile);
  } else if (localhostProfile !== undefined) {
    const value = { Type: text, LocalhostProfile: localhostProfile };
    errors.push(invalid(at.child("localhostProfile"), value, "can only be set when seccomp type is Localhost"));
  }
}

export function checkAppArmor(errors: Errors, at: Path, { type, localhostProfile }: AppArmorProfile): void {
  const here = at.child("localhostProfile");
  const text = type as string;
  if (text === "Localhost") {
    const trimmed = localhostProfile?.trim();
    if (localhostProfile === undefined) errors.push(required(here, "must be set when AppArmor type is Localhost"));
    else if (trimmed !== localhostProfile) {
      errors.push(invalid(here, localhostProfile, "must not be padded with whitespace"));
    } else if (trimmed === "") errors.push(required(here, "must be set when AppArmor type is Localhost"));
    if ((localhostProfile?.length ?? 0) > LONGEST_PROFILE) errors.push(tooLong(here, LONGEST_PROFILE));
  } else if (text === "RuntimeDefault" || text === "Unconfined") {
    if (localhostProfile === undefined) return;
    errors.push(invalid(here, localhostProfile, "can only be set when AppArmor type is Localhost"));
  } else if (text === "") errors.push(required(at.child("type"), "type is required when appArmorProfile is set"));
  else errors.push(notSupported(at.child("type"), text, PROFILES));
}

function checkWindows(errors: Errors, at: Path, options: WindowsSecurityContextOptions): void {
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined) {
    const texts = isDNS1123Subdomain(gmsaCredentialSpecName);
    add(errors, at.child("gmsaCredentialSpecName"), gmsaCredentialSpecName, texts);
  }
  if (gmsaCredentialSpec !== undefined) {
    const here = at.child("gmsaCredentialSpec");
    if (gmsaCredentialSpec === "") {
      errors.push(invalid(here, gmsaCredentialSpec, "gmsaCredentialSpec cannot be an empty string"));
    } else if (gmsaCredentialSpec.length > 64 * 1024) {
      errors.push(invalid(here, gmsaCredentialSpec, "gmsaCredentialSpec size must be under 64 KiB"));
    }
  }
  if (runAsUserName !== undefined) checkWindowsUser(errors, at.child("runAsUserName"), runAsUserName);
}

const NET_BIOS_DOMAIN = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const DNS_DOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);

function checkWindowsUser(errors: Errors, at: Path, name: string): void {
  const wrong = (text: string): void => void errors.push(invalid(at, name, text));
  if (name === "") return wrong("runAsUserName cannot be an empty string");
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(name)) return wrong("runAsUserName cannot contain control characters");
  const parts = name.split("\\");
  if (parts.length > 2) return wrong("runAsUserName cannot contain more than one backslash");
  const [domain, user] = parts.length === 2 ? [parts[0]!, parts[1]!] : [undefined, parts[0]!];
  if (domain !== undefined) {
    if (domain.length >= 256) wrong("runAsUserName's Domain length must be under 256 characters");
    if (!NET_BIOS_DOMAIN.test(domain) && !DNS_DOMAIN.test(domain)) {
      wrong("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
  }
  if (user === "") wrong("runAsUserName's User cannot be empty");
  else if (user.length > 104) wrong("runAsUserName's User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) wrong("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    wrong("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
  }
}

const CHANGE_POLICIES = ["OnRootMismatch", "Always"];
const GROUP_POLICIES = ["Merge", "Strict"];
const SELINUX_POLICIES = ["Recursive", "MountOption"];
const SYSCTL = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL_FORM = `^(${SYSCTL}[\\./])*${SYSCTL}$`;
const sysctlForm = new RegExp(SYSCTL_FORM);

export function checkPodSecurityContext(errors: Errors, at: Path, context: PodSecurityContext, spec: PodSpec): void {
  checkId(errors, at, "fsGroup", context.fsGroup);
  checkId(errors, at, "runAsUser", context.runAsUser);
  checkId(errors, at, "runAsGroup", context.runAsGroup);
  context.supplementalGroups?.forEach((id, index) => {
    if (id < 0 || id > LARGEST_ID) {
      add(errors, at.child("supplementalGroups").index(index), id, isInRange(id, 0, LARGEST_ID));
    }
  });
  if (spec.hostPID === true && spec.shareProcessNamespace === true) {
    const text = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.push(invalid(at.child("shareProcessNamespace"), true, text));
  }
  if (context.sysctls !== undefined) checkSysctls(errors, at.child("sysctls"), context.sysctls, spec);
  oneOf(errors, at, "fsGroupChangePolicy", context.fsGroupChangePolicy, CHANGE_POLICIES);
  if (context.seccompProfile !== undefined) checkSeccomp(errors, at.child("seccompProfile"), context.seccompProfile);
  if (context.windowsOptions !== undefined) checkWindows(errors, at.child("windowsOptions"), context.windowsOptions);
  if (context.appArmorProfile !== undefined)
    checkAppArmor(errors, at.child("appArmorProfile"), context.appArmorProfile);
  oneOf(errors, at, "supplementalGroupsPolicy", context.supplementalGroupsPolicy, GROUP_POLICIES);
  oneOf(errors, at, "seLinuxChangePolicy", context.seLinuxChangePolicy, SELINUX_POLICIES);
}

const IPC_SYSCTLS = ["kernel.shm", "kernel.msg", "fs.mqueue."];

/** `net/ipv4/conf/eth0.1` is `net.ipv4.conf.eth0/1`: the first separator tells which way it is written. */
function withDots(name: string): string {
  if (/[./]/.exec(name)?.[0] !== "/") return name;
  return name.replaceAll(/[./]/g, (each) => (each === "/" ? "." : "/"));
}

function checkSysctls(
  errors: Errors,
  at: Path,
  sysctls: NonNullable<PodSecurityContext["sysctls"]>,
  spec: PodSpec,
): void {
  const names = new Set<string>();
  sysctls.forEach(({ name }, index) => {
    const here = at.index(index).child("name");
    if (name === "") errors.push(required(here));
    else if (name.length > 253 || !sysctlForm.test(name)) {
      errors.push(invalid(here, name, `must have at most 253 characters and match regex ${SYSCTL_FORM}`));
    } else if (names.has(name)) errors.push(duplicate(here, name));
    names.add(name);
    const dotted = withDots(name);
    if (spec.hostNetwork === true && dotted.startsWith("net.")) {
      errors.push(invalid(here, name, "may not be specified when 'hostNetwork' is true"));
    }
    if (spec.hostIPC === true && (dotted === "kernel.sem" || IPC_SYSCTLS.some((each) => dotted.startsWith(each)))) {
      errors.push(invalid(here, name, "may not be specified when 'hostIPC' is true"));
    }
  });
}
