/** What the compiler says of expressions of policies and webhooks. */
import { compileAdmission } from "../../machinery/cel/admission.ts";
import type { AdmissionExpression } from "../../machinery/cel/admission.ts";
import { CompileError, InstantiationError, types } from "../../machinery/cel/index.ts";
import type { CelType } from "../../machinery/cel/index.ts";
import { internal, invalid } from "../../machinery/field-errors.ts";
import type { Path } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";

export interface Wanted extends AdmissionExpression {
  /** The types it may have, as upstream prints them; any where none is said. */
  readonly wanted?: readonly string[];
  /** The expression as the error shows it, where that is not `source`. */
  readonly shown?: string;
}

/** Its type; `dyn` where it cannot be compiled. */
export function checkExpression(
  errors: Errors,
  at: Path,
  source: string,
  { wanted, shown, ...scope }: Wanted,
): CelType {
  const wrong = (text: string): void => void errors.push(invalid(at, shown ?? source, text));
  try {
    const { type } = compileAdmission(source, scope);
    const made = types.outputText(type);
    if (wanted !== undefined && !wanted.includes(made) && !isOpenList(type, wanted)) {
      const one = wanted.length === 1 ? wanted[0]! : `one of [${wanted.join(" ")}]`;
      wrong(`must evaluate to ${one} but got ${made}`);
    }
    return type;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    if (error instanceof InstantiationError) errors.push(internal(at, error.reason));
    else wrong(error.reason);
    return types.DYN;
  }
}

/** A list that says nothing of its items where a list of something is wanted: `size(x) > 0 ? [] : [JSONPatch{…}]`. */
const isOpenList = ({ name, params = [] }: CelType, wanted: readonly string[]): boolean =>
  name === "list" && params[0]?.name === "dyn" && wanted.some((each) => each.startsWith("list("));
