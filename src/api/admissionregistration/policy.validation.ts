/** Rules on admission policies and their bindings. What the expressions themselves say is checked in expressions.validation.ts. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1035Label, isDNS1123Label, isDNS1123Subdomain, isQualifiedName } from "../../machinery/names.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf, present } from "../rules.ts";
import type { MatchResources, ParamKind, ParamRef } from "./matching.ts";
import type { MutatingAdmissionPolicyBindingSpec } from "./mutating-admission-policy-binding.ts";
import type { MutatingAdmissionPolicySpec, Mutation } from "./mutating-admission-policy.ts";
import { expressionErrors } from "./expressions.validation.ts";
import { FAILURE_POLICIES, checkMatchConditions, checkMatchResources, checkVariables } from "./rules.validation.ts";
import type { ValidatingAdmissionPolicyBindingSpec } from "./validating-admission-policy-binding.ts";
import type { ValidatingAdmissionPolicySpec, Validation } from "./validating-admission-policy.ts";

const SPEC = path("spec");
const REASONS: ReadonlySet<string> = new Set(["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"]);

export function validateValidatingPolicy(
  { spec }: KubeObject & { readonly spec: ValidatingAdmissionPolicySpec },
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const { validations = [], auditAnnotations = [] } = spec;
  checkPolicy(errors, spec);
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const text = "validations or auditAnnotations must contain at least one item";
    errors.push(required(SPEC.child("validations"), text), required(SPEC.child("auditAnnotations"), text));
    return errors;
  }
  validations.forEach((each, index) => checkValidation(errors, SPEC.child("validations").index(index), each));
  const keys = new Set<string>();
  auditAnnotations.forEach(({ key, valueExpression }, index) => {
    const at = SPEC.child("auditAnnotations").index(index);
    if (key === "") errors.push(required(at.child("key")));
    else add(errors, at.child("key"), key, isQualifiedName(`policy/${key}`));
    if (valueExpression.trim() === "") {
      errors.push(required(at.child("valueExpression"), "valueExpression is not specified"));
    }
    if (keys.has(key)) errors.push(duplicate(at.child("key"), key));
    keys.add(key);
  });
  return [...errors, ...expressionErrors(spec, SPEC)];
}

/** What validating and mutating policies have in common. */
function checkPolicy(errors: Errors, spec: ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec): void {
  oneOf(errors, SPEC, "failurePolicy", spec.failurePolicy, FAILURE_POLICIES);
  if (spec.paramKind !== undefined) checkParamKind(errors, SPEC.child("paramKind"), spec.paramKind);
  const match: MatchResources | undefined = spec.matchConstraints;
  if (match === undefined) errors.push(required(SPEC.child("matchConstraints")));
  else {
    checkMatchResources(errors, SPEC.child("matchConstraints"), match);
    if ((match.resourceRules ?? []).length === 0) {
      errors.push(required(SPEC.child("matchConstraints", "resourceRules")));
    }
  }
  checkMatchConditions(errors, SPEC.child("matchConditions"), spec.matchConditions ?? []);
  checkVariables(errors, SPEC.child("variables"), spec.variables ?? []);
}

