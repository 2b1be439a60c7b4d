/** Rules on admission policies and their bindings, in upstream's order. */
import type { AdmissionExpression } from "../../machinery/cel/admission.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import { byteLength } from "../../machinery/go-text.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1035Label, isDNS1123Subdomain, isQualifiedName, isValidPathSegmentName } from "../../machinery/names.ts";
import { parseApiVersion } from "../../machinery/scheme.ts";
import { checkConditions } from "../conditions.validation.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf, oneOfRequired, present, same } from "../rules.ts";
import type { MatchResources, ParamKind, ParamRef } from "./matching.ts";
import type { MutatingAdmissionPolicyBindingSpec } from "./mutating-admission-policy-binding.ts";
import type { MutatingAdmissionPolicySpec, Mutation } from "./mutating-admission-policy.ts";
import { checkExpression } from "./expressions.validation.ts";
import { FAILURE_POLICIES, checkMatchConditions, checkMatchResources, checkVariables } from "./rules.validation.ts";
import type { ValidatingAdmissionPolicyBindingSpec } from "./validating-admission-policy-binding.ts";
import type {
  AuditAnnotation,
  ValidatingAdmissionPolicySpec,
  ValidatingAdmissionPolicyStatus,
  Validation,
} from "./validating-admission-policy.ts";

const SPEC = path("spec");
const REASONS: ReadonlySet<string> = new Set(["Forbidden", "Invalid", "RequestEntityTooLarge"]);
const MOST_ANNOTATIONS = 20;
/** Bytes of an expression that makes an annotation. */
const LONGEST_ANNOTATION = 5 * 1024;

export function validateValidatingPolicy(
  {
    metadata,
    spec,
    status,
  }: KubeObject & {
    readonly spec: ValidatingAdmissionPolicySpec;
    readonly status: ValidatingAdmissionPolicyStatus;
  },
  { subresource, previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") {
    checkPolicyStatus(errors, path("status"), status);
    return errors;
  }
  const { validations = [], auditAnnotations = [] } = spec;
  const scope = checkPolicy(errors, spec, previous);
  // Without variables there is no such word.
  const { variables, ...plain } = scope;
  const known = (spec.variables ?? []).length > 0 ? { ...plain, variables } : plain;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const text = "validations or auditAnnotations must contain at least one item";
    errors.push(required(SPEC.child("validations"), text), required(SPEC.child("auditAnnotations"), text));
    return errors;
  }
  validations.forEach((each, index) => checkValidation(errors, SPEC.child("validations").index(index), each, known));
  checkAuditAnnotations(errors, SPEC.child("auditAnnotations"), auditAnnotations, metadata.name, known);
  return errors;
}

/** What expressions may speak of. */
type Scope = Pick<AdmissionExpression, "variables" | "params" | "authorizer">;

type PolicySpec = ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec;

/** What validating and mutating policies have in common. */
function checkPolicy(
  errors: Errors,
  spec: PolicySpec,
  previous: KubeObject | undefined,
  operations?: ReadonlySet<string>,
): Scope {
  const params = spec.paramKind !== undefined;
  oneOf(errors, SPEC, "failurePolicy", spec.failurePolicy, FAILURE_POLICIES);
  if (spec.paramKind !== undefined) checkParamKind(errors, SPEC.child("paramKind"), spec.paramKind);
  const match: MatchResources | undefined = spec.matchConstraints;
  const at = SPEC.child("matchConstraints");
  if (match === undefined) errors.push(required(at));
  else {
    checkMatchResources(errors, at, match);
    if ((match.resourceRules ?? []).length === 0) errors.push(required(at.child("resourceRules")));
    if (operations !== undefined) checkOperations(errors, at, match, operations);
  }
  // Whether they can be compiled hangs on themselves and on the parameters.
  const before = (previous as { readonly spec: PolicySpec } | undefined)?.spec;
  const known = same(before?.matchConditions, spec.matchConditions) && same(before?.paramKind, spec.paramKind);
  if (before === undefined || !known) {
    checkMatchConditions(errors, SPEC.child("matchConditions"), spec.matchConditions, params);
  }
  const variables = checkVariables(errors, SPEC.child("variables"), spec.variables ?? [], params);
  return { variables, params, authorizer: true };
}

