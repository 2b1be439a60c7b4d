/**
 * The Pod Security Standards as a table of checks. Each answers what it forbids in one pod, in upstream's words: a
 * reason, and in parentheses who offends and what to set.
 */
import { everyContainerOf } from "../../../api/core/containers-of.ts";
import type { Container, EphemeralContainer, PodSpec } from "../../../api/core/index.ts";

export interface PodView {
  readonly spec: PodSpec;
  readonly annotations: Readonly<Record<string, string>>;
}

/** `baseline` checks hold for both levels unless `restricted` names a stricter one by `replaces`. */
export interface Check {
  /** Violations are listed in the order of these names. */
  readonly id: string;
  readonly level: "baseline" | "restricted";
  readonly replaces?: string;
  find(pod: PodView): string | undefined;
}

type AnyContainer = Container | EphemeralContainer;

const containersOf = ({ spec }: PodView): AnyContainer[] => everyContainerOf<AnyContainer>(spec);

const quoted = (values: Iterable<string>): string =>
  [...new Set(values)].map((value) => JSON.stringify(value)).join(", ");

/** `container "c"` or `containers "a", "b"`. */
function named(containers: readonly AnyContainer[]): string {
  return `${containers.length === 1 ? "container" : "containers"} ${quoted(containers.map(({ name }) => name))}`;
}

/** Forbids what `offends` says of single containers. */
function forContainers(
  reason: string,
  offends: (container: AnyContainer) => boolean | undefined,
  say: (offenders: readonly AnyContainer[]) => string,
): Check["find"] {
  return (pod) => {
    const offenders = containersOf(pod).filter(offends);
    return offenders.length ? `${reason} (${say(offenders)})` : undefined;
  };
}

const DEFAULT_CAPABILITIES = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);

const added = (container: AnyContainer): readonly string[] => container.securityContext?.capabilities?.add ?? [];

const SAFE_SYSCTLS = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);

const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

