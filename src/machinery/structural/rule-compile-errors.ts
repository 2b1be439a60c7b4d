/**
 * What is wrong with the CEL rules of a schema, for whoever defines a custom resource: expressions that cannot work, that
 * could take too long, or that compare with a value whose earlier self cannot be told.
 */
import { typeOfSchema } from "../cel/index.ts";
import { mostValues } from "../cel/schema-sizes.ts";
import { forbidden, invalid } from "../field-errors.ts";
import type { FieldError, Path } from "../field-errors.ts";
import { compileRule } from "./compiled-rules.ts";
import type { CompiledRule } from "./compiled-rules.ts";
import { isObject, itemsOf, valuesOf } from "./schema.ts";
import type { StructuralSchema, ValidationRule } from "./schema.ts";

/** Upstream's limits, in steps: for one rule with all the values it can be run on, and for a whole schema. */
const RULE_LIMIT = 10_000_000;
const SCHEMA_LIMIT = 100_000_000;

/** Only so many, and only those that take a hundredth of the limit, are named where all together are too much. */
const NAMED = 4;

/** Maps whose fields can be told apart. */
const MAP_TYPES: ReadonlySet<string> = new Set(["granular", "atomic"]);

interface Place {
  readonly schema: StructuralSchema;
  readonly at: Path;
  readonly root: boolean;
  /** How many such values an object can have; undefined where no schema on the way limits it. */
  readonly count: number | undefined;
  /** The schema around it whose members cannot be told apart between two versions of an object. */
  readonly uncorrelated: Path | undefined;
}

/**
 * `found` are the errors of the schema itself: rules above them are not looked at. `unchanged`: see
 * checkStructuralSchema.
 */
export function ruleCompileErrors(
  schema: StructuralSchema,
  at: Path,
  found: readonly FieldError[],
  unchanged: boolean,
): FieldError[] {
  const check = new RuleChecker(
    found.map(({ field }) => field),
    unchanged,
  );
  check.visit({ schema, at, root: true, count: 1, uncorrelated: undefined });
  return [...check.errors, ...check.total(at)];
}

class RuleChecker {
  readonly errors: FieldError[] = [];
  readonly #broken: readonly string[];
  readonly #unchanged: boolean;
  readonly #costs: { readonly at: Path; readonly cost: number }[] = [];

  constructor(broken: readonly string[], unchanged: boolean) {
    this.#broken = broken;
    this.#unchanged = unchanged;
  }

  /** Rules of inner values come first. */
  visit(place: Place): void {
    for (const inner of innerPlaces(place)) this.visit(inner);
    const { schema, at, root } = place;
    const rules = schema["x-kubernetes-validations"] ?? [];
    if (rules.length === 0 || this.#isBroken(String(at))) return;
    const self = typeOfSchema(schema, root || schema["x-kubernetes-embedded-resource"] === true);
    rules.forEach((rule, index) => {
      this.#rule(compileRule(rule, self), place, at.child("x-kubernetes-validations").index(index));
    });
  }

  #isBroken(at: string): boolean {
    return this.#broken.some((field) => field.startsWith(at));
  }

  #rule(compiled: CompiledRule, { schema, count, uncorrelated }: Place, at: Path): void {
    const { rule, program, error, message, messageError, transition } = compiled;
    if (program !== undefined) {
      this.#cost("rule", at.child("rule"), program.estimate().most * (count ?? mostValues(schema)));
    }
    if (error !== undefined) this.errors.push(invalid(at.child("rule"), printedRule(rule), error));
    // The text of a rule that cannot be read is not looked at.
    else if (messageError !== undefined) {
      this.errors.push(invalid(at.child("messageExpression"), printedRule(rule), messageError));
    } else if (message !== undefined) {
      this.#cost("messageExpression", at.child("messageExpression"), message.estimate().most);
    }
    if (transition || message?.uses("oldSelf")) {
      if (uncorrelated === undefined) return;
      const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${String(uncorrelated)}`;
      this.errors.push(invalid(at.child("rule"), rule.rule, text));
    } else if (rule.optionalOldSelf !== undefined && program !== undefined) {
      const text = "may not be set if oldSelf is not used in rule";
      this.errors.push(invalid(at.child("optionalOldSelf"), rule.optionalOldSelf, text));
    }
  }

  #cost(what: "rule" | "messageExpression", at: Path, cost: number): void {
    this.#costs.push({ at, cost });
    if (cost > RULE_LIMIT && !this.#unchanged) {
      this.errors.push(forbidden(at, exceeded(`estimated ${what} cost`, cost, RULE_LIMIT)));
    }
  }

  /** What all rules together are too much for. */
  total(at: Path): FieldError[] {
    const total = this.#costs.reduce((sum, { cost }) => sum + cost, 0);
    if (total <= SCHEMA_LIMIT) return [];
    const dear = this.#costs
      .filter(({ cost }) => cost >= SCHEMA_LIMIT / 100)
      .toSorted((a, b) => b.cost - a.cost)
      .slice(0, NAMED);
    const text = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const whole = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [...dear.map((each) => forbidden(each.at, text)), forbidden(at, exceeded(whole, total, SCHEMA_LIMIT))];
  }
}

function* innerPlaces({ schema, at, count, uncorrelated }: Place): Iterable<Place> {
  const [values, items] = [valuesOf(schema), itemsOf(schema)];
  const within = (inner: StructuralSchema, where: Path, most: number | undefined, apart = uncorrelated): Place => ({
    schema: inner,
    at: where,
    root: false,
    count: count === undefined || most === undefined ? undefined : count * Math.max(0, most),
    uncorrelated: apart,
  });
  const known = MAP_TYPES.has(schema["x-kubernetes-map-type"] ?? "granular");
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield within(property, at.child("properties").key(name), 1, uncorrelated ?? (known ? undefined : at));
  }
  if (values !== undefined) yield within(values, at.child("additionalProperties"), schema.maxProperties);
  if (isObject(items)) {
    const map = schema["x-kubernetes-list-type"] === "map";
    yield within(items, at.child("items"), schema.maxItems, uncorrelated ?? (map ? undefined : at));
  }
}

function exceeded(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? "more than 100x" : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  return (
    `${what} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and ` +
    "maxLength where arrays, maps, and strings are declared)"
  );
}

/** The rule as upstream prints it: all of its fields by their Go names. */
export function printedRule(rule: ValidationRule): object {
  return {
    Rule: rule.rule,
    Message: rule.message ?? "",
    MessageExpression: rule.messageExpression ?? "",
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? "",
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}
