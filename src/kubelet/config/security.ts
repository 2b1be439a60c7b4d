/** Security contexts of pod and container, put together the way the runtime takes them. */
import type {
  LinuxContainerSecurityContext,
  LinuxSandboxSecurityContext,
  NamespaceOptions,
  SecurityProfile,
  SELinuxOptions,
} from "../runtime.ts";
import type { Container, Pod } from "../../api/core/index.ts";
import { ConfigError } from "./env.ts";
import type { Member } from "../pod/spec.ts";

/** Hidden from containers with the default procMount. */
const MASKED = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

interface Profile {
  readonly type: string;
  readonly localhostProfile?: string;
}

export function namespacesOf(pod: Pod, targetId?: string): NamespaceOptions {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  const shared = shareProcessNamespace ? "POD" : "CONTAINER";
  return {
    network: hostNetwork ? "NODE" : "POD",
    pid: targetId !== undefined ? "TARGET" : hostPID ? "NODE" : shared,
    ipc: hostIPC ? "NODE" : "POD",
    ...(targetId !== undefined && { targetId }),
  };
}

export function sandboxSecurity(pod: Pod, seccompRoot: string): LinuxSandboxSecurityContext {
  const context = pod.spec.securityContext;
  return {
    namespaces: namespacesOf(pod),
    ...(context?.seLinuxOptions && { seLinux: seLinux(context.seLinuxOptions) }),
    ...(context?.runAsUser !== undefined && { runAsUser: context.runAsUser }),
    ...(context?.runAsGroup !== undefined && { runAsGroup: context.runAsGroup }),
    readonlyRootfs: false,
    supplementalGroups: groupsOf(pod),
    ...(context?.supplementalGroupsPolicy && { supplementalGroupsPolicy: context.supplementalGroupsPolicy as "Merge" }),
    privileged: anyPrivileged(pod),
    // The pause process needs no more than the default profile allows.
    seccomp: profile(context?.seccompProfile, seccompRoot) ?? { type: "RuntimeDefault" },
  };
}

export function containerSecurity(
  pod: Pod,
  { container }: Member,
  seccompRoot: string,
  targetId?: string,
): LinuxContainerSecurityContext {
  const own = container.securityContext;
  const ofPod = pod.spec.securityContext;
  const privileged = own?.privileged === true;
  const user = own?.runAsUser ?? ofPod?.runAsUser;
  const group = own?.runAsGroup ?? ofPod?.runAsGroup;
  const selinux = own?.seLinuxOptions ?? ofPod?.seLinuxOptions;
  const unmasked = privileged || own?.procMount === "Unmasked";
  return {
    privileged,
    namespaces: namespacesOf(pod, targetId),
    ...(own?.capabilities && {
      capabilities: { add: own.capabilities.add ?? [], drop: own.capabilities.drop ?? [] },
    }),
    ...(selinux && { seLinux: seLinux(selinux) }),
    ...(user !== undefined && { runAsUser: user }),
    ...(group !== undefined && { runAsGroup: group }),
    readonlyRootfs: own?.readOnlyRootFilesystem === true,
    supplementalGroups: groupsOf(pod),
    ...(ofPod?.supplementalGroupsPolicy && { supplementalGroupsPolicy: ofPod.supplementalGroupsPolicy as "Merge" }),
    noNewPrivs: own?.allowPrivilegeEscalation === false,
    maskedPaths: unmasked ? [] : MASKED,
    readonlyPaths: unmasked ? [] : READ_ONLY,
    seccomp: privileged
      ? { type: "Unconfined" }
      : (profile(own?.seccompProfile ?? ofPod?.seccompProfile, seccompRoot) ?? { type: "Unconfined" }),
    ...appArmor(own?.appArmorProfile ?? ofPod?.appArmorProfile),
  };
}

/** Refuses what `runAsNonRoot` forbids, given the image's own user. Throws ConfigError in upstream's words. */
export function verifyNonRoot(
  pod: Pod,
  container: Container,
  image: { readonly uid?: number; readonly username?: string },
): void {
  const own = container.securityContext;
  const ofPod = pod.spec.securityContext;
  if ((own?.runAsNonRoot ?? ofPod?.runAsNonRoot) !== true) return;
  const user = own?.runAsUser ?? ofPod?.runAsUser;
  const named = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (user !== undefined) {
    if (user === 0) throw new ConfigError(`container's runAsUser breaks non-root policy ${named}`);
    return;
  }
  if (image.uid !== undefined) {
    if (image.uid === 0) throw new ConfigError(`container has runAsNonRoot and image will run as root ${named}`);
  } else if (image.username) {
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${named}`,
    );
  } else {
    throw new ConfigError(`container has runAsNonRoot and image will run as root ${named}`);
  }
}

function groupsOf(pod: Pod): number[] {
  const context = pod.spec.securityContext;
  const groups = [...(context?.supplementalGroups ?? [])];
  if (context?.fsGroup !== undefined) groups.push(context.fsGroup);
  return groups;
}

function anyPrivileged(pod: Pod): boolean {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].some(
    (container) => container.securityContext?.privileged === true,
  );
}

function profile(chosen: Profile | undefined, root: string): SecurityProfile | undefined {
  if (!chosen) return undefined;
  if (chosen.type !== "Localhost") return { type: chosen.type as SecurityProfile["type"] };
  return { type: "Localhost", localhostRef: `${root}/${chosen.localhostProfile ?? ""}` };
}

function appArmor(chosen: Profile | undefined): { appArmor?: SecurityProfile } {
  if (!chosen) return {};
  const named = chosen.localhostProfile !== undefined && { localhostRef: chosen.localhostProfile };
  return { appArmor: { type: chosen.type as SecurityProfile["type"], ...named } };
}

function seLinux(options: Partial<SELinuxOptions>): SELinuxOptions {
  return { user: options.user ?? "", role: options.role ?? "", type: options.type ?? "", level: options.level ?? "" };
}