const RESTRICTED_VOLUMES = new Set([
  "name",
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

export const CHECKS: readonly Check[] = [
  {
    id: "allowPrivilegeEscalation",
    level: "restricted",
    find: forContainers(
      "allowPrivilegeEscalation != false",
      ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
      (who) => `${named(who)} must set securityContext.allowPrivilegeEscalation=false`,
    ),
  },
  { id: "appArmorProfile", level: "baseline", find: findAppArmor },
  {
    id: "capabilities_baseline",
    level: "baseline",
    find: forContainers(
      "non-default capabilities",
      (container) => added(container).some((name) => !DEFAULT_CAPABILITIES.has(name)),
      (who) => {
        const names = who.flatMap(added).filter((name) => !DEFAULT_CAPABILITIES.has(name));
        return `${named(who)} must not include ${quoted(names.toSorted())} in securityContext.capabilities.add`;
      },
    ),
  },
  { id: "capabilities_restricted", level: "restricted", replaces: "capabilities_baseline", find: findCapabilities },
  { id: "hostNamespaces", level: "baseline", find: findHostNamespaces },
  {
    id: "hostPathVolumes",
    level: "baseline",
    find({ spec }) {
      const found = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
      return found.length
        ? `hostPath volumes (${found.length === 1 ? "volume" : "volumes"} ${quoted(found)})`
        : undefined;
    },
  },
  {
    id: "hostPorts",
    level: "baseline",
    find: forContainers(
      "hostPort",
      ({ ports }) => ports?.some(({ hostPort }) => hostPort),
      (who) => {
        const ports = [
          ...new Set(who.flatMap((each) => (each.ports ?? []).map(({ hostPort }) => hostPort ?? 0))),
        ].filter(Boolean);
        const word = ports.length === 1 ? "hostPort" : "hostPorts";
        return `${named(who)} ${who.length === 1 ? "uses" : "use"} ${word} ${ports.toSorted((a, b) => a - b).join(", ")}`;
      },
    ),
  },
  {
    id: "privileged",
    level: "baseline",
    find: forContainers(
      "privileged",
      ({ securityContext }) => securityContext?.privileged,
      (who) => `${named(who)} must not set securityContext.privileged=true`,
    ),
  },
  {
    id: "procMount",
    level: "baseline",
    find: forContainers(
      "procMount",
      ({ securityContext }) => (securityContext?.procMount ?? "Default") !== "Default",
      (who) => {
        const types = who.map(({ securityContext }) => securityContext!.procMount!);
        return `${named(who)} must not set securityContext.procMount to ${quoted(types)}`;
      },
    ),
  },
  { id: "restrictedVolumes", level: "restricted", replaces: "hostPathVolumes", find: findVolumes },
  { id: "runAsNonRoot", level: "restricted", find: findRunAsNonRoot },
  { id: "runAsUser", level: "restricted", find: findRunAsUser },
  { id: "seLinuxOptions", level: "baseline", find: findSELinux },
  { id: "seccompProfile_baseline", level: "baseline", find: findUnconfined },
  { id: "seccompProfile_restricted", level: "restricted", replaces: "seccompProfile_baseline", find: findSeccomp },
  {
    id: "sysctls",
    level: "baseline",
    find({ spec }) {
      const found = (spec.securityContext?.sysctls ?? [])
        .map(({ name }) => name)
        .filter((name) => !SAFE_SYSCTLS.has(name));
      return found.length ? `forbidden sysctls (${found.join(", ")})` : undefined;
    },
  },
  { id: "windowsHostProcess", level: "baseline", find: findHostProcess },
];

function findAppArmor(pod: PodView): string | undefined {
  const prefix = "container.apparmor.security.beta.kubernetes.io/";
  const allowed = (value: string): boolean =>
    value === "" || value === "runtime/default" || value.startsWith("localhost/");
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(prefix) && !allowed(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .toSorted();
  const forbiddenType = (type: string | undefined): boolean => type === "Unconfined";
  const who: string[] = [];
  if (forbiddenType(pod.spec.securityContext?.appArmorProfile?.type))
    who.push(`pod must not set AppArmor profile type to "Unconfined"`);
  const containers = containersOf(pod).filter(({ securityContext }) =>
    forbiddenType(securityContext?.appArmorProfile?.type),
  );
  if (containers.length) who.push(`${named(containers)} must not set AppArmor profile type to "Unconfined"`);
  if (annotations.length)
    who.push(`${annotations.length === 1 ? "annotation" : "annotations"} ${annotations.join(", ")}`);
  return who.length ? `forbidden AppArmor profile${who.length === 1 ? "" : "s"} (${who.join(" and ")})` : undefined;
}

function findCapabilities(pod: PodView): string | undefined {
  const containers = containersOf(pod);
  const undropped = containers.filter(({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"));
  const excess = (container: AnyContainer): string[] => added(container).filter((name) => name !== "NET_BIND_SERVICE");
  const adding = containers.filter((container) => excess(container).length);
  const parts: string[] = [];
  if (undropped.length) parts.push(`${named(undropped)} must set securityContext.capabilities.drop=["ALL"]`);
  if (adding.length) {
    const names = quoted(adding.flatMap(excess).toSorted());
    parts.push(`${named(adding)} must not include ${names} in securityContext.capabilities.add`);
  }
  return parts.length ? `unrestricted capabilities (${parts.join("; ")})` : undefined;
}

function findHostNamespaces({ spec }: PodView): string | undefined {
  const found = (["hostNetwork", "hostPID", "hostIPC"] as const)
    .filter((name) => spec[name])
    .map((name) => `${name}=true`);
  return found.length ? `host namespaces (${found.join(", ")})` : undefined;
}

function findVolumes({ spec }: PodView): string | undefined {
  const found = (spec.volumes ?? []).flatMap((volume) => {
    const type = Object.keys(volume).find((key) => !RESTRICTED_VOLUMES.has(key));
    return type ? [{ name: volume.name, type }] : [];
  });
  if (!found.length) return undefined;
  const types = [...new Set(found.map(({ type }) => type))].toSorted();
  const many = found.length > 1;
  const volumes = `${many ? "volumes" : "volume"} ${quoted(found.map(({ name }) => name))}`;
  const uses = `${many ? "use" : "uses"} restricted volume ${types.length > 1 ? "types" : "type"} ${quoted(types)}`;
  return `restricted volume types (${volumes} ${uses})`;
}

/** A container may set it itself; what it leaves out it takes from the pod. */
function findRunAsNonRoot(pod: PodView): string | undefined {
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const containers = containersOf(pod);
  const explicit = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  const implicit = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  const who: string[] = [];
  if (ofPod === false && implicit.length) who.push("pod");
  if (explicit.length) who.push(named(explicit));
  if (who.length) return `runAsNonRoot != true (${who.join(" and ")} must not set securityContext.runAsNonRoot=false)`;
  if (ofPod !== true && implicit.length) {
    return `runAsNonRoot != true (pod or ${named(implicit)} must set securityContext.runAsNonRoot=true)`;
  }
  return undefined;
}

function findRunAsUser(pod: PodView): string | undefined {
  const containers = containersOf(pod).filter(({ securityContext }) => securityContext?.runAsUser === 0);
  const who = [
    ...(pod.spec.securityContext?.runAsUser === 0 ? ["pod"] : []),
    ...(containers.length ? [named(containers)] : []),
  ];
  return who.length ? `runAsUser=0 (${who.join(" and ")} must not set runAsUser=0)` : undefined;
}

function findSELinux(pod: PodView): string | undefined {
  const offends = (options: { type?: string; user?: string; role?: string } | undefined): boolean =>
    options !== undefined &&
    (!SELINUX_TYPES.includes(options.type ?? "") || Boolean(options.user) || Boolean(options.role));
  const containers = containersOf(pod).filter(({ securityContext }) => offends(securityContext?.seLinuxOptions));
  const ofPod = pod.spec.securityContext?.seLinuxOptions;
  const who = [...(offends(ofPod) ? ["pod"] : []), ...(containers.length ? [named(containers)] : [])];
  if (!who.length) return undefined;
  const all = [
    ...(offends(ofPod) ? [ofPod!] : []),
    ...containers.map(({ securityContext }) => securityContext!.seLinuxOptions!),
  ];
  const types = all.map(({ type }) => type ?? "").filter((type) => !SELINUX_TYPES.includes(type));
  const what: string[] = [];
  if (types.length) what.push(`${new Set(types).size === 1 ? "type" : "types"} ${quoted(types)}`);
  if (all.some(({ user }) => user)) what.push("user may not be set");
  if (all.some(({ role }) => role)) what.push("role may not be set");
  return `seLinuxOptions (${who.join(" and ")} set forbidden securityContext.seLinuxOptions: ${what.join("; ")})`;
}

function findUnconfined(pod: PodView): string | undefined {
  const unconfined = (type: string | undefined): boolean => type === "Unconfined";
  const containers = containersOf(pod).filter(({ securityContext }) =>
    unconfined(securityContext?.seccompProfile?.type),
  );
  const ofPod = unconfined(pod.spec.securityContext?.seccompProfile?.type);
  const who = [...(ofPod ? ["pod"] : []), ...(containers.length ? [named(containers)] : [])];
  return who.length
    ? `seccompProfile (${who.join(" and ")} must not set securityContext.seccompProfile.type to "Unconfined")`
    : undefined;
}

function findSeccomp(pod: PodView): string | undefined {
  const allowed = (type: string | undefined): boolean => type === "RuntimeDefault" || type === "Localhost";
  const containers = containersOf(pod);
  const ofPod = pod.spec.securityContext?.seccompProfile?.type;
  const typeOf = ({ securityContext }: AnyContainer): string | undefined => securityContext?.seccompProfile?.type;
  const wrong = containers.filter((container) => typeOf(container) !== undefined && !allowed(typeOf(container)));
  const missing = containers.filter((container) => typeOf(container) === undefined);
  const who = [...(ofPod !== undefined && !allowed(ofPod) ? ["pod"] : []), ...(wrong.length ? [named(wrong)] : [])];
  if (who.length) {
    const types = [...(ofPod !== undefined && !allowed(ofPod) ? [ofPod] : []), ...wrong.map((each) => typeOf(each)!)];
    return `seccompProfile (${who.join(" and ")} must not set securityContext.seccompProfile.type to ${quoted(types)})`;
  }
  if (!allowed(ofPod) && missing.length) {
    return `seccompProfile (pod or ${named(missing)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;
  }
  return undefined;
}

function findHostProcess(pod: PodView): string | undefined {
  const containers = containersOf(pod).filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess);
  const ofPod = pod.spec.securityContext?.windowsOptions?.hostProcess;
  const who = [...(ofPod ? ["pod"] : []), ...(containers.length ? [named(containers)] : [])];
  return who.length
    ? `hostProcess (${who.join(" and ")} must not set securityContext.windowsOptions.hostProcess=true)`
    : undefined;
}
