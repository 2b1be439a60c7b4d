/**
 * Pod Security: a namespace's labels say which standard its pods must meet (`enforce`), and which violations are told
 * to the client (`warn`) or the audit log (`audit`). Templates only warn; pods are refused.
 */
import type { Namespace, Pod, PodSpec } from "../../../api/core/index.ts";
import { forbidden, invalid } from "../../../machinery/errors.ts";
import { errorText, invalid as invalidField } from "../../../machinery/field-errors.ts";
import type { FieldError } from "../../../machinery/field-errors.ts";
import { compareText } from "../../../machinery/go-text.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { deepEqual } from "../../objects.ts";
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

type Levels = Readonly<Record<Mode, LevelVersion>>;

interface Policy extends Levels {
  /** What cannot be read of the labels. */
  readonly errors: readonly FieldError[];
  /** There is nothing to look for, in pods and in templates. */
  readonly idle: boolean;
}

interface LevelVersion {
  readonly level: Level;
  readonly version: string;
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
      const isPod = attributes.resource === "pods";
      const { enforce, audit, warn, errors, idle } = policyOf(labelsOf(attributes.namespace!));
      if (idle || (!isPod && errors.length === 0 && allowAll(audit, warn))) return;
      const view = viewOf(attributes);
      if (!view || isUnchanged(attributes)) return;
      if (errors.length > 0) attributes.annotate(`${PREFIX}error`, `Failed to parse policy: ${errorsText(errors)}`);
      if (isPod) attributes.annotate(`${PREFIX}enforce-policy`, enforce.text);
      const audited = violations(view, audit.level);
      if (audited.length) {
        const text = `would violate PodSecurity "${audit.text}": ${audited.join(", ")}`;
        attributes.annotate(`${PREFIX}audit-violations`, text);
      }
      if (isPod) refuseViolations(attributes, view, enforce);
      const warned = violations(view, warn.level);
      if (warned.length) attributes.warn(`would violate PodSecurity "${warn.text}": ${warned.join(", ")}`);
    },
  };
}

