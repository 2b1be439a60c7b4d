/**
 * Expressions of policies and webhooks over one request. Values are read where they lie; variables are worked out when they
 * are read. Where an expression asks the authorizer something that has to be waited for, it is run once more afterwards.
 */
import type { MatchCondition, ParamKind, Variable } from "../../../api/admissionregistration/matching.ts";
import { compileAdmission } from "../../../machinery/cel/admission.ts";
import { NAMESPACE_SCHEMA, REQUEST_SCHEMA } from "../../../machinery/cel/admission-types.ts";
import { CelError, CompileError, CostExceeded, types, valueOfJson } from "../../../machinery/cel/index.ts";
import type { CelType, Program } from "../../../machinery/cel/index.ts";
import { authorizerValue } from "../../../machinery/cel/library/authorizer.ts";
import type { CelMap } from "../../../machinery/cel/values.ts";
import { quote } from "../../../machinery/go-text.ts";
import type { KubeObject } from "../../../machinery/kind.ts";
import type { AdmissionAttributes } from "../admission.ts";
import type { Place } from "../matching.ts";
import { requestOf } from "../request.ts";
import type { Versioned } from "../versions.ts";
import { Waiting } from "./decisions.ts";
import type { Decisions } from "./decisions.ts";

/** What has expressions: a policy's spec, or a webhook with its conditions. */
export interface Expressions {
  readonly paramKind?: ParamKind;
  readonly matchConditions?: readonly MatchCondition[];
  readonly variables?: readonly Variable[];
}

/** Upstream's budgets in steps: of all conditions, and of all expressions of one sort beside them. */
const CONDITIONS = 2_500_000;
const EXPRESSIONS = 10_000_000;

/** Steps that expressions have left together. */
export class Budget {
  #left: number;

  constructor(steps = EXPRESSIONS) {
    this.#left = steps;
  }

  /** Throws {@link OutOfBudget}. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new OutOfBudget();
  }
}

export class OutOfBudget extends CelError {
  constructor() {
    super("validation failed due to running out of cost budget, no further validation rules will be run");
  }
}

/** An expression and what went wrong in it, as upstream tells it. */
const failureOf = (source: string, error: Error): CelError =>
  new CelError(`expression '${source}' resulted in error: ${error.message}`);

export interface Subject {
  readonly attributes: AdmissionAttributes;
  /** As what the request is looked at. */
  readonly place: Place;
  /** Its objects in that version. */
  readonly versioned: Versioned;
  readonly decisions: Decisions;
  readonly namespace?: KubeObject | undefined;
  readonly params?: unknown;
}

/** Compiled expressions, kept with the policy or webhook they stand in. */
const programs = new WeakMap<object, Map<string, Program>>();

export class Evaluation {
  readonly #spec: Expressions;
  readonly #subject: Subject;
  /** Made when they are first read: most expressions look at the object alone. */
  readonly #values = new Map<string, unknown>();
  #budget = new Budget();

  constructor(spec: Expressions, subject: Subject) {
    this.#spec = spec;
    this.#subject = subject;
  }

  /** Throws {@link CelError}: {@link OutOfBudget} where nothing more can be run, else for this expression alone. */
  async run(source: string, budget: Budget): Promise<unknown> {
    this.#budget = budget;
    for (;;) {
      try {
        return this.#evaluate(source);
      } catch (error) {
        if (error instanceof OutOfBudget) throw error;
        if (error instanceof CompileError) throw new CelError(`compilation error: ${error.reason}`);
        if (error instanceof CelError) throw failureOf(source, error);
        if (!(error instanceof Waiting)) throw error;
        await error.until;
      }
    }
  }

  /**
   * The name of a condition that does not hold; undefined where all do. One that does not hold decides, also where
   * others cannot be evaluated; otherwise throws {@link CelError} with what went wrong.
   */
  async unmet(): Promise<string | undefined> {
    const { matchConditions = [] } = this.#spec;
    if (matchConditions.length === 0) return undefined;
    const failures: string[] = [];
    const budget = new Budget(CONDITIONS);
    for (const { name, expression } of matchConditions) {
      try {
        if ((await this.run(expression, budget)) !== true) return name;
      } catch (error) {
        if (!(error instanceof CelError) || error instanceof OutOfBudget) throw error;
        failures.push(error.message);
      }
    }
    if (failures.length > 0) throw new CelError(failures.length === 1 ? failures[0]! : `[${failures.join(", ")}]`);
    return undefined;
  }

  #evaluate(source: string): unknown {
    const { value, cost } = this.#program(source).measure(this.#lookUp);
    // It will be run from the beginning, and paid for then.
    if (value instanceof Waiting) throw value;
    this.#budget.spend(cost);
    if (value instanceof CostExceeded) throw new CelError(value.message);
    if (value instanceof Error) throw value;
    return value;
  }

  readonly #lookUp = (name: string): unknown => {
    let value = this.#values.get(name);
    if (value === undefined) this.#values.set(name, (value = this.#valueOf(name)));
    return value;
  };

  #valueOf(name: string): unknown {
    const { attributes, place, versioned, decisions, namespace, params } = this.#subject;
    switch (name) {
      case "object":
        return valueOfJson(versioned.object ?? null);
      case "oldObject":
        return valueOfJson(versioned.previous ?? null);
      case "request":
        return valueOfJson(requestOf(attributes, place), REQUEST_SCHEMA);
      case "namespaceObject":
        return valueOfJson(namespace ?? null, NAMESPACE_SCHEMA);
      case "params":
        return valueOfJson(params ?? null);
      case "authorizer": {
        const { user, group, resource, subresource = "", name: called, namespace: inside = "" } = attributes;
        return authorizerValue(user, decisions.ask, { group, resource, subresource, namespace: inside, name: called });
      }
      case "variables":
        return this.#variables();
      default:
        return undefined;
    }
  }

  /** What it may speak of was checked when it was stored. */
  #program(source: string): Program {
    let known = programs.get(this.#spec);
    if (known === undefined) programs.set(this.#spec, (known = new Map()));
    let program = known.get(source);
    if (program === undefined) {
      const variables = Object.fromEntries(
        (this.#spec.variables ?? []).map(({ name }): [string, CelType] => [name, types.DYN]),
      );
      const params = this.#spec.paramKind !== undefined;
      program = compileAdmission(source, { variables, params, authorizer: true, patch: true });
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
        const name = String(key);
        const source = sources.get(name);
        if (source === undefined) return undefined;
        if (!made.has(name)) made.set(name, this.#variable(name, source));
        return made.get(name);
      },
    };
  }

  #variable(name: string, source: string): unknown {
    try {
      return this.#evaluate(source);
    } catch (error) {
      if (error instanceof OutOfBudget || !(error instanceof CelError)) throw error;
      throw new CelError(`composited variable ${quote(name)} fails to evaluate: ${error.message}`);
    }
  }
}
