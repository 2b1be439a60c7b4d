/**
 * Runs the CEL rules of a schema on an object, in upstream's order and words. All rules of one write share a budget of
 * steps; when it is used up the write is refused.
 */
import { CelError, CostExceeded, valueOfJson } from "../cel/index.ts";
import type { Program } from "../cel/index.ts";
import { Optional } from "../cel/values.ts";
import { OMIT, duplicate, forbidden, invalid, path, required } from "../field-errors.ts";
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
  const check = new RuleCheck(part.budget, false);
  check.visit(tree, value, old, part.at);
  return check.errors;
}

/** What the rules say of an object; `found` is what was wrong with it before. */
export function ruleErrors(
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  found: readonly FieldError[],
): FieldError[] {
  const tree = rulesOfSchema(schema);
  if (tree === undefined) return [];
  if (found.some(({ reason }) => BLOCKING.has(reason))) {
    const text =
      "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
    return [invalid(undefined, null, text)];
  }
  const check = new RuleCheck(wholeBudget(), true);
  check.visit(tree, value, old, undefined);
  return check.errors;
}

class RuleCheck {
  readonly errors: FieldError[] = [];
  readonly #budget: Budget;
  readonly #ratchets: boolean;

  /** `ratchets`: what did not change is not held against later rules. */
  constructor(budget: Budget, ratchets: boolean) {
    this.#budget = budget;
    this.#ratchets = ratchets;
  }

  /** Rules of a value come before those inside of it. */
  visit(node: RuleNode, value: unknown, old: unknown, at: Path | undefined): void {
    if (this.#budget.left < 0) return;
    this.#own(node, value, old, at);
    if (Array.isArray(value)) this.#items(node, value, old, at);
    else if (isObject(value)) this.#members(node, value, old, at);
  }

  #items({ items, schema }: RuleNode, value: readonly unknown[], old: unknown, at: Path | undefined): void {
    if (items === undefined) return;
    const before = oldItems(schema, old);
    value.forEach((item, index) => this.visit(items, item, before(item), at?.index(index)));
  }

  #members(node: RuleNode, value: Readonly<Record<string, unknown>>, old: unknown, at: Path | undefined): void {
    for (const [name, member] of node.members) {
      if (!Object.hasOwn(value, name)) continue;
      this.visit(member, value[name], oldMember(old, name), at?.child(name) ?? path(name));
    }
    if (node.values === undefined) return;
    for (const name of Object.keys(value)) {
      this.visit(node.values, value[name], oldMember(old, name), at?.key(name) ?? path(name));
    }
  }

  #own({ rules, schema }: RuleNode, value: unknown, old: unknown, at: Path | undefined): void {
    if (rules.length === 0 || (value === null && schema.nullable === true)) return;
    const unchanged = this.#ratchets && old !== undefined && sameJson(value, old);
    const lookUp = lookUpOf(schema, value, old);
    for (const rule of rules) {
      if (this.#budget.left < 0) return;
      const { optionalOldSelf } = rule.rule;
      if (rule.transition && optionalOldSelf !== true && old === undefined) continue;
      const error = this.#run(rule, schema, value, at, lookUp(optionalOldSelf === true));
      // What did not change passed once, or was there before the rule; only transitions are held against it.
      if (error !== undefined && (!unchanged || rule.transition || this.#budget.left < 0)) this.errors.push(error);
    }
  }

  #run(
    compiled: CompiledRule,
    schema: StructuralSchema,
    value: unknown,
    at: Path | undefined,
    lookUp: (name: string) => unknown,
  ): FieldError | undefined {
    const { rule, program, error } = compiled;
    const { type = "" } = schema;
    if (program === undefined) return invalid(at, type, `rule compile error: ${error}`);
    const { value: result, cost } = program.measure(lookUp);
    this.#budget.left -= cost;
    if (this.#budget.left < 0) {
      return invalid(
        at,
        type,
        "validation failed due to running out of cost budget, no further validation rules will be run",
      );
    }
    if (result instanceof CostExceeded) {
      this.#budget.left = -1;
      const text = `'${result.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule.rule.trim()}`;
      return invalid(at, type, text);
    }
    if (result instanceof Error) return invalid(at, type, runtimeText(result, rule));
    if (result === true) return undefined;
    return failed(rule, this.#message(compiled, lookUp), value, fieldOf(rule, schema, at));
  }

  #message({ rule, message }: CompiledRule, lookUp: (name: string) => unknown): string {
    const otherwise = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
    const text = message === undefined ? undefined : this.#text(message, lookUp);
    return text === undefined || text === "" ? otherwise : text;
  }

  /** Undefined where the expression gives no text that fits on a line. */
  #text(program: Program, lookUp: (name: string) => unknown): string | undefined {
    const { value, cost } = program.measure(lookUp);
    this.#budget.left -= cost;
    if (typeof value !== "string" || value.includes("\n") || value.length > 5 * 1024) return undefined;
    return value.trim();
  }
}

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
  const text = rule.rule.trim();
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
