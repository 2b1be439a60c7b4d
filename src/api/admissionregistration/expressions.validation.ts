/** What the compiler says of a policy's expressions. */
import { compileAdmission } from "../../machinery/cel/admission.ts";
import { CompileError, types } from "../../machinery/cel/index.ts";
import { invalid } from "../../machinery/field-errors.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import type { MatchCondition, ParamKind, Variable } from "./matching.ts";
import type { Mutation } from "./mutating-admission-policy.ts";
import type { AuditAnnotation, Validation } from "./validating-admission-policy.ts";

export interface PolicyExpressions {
  readonly paramKind?: ParamKind;
  readonly matchConditions?: readonly MatchCondition[];
  readonly variables?: readonly Variable[];
  readonly validations?: readonly Validation[];
  readonly auditAnnotations?: readonly AuditAnnotation[];
  readonly mutations?: readonly Mutation[];
}

/** Expressions that are empty are told elsewhere. Variables may speak of those before them. */
export function expressionErrors(spec: PolicyExpressions, at: Path): FieldError[] {
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [], mutations = [] } = spec;
  const params = spec.paramKind !== undefined;
  const names = variables.map(({ name }) => name);
  const errors: FieldError[] = [];
  const check = (source: string | undefined, where: Path, wanted: readonly string[], known = names): void => {
    if (source === undefined || source.trim() === "") return;
    const text = compileText(source, known, params, wanted);
    if (text !== undefined) errors.push(invalid(where, source, text));
  };
  matchConditions.forEach(({ expression }, index) => {
    check(expression, at.child("matchConditions").index(index).child("expression"), ["bool"]);
  });
  variables.forEach(({ expression }, index) => {
    check(expression, at.child("variables").index(index).child("expression"), [], names.slice(0, index));
  });
  validations.forEach(({ expression, messageExpression }, index) => {
    const here = at.child("validations").index(index);
    check(expression, here.child("expression"), ["bool"]);
    check(messageExpression, here.child("messageExpression"), ["string"]);
  });
  auditAnnotations.forEach(({ valueExpression }, index) => {
    check(valueExpression, at.child("auditAnnotations").index(index).child("valueExpression"), ["string", "null"]);
  });
  mutations.forEach(({ applyConfiguration, jsonPatch }, index) => {
    const here = at.child("mutations").index(index);
    check(applyConfiguration?.expression, here.child("applyConfiguration", "expression"), []);
    check(jsonPatch?.expression, here.child("jsonPatch", "expression"), ["list"]);
  });
  return errors;
}

/** Undefined where the expression is in order; `wanted` names the types it may have, all where there are none. */
function compileText(
  source: string,
  variables: readonly string[],
  params: boolean,
  wanted: readonly string[],
): string | undefined {
  try {
    const { type } = compileAdmission(source, { variables, params });
    if (wanted.length === 0 || type.name === "dyn" || wanted.includes(type.name)) return undefined;
    return `must evaluate to ${wanted.join(" or ")} but got ${types.typeText(type)}`;
  } catch (error) {
    if (error instanceof CompileError) return `compilation failed: ${error.message}`;
    throw error;
  }
}