function checkParamKind(errors: Errors, at: Path, { apiVersion = "", kind = "" }: ParamKind): void {
  if (apiVersion === "") errors.push(required(at.child("apiVersion")));
  else if (apiVersion.split("/").length > 2) {
    errors.push(invalid(at.child("apiVersion"), apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else {
    const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
    const wrong = isDNS1035Label(version);
    if (wrong.length > 0) errors.push(invalid(at.child("apiVersion"), version, wrong.join(",")));
  }
  if (!present(errors, at, "kind", kind)) return;
  const texts = isDNS1035Label(kind.toLowerCase());
  if (texts.length === 0) return;
  const text = `may have mixed case, but should otherwise match: ${texts.join(",")}`;
  errors.push(invalid(at.child("kind"), kind, text));
}

function checkValidation(errors: Errors, at: Path, validation: Validation): void {
  const { expression, message = "", messageExpression = "", reason } = validation;
  if (expression.trim() === "") errors.push(required(at.child("expression"), "expression is not specified"));
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(invalid(at.child("messageExpression"), messageExpression, "must be non-empty if specified"));
  }
  if (message !== "" && message.trim() === "") {
    errors.push(invalid(at.child("message"), message, "message must be non-empty if specified"));
  } else if (message.includes("\n")) {
    errors.push(invalid(at.child("message"), message, "message must not contain line breaks"));
  } else if (expression.includes("\n") && message === "") {
    errors.push(required(at.child("message"), "message must be specified if expression contains line breaks"));
  }
  oneOf(errors, at, "reason", reason, REASONS);
}

const PATCH_TYPES: ReadonlySet<string> = new Set(["ApplyConfiguration", "JSONPatch"]);
const REINVOCATION: ReadonlySet<string> = new Set(["IfNeeded", "Never"]);

export function validateMutatingPolicy({
  spec,
}: KubeObject & { readonly spec: MutatingAdmissionPolicySpec }): FieldError[] {
  const errors: Errors = [];
  checkPolicy(errors, spec);
  const { mutations = [], reinvocationPolicy } = spec;
  if (mutations.length === 0) {
    errors.push(required(SPEC.child("mutations"), "mutations must contain at least one item"));
  }
  mutations.forEach((mutation, index) => checkMutation(errors, SPEC.child("mutations").index(index), mutation));
  if (reinvocationPolicy === undefined) errors.push(required(SPEC.child("reinvocationPolicy")));
  else oneOf(errors, SPEC, "reinvocationPolicy", reinvocationPolicy, REINVOCATION);
  return [...errors, ...expressionErrors(spec, SPEC)];
}

function checkMutation(errors: Errors, at: Path, { patchType, applyConfiguration, jsonPatch }: Mutation): void {
  const type: string = patchType;
  if (type === "") errors.push(required(at.child("patchType")));
  else if (!PATCH_TYPES.has(type)) errors.push(notSupported(at.child("patchType"), type, PATCH_TYPES));
  const fields = { applyConfiguration, jsonPatch };
  for (const [field, owner] of [
    ["applyConfiguration", "ApplyConfiguration"],
    ["jsonPatch", "JSONPatch"],
  ] as const) {
    const expression = fields[field]?.expression ?? "";
    if (type !== owner) {
      if (fields[field] !== undefined) {
        const text = `must be specified when patchType is ${type}`;
        errors.push(invalid(at.child(field), fields[field], text));
      }
    } else if (fields[field] === undefined)
      errors.push(required(at.child(field), `must be specified when patchType is ${owner}`));
    else if (expression.trim() === "")
      errors.push(required(at.child(field, "expression"), "expression is not specified"));
  }
}

const ACTIONS: ReadonlySet<string> = new Set(["Audit", "Deny", "Warn"]);

export function validateValidatingPolicyBinding({
  spec,
}: KubeObject & { readonly spec: ValidatingAdmissionPolicyBindingSpec }): FieldError[] {
  const errors: Errors = [];
  checkBinding(errors, spec);
  const actions: readonly string[] = spec.validationActions ?? [];
  const at = SPEC.child("validationActions");
  if (actions.length === 0) errors.push(required(at, "at least one validation action is required"));
  const seen = new Set<string>();
  actions.forEach((action, index) => {
    if (!ACTIONS.has(action)) errors.push(notSupported(at.index(index), action, ACTIONS));
    if (seen.has(action)) errors.push(duplicate(at.index(index), action));
    seen.add(action);
  });
  if (seen.has("Deny") && seen.has("Warn")) {
    const text =
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
    errors.push(invalid(at, actions, text));
  }
  return errors;
}

export function validateMutatingPolicyBinding({
  spec,
}: KubeObject & { readonly spec: MutatingAdmissionPolicyBindingSpec }): FieldError[] {
  const errors: Errors = [];
  checkBinding(errors, spec);
  return errors;
}

type Binding = Pick<MutatingAdmissionPolicyBindingSpec, "policyName" | "paramRef" | "matchResources">;

function checkBinding(errors: Errors, { policyName = "", paramRef, matchResources }: Binding): void {
  if (present(errors, SPEC, "policyName", policyName)) {
    add(errors, SPEC.child("policyName"), policyName, isDNS1123Subdomain(policyName));
  }
  if (paramRef !== undefined) checkParamRef(errors, SPEC.child("paramRef"), paramRef);
  if (matchResources !== undefined) checkMatchResources(errors, SPEC.child("matchResources"), matchResources);
}

const NOT_FOUND_ACTIONS: ReadonlySet<string> = new Set(["Allow", "Deny"]);

function checkParamRef(
  errors: Errors,
  at: Path,
  { name = "", namespace = "", selector, parameterNotFoundAction }: ParamRef,
): void {
  if (name !== "") {
    add(errors, at.child("name"), name, isDNS1123Subdomain(name));
    if (selector !== undefined) {
      errors.push(forbidden(at.child("name"), "name and selector are mutually exclusive"));
    }
  }
  if (selector !== undefined) {
    checkLabelSelector(errors, at.child("selector"), selector);
    if (name !== "") errors.push(forbidden(at.child("selector"), "name and selector are mutually exclusive"));
  }
  if (name === "" && selector === undefined) errors.push(required(at, "one of name or selector must be specified"));
  if (namespace !== "") add(errors, at.child("namespace"), namespace, isDNS1123Label(namespace));
  if (parameterNotFoundAction === undefined) {
    errors.push(required(at.child("parameterNotFoundAction")));
  } else oneOf(errors, at, "parameterNotFoundAction", parameterNotFoundAction, NOT_FOUND_ACTIONS);
}
