/** What of the selectors in a question about rights cannot be understood: the authorizer is then asked about more than was meant. */
import type { ResourceAttributes } from "../../api/authorization/index.ts";
import { parseFieldSelector } from "../../machinery/field-selectors.ts";
import { parseLabelSelector } from "../../machinery/selectors.ts";

type Selector = NonNullable<ResourceAttributes["fieldSelector"] | ResourceAttributes["labelSelector"]>;
type Requirement = NonNullable<Selector["requirements"]>[number];

const LABEL_OPERATORS = ["In", "NotIn", "Exists", "DoesNotExist"];

const isLabel = ({ operator }: Requirement): boolean => LABEL_OPERATORS.includes(operator);

/** Fields are compared with one value. */
const isField = ({ operator, values = [] }: Requirement): boolean =>
  (operator === "In" || operator === "NotIn") && values.length === 1;

/** Upstream's words; undefined where all is understood. */
export function selectorErrors({ fieldSelector, labelSelector }: ResourceAttributes): string | undefined {
  const texts = [
    problemOf("fieldSelector", fieldSelector, parseFieldSelector, isField),
    problemOf("labelSelector", labelSelector, parseLabelSelector, isLabel),
  ].filter((text) => text !== undefined);
  return texts.length > 0 ? texts.join("; ") : undefined;
}

function problemOf(
  name: string,
  { rawSelector = "", requirements = [] }: Selector = {},
  parse: (text: string) => unknown,
  isUnderstood: (requirement: Requirement) => boolean,
): string | undefined {
  const understood = requirements.filter(isUnderstood).length;
  const ignored = requirements.length > 0 ? understood < requirements.length : !canParse(parse, rawSelector);
  if (!ignored) return undefined;
  return `spec.resourceAttributes.${name} ${understood > 0 ? "partially " : ""}ignored due to parse error`;
}

function canParse(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
