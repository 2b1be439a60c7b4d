/** ValidatingAdmissionPolicy: requests are refused, warned about or noted where an expression does not hold. */
import { ownValue } from "../../../machinery/json-tree.ts";
import type {
  ValidatingAdmissionPolicySpec,
  Validation,
} from "../../../api/admissionregistration/validating-admission-policy.ts";
import type { ValidatingAdmissionPolicyBindingSpec } from "../../../api/admissionregistration/validating-admission-policy-binding.ts";
import { CelError } from "../../../machinery/cel/index.ts";
import { StatusError, forbidden } from "../../../machinery/errors.ts";
import { byteLength, goJson } from "../../../machinery/go-text.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { canMatch, namespaceObjectOf } from "../matching.ts";
import { Versions } from "../versions.ts";
import type { Versioned } from "../versions.ts";
import { Notes } from "./audit-annotations.ts";
import { Decisions } from "./decisions.ts";
import { Budget, Evaluation, OutOfBudget } from "./evaluation.ts";
import { Misconfigured, findingBound, paramsOf } from "./policies.ts";
import type { Binding, Bound, Policy, PolicyHost } from "./policies.ts";

type ValidatingPolicy = Policy & { readonly spec: ValidatingAdmissionPolicySpec };
type ValidatingBinding = Binding & { readonly spec: ValidatingAdmissionPolicyBindingSpec };
type BoundPolicy = Bound<ValidatingPolicy, ValidatingBinding>;

interface Refusal {
  readonly message: string;
  readonly reason?: string | undefined;
  /** Which of the policy's demands it is. */
  readonly index: number;
}

const RESOURCES = { policies: "validatingadmissionpolicies", bindings: "validatingadmissionpolicybindings" };
/** Bytes of a text that an expression makes; longer ones are not believed. */
const LONGEST_MESSAGE = 5 * 1024;

export function validatingPolicies(host: PolicyHost): AdmissionPlugin {
  const boundTo = findingBound<ValidatingPolicy, ValidatingBinding>(host, RESOURCES);
  return {
    name: "ValidatingAdmissionPolicy",
    handles: canMatch,
    validate(attributes) {
      const found = boundTo(attributes);
      return found.length === 0 ? undefined : new Judgement(host, attributes).of(found);
    },
  };
}

/** What all policies say of one request. The first that denies it decides the answer. */
class Judgement {
  readonly #host: PolicyHost;
  readonly #attributes: AdmissionAttributes;
  readonly #versions: Versions;
  readonly #decisions: Decisions;
  #denied: StatusError | undefined;

  constructor(host: PolicyHost, attributes: AdmissionAttributes) {
    this.#host = host;
    this.#attributes = attributes;
    this.#versions = new Versions(attributes);
    this.#decisions = new Decisions(host.authorizer);
  }

  async of(found: readonly BoundPolicy[]): Promise<void> {
    const noted = new Map<string, Notes>();
    for (const bound of found) {
      const { name } = bound.policy.metadata;
      let notes = noted.get(name);
      if (notes === undefined) noted.set(name, (notes = new Notes()));
      await this.#judge(bound, notes);
    }
    for (const [name, notes] of noted) notes.publish(name, this.#attributes);
    if (this.#denied !== undefined) throw this.#denied;
  }

  async #judge(bound: BoundPolicy, notes: Notes): Promise<void> {
    const attributes = this.#attributes;
    try {
      const params = await paramsOf(this.#host, bound, attributes);
      if (params.length === 0) return;
      const versioned = await this.#versioned(bound);
      for (const { object } of params) await this.#judgeWith(bound, versioned, object, notes);
    } catch (error) {
      if (!(error instanceof Misconfigured)) throw error;
      this.#refuse(bound, { message: error.message, index: 0 }, error.what);
    }
  }

  async #versioned({ kind }: BoundPolicy): Promise<Versioned> {
    try {
      return await this.#versions.in(kind);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new Misconfigured(`failed to convert object version: ${error.message}`);
    }
  }

  async #judgeWith(bound: BoundPolicy, versioned: Versioned, params: unknown, notes: Notes): Promise<void> {
    const { spec } = bound.policy;
    const attributes = this.#attributes;
    const namespace = namespaceObjectOf(this.#host.store, attributes);
    const decisions = this.#decisions;
    const subject = { attributes, place: bound, versioned, decisions, namespace, params };
    const evaluation = new Evaluation(spec, subject);
    try {
      if ((await evaluation.unmet()) !== undefined) return;
      const refusals = await refusalsOf(evaluation, spec);
      const failures = await notes.take(evaluation, spec.auditAnnotations);
      for (const refusal of refusals) this.#enforce(bound, refusal);
      for (const message of failures) this.#refuse(bound, { message, index: 0 });
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      if (!ignores(bound)) this.#enforce(bound, { message: error.message, index: 0 });
    }
  }

  /** What the binding asks for: an error to answer with, a warning, or a note in the audit record. */
  #enforce(bound: BoundPolicy, refusal: Refusal): void {
    const { policy, binding } = bound;
    const { message, index } = refusal;
    const validationActions = binding.spec.validationActions ?? [];
    for (const action of validationActions) {
      if (action === "Deny") this.#deny(bound, refusal, "binding");
      else if (action === "Warn") {
        this.#attributes.warn(`Validation failed for ${namesOf(bound, "binding")}: ${message}`);
      } else if (action === "Audit") {
        const names = { policy: policy.metadata.name, binding: binding.metadata.name };
        const said = [{ message, ...names, expressionIndex: index, validationActions }];
        this.#attributes.annotate("validation.policy.admission.k8s.io/validation_failure", goJson(said));
      }
    }
  }

