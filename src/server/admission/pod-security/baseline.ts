/** What `baseline` forbids: the known ways out of a container. */
import { quote } from "../../../machinery/go-text.ts";
import type { AnyContainer, Check, Find, Finding, PodView } from "./check.ts";
import {
  always,
  containersOf,
  exceptUserNamespaces,
  forContainers,
  named,
  plural,
  quoted,
  setters,
  sorted,
  wrongProfiles,
} from "./check.ts";

const DEFAULT_CAPABILITIES = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);

/** Capabilities that a container asks for beyond those that may be. */
export const excess = ({ securityContext }: AnyContainer, allowed: ReadonlySet<string>): readonly string[] =>
  (securityContext?.capabilities?.add ?? []).filter((name) => !allowed.has(name));

/** Sysctls that only touch the pod, by the version that knew them for that. */
const SYSCTLS: readonly { readonly since: number; readonly names: readonly string[] }[] = [
  {
    since: 0,
    names: [
      "kernel.shm_rmid_forced",
      "net.ipv4.ip_local_port_range",
      "net.ipv4.tcp_syncookies",
      "net.ipv4.ping_group_range",
      "net.ipv4.ip_unprivileged_port_start",
    ],
  },
  { since: 27, names: ["net.ipv4.ip_local_reserved_ports"] },
  {
    since: 29,
    names: [
      "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",
      "net.ipv4.tcp_keepalive_probes",
    ],
  },
  { since: 32, names: ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"] },
];

const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];

/** Both levels keep to it, whatever namespaces its users have. */
export const findProcMount = forContainers(
  "procMount",
  ({ securityContext }) => (securityContext?.procMount ?? "Default") !== "Default",
  (who) => {
    const types = who.map(({ securityContext }) => securityContext!.procMount!);
    return `${named(who)} must not set securityContext.procMount to ${quoted(sorted(types))}`;
  },
);

export const BASELINE: readonly Check[] = [
  { id: "appArmorProfile", versions: always(findAppArmor) },
  {
    id: "capabilities_baseline",
    versions: always(
      forContainers(
        "non-default capabilities",
        (container) => excess(container, DEFAULT_CAPABILITIES).length > 0,
        (who) => {
          const names = sorted(who.flatMap((each) => excess(each, DEFAULT_CAPABILITIES)));
          return `${named(who)} must not include ${quoted(names)} in securityContext.capabilities.add`;
        },
      ),
    ),
  },
  {
    id: "hostNamespaces",
    versions: always(({ spec }) => {
      const found = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((name) => spec[name]);
      return found.length > 0
        ? { reason: "host namespaces", detail: found.map((name) => `${name}=true`).join(", ") }
        : undefined;
    }),
  },
  {
    id: "hostPathVolumes",
    versions: always(({ spec }) => {
      const found = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
      return found.length > 0
        ? { reason: "hostPath volumes", detail: `${plural("volume", found)} ${quoted(found)}` }
        : undefined;
    }),
  },
  {
    id: "hostPorts",
    versions: always(
      forContainers(
        "hostPort",
        ({ ports }) => ports?.some(({ hostPort }) => hostPort),
        (who) => {
          // As texts, which is why 10000 stands before 80.
          const ports = sorted(
            who.flatMap((each) => (each.ports ?? []).flatMap(({ hostPort }) => hostPort || [])).map(String),
          );
          return `${named(who)} ${uses(who)} ${plural("hostPort", ports)} ${ports.join(", ")}`;
        },
      ),
    ),
  },
  { id: "hostProbesAndHostLifecycle", versions: [{ since: 34, find: findProbeHosts }] },
  {
    id: "privileged",
    versions: always(
      forContainers(
        "privileged",
        ({ securityContext }) => securityContext?.privileged,
        (who) => `${named(who)} must not set securityContext.privileged=true`,
      ),
    ),
  },
  {
    id: "procMount",
    versions: [
      { since: 0, find: findProcMount },
      { since: 35, find: exceptUserNamespaces(findProcMount) },
    ],
  },
  {
    id: "seLinuxOptions",
    versions: [
      { since: 0, find: findSELinux(SELINUX_TYPES) },
      { since: 31, find: findSELinux([...SELINUX_TYPES, "container_engine_t"]) },
    ],
  },
  {
    id: "seccompProfile_baseline",
    versions: [
      { since: 0, find: findSeccompAnnotations },
      { since: 19, find: findSeccomp },
    ],
  },
  { id: "sysctls", versions: SYSCTLS.map(({ since }) => ({ since, find: findSysctls(since) })) },
  { id: "windowsHostProcess", versions: always(findHostProcess) },
];

const uses = (who: readonly unknown[]): string => (who.length === 1 ? "uses" : "use");

const APPARMOR = "container.apparmor.security.beta.kubernetes.io/";

