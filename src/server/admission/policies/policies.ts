/** What validating and mutating policies share: who is bound to what, and the values their expressions read. */
import type {
  MatchCondition,
  MatchResources,
  ParamKind,
  ParamRef,
  Variable,
} from "../../../api/admissionregistration/matching.ts";
import { compileAdmission } from "../../../machinery/cel/admission.ts";
import { CelError, CompileError, CostExceeded, valueOfJson } from "../../../machinery/cel/index.ts";
import type { Program } from "../../../machinery/cel/index.ts";
import type { CelMap } from "../../../machinery/cel/values.ts";
import type { KubeObject } from "../../../machinery/kind.ts";
import type { Scheme } from "../../../machinery/scheme.ts";
import { compileSelector } from "../../../machinery/selectors.ts";
import type { Store } from "../../../store/store.ts";
import { resourceOf } from "../../resource.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { matches, namespaceOf } from "../matching.ts";
import { requestOf } from "../request.ts";

/** What has expressions: a policy's spec, or a webhook with its conditions. */
export interface Expressions {
  readonly paramKind?: ParamKind;
  readonly matchConditions?: readonly MatchCondition[];
  readonly variables?: readonly Variable[];
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

/** A policy with one of its bindings, for one request. */
export interface Bound<P extends Policy, B extends Binding> {
  readonly policy: P;
  readonly binding: B;
  readonly namespace: KubeObject | undefined;
}

/** Upstream's budget for the expressions of one policy, in steps. */
const BUDGET = 10_000_000;

/** All bindings that concern the request, by the policies' names. */
export function boundTo<P extends Policy, B extends Binding>(
  store: Store,
  resources: { readonly policies: string; readonly bindings: string },
  attributes: AdmissionAttributes,
): Bound<P, B>[] {
  const snapshot = store.snapshot();
  const prefix = `/admissionregistration.k8s.io/${resources.bindings}/`;
  if (snapshot.count(prefix) === 0) return [];
  const namespace = namespaceOf(store, attributes);
  const found: Bound<P, B>[] = [];
  for (const { object } of snapshot.range(prefix)) {
    const binding = object as B;
    const entry = store.head(`/admissionregistration.k8s.io/${resources.policies}/${binding.spec.policyName}`);
    if (entry === undefined) continue;
    const policy = entry.object as P;
    const applies =
      matches(policy.spec.matchConstraints, attributes, namespace) &&
      matches(binding.spec.matchResources, attributes, namespace);
    if (applies) found.push({ policy, binding, namespace });
  }
  return found.toSorted((a, b) => (a.policy.metadata.name < b.policy.metadata.name ? -1 : 1));
}

/** Compiled expressions, kept with the policy they stand in. */
const programs = new WeakMap<object, Map<string, Program>>();

/** The values that the expressions of one policy read for one request; variables are worked out when they are read. */
export class Evaluation {
  readonly #spec: Expressions;
  readonly #values: Record<string, unknown>;
  #left = BUDGET;

  constructor(spec: Expressions, namespace: KubeObject | undefined, attributes: AdmissionAttributes, params?: unknown) {
    this.#spec = spec;
    const json = (value: unknown): unknown => valueOfJson(value ?? null);
    this.#values = {
      object: json(attributes.object),
      oldObject: json(attributes.previous),
      request: json(requestOf(attributes)),
      namespaceObject: json(namespace),
      params: json(params),
      variables: this.#variables(),
    };
  }

  /** Throws {@link CelError} or the compiler's error. */
  run(source: string): unknown {
    const { value, cost } = this.#program(source).measure((name) => this.#values[name]);
    this.#left -= cost;
    if (value instanceof CostExceeded || this.#left < 0) {
      throw new CelError(
        "validation failed due to running out of cost budget, no further validation rules will be run",
      );
    }
    if (value instanceof Error) throw value;
    return value;
  }

  /**
   * The name of a condition that does not hold; undefined where all do. One that does not hold decides, also where
   * others cannot be evaluated; otherwise throws {@link CelError} with what went wrong.
   */
  unmet(): string | undefined {
    const failures: string[] = [];
    for (const { name, expression } of this.#spec.matchConditions ?? []) {
      try {
        if (this.run(expression) !== true) return name;
      } catch (error) {
        if (!(error instanceof CelError || error instanceof CompileError)) throw error;
        failures.push(`expression '${expression}' resulted in error: ${error.message}`);
      }
    }
    if (failures.length > 0) throw new CelError(failures.length === 1 ? failures[0]! : `[${failures.join(", ")}]`);
    return undefined;
  }

  #program(source: string): Program {
    let known = programs.get(this.#spec);
    if (known === undefined) programs.set(this.#spec, (known = new Map()));
    let program = known.get(source);
    if (program === undefined) {
      const variables = (this.#spec.variables ?? []).map(({ name }) => name);
      program = compileAdmission(source, { variables, params: this.#spec.paramKind !== undefined });
      known.set(source, program);
    }
    return program;
  }

  #variables(): CelMap {
    const sources = new Map((this.#spec.variables ?? []).map(({ name, expression }) => [name, expression]));
    const made = new Map<string, unknown>();
    return {
      size: sources.size,
      keys: () => sources.keys(),
      get: (key) => {
        const source = sources.get(String(key));
        if (source === undefined) return undefined;
        if (!made.has(String(key))) made.set(String(key), this.run(source));
        return made.get(String(key));
      },
    };
  }
}

export const NO_PARAMS =
  "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction";

/** Where objects of a kind lie in the store; undefined where there is no such kind. */
export type Locate = (
  apiVersion: string,
  kind: string,
) => { readonly prefix: string; readonly namespaced: boolean } | undefined;

/** Finds the kinds a server serves at the moment, custom ones included. */
export function locateIn(scheme: Scheme): Locate {
  return (apiVersion, name) => {
    const kind = scheme.byApiVersion(apiVersion, name);
    if (kind === undefined) return undefined;
    const { prefix, namespaced } = resourceOf(kind);
    return { prefix, namespaced };
  };
}

/** The parameters of a binding: one evaluation for each. `missing` where the binding insists on some. */
export function paramsOf(
  store: Store,
  locate: Locate,
  { policy, binding }: Bound<Policy, Binding>,
  { namespace = "" }: AdmissionAttributes,
): readonly unknown[] | "missing" {
  const { paramKind } = policy.spec;
  const { paramRef } = binding.spec;
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const place = locate(paramKind.apiVersion ?? "", paramKind.kind ?? "");
  const found: unknown[] = [];
  if (place !== undefined) {
    const inner = place.namespaced ? `${place.prefix}${paramRef.namespace || namespace}/` : place.prefix;
    if (paramRef.name) {
      const entry = store.head(inner + paramRef.name);
      if (entry !== undefined) found.push(entry.object);
    } else {
      const holds = compileSelector(paramRef.selector);
      for (const { object } of store.snapshot().range(inner)) {
        if (holds((object as KubeObject).metadata.labels)) found.push(object);
      }
    }
  }
  if (found.length > 0) return found;
  return paramRef.parameterNotFoundAction === "Allow" ? [] : "missing";
}
