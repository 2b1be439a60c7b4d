/**
 * Runs the CEL rules of a schema on an object, in upstream's order and words. All rules of one write share a budget of
 * steps; when it is used up the write is refused.
 */
import { CelError, CostExceeded, valueOfJson } from "../cel/index.ts";
import { Optional } from "../cel/values.ts";
import { byteLength, quote } from "../go-text.ts";
import { OMIT, duplicate, errorText, forbidden, invalid, path, required } from "../field-errors.ts";
import type { FieldError, Path } from "../field-errors.ts";
import { rulesOfPart, rulesOfSchema } from "./compiled-rules.ts";
import { pathBehind } from "./field-path.ts";
import type { CompiledRule, RuleNode } from "./compiled-rules.ts";
import { oldItems, oldMember, sameJson } from "./correlation.ts";
import { isObject } from "./schema.ts";
import type { StructuralSchema, ValidationRule } from "./schema.ts";

/** Upstream's budget for all rules of one object, in steps. */
const BUDGET = 10_000_000;

/** Reasons after which rules would speak of an object that does not have its shape. */
const BLOCKING: ReadonlySet<string> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/** Steps that are left for rules. Several runs can share it; below zero it is used up. */
export interface Budget {
  left: number;
}

export const wholeBudget = (): Budget => ({ left: BUDGET });

/** Rules of a part of an object, such as a default. */
export interface Part {
  readonly at: Path;
  /** It is a whole object, with a type and metadata. */
  readonly root: boolean;
  readonly budget: Budget;
}

/** What the rules say of a part, also where it is as it was. */
export function partRuleErrors(schema: StructuralSchema, value: unknown, old: unknown, part: Part): FieldError[] {
  const tree = rulesOfPart(schema, part.root);
  if (tree === undefined) return [];
  const check = new RuleCheck(part.budget, undefined);
  check.visit(tree, value, old, part.at, () => false);
  return check.errors;
}

type Warn = (text: string) => void;

/**
 * What the rules say of an object; `found` is what was wrong with it before. Parts that did not change are not held to
 * rules that they break: `warn` is told of these.
 */
export function ruleErrors(
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  found: readonly FieldError[],
  warn: Warn = () => {},
): FieldError[] {
  const tree = rulesOfSchema(schema);
  if (tree === undefined) return [];
  if (found.some(({ reason }) => BLOCKING.has(reason))) {
    const text =
      "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
    return [invalid(undefined, null, text)];
  }
  const check = new RuleCheck(wholeBudget(), warn);
  check.visit(tree, value, old, undefined, () => false);
  return check.errors;
}

const SPENT = "running out of cost budget, no further validation rules will be run";

/** These are made from the request, so that they cannot be as they were. */
const ALWAYS_NEW: ReadonlySet<string> = new Set(["apiVersion", "kind"]);

/** Whether a value, or the nearest one around it that can be told apart, is as it was. */
type Unchanged = () => boolean;

class RuleCheck {
  readonly errors: FieldError[] = [];
  readonly #budget: Budget;
  readonly #warn: Warn | undefined;

  /** Without `warn` nothing is let through for being as it was. */
  constructor(budget: Budget, warn: Warn | undefined) {
    this.#budget = budget;
    this.#warn = warn;
  }

  /** Rules of a value come before those inside of it. `around`: of the value around this one. */
  visit(node: RuleNode, value: unknown, old: unknown, at: Path | undefined, around: Unchanged): void {
    if (this.#budget.left < 0 || value === null) return;
    let known: boolean | undefined;
    const unchanged = old === undefined ? around : () => (known ??= sameJson(value, old));
    // A null is no earlier self.
    this.#own(node, value, old ?? undefined, at, unchanged);
    if (Array.isArray(value)) this.#items(node, value, old, at, unchanged);
    else if (isObject(value)) this.#members(node, value, old, at, unchanged);
  }

  #items(
    { items, schema }: RuleNode,
    value: readonly unknown[],
    old: unknown,
    at: Path | undefined,
    unchanged: Unchanged,
  ): void {
    if (items === undefined) return;
    const before = oldItems(schema, old);
    value.forEach((item, index) => this.visit(items, item, before(item), at?.index(index), unchanged));
  }