function checkAuditAnnotations(
  errors: Errors,
  at: Path,
  annotations: readonly AuditAnnotation[],
  name: string,
  scope: Scope,
): void {
  if (annotations.length > MOST_ANNOTATIONS) {
    const shown = annotations.map(({ key, valueExpression }) => ({ Key: key, ValueExpression: valueExpression }));
    errors.push(invalid(at, shown, `must not have more than ${MOST_ANNOTATIONS} auditAnnotations`));
  }
  const keys = new Set<string>();
  annotations.forEach(({ key, valueExpression }, index) => {
    const here = at.index(index);
    add(errors, here.child("key"), `${name}/${key}`, isQualifiedName(`${name}/${key}`));
    const source = valueExpression.trim();
    const where = here.child("valueExpression");
    if (source === "") errors.push(required(where, "valueExpression is not specified"));
    else if (byteLength(source) > LONGEST_ANNOTATION) {
      errors.push(required(where, `must not exceed ${LONGEST_ANNOTATION} bytes in length`));
    } else {
      checkExpression(errors, where, source, { ...scope, wanted: ["string", "null_type"], shown: valueExpression });
    }
    if (keys.has(key)) errors.push(duplicate(here.child("key"), key));
    keys.add(key);
  });
}

function checkPolicyStatus(
  errors: Errors,
  at: Path,
  { typeChecking, conditions }: ValidatingAdmissionPolicyStatus,
): void {
  typeChecking?.expressionWarnings?.forEach(({ fieldRef, warning }, index) => {
    const here = at.child("typeChecking", "expressionWarnings").index(index);
    present(errors, here, "warning", warning);
    present(errors, here, "fieldRef", fieldRef.trim());
  });
  checkConditions(errors, at.child("conditions"), conditions ?? []);
}

