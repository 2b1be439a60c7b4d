/**
 * Which webhooks a request is to be shown to, and as what: where no rule names the resource that was asked for,
 * `matchPolicy: Equivalent` takes a rule for another version of the same objects, and the webhook sees them in that one.
 *
 * The configurations are read from the store with each request, so that a webhook is in force from the moment its
 * configuration is stored. Without configurations that is one look at a count.
 */
import type { MutatingWebhook } from "../../../api/admissionregistration/mutating-webhook-configuration.ts";
import type { ValidatingWebhook } from "../../../api/admissionregistration/validating-webhook-configuration.ts";
import type { Kind, KubeObject } from "../../../machinery/kind.ts";
import type { Scheme } from "../../../machinery/scheme.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { namespaceMatches, ruleMatches } from "../matching.ts";
import type { GroupVersionResource } from "../request.ts";

export type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, "reinvocationPolicy">>;

export interface Hook {
  readonly webhook: Webhook;
  readonly configuration: string;
  /** Tells webhooks of one name apart. */
  readonly id: string;
}

/** A webhook that concerns a request, as far as that does not depend on the object. */
export interface Invocation extends Hook {
  /** Among all webhooks of its sort. */
  readonly index: number;
  readonly kind: Kind;
  readonly resource: GroupVersionResource;
}

export const MUTATING = "/admissionregistration.k8s.io/mutatingwebhookconfigurations/";
export const VALIDATING = "/admissionregistration.k8s.io/validatingwebhookconfigurations/";

export const hasHooks = (store: Store, prefix: string): boolean => store.snapshot().count(prefix) > 0;

/** By the configurations' names, and in the order in which each names them. */
export function invocationsOf(
  store: Store,
  scheme: Scheme,
  prefix: string,
  attributes: AdmissionAttributes,
  namespace: KubeObject | undefined,
): readonly Invocation[] {
  const found: Invocation[] = [];
  let index = 0;
  for (const { object } of store.snapshot().range(prefix)) {
    for (const hook of hooksOf(object as Configuration)) {
      const place = placeOf(hook.webhook, scheme, attributes);
      if (place !== undefined && namespaceMatches(hook.webhook.namespaceSelector, attributes, namespace)) {
        found.push({ ...hook, ...place, index });
      }
      index++;
    }
  }
  return found;
}

type Configuration = KubeObject & { readonly webhooks?: readonly Webhook[] };

const known = new WeakMap<Configuration, readonly Hook[]>();

function hooksOf(configuration: Configuration): readonly Hook[] {
  let hooks = known.get(configuration);
  if (hooks === undefined) {
    const { name } = configuration.metadata;
    hooks = (configuration.webhooks ?? []).map((webhook) => ({
      webhook,
      configuration: name,
      id: `${name}/${webhook.name}`,
    }));
    known.set(configuration, hooks);
  }
  return hooks;
}

function placeOf(
  { rules = [], matchPolicy }: Webhook,
  scheme: Scheme,
  attributes: AdmissionAttributes,
): Pick<Invocation, "kind" | "resource"> | undefined {
  const { kind, group, version, resource } = attributes;
  if (rules.some((rule) => ruleMatches(rule, attributes))) return { kind, resource: { group, version, resource } };
  if (matchPolicy === "Exact") return undefined;
  const equivalents = equivalentsOf(scheme, attributes);
  for (const rule of rules) {
    const other = equivalents.find((each) => ruleMatches(rule, { ...attributes, ...each.resource }));
    if (other !== undefined) return other;
  }
  return undefined;
}

/** Other versions of the same objects. What a subresource speaks of, such as a Scale, is the same in all of them. */
function equivalentsOf(
  scheme: Scheme,
  { kind, group, version, resource, subresource }: AdmissionAttributes,
): Pick<Invocation, "kind" | "resource">[] {
  const asked = scheme.byResource(group, version, resource);
  if (asked === undefined) return [];
  return scheme
    .served(asked.storage)
    .filter((face) => face !== asked && (subresource === undefined || face.subresources[subresource] !== undefined))
    .map((face) => ({
      kind: kind === asked || kind.kind === asked.kind ? face : kind,
      resource: { group: face.group, version: face.version, resource: face.names.plural },
    }));
}
