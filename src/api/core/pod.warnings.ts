/** What is allowed in a pod and still likely wrong: upstream's texts for `Warning: 299` headers. */
import type { Path } from "../../machinery/field-errors.ts";
import { path } from "../../machinery/field-errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { ObjectMeta, TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { isDNS1123Label } from "../../machinery/names.ts";
import { isInteger } from "../../machinery/quantity.ts";
import { same } from "../rules.ts";
import type { Container } from "./container.ts";
import type { PodSpec } from "./pod-spec.ts";
import type { PodTemplateSpec } from "./pod-template-spec.ts";
import type { Volume } from "./volume.ts";

const ROOT = path("");

const RENAMED_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  "seccomp.security.alpha.kubernetes.io/pod": 'non-functional in v1.27+; use the "seccompProfile" field instead',
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

const OLD_VOLUMES: Partial<Record<keyof Volume, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

interface Described {
  readonly metadata: TemplateMeta | ObjectMeta;
  readonly spec: PodSpec;
}

export function podWarnings(pod: Described & KubeObject, previous?: Described): string[] {
  if (previous !== undefined) return [];
  const texts = isDNS1123Label(pod.metadata.name);
  const about =
    "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
  return [...(texts.length > 0 ? [`metadata.name: ${about}: [${texts.join(" ")}]`] : []), ...specWarnings(ROOT, pod)];
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
    const texts = previous === undefined && named ? isDNS1123Label(object.metadata.name) : [];
    const about =
      "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended";
    return [
      ...(texts.length > 0 ? [`metadata.name: ${about}: [${texts.join(" ")}]`] : []),
      ...specWarnings(at, template),
    ];
  };
}

function specWarnings(at: Path, { metadata, spec }: Described): string[] {
  const out: string[] = [];
  const here = at.child("spec");
  for (const key in spec.nodeSelector) {
    if (RENAMED_LABELS[key] !== undefined) out.push(`${here.child("nodeSelector").key(key)}: ${RENAMED_LABELS[key]}`);
  }
  spec.topologySpreadConstraints?.forEach(({ topologyKey }, index) => {
    const text = RENAMED_LABELS[topologyKey];
    const field = here.child("topologySpreadConstraints").index(index).child("topologyKey");
    if (text !== undefined) out.push(`${field}: ${topologyKey} is ${text}`);
  });
  for (const key in metadata.annotations) {
    const text = OLD_ANNOTATIONS[key];
    if (text !== undefined) out.push(`${at.child("metadata", "annotations").key(key)}: ${text}`);
  }
  spec.volumes?.forEach((volume, index) => {
    for (const source in volume) {
      const text = OLD_VOLUMES[source as keyof Volume];
      if (text !== undefined) out.push(`${here.child("volumes").index(index).child(source)}: ${text}`);
    }
  });
  spec.imagePullSecrets?.forEach(({ name }, index) => {
    if (name === "") out.push(`${here.child("imagePullSecrets").index(index).child("name")}: invalid empty name ""`);
  });
  for (const list of ["initContainers", "containers"] as const) {
    spec[list]?.forEach((container, index) => containerWarnings(out, here.child(list).index(index), container));
  }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const field = here.child("terminationGracePeriodSeconds");
    out.push(`${field}: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  portNameWarnings(out, here.child("containers"), spec.containers ?? []);
  return out;
}

function containerWarnings(out: string[], at: Path, { env, ports, resources }: Container): void {
  for (const kind of ["limits", "requests"] as const) {
    for (const name of ["ephemeral-storage", "memory"]) {
      const amount = resources[kind]?.[name];
      if (amount === undefined || isInteger(amount)) continue;
      const field = at.child("resources", kind).key(name);
      out.push(`${field}: fractional byte value "${amount}" is invalid, must be an integer`);
    }
  }
  const names = new Set<string>();
  env?.forEach(({ name, value }, index) => {
    // A variable that builds on the one before it is no mistake.
    if (names.has(name) && value?.includes(`$(${name})`) !== true) {
      const text = `hides previous definition of "${name}", which may be dropped when using apply`;
      out.push(`${at.child("env").index(index)}: ${text}`);
    }
    names.add(name);
  });
  const seen = new Map<string, Path>();
  ports?.forEach((port, index) => {
    const here = at.child("ports").index(index);
    const key = `${port.protocol}/${port.containerPort}/${port.hostPort ?? 0}/${port.hostIP ?? ""}`;
    const first = seen.get(key);
    if (first !== undefined) out.push(`${here}: duplicate port definition with ${first}`);
    else seen.set(key, here);
  });
}

function portNameWarnings(out: string[], at: Path, containers: readonly Container[]): void {
  if (containers.length < 2) return;
  const names = new Map<string, Path>();
  containers.forEach(({ ports }, index) =>
    ports?.forEach(({ name = "" }, number) => {
      if (name === "") return;
      const here = at.index(index).child("ports").index(number);
      const first = names.get(name);
      if (first === undefined) names.set(name, here);
      else {
        const text = `duplicate port name "${name}" with ${first}, services and probes that select ports by name will use ${first}`;
        out.push(`${here}: ${text}`);
      }
    }),
  );
}
