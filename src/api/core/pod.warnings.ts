/** What is allowed in a pod and still likely wrong: upstream's texts for `Warning: 299` headers. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { path } from "../../machinery/field-errors.ts";
import { quote } from "../../machinery/go-text.ts";
import { ipWarnings } from "../../machinery/ip.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { ObjectMeta, TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { isDNS1123Label } from "../../machinery/names.ts";
import { isInteger } from "../../machinery/quantity.ts";
import { same } from "../rules.ts";
import { APPARMOR } from "./app-armor.ts";
import type { Container } from "./container.ts";
import { containersOf } from "./containers-of.ts";
import { nodeTermWarnings, oldLabel, oldLabelNamed } from "./node-labels.warnings.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { PodStatus } from "./pod-status.ts";
import type { PodTemplateSpec } from "./pod-template-spec.ts";
import { overlapWarnings } from "./volume-paths.warnings.ts";
import type { Volume } from "./volume.ts";
import { claimSpecWarnings, OLD_VOLUMES, shownAs } from "./volume.warnings.ts";

const ROOT = path("");

const SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
const NO_POD = "a null labelSelector results in matching no pod";

const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

interface Described {
  readonly metadata: TemplateMeta | ObjectMeta;
  readonly spec: PodSpec;
}

const IPS = { podIPs: path("status", "podIPs"), hostIPs: path("status", "hostIPs") };

export const podStatusWarnings = ({ status }: KubeObject & { readonly status: PodStatus }): string[] =>
  (["podIPs", "hostIPs"] as const).flatMap((list) =>
    (status[list] ?? []).flatMap(({ ip = "" }, index) => ipWarnings(IPS[list].index(index).child("ip"), ip)),
  );

export function podWarnings(pod: Described & KubeObject, previous?: Described): string[] {
  if (previous !== undefined) return [];
  const texts = isDNS1123Label(pod.metadata.name);
  const about =
    "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
  const named = texts.length > 0 ? [`metadata.name: ${about}: [${texts.join(" ")}]`] : [];
  if (isOfNote(pod.metadata.annotations)) return [...named, ...specWarnings(ROOT, pod)];
  let found = warnings.get(pod.spec);
  if (found === undefined) warnings.set(pod.spec, (found = specWarnings(ROOT, pod)));
  return [...named, ...found];
}

/** Of specs in pods without annotations of note. Pods that are made alike have the very same spec. */
const warnings = new WeakMap<PodSpec, readonly string[]>();

/** Whether any of the annotations may be warned of. */
function isOfNote(annotations: Readonly<Record<string, string>> | undefined): boolean {
  for (const key in annotations) {
    if (key in OLD_ANNOTATIONS || key === SECCOMP_POD) return true;
    if (key.startsWith(SECCOMP_CONTAINER) || key.startsWith(APPARMOR)) return true;
  }
  return false;
}

/** Warnings for what makes pods: `templateOf` finds the template that stands at `at`. */
export function templateWarnings<T extends KubeObject>(
  at: Path,
  templateOf: (object: T) => PodTemplateSpec | undefined,
  named = true,
): (object: T, previous: T | undefined) => string[] {
  return (object, previous) => {
    const template = templateOf(object);
    if (template === undefined || (previous !== undefined && same(template, templateOf(previous)))) return [];
    return [...(named && previous === undefined ? podNamesWarnings(object) : []), ...specWarnings(at, template)];
  };
}

/** Of a name that those of pods begin with. */
export function podNamesWarnings({ metadata }: KubeObject): string[] {
  const texts = isDNS1123Label(metadata.name);
  const about =
    "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended";
  return texts.length > 0 ? [`metadata.name: ${about}: [${texts.join(" ")}]`] : [];
}

