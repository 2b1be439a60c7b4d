/** ValidatingAdmissionPolicy: requests are refused, warned about or noted where an expression does not hold. */
import type {
  ValidatingAdmissionPolicySpec,
  Validation,
} from "../../../api/admissionregistration/validating-admission-policy.ts";
import type { ValidatingAdmissionPolicyBindingSpec } from "../../../api/admissionregistration/validating-admission-policy-binding.ts";
import { CelError, CompileError } from "../../../machinery/cel/index.ts";
import { StatusError, forbidden } from "../../../machinery/errors.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { canMatch } from "../matching.ts";
import { Evaluation, NO_PARAMS, boundTo, paramsOf } from "./policies.ts";
import type { Binding, Bound, Locate, Policy } from "./policies.ts";

type ValidatingPolicy = Policy & { readonly spec: ValidatingAdmissionPolicySpec };
type ValidatingBinding = Binding & { readonly spec: ValidatingAdmissionPolicyBindingSpec };
type BoundPolicy = Bound<ValidatingPolicy, ValidatingBinding>;

interface Refusal {
  readonly message: string;
  readonly reason?: string;
}

const RESOURCES = { policies: "validatingadmissionpolicies", bindings: "validatingadmissionpolicybindings" };

export function validatingPolicies(store: Store, locate: Locate): AdmissionPlugin {
  return {
    name: "ValidatingAdmissionPolicy",
    handles: canMatch,
    validate(attributes) {
      let denied: StatusError | undefined;
      for (const bound of boundTo<ValidatingPolicy, ValidatingBinding>(store, RESOURCES, attributes)) {
        for (const refusal of refusalsOf(store, locate, bound, attributes)) {
          denied ??= enforce(bound, refusal, attributes);
        }
      }
      if (denied !== undefined) throw denied;
    },
  };
}

/** What the binding asks for: an error to answer with, a warning, or a note in the audit record. */
function enforce(
  { policy, binding }: BoundPolicy,
  refusal: Refusal,
  attributes: AdmissionAttributes,
): StatusError | undefined {
  const names = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
  const actions = binding.spec.validationActions ?? [];
  if (actions.includes("Warn")) attributes.warn(`Validation failed for ${names}: ${refusal.message}`);
  if (actions.includes("Audit")) {
    attributes.annotate?.("validation.policy.admission.k8s.io/validation_failure", refusal.message);
  }
  return actions.includes("Deny")
    ? denial(`${names} denied request: ${refusal.message}`, refusal.reason, attributes)
    : undefined;
}

const CODES: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};

function denial(message: string, reason = "Invalid", { group, resource, name }: AdmissionAttributes): StatusError {
  const { status } = forbidden({ group, resource }, name, message, [{ message }]);
  return new StatusError({ ...status, reason, code: CODES[reason] ?? 422 });
}

function refusalsOf(store: Store, locate: Locate, bound: BoundPolicy, attributes: AdmissionAttributes): Refusal[] {
  const fails = bound.policy.spec.failurePolicy !== "Ignore";
  const params = paramsOf(store, locate, bound, attributes);
  if (params === "missing") return fails ? [{ message: NO_PARAMS }] : [];
  return params.flatMap((param) => {
    const evaluation = new Evaluation(bound.policy.spec, bound.namespace, attributes, param);
    const unmet = attempt(() => evaluation.unmet());
    if (unmet instanceof Error) return fails ? [{ message: unmet.message }] : [];
    if (unmet !== undefined) return [];
    return (bound.policy.spec.validations ?? []).flatMap((each) => refusalOf(evaluation, each, fails));
  });
}

function refusalOf(evaluation: Evaluation, validation: Validation, fails: boolean): Refusal[] {
  const { expression, reason } = validation;
  const result = attempt(() => evaluation.run(expression));
  if (result === true) return [];
  if (result instanceof Error) {
    return fails ? [{ message: `expression '${expression}' resulted in error: ${result.message}` }] : [];
  }
  return [{ message: messageOf(evaluation, validation), ...(reason !== undefined && { reason }) }];
}

function messageOf(evaluation: Evaluation, { expression, message, messageExpression }: Validation): string {
  const made = messageExpression ? attempt(() => evaluation.run(messageExpression)) : undefined;
  if (typeof made === "string" && made.trim() !== "" && !made.includes("\n")) return made.trim();
  return message?.trim() || `failed expression: ${expression.trim()}`;
}

/** An expression's failure as a value; all else goes on its way. */
function attempt<T>(run: () => T): T | Error {
  try {
    return run();
  } catch (error) {
    if (error instanceof CelError || error instanceof CompileError) return error;
    throw error;
  }
}
