/** Rules on FlowSchemas: who asks for what, and how the parts exclude each other. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { ObjectMeta, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, present } from "../rules.ts";
import type {
  FlowSchemaSubject,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from "./flow-schema.ts";
import { FlowSchemaSpec } from "./flow-schema.ts";
import { MANDATORY_SCHEMAS, fixedErrors } from "./mandatory.ts";

interface FlowSchemaParts {
  readonly metadata: Pick<ObjectMeta, "name">;
  readonly spec: FlowSchemaSpec;
  readonly status: { readonly conditions?: readonly Condition[] };
}

/** Of a FlowSchema, and of a PriorityLevelConfiguration. */
interface Condition {
  readonly type?: string;
}

const SPEC = path("spec");
const HIGHEST_PRECEDENCE = 10_000;
const DISTINGUISHERS: ReadonlySet<string> = new Set(["ByNamespace", "ByUser"]);
const VERBS: ReadonlySet<string> = new Set([
  "get",
  "list",
  "create",
  "update",
  "patch",
  "delete",
  "deletecollection",
  "watch",
  "proxy",
]);
const SUBJECT_KINDS: ReadonlySet<string> = new Set(["Group", "ServiceAccount", "User"]);

export function conditionErrors(conditions: readonly Condition[]): FieldError[] {
  const errors: Errors = [];
  const types = new Set<string>();
  conditions.forEach(({ type = "" }, index) => {
    const at = path("status", "conditions").index(index).child("type");
    if (types.has(type)) errors.push(duplicate(at, type));
    types.add(type);
    if (type === "") errors.push(required(at));
  });
  return errors;
}

export function validateFlowSchema(
  { metadata, spec, status }: FlowSchemaParts,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return conditionErrors(status.conditions ?? []);
  checkPrecedence(errors, metadata.name, spec.matchingPrecedence);
  const method = spec.distinguisherMethod;
  if (method !== undefined && !DISTINGUISHERS.has(method.type)) {
    errors.push(notSupported(SPEC.child("distinguisherMethod", "type"), { Type: method.type }, DISTINGUISHERS));
  }
  const level = spec.priorityLevelConfiguration.name;
  const at = SPEC.child("priorityLevelConfiguration");
  if (present(errors, at, "name", level, "must reference a priority level")) {
    add(errors, at.child("name"), level, isDNS1123Subdomain(level));
  }
  spec.rules?.forEach((rule, index) => checkRules(errors, SPEC.child("rules").index(index), rule));
  errors.push(...fixedErrors({ metadata, spec }, FlowSchemaSpec, MANDATORY_SCHEMAS));
  return errors;
}