  #members(
    node: RuleNode,
    value: Readonly<Record<string, unknown>>,
    old: unknown,
    at: Path | undefined,
    unchanged: Unchanged,
  ): void {
    for (const [name, member] of node.members) {
      if (!Object.hasOwn(value, name)) continue;
      this.visit(member, value[name], oldMember(old, name), at?.child(name) ?? path(name), unchanged);
    }
    if (node.values === undefined) return;
    for (const name of Object.keys(value)) {
      this.visit(node.values, value[name], oldMember(old, name), at?.key(name) ?? path(name), unchanged);
    }
  }

  #own({ rules, schema }: RuleNode, value: unknown, old: unknown, at: Path | undefined, unchanged: Unchanged): void {
    if (rules.length === 0) return;
    if (this.#budget.left <= 0) return this.#end(at, schema, `validation failed due to ${SPENT}`);
    const lookUp = lookUpOf(schema, value, old);
    for (const rule of rules) {
      if (this.#budget.left < 0) return;
      const { optionalOldSelf } = rule.rule;
      if (rule.transition && optionalOldSelf !== true && old === undefined) continue;
      if (this.#holds(rule, schema, at, lookUp(optionalOldSelf === true))) continue;
      const error = this.#failed(rule, schema, value, at, lookUp(optionalOldSelf === true));
      if (rule.transition || this.#warn === undefined || !isAsItWas(at, unchanged)) this.errors.push(error);
      else this.#warn(errorText(error));
    }
  }

  /** False where the value breaks the rule; what keeps a rule from being run is an error in itself. */
  #holds(
    { rule, program, error }: CompiledRule,
    schema: StructuralSchema,
    at: Path | undefined,
    lookUp: (name: string) => unknown,
  ): boolean {
    const { type = "" } = schema;
    if (program === undefined) {
      this.errors.push(invalid(at, type, `rule compile error: ${error}`));
      return true;
    }
    const { value: result, cost } = program.measure(lookUp);
    this.#budget.left -= cost;
    if (this.#budget.left < 0) this.#end(at, schema, `validation failed due to ${SPENT}`);
    else if (result instanceof CostExceeded) {
      const text = `'${result.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${told(rule)}`;
      this.#end(at, schema, text);
    } else if (result instanceof Error) this.errors.push(invalid(at, type, runtimeText(result, rule)));
    else return result === true;
    return true;
  }

  /** No rule is run after this one. */
  #end(at: Path | undefined, { type = "" }: StructuralSchema, text: string): void {
    this.#budget.left = -1;
    this.errors.push(invalid(at, type, text));
  }

  #failed(
    { rule, message }: CompiledRule,
    schema: StructuralSchema,
    value: unknown,
    at: Path | undefined,
    lookUp: (name: string) => unknown,
  ): FieldError {
    const where = fieldOf(rule, schema, at);
    const usual = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
    if (message === undefined) return failed(rule, usual, value, where);
    const { value: text, cost } = message.measure(lookUp);
    this.#budget.left -= cost;
    const spent = this.#budget.left < 0;
    if (spent || text instanceof CostExceeded) {
      this.#budget.left = -1;
      const why = spent
        ? `messageExpression evaluation failed due to ${SPENT}`
        : `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${quote(rule.messageExpression ?? "")}`;
      return invalid(where, schema.type ?? "", why);
    }
    return failed(rule, fitting(text) ?? usual, value, where);
  }
}

/** The type of a whole object is never let through: it comes with the request. */
const isAsItWas = (at: Path | undefined, unchanged: Unchanged): boolean => !ALWAYS_NEW.has(String(at)) && unchanged();

/** Undefined where an expression gave no text that fits on a line. */
function fitting(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const trimmed = text.trim();
  return trimmed === "" || trimmed.includes("\n") || byteLength(trimmed) > 5 * 1024 ? undefined : trimmed;
}

/** What errors call a rule. */
const told = ({ rule, message = "" }: ValidationRule): string => (message === "" ? rule : message).trim();

function lookUpOf(schema: StructuralSchema, value: unknown, old: unknown) {
  const self = valueOfJson(value, schema);
  const oldSelf = old === undefined ? undefined : valueOfJson(old, schema);
  return (optional: boolean) =>
    (name: string): unknown => {
      if (name === "self") return self;
      if (name !== "oldSelf") return undefined;
      return optional ? (oldSelf === undefined ? Optional.none : new Optional(oldSelf)) : oldSelf;
    };
}

function runtimeText(error: Error, rule: ValidationRule): string {
  if (!(error instanceof CelError)) throw error;
  const text = told(rule);
  if (!error.message.startsWith("no such overload")) return `${error.message} evaluating rule: ${text}`;
  return `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${text}`;
}

/** Where the rule's error stands. */
function fieldOf({ fieldPath = "" }: ValidationRule, schema: StructuralSchema, at: Path | undefined): Path | undefined {
  return fieldPath === "" ? at : pathBehind(at, fieldPath, schema);
}

/** Objects and lists are not printed. */
function failed({ reason }: ValidationRule, detail: string, value: unknown, where: Path | undefined): FieldError {
  const shown = typeof value === "object" && value !== null ? OMIT : value;
  switch (reason) {
    case "FieldValueForbidden":
      return forbidden(where, detail);
    case "FieldValueRequired":
      return required(where, detail);
    case "FieldValueDuplicate":
      return duplicate(where, shown);
    default:
      return invalid(where, shown, detail);
  }
}
