/**
 * Runs the CEL rules of a schema on an object, in upstream's order and words. All rules of one write share a budget of
 * steps; when it is used up the write is refused.
 */
import { CelError, CostExceeded, valueOfJson } from "../cel/index.ts";
import type { Program } from "../cel/index.ts";
import { Optional } from "../cel/values.ts";
import { OMIT, duplicate, forbidden, invalid, path, required } from "../field-errors.ts";
import type { FieldError, Path } from "../field-errors.ts";
import { rulesOfSchema } from "./compiled-rules.ts";
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
  const check = new RuleCheck();
  check.visit(tree, value, old, undefined);
  return check.errors;
}

class RuleCheck {
  readonly errors: FieldError[] = [];
  #budget = BUDGET;

  /** Rules of a value come before those inside of it. */
  visit(node: RuleNode, value: unknown, old: unknown, at: Path | undefined): void {
    if (this.#budget < 0) return;
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
    const unchanged = old !== undefined && sameJson(value, old);
    const lookUp = lookUpOf(schema, value, old);
    for (const rule of rules) {
      if (this.#budget < 0) return;
      const { optionalOldSelf } = rule.rule;
      if (rule.transition && optionalOldSelf !== true && old === undefined) continue;
      const error = this.#run(rule, schema, value, at, lookUp(optionalOldSelf === true));
      // What did not change passed once, or was there before the rule; only transitions are held against it.
      if (error !== undefined && (!unchanged || rule.transition || this.#budget < 0)) this.errors.push(error);
    }
  }

  #run(
    compiled: CompiledRule,
    { type = "" }: StructuralSchema,
    value: unknown,
    at: Path | undefined,
    lookUp: (name: string) => unknown,
  ): FieldError | undefined {
    const { rule, program, error } = compiled;
    if (program === undefined) return invalid(at, type, `rule compile error: ${error}`);
    const { value: result, cost } = program.measure(lookUp);
    this.#budget -= cost;
    if (this.#budget < 0) {
      return invalid(
        at,
        type,
        "validation failed due to running out of cost budget, no further validation rules will be run",
      );
    }
    if (result instanceof CostExceeded) {
      this.#budget = -1;
      const text = `'${result.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule.rule.trim()}`;
      return invalid(at, type, text);
    }
    if (result instanceof Error) return invalid(at, type, runtimeText(result, rule));
    if (result === true) return undefined;
    return failed(rule, this.#message(compiled, lookUp), value, at);
  }

  #message({ rule, message }: CompiledRule, lookUp: (name: string) => unknown): string {
    const otherwise = rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
    const text = message === undefined ? undefined : this.#text(message, lookUp);
    return text === undefined || text === "" ? otherwise : text;
  }

  /** Undefined where the expression gives no text that fits on a line. */
  #text(program: Program, lookUp: (name: string) => unknown): string | undefined {
    const { value, cost } = program.measure(lookUp);
    this.#budget -= cost;
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

/** Objects and lists are not printed. */
function failed(
  { reason, fieldPath }: ValidationRule,
  detail: string,
  value: unknown,
  at: Path | undefined,
): FieldError {
  const where = fieldPath ? pathBehind(at, fieldPath) : at;
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