function specWarnings(at: Path, { metadata, spec }: Described): string[] {
  const out: string[] = [];
  const here = at.child("spec");
  for (const key in spec.nodeSelector) {
    oldLabel(out, here.child("nodeSelector").key(key), key);
  }
  nodeAffinityWarnings(out, here.child("affinity", "nodeAffinity"), spec.affinity?.nodeAffinity);
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, index) => {
    const field = here.child("topologySpreadConstraints").index(index);
    oldLabelNamed(out, field.child("topologyKey"), topologyKey);
    if (labelSelector === undefined) out.push(`${field.child("labelSelector")}: ${NO_POD}`);
  });
  const annotations = metadata.annotations ?? {};
  const annotation = (key: string): Path => at.child("metadata", "annotations").key(key);
  for (const key in OLD_ANNOTATIONS) {
    if (annotations[key] !== undefined) out.push(`${annotation(key)}: ${OLD_ANNOTATIONS[key]!}`);
  }
  spec.volumes?.forEach((volume, index) => {
    for (const source in volume) {
      const text = OLD_VOLUMES[source as keyof Volume];
      if (text !== undefined) out.push(`${here.child("volumes").index(index).child(shownAs(source))}: ${text}`);
    }
    const claim = volume.ephemeral?.volumeClaimTemplate;
    if (claim === undefined) return;
    const template = here.child("volumes").index(index).child("ephemeral", "volumeClaimTemplate");
    out.push(...claimSpecWarnings(template.child("spec"), claim.spec));
  });
  for (const volume of spec.volumes ?? []) overlapWarnings(out, volume);
  twice(out, here.child("hostAliases"), "ip", spec.hostAliases ?? []);
  twice(out, here.child("imagePullSecrets"), "name", spec.imagePullSecrets ?? []);
  spec.imagePullSecrets?.forEach(({ name = "" }, index) => {
    if (name === "") out.push(`${here.child("imagePullSecrets").index(index).child("name")}: invalid empty name ""`);
  });
  fractionWarnings(out, here.child("overhead"), spec.overhead);
  const { seccompProfile, appArmorProfile } = spec.securityContext ?? {};
  if (seccompProfile === undefined && annotations[SECCOMP_POD] !== undefined) {
    out.push(`${annotation(SECCOMP_POD)}: ${SECCOMP}`);
  }
  const containers: readonly Placed[] = containersOf<Said>(here, spec);
  for (const { at: field, container } of containers) {
    const { name, securityContext } = container;
    if (securityContext?.seccompProfile === undefined && annotations[SECCOMP_CONTAINER + name] !== undefined) {
      out.push(`${annotation(SECCOMP_CONTAINER + name)}: ${SECCOMP}`);
    }
    const profile = appArmorProfile ?? securityContext?.appArmorProfile;
    if (at !== ROOT && profile === undefined && annotations[APPARMOR + name] !== undefined) {
      out.push(`${annotation(APPARMOR + name)}: deprecated since v1.30; use the "appArmorProfile" field instead`);
    }
    containerWarnings(out, field, container);
  }
  portWarnings(out, containers);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const field = here.child("terminationGracePeriodSeconds");
    out.push(`${field}: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  for (const kind of ["podAffinity", "podAntiAffinity"] as const) {
    podAffinityWarnings(out, here.child("affinity", kind), spec.affinity?.[kind]);
  }
  const sidecars = (spec.initContainers ?? []).map(({ restartPolicy }) => restartPolicy === "Always");
  const running = { initContainers: spec.initContainers, containers: spec.containers };
  portNameWarnings(
    out,
    containersOf<Said>(here, running).filter((_, index) => sidecars[index] !== false),
  );
  spec.dnsConfig?.nameservers?.forEach((ip, index) =>
    out.push(...ipWarnings(here.child("dnsConfig", "nameservers").index(index), ip)),
  );
  spec.hostAliases?.forEach(({ ip = "" }, index) =>
    out.push(...ipWarnings(here.child("hostAliases").index(index).child("ip"), ip)),
  );
  return out;
}

/** What warnings are about; containers that are added to running pods have it too. */
type Said = Pick<Container, "name" | "env" | "ports" | "resources" | "securityContext">;

interface Placed {
  readonly at: Path;
  readonly container: Said;
}

type Affinity = NonNullable<PodSpec["affinity"]>;

function nodeAffinityWarnings(out: string[], at: Path, affinity: Affinity["nodeAffinity"]): void {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const terms = at.child("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms");
  const preferences = at.child("preferredDuringSchedulingIgnoredDuringExecution");
  required.forEach((term, index) => nodeTermWarnings(out, terms.index(index), term));
  preferred.forEach(({ preference }, index) =>
    nodeTermWarnings(out, preferences.index(index).child("preference"), preference, true),
  );
}

function podAffinityWarnings(out: string[], at: Path, affinity: Affinity["podAffinity"]): void {
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.forEach(({ labelSelector }, index) => {
    const field = at.child("requiredDuringSchedulingIgnoredDuringExecution").index(index);
    if (labelSelector === undefined) out.push(`${field.child("labelSelector")}: ${NO_POD}`);
  });
  affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, index) => {
    const field = at.child("preferredDuringSchedulingIgnoredDuringExecution").index(index);
    if (podAffinityTerm.labelSelector === undefined) {
      out.push(`${field.child("podAffinityTerm", "labelSelector")}: ${NO_POD}`);
    }
  });
}

function twice<K extends string>(out: string[], at: Path, key: K, items: readonly { [P in K]?: string }[]): void {
  const seen = new Set<string>();
  items.forEach((item, index) => {
    const value = item[key] ?? "";
    if (seen.has(value)) out.push(`${at.index(index).child(key)}: duplicate ${key} ${quote(value)}`);
    seen.add(value);
  });
}

/** Bytes come whole. */
function fractionWarnings(out: string[], at: Path, amounts: Readonly<Record<string, string>> | undefined): void {
  for (const name of ["memory", "ephemeral-storage"]) {
    const amount = ownValue(amounts, name);
    if (amount === undefined || isInteger(amount)) continue;
    out.push(`${at.key(name)}: fractional byte value "${amount}" is invalid, must be an integer`);
  }
}

function containerWarnings(out: string[], at: Path, { env, resources }: Said): void {
  for (const name of ["memory", "ephemeral-storage"]) {
    for (const kind of ["limits", "requests"] as const) {
      const amount = ownValue(resources[kind], name);
      if (amount !== undefined) fractionWarnings(out, at.child("resources", kind), { [name]: amount });
    }
  }
  const names = new Set<string>();
  env?.forEach(({ name, value, valueFrom }, index) => {
    // A variable that builds on the one before it is no mistake.
    const builds = valueFrom === undefined && value !== `$(${name})` && value?.includes(`$(${name})`) === true;
    if (names.has(name) && !builds) {
      const text = `hides previous definition of "${name}", which may be dropped when using apply`;
      out.push(`${at.child("env").index(index)}: ${text}`);
    }
    names.add(name);
  });
}

type Port = NonNullable<Container["ports"]>[number];

/** The same port of a pod, said more than once. */
function portWarnings(out: string[], containers: readonly Placed[]): void {
  const seen = new Map<string, { readonly field: Path; readonly port: Port }[]>();
  for (const {
    at,
    container: { ports },
  } of containers) {
    ports?.forEach((port, index) => {
      const field = at.child("ports").index(index);
      const { name = "", hostPort = 0, containerPort, protocol, hostIP = "" } = port;
      if (hostIP !== "" && hostPort === 0) {
        const shown = `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
        out.push(`${field}: hostIP set without hostPort: ${shown}`);
      }
      const key = `${containerPort}/${protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const how = clash(port, other.port);
        if (how !== undefined) out.push(`${field}: ${how} port definition with ${other.field}`);
      }
      seen.set(key, [...others, { field, port }]);
    });
  }
}

function clash(
  { hostPort = 0, hostIP = "" }: Port,
  { hostPort: otherPort = 0, hostIP: otherIP = "" }: Port,
): string | undefined {
  if (hostIP === otherIP && hostPort === otherPort) return "duplicate";
  // Without a port of the host it is redundant, whatever the address.
  if (hostPort === 0 || otherPort === 0) return "overlapping";
  return hostPort === otherPort && (hostIP === "") !== (otherIP === "") ? "dangerously ambiguous" : undefined;
}

/** Names are looked for in sidecars first, and then in containers. */
function portNameWarnings(out: string[], containers: readonly Placed[]): void {
  const names = new Map<string, Path>();
  for (const { at, container } of containers) {
    container.ports?.forEach(({ name = "" }, index) => {
      if (name === "") return;
      const here = at.child("ports").index(index);
      const first = names.get(name);
      if (first === undefined) names.set(name, here);
      else {
        const text = `duplicate port name "${name}" with ${first}, services and probes that select ports by name will use ${first}`;
        out.push(`${here}: ${text}`);
      }
    });
  }
}
