/**
 * Which webhooks a request is to be shown to, and as what.
 *
 * The configurations are looked up in the store with each request, so that a webhook is in force from the moment its
 * configuration is stored. Without configurations that is one look at a count.
 */
import type { MutatingWebhook } from "../../../api/admissionregistration/mutating-webhook-configuration.ts";
import type { ValidatingWebhook } from "../../../api/admissionregistration/validating-webhook-configuration.ts";
import type { KubeObject } from "../../../machinery/kind.ts";
import type { Scheme } from "../../../machinery/scheme.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { namespaceMatches, namespaceOf, placeOf } from "../matching.ts";
import type { Place } from "../matching.ts";
import { standing } from "../standing.ts";

export type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, "reinvocationPolicy">>;

export interface Hook {
  readonly webhook: Webhook;
  readonly configuration: string;
  /** Tells webhooks of one name apart. */
  readonly id: string;
  /** Among all webhooks of its sort. */
  readonly index: number;
}

/** A webhook that concerns a request, as far as that does not depend on the object. */
export interface Invocation extends Hook, Place {}

export const MUTATING = "/admissionregistration.k8s.io/mutatingwebhookconfigurations/";
export const VALIDATING = "/admissionregistration.k8s.io/validatingwebhookconfigurations/";

type Configuration = KubeObject & { readonly webhooks?: readonly Webhook[] };

/** Shapes of requests whose webhooks are remembered. */
const MOST_SHAPES = 500;

/** The webhooks of all configurations of one sort. What concerns a request is worked out once for each shape of request. */
export class HookIndex {
  readonly #store: Store;
  readonly #scheme: Scheme;
  readonly #standing: () => readonly Configuration[];
  #configurations: readonly Configuration[] = [];
  #generation = -1;
  #hooks: readonly Hook[] = [];
  readonly #shapes = new Map<string, readonly Invocation[]>();

  constructor(store: Store, scheme: Scheme, prefix: string) {
    this.#store = store;
    this.#scheme = scheme;
    this.#standing = standing<Configuration>(store, prefix);
  }

  /** False where nothing is configured: the cheap first look. */
  get any(): boolean {
    return this.#standing().length > 0;
  }

  /** Those whose rules and namespace selector fit; by the configurations' names, and as each configuration lists them. */
  for(attributes: AdmissionAttributes): readonly Invocation[] {
    const found = this.#byRules(attributes);
    if (found.length === 0) return found;
    const namespace = namespaceOf(this.#store, attributes);
    return found.filter(({ webhook }) => namespaceMatches(webhook.namespaceSelector, attributes, namespace));
  }

  #byRules(attributes: AdmissionAttributes): readonly Invocation[] {
    this.#refresh();
    const { operation, kind, group, version, resource, subresource = "", namespace } = attributes;
    const where = namespace === undefined ? "" : "namespaced";
    const shape = `${operation} ${group} ${version} ${resource} ${subresource} ${kind.kind} ${where}`;
    let found = this.#shapes.get(shape);
    if (found === undefined) {
      found = this.#hooks.flatMap((hook) => {
        const { rules = [], matchPolicy } = hook.webhook;
        const place = placeOf(rules, matchPolicy, this.#scheme, attributes);
        return place === undefined ? [] : [{ ...hook, ...place }];
      });
      if (this.#shapes.size >= MOST_SHAPES) this.#shapes.clear();
      this.#shapes.set(shape, found);
    }
    return found;
  }

  /** Looks whether the configurations, or the kinds that are served, are still those that were looked at last. */
  #refresh(): void {
    const configurations = this.#standing();
    if (this.#configurations === configurations && this.#generation === this.#scheme.generation) return;
    this.#configurations = configurations;
    this.#generation = this.#scheme.generation;
    this.#hooks = configurations.flatMap(hooksOf).map((hook, index) => ({ ...hook, index }));
    this.#shapes.clear();
  }
}

function hooksOf({ metadata: { name }, webhooks = [] }: Configuration): Omit<Hook, "index">[] {
  return webhooks.map((webhook) => ({ webhook, configuration: name, id: `${name}/${webhook.name}` }));
}