  /** What cannot be judged is denied, whatever the binding would do with a refusal. */
  #refuse(bound: BoundPolicy, refusal: Refusal, by: "policy" | "binding" = "binding"): void {
    if (!ignores(bound)) this.#deny(bound, refusal, by);
  }

  #deny(bound: BoundPolicy, { message, reason }: Refusal, by: "policy" | "binding"): void {
    this.#denied ??= denial(`${namesOf(bound, by)} denied request: ${message}`, reason, this.#attributes);
  }
}

const ignores = ({ policy }: BoundPolicy): boolean => policy.spec.failurePolicy === "Ignore";

const namesOf = ({ policy, binding }: BoundPolicy, by: "policy" | "binding"): string =>
  `ValidatingAdmissionPolicy '${policy.metadata.name}'${by === "policy" ? "" : ` with binding '${binding.metadata.name}'`}`;

const CODES: Readonly<Record<string, number>> = { Forbidden: 403, RequestEntityTooLarge: 413, Invalid: 422 };

function denial(message: string, reason = "Invalid", { group, resource, name }: AdmissionAttributes): StatusError {
  const { status } = forbidden({ group, resource }, name, message, [{ message }]);
  return new StatusError({ ...status, reason, code: ownValue(CODES, reason) ?? 422 });
}

/** Throws {@link OutOfBudget}: then none of the demands counts. */
async function refusalsOf(
  evaluation: Evaluation,
  { validations = [], failurePolicy }: ValidatingAdmissionPolicySpec,
): Promise<Refusal[]> {
  const budget = new Budget();
  const refusals: Refusal[] = [];
  const failed = (message: string, index: number): void => {
    if (failurePolicy !== "Ignore") refusals.push({ message, index });
  };
  const unmet: [index: number, validation: Validation][] = [];
  for (const [index, validation] of validations.entries()) {
    const result = await attempt(evaluation, validation.expression, budget);
    if (result instanceof CelError) failed(result.message, index);
    else if (result !== true) unmet.push([index, validation]);
  }
  for (const [index, validation] of unmet) {
    try {
      refusals.push({ message: await messageOf(evaluation, validation, budget), reason: validation.reason, index });
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      failed(`failed messageExpression: ${error.message}`, index);
    }
  }
  return refusals.toSorted((a, b) => a.index - b.index);
}

/** Made with the steps that the demands left over. */
async function messageOf(evaluation: Evaluation, validation: Validation, budget: Budget): Promise<string> {
  const { expression, message, messageExpression } = validation;
  const made = messageExpression ? await attempt(evaluation, messageExpression, budget) : undefined;
  const text = typeof made === "string" ? made.trim() : "";
  if (text !== "" && !text.includes("\n") && byteLength(text) <= LONGEST_MESSAGE) return text;
  return message?.trim() || `failed expression: ${expression.trim()}`;
}

/** An expression's failure as a value; that there are no steps left goes on its way. */
async function attempt(evaluation: Evaluation, source: string, budget: Budget): Promise<unknown> {
  try {
    return await evaluation.run(source, budget);
  } catch (error) {
    if (error instanceof CelError && !(error instanceof OutOfBudget)) return error;
    throw error;
  }
}