function checkPrecedence(errors: Errors, name: string, precedence: number): void {
  const at = SPEC.child("matchingPrecedence");
  if (precedence <= 0) errors.push(invalid(at, precedence, "must be a positive value"));
  if (precedence > HIGHEST_PRECEDENCE) {
    errors.push(invalid(at, precedence, `must not be greater than ${HIGHEST_PRECEDENCE}`));
  }
  if (precedence === 1 && name !== "exempt") {
    errors.push(invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  }
}

function checkRules(errors: Errors, at: Path, rules: PolicyRulesWithSubjects): void {
  const subjects = rules.subjects ?? [];
  const { resourceRules = [], nonResourceRules = [] } = rules;
  if (subjects.length === 0) errors.push(required(at.child("subjects"), "subjects must contain at least one value"));
  subjects.forEach((subject, index) => checkSubject(errors, at.child("subjects").index(index), subject));
  if (resourceRules.length + nonResourceRules.length === 0) {
    errors.push(required(at, "at least one of resourceRules and nonResourceRules has to be non-empty"));
  }
  resourceRules.forEach((rule, index) => checkResourceRule(errors, at.child("resourceRules").index(index), rule));
  nonResourceRules.forEach((rule, index) => checkPathRule(errors, at.child("nonResourceRules").index(index), rule));
}

const FIELDS = { ServiceAccount: "serviceAccount", User: "user", Group: "group" } as const;

/** The field of its kind is there, the others are not. */
function checkSubject(errors: Errors, at: Path, subject: FlowSchemaSubject): void {
  const { kind } = subject;
  if (!SUBJECT_KINDS.has(kind)) {
    errors.push(notSupported(at.child("kind"), kind, SUBJECT_KINDS));
    return;
  }
  const own = FIELDS[kind as keyof typeof FIELDS];
  const value = subject[own];
  if (value === undefined) errors.push(required(at.child(own), `${own} is required when subject kind is '${kind}'`));
  else checkNamed(errors, at.child(own), value);
  for (const [other, field] of Object.entries(FIELDS)) {
    if (field === own || subject[field as typeof own] === undefined) continue;
    errors.push(forbidden(at.child(field), `${field} is forbidden when subject kind is not '${other}'`));
  }
}

function checkNamed(errors: Errors, at: Path, subject: { readonly name: string; readonly namespace?: string }): void {
  const { name, namespace } = subject;
  const named = present(errors, at, "name", name);
  if (namespace === undefined) return;
  if (named && name !== "*") add(errors, at.child("name"), name, isDNS1123Subdomain(name));
  if (present(errors, at, "namespace", namespace, "must specify namespace for service account")) {
    add(errors, at.child("namespace"), namespace, isDNS1123Label(namespace));
  }
}

/** Something, and nothing beside a star. */
function checkStarred(errors: Errors, at: Path, items: readonly string[], what: string, missing: string): void {
  if (items.length === 0) errors.push(required(at, missing));
  if (items.length > 1 && items.includes("*")) {
    errors.push(invalid(at, items, `if '*' is present, must not specify other ${what}`));
  }
}

function checkVerbs(errors: Errors, at: Path, verbs: readonly string[]): void {
  checkStarred(errors, at, verbs, "verbs", "verbs must contain at least one value");
  if (!verbs.includes("*") && verbs.some((verb) => !VERBS.has(verb))) errors.push(notSupported(at, verbs, VERBS));
}

function checkResourceRule(errors: Errors, at: Path, rule: ResourcePolicyRule): void {
  checkVerbs(errors, at.child("verbs"), rule.verbs ?? []);
  const needed = "resource rules must supply at least one";
  checkStarred(errors, at.child("apiGroups"), rule.apiGroups ?? [], "api groups", `${needed} api group`);
  checkStarred(errors, at.child("resources"), rule.resources ?? [], "resources", `${needed} resource`);
  const namespaces = rule.namespaces ?? [];
  const here = at.child("namespaces");
  if (namespaces.length > 0) checkStarred(errors, here, namespaces, "namespaces", "");
  else if (rule.clusterScope !== true) {
    errors.push(required(here, "resource rules that are not cluster scoped must supply at least one namespace"));
  }
  if (namespaces.includes("*")) return;
  namespaces.forEach((namespace, index) => {
    const texts = isDNS1123Label(namespace).map(
      (text) => `each member of this list must be '*' or a DNS-1123 label; ${text}`,
    );
    add(errors, here.index(index), namespace, texts);
  });
}

function checkPathRule(errors: Errors, at: Path, { verbs, nonResourceURLs }: NonResourcePolicyRule): void {
  checkVerbs(errors, at.child("verbs"), verbs ?? []);
  const here = at.child("nonResourceURLs");
  const urls = nonResourceURLs ?? [];
  checkStarred(errors, here, urls, "non-resource URLs", "nonResourceURLs must contain at least one value");
  if (urls.includes("*")) return;
  urls.forEach((url, index) => {
    if (url !== "/") checkPath(errors, here.index(index), url);
  });
}

function checkPath(errors: Errors, at: Path, text: string): void {
  if (text === "") errors.push(invalid(at, text, "must not be empty"));
  else if (!text.startsWith("/")) errors.push(invalid(at, text, "must start with slash"));
  else if (text.includes(" ")) errors.push(invalid(at, text, "must not contain white-space"));
  else if (text.includes("//")) errors.push(invalid(at, text, "must not contain double slash"));
  else if (text.includes("*") && text.indexOf("*") !== text.length - 1) {
    errors.push(invalid(at, text, "wildcard can only do suffix matching"));
  } else if (text.endsWith("*") && !text.endsWith("/*")) {
    errors.push(invalid(at, text, "wildcard can only do suffix matching"));
  }
}