function checkParamKind(errors: Errors, at: Path, { apiVersion = "", kind = "" }: ParamKind): void {
  if (apiVersion === "") errors.push(required(at.child("apiVersion")));
  else if (apiVersion.split("/").length > 2) {
    errors.push(invalid(at.child("apiVersion"), apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else {
    const { group, version } = parseApiVersion(apiVersion);
    const [wrongGroup, wrong] = [group === "" ? [] : isDNS1123Subdomain(group), isDNS1035Label(version)];
    if (wrongGroup.length > 0) errors.push(invalid(at.child("apiVersion"), group, wrongGroup.join(",")));
    if (version === "") errors.push(invalid(at.child("apiVersion"), apiVersion, "version must be specified"));
    else if (wrong.length > 0) errors.push(invalid(at.child("apiVersion"), version, wrong.join(",")));
  }
  if (!present(errors, at, "kind", kind)) return;
  const texts = isDNS1035Label(kind.toLowerCase());
  if (texts.length === 0) return;
  const text = `may have mixed case, but should otherwise match: ${texts.join(",")}`;
  errors.push(invalid(at.child("kind"), kind, text));
}

function checkValidation(errors: Errors, at: Path, validation: Validation, scope: Scope): void {
  const { expression, message = "", messageExpression = "", reason } = validation;
  if (expression.trim() === "") errors.push(required(at.child("expression"), "expression is not specified"));
  else checkExpression(errors, at.child("expression"), expression, { ...scope, wanted: ["bool"] });
  const where = at.child("messageExpression");
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(invalid(where, messageExpression, "must be non-empty if specified"));
  } else if (messageExpression !== "") {
    checkExpression(errors, where, messageExpression, { ...scope, authorizer: false, wanted: ["string"] });
  }
  if (message !== "" && message.trim() === "") {
    errors.push(invalid(at.child("message"), message, "must be non-empty if specified"));
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(invalid(at.child("message"), message, "must not contain line breaks"));
  }
  oneOf(errors, at, "reason", reason, REASONS);
}

const PATCH_TYPES: ReadonlySet<string> = new Set(["ApplyConfiguration", "JSONPatch"]);
const REINVOCATION: ReadonlySet<string> = new Set(["IfNeeded", "Never"]);
/** What goes away cannot be changed. */
const MUTABLE: ReadonlySet<string> = new Set(["*", "CONNECT", "CREATE", "UPDATE"]);

export function validateMutatingPolicy(
  { spec }: KubeObject & { readonly spec: MutatingAdmissionPolicySpec },
  { previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  const scope = checkPolicy(errors, spec, previous, MUTABLE);
  const { mutations = [], reinvocationPolicy } = spec;
  const at = SPEC.child("mutations");
  if (mutations.length === 0) errors.push(required(at, "mutations must contain at least one item"));
  mutations.forEach((mutation, index) => checkMutation(errors, at.index(index), mutation, scope));
  oneOfRequired(errors, SPEC, "reinvocationPolicy", reinvocationPolicy, REINVOCATION);
  return errors;
}

/** Upstream does not say which of the rules it is. */
function checkOperations(
  errors: Errors,
  at: Path,
  { resourceRules = [] }: MatchResources,
  operations: ReadonlySet<string>,
): void {
  for (const operation of resourceRules.flatMap((rule): readonly string[] => rule.operations ?? [])) {
    if (operations.has(operation)) continue;
    errors.push(notSupported(at.child("resourceRules", "operations"), operation, operations));
  }
}

const PATCHES = {
  JSONPatch: { field: "jsonPatch", makes: "list(JSONPatch)" },
  ApplyConfiguration: { field: "applyConfiguration", makes: "Object" },
} as const;

function checkMutation(errors: Errors, at: Path, mutation: Mutation, scope: Scope): void {
  const type: string = mutation.patchType;
  if (type === "") {
    errors.push(required(at.child("patchType")));
    return;
  }
  if (!Object.hasOwn(PATCHES, type)) {
    errors.push(notSupported(at.child("patchType"), type, PATCH_TYPES));
    return;
  }
  const { field, makes } = PATCHES[type as keyof typeof PATCHES];
  const source = mutation[field]?.expression?.trim();
  if (mutation[field] === undefined) {
    errors.push(required(at.child(field), `must be specified when patchType is ${type}`));
  } else if (!source) errors.push(required(at.child(field, "expression")));
  else checkExpression(errors, at.child(field, "expression"), source, { ...scope, patch: true, wanted: [makes] });
  for (const { field: other } of Object.values(PATCHES)) {
    if (other === field || mutation[other] === undefined) continue;
    errors.push(invalid(at.child(other), `{${other}}`, `must not be specified when patchType is ${type}`));
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
  if (actions.length === 0) errors.push(required(at, "at least one validation action is required"));
  return errors;
}

export function validateMutatingPolicyBinding({
  spec,
}: KubeObject & { readonly spec: MutatingAdmissionPolicyBindingSpec }): FieldError[] {
  const errors: Errors = [];
  checkBinding(errors, spec);
  const { matchResources } = spec;
  if (matchResources !== undefined) checkOperations(errors, SPEC.child("matchResources"), matchResources, MUTABLE);
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

const NOT_FOUND_ACTIONS = ["Deny", "Allow"];

function checkParamRef(errors: Errors, at: Path, { name = "", selector, parameterNotFoundAction }: ParamRef): void {
  const exclusive = "name and selector are mutually exclusive";
  if (name !== "") {
    add(errors, at.child("name"), name, isValidPathSegmentName(name));
    if (selector !== undefined) errors.push(forbidden(at.child("name"), exclusive));
  }
  if (selector !== undefined) {
    checkLabelSelector(errors, at.child("selector"), selector);
    if (name !== "") errors.push(forbidden(at.child("selector"), exclusive));
  }
  if (name === "" && selector === undefined) errors.push(required(at, "one of name or selector must be specified"));
  oneOfRequired(errors, at, "parameterNotFoundAction", parameterNotFoundAction, NOT_FOUND_ACTIONS);
}
