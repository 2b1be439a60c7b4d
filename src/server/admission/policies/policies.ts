/** What validating and mutating policies share: who is bound to what, and with which parameters. */
import type { MatchResources, ParamRef } from "../../../api/admissionregistration/matching.ts";
import { CelError } from "../../../machinery/cel/index.ts";
import { compareText } from "../../../machinery/go-text.ts";
import type { KubeObject } from "../../../machinery/kind.ts";
import type { Scheme } from "../../../machinery/scheme.ts";
import { compileSelector } from "../../../machinery/selectors.ts";
import type { Entry, Store } from "../../../store/store.ts";
import type { Authorizer } from "../../authorization/authorizer.ts";
import { resourceOf } from "../../resource.ts";
import type { Resource } from "../../resource.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { namespaceOf, placeFor } from "../matching.ts";
import { typeText } from "../request.ts";
import type { Place } from "../matching.ts";
import { standing } from "../standing.ts";
import type { Expressions } from "./evaluation.ts";

/** What policies need of the server they run in. */
export interface PolicyHost {
  readonly store: Store;
  readonly scheme: Scheme;
  readonly authorizer: Authorizer;
}

export interface Policy extends KubeObject {
  readonly spec: Expressions & {
    readonly matchConstraints?: MatchResources;
    readonly failurePolicy?: string;
  };
}

export interface Binding extends KubeObject {
  readonly spec: {
    readonly policyName: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
  };
}

/** A policy with one of its bindings, for one request, and as what it looks at that. */
export interface Bound<P extends Policy, B extends Binding> extends Place {
  readonly policy: P;
  readonly binding: B;
  /** Why no binding of the policy can be followed. */
  readonly misconfigured?: string;
}

/** Finds all bindings that concern a request, by the policies' names. */
export function findingBound<P extends Policy, B extends Binding>(
  { store, scheme }: PolicyHost,
  resources: { readonly policies: string; readonly bindings: string },
): (attributes: AdmissionAttributes) => Bound<P, B>[] {
  const bindings = standing<B>(store, `/admissionregistration.k8s.io/${resources.bindings}/`);
  return (attributes) => {
    const all = bindings();
    if (all.length === 0) return [];
    const namespace = namespaceOf(store, attributes);
    const found: Bound<P, B>[] = [];
    const misconfigured = new Set<string>();
    for (const binding of all) {
      const entry = store.head(`/admissionregistration.k8s.io/${resources.policies}/${binding.spec.policyName}`);
      if (entry === undefined) continue;
      const policy = entry.object as P;
      const place = placeFor(policy.spec.matchConstraints, scheme, attributes, namespace);
      if (place === undefined || misconfigured.has(policy.metadata.name)) continue;
      const why = unknownParams(policy, scheme);
      if (why !== undefined) {
        // Said once, whatever its bindings are about.
        misconfigured.add(policy.metadata.name);
        found.push({ policy, binding, ...place, misconfigured: why });
        continue;
      }
      if (placeFor(binding.spec.matchResources, scheme, attributes, namespace) === undefined) continue;
      found.push({ policy, binding, ...place });
    }
    return found.toSorted((a, b) => compareText(a.policy.metadata.name, b.policy.metadata.name));
  };
}

function unknownParams({ spec: { paramKind } }: Policy, scheme: Scheme): string | undefined {
  if (paramKind === undefined) return undefined;
  const { apiVersion = "", kind = "" } = paramKind;
  if (scheme.byApiVersion(apiVersion, kind) !== undefined) return undefined;
  return `failed to find resource referenced by paramKind: '${typeText(apiVersion, kind)}'`;
}

/** A policy or binding that cannot be followed. */
export class Misconfigured extends CelError {
  readonly what: "policy" | "binding";

  constructor(why: string, what: "policy" | "binding" = "binding") {
    super(`failed to configure ${what}: ${why}`);
    this.what = what;
  }
}

export interface Param {
  /** Tells it from the others of its binding. */
  readonly id: string;
  readonly object: KubeObject | undefined;
}

const NONE: readonly Param[] = [{ id: "", object: undefined }];

/** The parameters of a binding: one evaluation for each. Throws {@link Misconfigured} where it insists on some. */
export async function paramsOf(
  { store, scheme }: PolicyHost,
  { policy, binding, misconfigured }: Bound<Policy, Binding>,
  { namespace = "" }: AdmissionAttributes,
): Promise<readonly Param[]> {
  if (misconfigured !== undefined) throw new Misconfigured(misconfigured, "policy");
  const { paramKind } = policy.spec;
  const { paramRef } = binding.spec;
  if (paramKind === undefined || paramRef === undefined) return NONE;
  const kind = scheme.byApiVersion(paramKind.apiVersion ?? "", paramKind.kind ?? "");
  const resource = kind && resourceOf(kind);
  const entries = resource === undefined ? [] : entriesOf(store, resource, paramRef, namespace);
  if (entries.length === 0 && paramRef.parameterNotFoundAction !== "Allow") {
    throw new Misconfigured("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
  await resource?.ready(entries);
  return entries.map((entry) => ({ id: entry.key, object: resource!.view(entry) }));
}

function entriesOf(store: Store, resource: Resource, ref: ParamRef, namespace: string): Entry[] {
  const where = ref.namespace || namespace;
  if (!resource.namespaced && ref.namespace) {
    throw new Misconfigured("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  }
  if (resource.namespaced && where === "") {
    throw new Misconfigured("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  }
  if (ref.name) {
    const entry = store.head(resource.keyOf(where, ref.name));
    return entry === undefined ? [] : [entry];
  }
  const holds = compileSelector(ref.selector);
  const all = store.snapshot().range(resource.prefixOf(where));
  return [...all].filter(({ object }) => holds((object as KubeObject).metadata.labels));
}
