/** What is wrong with a policy's expressions for the kinds that it matches: they would fail only when a request comes. */
import type {
  ExpressionWarning,
  ValidatingAdmissionPolicySpec,
} from "../../api/admissionregistration/validating-admission-policy.ts";
import { compileAdmission, typeOfVariable } from "../../machinery/cel/admission.ts";
import type { AdmissionExpression } from "../../machinery/cel/admission.ts";
import { CompileError, InstantiationError, types } from "../../machinery/cel/index.ts";
import type { CelType } from "../../machinery/cel/index.ts";
import { path } from "../../machinery/field-errors.ts";
import type { GroupVersionKind } from "../../machinery/openapi/definitions.ts";
import { apiVersionOf } from "../../machinery/scheme.ts";

/** A kind, and what expressions know of its objects. */
export interface TypedKind {
  readonly kind: GroupVersionKind;
  readonly type: CelType;
}

/** `params`: the type of the parameters, where the policy has some and it is known. */
export function expressionWarnings(
  spec: ValidatingAdmissionPolicySpec,
  kinds: readonly TypedKind[],
  params: CelType | undefined,
): ExpressionWarning[] {
  const scopes = kinds.map(({ kind, type }) => ({ kind, scope: scopeOf(spec, type, params) }));
  const warnings: ExpressionWarning[] = [];
  const check = (fieldRef: string, source: string): void => {
    const warning = scopes.flatMap(({ kind, scope }) => issuesOf(kind, source, scope)).join("\n");
    if (warning !== "") warnings.push({ fieldRef, warning });
  };
  spec.validations?.forEach(({ expression, messageExpression }, index) => {
    const at = path("spec", "validations").index(index);
    check(at.child("expression").toString(), expression);
    if (messageExpression) check(at.child("messageExpression").toString(), messageExpression);
  });
  return warnings;
}

/** What expressions may speak of, where `object` is of one kind. Each variable may speak of those before it. */
function scopeOf(
  { variables = [], paramKind }: ValidatingAdmissionPolicySpec,
  object: CelType,
  params: CelType | undefined,
): AdmissionExpression {
  const known: Record<string, CelType> = {};
  const scope = { object, params: paramKind !== undefined && (params ?? true), authorizer: true, variables: known };
  for (const { name, expression } of variables) known[name] = typeOf(expression, scope);
  return scope;
}

function typeOf(source: string, scope: AdmissionExpression): CelType {
  try {
    return typeOfVariable(compileAdmission(source, scope).type);
  } catch (error) {
    if (error instanceof InstantiationError) return typeOfVariable(error.type);
    if (error instanceof CompileError) return types.DYN;
    throw error;
  }
}

function issuesOf(kind: GroupVersionKind, source: string, scope: AdmissionExpression): string[] {
  try {
    compileAdmission(source, scope);
    return [];
  } catch (error) {
    // Types are checked, and no program is made.
    if (error instanceof InstantiationError) return [];
    if (!(error instanceof CompileError)) throw error;
    const { group, version } = kind;
    const name = group === "" ? `/${version}` : apiVersionOf({ group, version });
    return [`${name}, Kind=${kind.kind}: ${error.message}\n`];
  }
}
