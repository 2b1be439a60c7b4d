/**
 * Pod Security: a namespace's labels say which standard its pods must meet (`enforce`), and which violations are told
 * to the client (`warn`) or the audit log (`audit`). Templates only warn; pods are refused.
 */
import type { Namespace, Pod, PodSpec } from "../../../api/core/index.ts";
import { forbidden, invalid } from "../../../machinery/errors.ts";
import { invalid as invalidField } from "../../../machinery/field-errors.ts";
import type { FieldError } from "../../../machinery/field-errors.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { podOf } from "../pods.ts";
import type { PodView } from "./checks.ts";
import { CHECKS } from "./checks.ts";

const PREFIX = "pod-security.kubernetes.io/";
const LEVELS = ["privileged", "baseline", "restricted"] as const;
const MODES = ["enforce", "audit", "warn"] as const;
const TEMPLATES = new Set([
  "replicationcontrollers",
  "podtemplates",
  "replicasets",
  "deployments",
  "statefulsets",
  "daemonsets",
  "jobs",
  "cronjobs",
]);
/** When a namespace's level changes, at most this many of its pods are looked at for the warning. */
const CHECKED_PODS = 3000;

type Labels = Readonly<Record<string, string>>;
const NO_LABELS: Labels = {};

type Level = (typeof LEVELS)[number];
type Mode = (typeof MODES)[number];

interface Policy {
  readonly level: Level;
  /** As in the message: `restricted:latest`. */
  readonly text: string;
}

export function podSecurity(store: Store): AdmissionPlugin {
  const labelsOf = (namespace: string): Labels =>
    (store.head(`/core/namespaces/${namespace}`)?.object as Namespace | undefined)?.metadata.labels ?? NO_LABELS;

  return {
    name: "PodSecurity",
    handles: ({ operation, resource, subresource }) =>
      (operation === "CREATE" || operation === "UPDATE") &&
      (resource === "namespaces"
        ? !subresource
        : resource === "pods"
          ? !subresource || subresource === "ephemeralcontainers"
          : TEMPLATES.has(resource) && !subresource),
    validate(attributes) {
      if (attributes.resource === "namespaces") return validateNamespace(attributes, store);
      const { enforced, warn, audit, privileged } = policiesOf(labelsOf(attributes.namespace!));
      if (privileged) return;
      const view = viewOf(attributes);
      if (!view || isUnchanged(attributes)) return;
      const audited = violations(view, audit.level);
      if (audited.length) {
        const text = `would violate PodSecurity "${audit.text}": ${audited.join(", ")}`;
        attributes.annotate("pod-security.kubernetes.io/audit-violations", text);
      }
      if (attributes.resource === "pods") enforce(attributes, view, enforced);
      const warned = violations(view, warn.level);
      if (warned.length) attributes.warn(`would violate PodSecurity "${warn.text}": ${warned.join(", ")}`);
    },
  };
}

function enforce({ group, resource, name }: AdmissionAttributes, view: PodView, { level, text }: Policy): void {
  const found = violations(view, level);
  if (found.length) throw forbidden({ group, resource }, name, `violates PodSecurity "${text}": ${found.join(", ")}`);
}

/** What the pod does that `level` forbids; empty for `privileged`. */
export function violations(pod: PodView, level: Level): string[] {
  if (level === "privileged") return [];
  const checks = CHECKS.filter((check) => check.level === "baseline" || level === "restricted");
  const replaced = new Set(checks.map(({ replaces }) => replaces));
  return checks.filter(({ id }) => !replaced.has(id)).flatMap((check) => check.find(pod) ?? []);
}

interface Policies {
  readonly enforced: Policy;
  readonly warn: Policy;
  readonly audit: Policy;
  /** All three allow everything. */
  readonly privileged: boolean;
}

const known = new WeakMap<Labels, Policies>();

/** Made once for a namespace's labels, which many pods ask for. */
function policiesOf(labels: Labels): Policies {
  let policies = known.get(labels);
  if (policies === undefined) {
    const enforced = policyOf(labels, "enforce");
    // Who enforces but says nothing of warnings warns of the same: templates are not refused, but their pods will be.
    const warn = `${PREFIX}warn` in labels ? policyOf(labels, "warn") : enforced;
    const audit = policyOf(labels, "audit");
    const privileged = [enforced, warn, audit].every(({ level }) => level === "privileged");
    known.set(labels, (policies = { enforced, warn, audit, privileged }));
  }
  return policies;
}

