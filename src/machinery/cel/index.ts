/**
 * The Common Expression Language as Kubernetes has it: rules of custom resources, admission policies, match conditions.
 *
 *     const rule = compile("self.replicas <= 10", { variables: { self: typeOfSchema(schema) } });
 *     rule.run((name) => (name === "self" ? valueOfJson(json, schema) : undefined))   // true
 *
 * Compiling finds what can never work, in upstream's words ({@link CompileError}); running counts steps and throws
 * {@link CelError} for what went wrong in the expression and {@link CostExceeded} where it took too many.
 */
import type { Node } from "./ast.ts";
import { check } from "./checker.ts";
import type { Names } from "./checker.ts";
import { estimateCost } from "./cost.ts";
import { Compiler } from "./evaluator.ts";
import type { MakeStruct, Surroundings } from "./evaluator.ts";
import type { Estimate } from "./estimate.ts";
import { FunctionTable } from "./functions.ts";
import type { Library } from "./functions.ts";
import { CompileError, InstantiationError } from "./issue.ts";
import { literalIssues } from "./literal-issues.ts";
import { authorization } from "./library/authorizer.ts";
import { lists, optionals, sets } from "./library/collections.ts";
import { listParts } from "./library/list-parts.ts";
import { kubernetes } from "./library/kubernetes.ts";
import { standard } from "./library/standard.ts";
import { regex, strings } from "./library/strings.ts";
import { parse } from "./parser.ts";
import { sizesWithin } from "./paths.ts";
import type { Sizes } from "./paths.ts";
import { Run } from "./run.ts";
import type { Code } from "./run.ts";
import type { CelType } from "./types.ts";
import { CelError } from "./values.ts";

export { CompileError, InstantiationError } from "./issue.ts";
export { CostExceeded } from "./run.ts";
export { CelError } from "./values.ts";
export { JsonObject, escapeName, isIdentifier, typeOfSchema, valueOfJson } from "./json-values.ts";
export * as types from "./types.ts";
export type { CelType } from "./types.ts";
export type { Library } from "./functions.ts";

/** Upstream's limit for one run, in steps. */
const PER_CALL_LIMIT = 1_000_000;

export interface Environment {
  readonly variables: Readonly<Record<string, CelType>>;
  /** How large values can be, for estimates. Where it is left out, the type of `self` says it. */
  readonly sizes?: Sizes;
  /** Functions beside those that all expressions have. */
  readonly libraries?: readonly Library[];
  /** Types that `Name{…}` makes. */
  readonly struct?: Names["struct"];
  readonly makeStruct?: MakeStruct;
  /** There is `cel.bind(…)`. */
  readonly bindings?: boolean;
  /** False: nothing literal is made before a run, so that it costs what upstream's tables of costs say. */
  readonly optimize?: boolean;
}

export interface Program {
  readonly type: CelType;
  readonly node: Node;
  /** `lookUp` gives the variables' values. `limit` in steps. */
  run(lookUp: (name: string) => unknown, limit?: number): unknown;
  /** The same, and how many steps it took; `value` is the error where it failed. */
  measure(lookUp: (name: string) => unknown, limit?: number): { readonly value: unknown; readonly cost: number };
  /** Steps that a run can take, by the sizes that values can have. */
  estimate(): Estimate;
  /** Does the expression speak of this variable? */
  uses(name: string): boolean;
}

const LIBRARIES: readonly Library[] = [
  standard,
  optionals,
  sets,
  lists,
  listParts,
  strings,
  regex,
  kubernetes,
  authorization,
];
const common = new FunctionTable(LIBRARIES);

/** Throws {@link CompileError}. */
export function compile(source: string, environment: Environment): Program {
  const { variables, libraries = [], struct, makeStruct = noStruct, bindings = false, optimize = true } = environment;
  const { sizes = variables["self"] === undefined ? () => undefined : sizesWithin(variables["self"]) } = environment;
  const functions = libraries.length === 0 ? common : new FunctionTable([...LIBRARIES, ...libraries]);
  const node = parse(source, bindings);
  const names = new Set<string>();
  const variable = (name: string): CelType | undefined => {
    if (!Object.hasOwn(variables, name)) return undefined;
    names.add(name);
    return variables[name];
  };
  const checked = check(node, functions, { variable, ...(struct && { struct }) });
  const { type } = checked;
  const issues = checked.issues.length > 0 ? checked.issues : literalIssues(node, checked);
  if (issues.length > 0) throw new CompileError(source, issues);
  const code = instantiated(node, type, {
    functions,
    makeStruct,
    optimize,
    types: checked.types,
    overloads: checked.overloads,
  });
  return {
    type,
    node,
    uses: (name) => names.has(name),
    estimate: () => estimateCost(node, checked, sizes),
    run: (lookUp, limit = PER_CALL_LIMIT) => new Run(lookUp, limit).of(code),
    measure(lookUp, limit = PER_CALL_LIMIT) {
      const run = new Run(lookUp, limit);
      try {
        return { value: run.of(code), cost: run.cost };
      } catch (error) {
        return { value: error, cost: run.cost };
      }
    },
  };
}

function instantiated(node: Node, type: CelType, surroundings: Surroundings): Code {
  try {
    return new Compiler(surroundings).compile(node);
  } catch (error) {
    throw error instanceof CelError ? new InstantiationError(error, type) : error;
  }
}

function noStruct(name: string): never {
  throw new CelError(`unknown type: ${name}`);
}
