/**
 * Pod Security: a namespace's labels say which standard its pods must meet (`enforce`), and which violations are told
 * to the client (`warn`) or the audit log (`audit`). Templates only warn; pods are refused.
 */
import type { Namespace, Pod, PodSpec } from "../../../api/core/index.ts";
import { forbidden } from "../../../machinery/errors.ts";
import { errorText } from "../../../machinery/field-errors.ts";
import type { FieldError } from "../../../machinery/field-errors.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { podOf } from "../pods.ts";
import type { PodView } from "./check.ts";
import type { PodSecurityConfiguration } from "./configuration.ts";
import { NO_CONFIGURATION } from "./configuration.ts";
import { violations } from "./evaluation.ts";
import { validateNamespace } from "./namespaces.ts";
import type { Labels, LevelVersion } from "./policy.ts";
import { PREFIX, allowAll, policies } from "./policy.ts";

/** Whose template makes pods, by group. */
const TEMPLATES: Readonly<Record<string, ReadonlySet<string>>> = {
  "": new Set(["replicationcontrollers", "podtemplates"]),
  apps: new Set(["replicasets", "deployments", "statefulsets", "daemonsets"]),
  batch: new Set(["jobs", "cronjobs"]),
};

const NO_LABELS: Labels = {};

export function podSecurity(store: Store, configuration = NO_CONFIGURATION): AdmissionPlugin {
  const policyOf = policies(configuration.defaults);
  const labelsOf = (namespace: string): Labels =>
    (store.head(`/core/namespaces/${namespace}`)?.object as Namespace | undefined)?.metadata.labels ?? NO_LABELS;

  return {
    name: "PodSecurity",
    handles: (attributes) =>
      (attributes.operation === "CREATE" || attributes.operation === "UPDATE") &&
      (isIn(attributes, "namespaces")
        ? !attributes.subresource
        : isIn(attributes, "pods")
          ? !attributes.subresource || attributes.subresource === "ephemeralcontainers"
          : !attributes.subresource && TEMPLATES[attributes.group]?.has(attributes.resource) === true),
    validate(attributes) {
      if (isIn(attributes, "namespaces")) return validateNamespace(attributes, { store, configuration, policyOf });
      const isPod = isIn(attributes, "pods");
      const exempt = exemption(attributes, configuration);
      if (exempt !== undefined) return attributes.annotate(`${PREFIX}exempt`, exempt);
      const { enforce, audit, warn, errors, idle } = policyOf(labelsOf(attributes.namespace!));
      if (idle || (!isPod && errors.length === 0 && allowAll(audit, warn))) return;
      const view = viewOf(attributes);
      if (!view || isUnchanged(attributes)) return;
      const { runtimeClassName = "" } = view.spec;
      if (configuration.exemptions.runtimeClasses.has(runtimeClassName)) {
        return attributes.annotate(`${PREFIX}exempt`, "runtimeClass");
      }
      if (errors.length > 0) attributes.annotate(`${PREFIX}error`, `Failed to parse policy: ${errorsText(errors)}`);
      if (isPod) attributes.annotate(`${PREFIX}enforce-policy`, enforce.text);
      const audited = wouldViolate(view, audit);
      if (audited !== undefined) attributes.annotate(`${PREFIX}audit-violations`, audited);
      if (isPod) refuseViolations(attributes, view, enforce);
      const warned = wouldViolate(view, warn);
      if (warned !== undefined) attributes.warn(warned);
    },
  };
}

/** Why the request is not looked at, as it is noted. */
function exemption(
  { namespace = "", user }: AdmissionAttributes,
  { exemptions }: PodSecurityConfiguration,
): string | undefined {
  if (exemptions.namespaces.has(namespace)) return "namespace";
  return exemptions.usernames.has(user.username) ? "user" : undefined;
}

const isIn = ({ group, resource }: AdmissionAttributes, core: string): boolean => group === "" && resource === core;

function errorsText(errors: readonly FieldError[]): string {
  const texts = errors.map(errorText);
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

function wouldViolate(view: PodView, policy: LevelVersion): string | undefined {
  const found = violations(view, policy);
  return found === undefined ? undefined : `would violate PodSecurity "${policy.text}": ${found}`;
}

function refuseViolations({ group, resource, name }: AdmissionAttributes, view: PodView, policy: LevelVersion): void {
  const found = violations(view, policy);
  if (found !== undefined) {
    throw forbidden({ group, resource }, name, `violates PodSecurity "${policy.text}": ${found}`);
  }
}

/** The pod, or the pod that a template would make; undefined where there is none. */
function viewOf(attributes: AdmissionAttributes): PodView | undefined {
  if (isIn(attributes, "pods")) {
    const pod = podOf(attributes) as Pod;
    return { spec: pod.spec, annotations: pod.metadata.annotations ?? {} };
  }
  const { spec, template: own } = attributes.object as unknown as {
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