function policyOf(labels: Labels, mode: Mode): Policy {
  const level = (LEVELS as readonly string[]).includes(labels[PREFIX + mode] ?? "")
    ? (labels[PREFIX + mode] as Level)
    : "privileged";
  return { level, text: `${level}:${labels[`${PREFIX}${mode}-version`] ?? "latest"}` };
}

/** The pod, or the pod that a template would make; undefined where there is none. */
function viewOf(attributes: AdmissionAttributes): PodView | undefined {
  const { resource, object } = attributes;
  if (resource === "pods") {
    const pod = podOf(attributes) as Pod;
    return { spec: pod.spec, annotations: pod.metadata.annotations ?? {} };
  }
  const { spec, template: own } = object as unknown as {
    spec?: Templated & { jobTemplate?: { spec?: Templated } };
    template?: Template;
  };
  const template = own ?? spec?.template ?? spec?.jobTemplate?.spec?.template;
  return template?.spec?.containers && { spec: template.spec, annotations: template.metadata?.annotations ?? {} };
}

interface Template {
  readonly spec?: PodSpec;
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

interface Templated {
  readonly template?: Template;
}

/** An update that leaves containers and security alone is let through: the policy may be younger than the pod. */
function isUnchanged({ operation, resource, object, previous }: AdmissionAttributes): boolean {
  if (operation !== "UPDATE" || resource !== "pods") return false;
  return securityOf(object as unknown as Pod) === securityOf(previous as unknown as Pod);
}

function securityOf({ spec, metadata }: Pod): string {
  const { containers, initContainers, ephemeralContainers } = spec;
  return JSON.stringify([containers, initContainers, ephemeralContainers, metadata.annotations]);
}

/** Bad labels are refused; a new level warns about the pods already there that would not meet it. */
function validateNamespace(attributes: AdmissionAttributes, store: Store): void {
  const labels = attributes.object!.metadata.labels ?? {};
  const before = attributes.previous?.metadata.labels ?? {};
  const errors = labelErrors(labels);
  if (errors.length && labelErrors(before).length === 0)
    throw invalid({ group: "", kind: "Namespace" }, attributes.name, errors);
  const next = policyOf(labels, "enforce");
  if (attributes.operation !== "UPDATE" || next.text === policyOf(before, "enforce").text) return;
  const names = new Map<string, string[]>();
  let checked = 0;
  for (const entry of store.snapshot().range(`/core/pods/${attributes.object!.metadata.name}/`)) {
    if (++checked > CHECKED_PODS) break;
    const pod = entry.object as Pod;
    const found = violations({ spec: pod.spec, annotations: pod.metadata.annotations ?? {} }, next.level);
    if (!found.length) continue;
    const reasons = found.map((text) => text.slice(0, text.indexOf(" ("))).join(", ");
    names.set(reasons, [...(names.get(reasons) ?? []), pod.metadata.name]);
  }
  if (names.size === 0) return;
  const name = attributes.object!.metadata.name;
  attributes.warn(`existing pods in namespace "${name}" violate the new PodSecurity enforce level "${next.text}"`);
  for (const [reasons, [first, ...others]] of names) {
    const more =
      others.length === 0 ? "" : others.length === 1 ? " (and 1 other pod)" : ` (and ${others.length} other pods)`;
    attributes.warn(`${first}${more}: ${reasons}`);
  }
}

function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = [];
  for (const mode of MODES) {
    const level = labels[PREFIX + mode];
    if (level !== undefined && !(LEVELS as readonly string[]).includes(level)) {
      errors.push(invalidField(`metadata.labels[${PREFIX}${mode}]`, level, `must be one of ${LEVELS.join(", ")}`));
    }
    const version = labels[`${PREFIX}${mode}-version`];
    if (version !== undefined && version !== "latest" && !/^v1\.(0|[1-9]\d*)$/.test(version)) {
      errors.push(invalidField(`metadata.labels[${PREFIX}${mode}-version]`, version, `must be "latest" or "v1.x"`));
    }
  }
  return errors;
}
