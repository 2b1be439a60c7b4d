/** What one validating policy notes of a request, with all of its bindings and parameters. */
import type { AuditAnnotation } from "../../../api/admissionregistration/validating-admission-policy.ts";
import { CelError } from "../../../machinery/cel/index.ts";
import { typeNameOf } from "../../../machinery/cel/values.ts";
import { byteLength, cutBytes } from "../../../machinery/go-text.ts";
import type { AdmissionAttributes } from "../admission.ts";
import { Budget, OutOfBudget } from "./evaluation.ts";
import type { Evaluation } from "./evaluation.ts";

/** Bytes of a value. */
const LONGEST = 10 * 1024;

export class Notes {
  /** Values by key, each once, and as many as one annotation has room for: there can be one for each parameter. */
  readonly #values = new Map<string, Set<string>>();
  readonly #left = new Map<string, number>();

  /** What of it failed. Throws {@link OutOfBudget} where there are no steps left. */
  async take(evaluation: Evaluation, annotations: readonly AuditAnnotation[] = []): Promise<string[]> {
    const budget = new Budget();
    const failures: string[] = [];
    for (const { key, valueExpression } of annotations) {
      try {
        const value = await evaluation.run(valueExpression, budget);
        if (typeof value === "string") this.#add(key, value.trim());
        else if (value !== null) failures.push(unsupported(valueExpression, value));
      } catch (error) {
        if (!(error instanceof CelError) || error instanceof OutOfBudget) throw error;
        failures.push(error.message);
      }
    }
    return failures;
  }

  #add(key: string, value: string): void {
    const left = this.#left.get(key) ?? LONGEST;
    let values = this.#values.get(key);
    if (value === "" || left <= 0 || values?.has(value) === true) return;
    if (values === undefined) this.#values.set(key, (values = new Set()));
    const kept = cutBytes(value, LONGEST);
    values.add(kept);
    this.#left.set(key, left - byteLength(kept));
  }

  publish(policy: string, attributes: AdmissionAttributes): void {
    for (const [key, values] of this.#values) attributes.annotate(`${policy}/${key}`, [...values].join(", "));
  }
}

const unsupported = (source: string, value: unknown): string =>
  `valueExpression '${source}' resulted in unsupported return type: ${typeNameOf(value)}. Return type must be either string or null.`;
