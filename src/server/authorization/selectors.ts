/**
 * What an authorizer hears of the selectors of a request or of a question. What cannot be understood is left out of the
 * requirements and told beside them: the question is then about more objects than was meant, never about fewer.
 */
import type { FieldSelectorAttributes, LabelSelectorAttributes } from "../../api/authorization/access-review.ts";
import type { FieldRequirement } from "../../machinery/field-selectors.ts";
import { parseFieldSelector } from "../../machinery/field-selectors.ts";
import { aggregated, quote } from "../../machinery/go-text.ts";
import type { Requirement } from "../../machinery/selectors.ts";
import { parseLabelSelector, requirementsOf } from "../../machinery/selectors.ts";

/** All requirements must hold. */
export interface Selector<R> {
  readonly requirements: readonly R[];
  /** Why there may be more to it than `requirements`. */
  readonly error?: string;
}

export interface Selectors {
  readonly fieldSelector?: Selector<FieldRequirement>;
  readonly labelSelector?: Selector<Requirement>;
}

/** Most requests have none. */
const NONE: Selectors = {};

/** Of texts as queries have them; what is empty is absent. */
export function readSelectors(fields: string, labels: string): Selectors {
  if (fields === "" && labels === "") return NONE;
  return together(read(fields, parseFieldSelector), read(labels, parseLabelSelector));
}

/** Of the attributes of an access review: a text, or requirements. */
export function askedSelectors(
  fields: FieldSelectorAttributes | undefined,
  labels: LabelSelectorAttributes | undefined,
): Selectors {
  return together(asked(fields, parseFieldSelector, fieldOf), asked(labels, parseLabelSelector, labelOf));
}

const together = (
  fieldSelector: Selector<FieldRequirement> | undefined,
  labelSelector: Selector<Requirement> | undefined,
): Selectors => ({ ...(fieldSelector && { fieldSelector }), ...(labelSelector && { labelSelector }) });

function read<R>(text: string, parse: (text: string) => readonly R[]): Selector<R> | undefined {
  if (text === "") return undefined;
  try {
    const requirements = parse(text);
    return requirements.length > 0 ? { requirements } : undefined;
  } catch (error) {
    return { requirements: [], error: (error as Error).message };
  }
}

interface Asked<T> {
  readonly rawSelector?: string;
  readonly requirements?: readonly T[];
}

function asked<T, R>(
  { rawSelector = "", requirements = [] }: Asked<T> = {},
  parse: (text: string) => readonly R[],
  understand: (requirement: T) => R,
): Selector<R> | undefined {
  if (requirements.length === 0) return read(rawSelector, parse);
  const understood: R[] = [];
  const errors: string[] = [];
  for (const requirement of requirements) {
    try {
      understood.push(understand(requirement));
    } catch (error) {
      errors.push((error as Error).message);
    }
  }
  if (errors.length === 0) return { requirements: understood };
  return { requirements: understood, error: aggregated(errors) };
}

type Of<A extends { readonly requirements?: readonly unknown[] }> = NonNullable<A["requirements"]>[number];

/** Fields are compared with one value. */
function fieldOf({ key, operator, values = [] }: Of<FieldSelectorAttributes>): FieldRequirement {
  if (values.length > 1) throw new Error("fieldSelectors do not yet support multiple values");
  if (operator === "Exists" || operator === "DoesNotExist") {
    throw new Error(`fieldSelectors do not yet support ${operator}`);
  }
  if (operator !== "In" && operator !== "NotIn")
    throw new Error(`${quote(operator)} is not a valid field selector operator`);
  const [value] = values;
  if (value === undefined) throw new Error(`fieldSelectors ${operator === "In" ? "in" : "not in"} must have one value`);
  return { field: key, operator: operator === "In" ? "=" : "!=", value };
}

const labelOf = (requirement: Of<LabelSelectorAttributes>): Requirement =>
  requirementsOf({ matchExpressions: [requirement] })[0]!;