function errorsText(errors: readonly FieldError[]): string {
  const texts = errors.map(errorText);
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

function refuseViolations(
  { group, resource, name }: AdmissionAttributes,
  view: PodView,
  { level, text }: LevelVersion,
): void {
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

const known = new WeakMap<Labels, Policy>();

/** Read once of a namespace's labels, which many pods ask for. */
function policyOf(labels: Labels): Policy {
  let policy = known.get(labels);
  if (policy === undefined) {
    const levels = levelsOf(labels);
    const errors = labelErrors(labels);
    const idle = errors.length === 0 && allowAll(levels.enforce, levels.audit, levels.warn);
    known.set(labels, (policy = { ...levels, errors, idle }));
  }
  return policy;
}

const allowAll = (...asked: readonly LevelVersion[]): boolean => asked.every(({ level }) => level === "privileged");

/** What the labels say; of a label that cannot be read the strictest, or for what is only told, nothing. */
function levelsOf(labels: Labels): Levels {
  const enforce = levelOf(labels, "enforce", "restricted");
  const audit = levelOf(labels, "audit", "privileged");
  const warn = levelOf(labels, "warn", "privileged");
  // Who enforces but says nothing of warnings warns of the same: templates are not refused, but their pods will be.
  const warnsToo =
    !(`${PREFIX}warn` in labels) && isLevel(labels[`${PREFIX}enforce`]) && enforce.level !== "privileged";
  if (!warnsToo) return { enforce, audit, warn };
  const version = `${PREFIX}warn-version` in labels ? warn.version : enforce.version;
  return { enforce, audit, warn: levelVersion(enforce.level, version) };
}

function levelOf(labels: Readonly<Record<string, string>>, mode: Mode, unreadable: Level): LevelVersion {
  const level = labels[PREFIX + mode];
  const version = labels[`${PREFIX}${mode}-version`];
  return levelVersion(
    level === undefined ? "privileged" : isLevel(level) ? level : unreadable,
    version !== undefined && VERSION.test(version) ? version : "latest",
  );
}

const levelVersion = (level: Level, version: string): LevelVersion => ({ level, version, text: `${level}:${version}` });

const isLevel = (text: string | undefined): text is Level => (LEVELS as readonly (string | undefined)[]).includes(text);

const VERSION = /^(latest|v1\.(0|[1-9]\d{0,17}))$/;

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

/** Only images matter: an update that leaves them alone is let through, for the policy may be younger than the pod. */
function isUnchanged({ operation, resource, object, previous }: AdmissionAttributes): boolean {
  if (operation !== "UPDATE" || resource !== "pods") return false;
  const { spec } = object as unknown as Pod;
  const { spec: before } = previous as unknown as Pod;
  return (
    imagesOf(spec.containers) === imagesOf(before.containers) &&
    imagesOf(spec.initContainers) === imagesOf(before.initContainers) &&
    (spec.ephemeralContainers ?? []).every(({ name, image }) =>
      before.ephemeralContainers?.some((other) => other.name === name && other.image === image),
    )
  );
}

const imagesOf = (containers: readonly { readonly image?: string }[] = []): string =>
  JSON.stringify(containers.map(({ image }) => image));

/** Bad labels are refused; a stricter level warns about the pods already there that would not meet it. */
function validateNamespace(attributes: AdmissionAttributes, store: Store): void {
  const labels = attributes.object!.metadata.labels ?? {};
  const before = attributes.previous?.metadata.labels ?? {};
  const errors = labelErrors(labels);
  if (errors.length && !deepEqual(errors, labelErrors(before)))
    throw invalid({ group: "", kind: "Namespace" }, attributes.name, errors);
  if (attributes.operation !== "UPDATE") return;
  const { enforce: next } = policyOf(labels);
  const { enforce: last } = policyOf(before);
  const relaxed = next.version === last.version && LEVELS.indexOf(next.level) <= LEVELS.indexOf(last.level);
  if (next.level === "privileged" || relaxed) return;
  const { name } = attributes.object!.metadata;
  const pods = [...store.snapshot().range(`/core/pods/${name}/`)].map(({ object }) => object as Pod);
  const checked = oneOfEachFirst(pods).slice(0, CHECKED_PODS);
  if (checked.length < pods.length) {
    const text = "new PodSecurity enforce level only checked against the first";
    attributes.warn(`${text} ${checked.length} of ${pods.length} existing pods`);
  }
  const names = new Map<string, string[]>();
  for (const pod of checked) {
    const found = violations({ spec: pod.spec, annotations: pod.metadata.annotations ?? {} }, next.level);
    if (!found.length) continue;
    const reasons = found.map((text) => text.split(" (", 1)[0]).join(", ");
    names.set(reasons, [...(names.get(reasons) ?? []), pod.metadata.name]);
  }
  if (names.size === 0) return;
  attributes.warn(`existing pods in namespace "${name}" violate the new PodSecurity enforce level "${next.text}"`);
  for (const text of [...names].map(podsText).toSorted(compareText)) attributes.warn(text);
}

function podsText([reasons, names]: readonly [string, readonly string[]]): string {
  const [first, ...others] = names.toSorted(compareText);
  const more = others.length === 1 ? " (and 1 other pod)" : ` (and ${others.length} other pods)`;
  return `${first}${others.length === 0 ? "" : more}: ${reasons}`;
}

/** One pod of each controller says most about the others, which come behind. */
function oneOfEachFirst(pods: readonly Pod[]): Pod[] {
  const controllers = new Set<string>();
  const first: Pod[] = [];
  const further: Pod[] = [];
  for (const pod of pods) {
    const uid = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (uid !== undefined && controllers.has(uid)) further.push(pod);
    else first.push(pod);
    if (uid !== undefined) controllers.add(uid);
  }
  return [...first, ...further];
}

function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = [];
  for (const mode of MODES) {
    const level = labels[PREFIX + mode];
    if (level !== undefined && !isLevel(level)) {
      errors.push(invalidField(`metadata.labels[${PREFIX}${mode}]`, level, `must be one of ${LEVELS.join(", ")}`));
    }
    const version = labels[`${PREFIX}${mode}-version`];
    if (version !== undefined && !VERSION.test(version)) {
      errors.push(invalidField(`metadata.labels[${PREFIX}${mode}-version]`, version, `must be "latest" or "v1.x"`));
    }
  }
  return errors;
}