function findAppArmor(pod: PodView): Finding | undefined {
  const ofPod = pod.spec.securityContext?.appArmorProfile;
  const wrong = wrongProfiles(ofPod, containersOf(pod), ({ securityContext }) => securityContext?.appArmorProfile);
  const annotations = Object.entries(pod.annotations)
    .filter(([key, value]) => key.startsWith(APPARMOR) && !isSafeAnnotation(value, ["", "runtime/default"]))
    .map(([key, value]) => `${key}=${quote(value)}`);
  const who = [...(wrong ? [wrong.who] : []), ...(annotations.length > 0 ? [plural("annotation", annotations)] : [])];
  if (who.length === 0) return undefined;
  const values = [...(wrong?.types ?? []), ...sorted(annotations)];
  return {
    reason: plural("forbidden AppArmor profile", values),
    detail: `${who.join(" and ")} must not set AppArmor profile type to ${quoted(values)}`,
  };
}

const isSafeAnnotation = (value: string, allowed: readonly string[]): boolean =>
  allowed.includes(value) || value.startsWith("localhost/");

function findProbeHosts(pod: PodView): Finding | undefined {
  const hosts = new Set<string>();
  const names: string[] = [];
  for (const container of containersOf(pod)) {
    const found = hostsOf(container);
    if (found.length > 0) names.push(container.name);
    for (const host of found) hosts.add(host);
  }
  if (names.length === 0) return undefined;
  const who = `${plural("container", names)} ${quoted(sorted(names))} ${uses(names)}`;
  const what = `${plural("probe or lifecycle host", [...hosts])} ${quoted(sorted(hosts))}`;
  return { reason: "probe or lifecycle host", detail: `${who} ${what}` };
}

function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): string[] {
  return [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host) => host !== undefined && host !== ""),
  ) as string[];
}

type SELinuxOptions = NonNullable<NonNullable<AnyContainer["securityContext"]>["seLinuxOptions"]>;

function findSELinux(allowed: readonly string[]): Find {
  const isWrongType = ({ type = "" }: SELinuxOptions): boolean => !allowed.includes(type);
  const offends = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
    options !== undefined && (isWrongType(options) || Boolean(options.user) || Boolean(options.role));
  return (pod) => {
    const ofPod = pod.spec.securityContext?.seLinuxOptions;
    const containers = containersOf(pod).filter(({ securityContext }) => offends(securityContext?.seLinuxOptions));
    const who = setters(offends(ofPod), containers);
    if (who === undefined) return undefined;
    const wrong = [ofPod, ...containers.map(({ securityContext }) => securityContext!.seLinuxOptions)].filter(offends);
    const types = sorted(wrong.filter(isWrongType).map(({ type = "" }) => type));
    const what = [
      ...(types.length > 0 ? [`${plural("type", types)} ${quoted(types)}`] : []),
      ...(wrong.some(({ user }) => user) ? ["user may not be set"] : []),
      ...(wrong.some(({ role }) => role) ? ["role may not be set"] : []),
    ];
    const detail = `${who} set forbidden securityContext.seLinuxOptions: ${what.join("; ")}`;
    return { reason: "seLinuxOptions", detail };
  };
}

const SECCOMP_OF_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_OF_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";

/** Before the field there were annotations. */
function findSeccompAnnotations(pod: PodView): Finding | undefined {
  const keys = [SECCOMP_OF_POD, ...containersOf(pod).map(({ name }) => SECCOMP_OF_CONTAINER + name)];
  const found = keys.flatMap((key) => {
    const value = pod.annotations[key];
    const isSafe = value === undefined || isSafeAnnotation(value, ["runtime/default", "docker/default"]);
    return isSafe ? [] : [`${key}=${quote(value)}`];
  });
  if (found.length === 0) return undefined;
  const each = sorted(found);
  return { reason: "seccompProfile", detail: `forbidden ${plural("annotation", each)} ${each.join(", ")}` };
}

/** Says of those who chose a wrong seccomp profile, and of nobody else. */
export function findSeccomp(pod: PodView): Finding | undefined {
  const ofPod = pod.spec.securityContext?.seccompProfile;
  const wrong = wrongProfiles(ofPod, containersOf(pod), ({ securityContext }) => securityContext?.seccompProfile);
  if (wrong === undefined) return undefined;
  const detail = `${wrong.who} must not set securityContext.seccompProfile.type to ${quoted(wrong.types)}`;
  return { reason: "seccompProfile", detail };
}

function findSysctls(version: number): Find {
  const safe = new Set(SYSCTLS.filter(({ since }) => since <= version).flatMap(({ names }) => names));
  return ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safe.has(name));
    return names.length > 0 ? { reason: "forbidden sysctls", detail: names.join(", ") } : undefined;
  };
}

function findHostProcess(pod: PodView): Finding | undefined {
  const containers = containersOf(pod).filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess);
  const who = setters(pod.spec.securityContext?.windowsOptions?.hostProcess, containers);
  return who === undefined
    ? undefined
    : { reason: "hostProcess", detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
}
