/** MutatingAdmissionPolicy: objects are changed by what expressions say: a configuration to apply, or a JSON patch. */
import type {
  MutatingAdmissionPolicySpec,
  Mutation,
} from "../../../api/admissionregistration/mutating-admission-policy.ts";
import { jsonOf, misplaced } from "../../../machinery/cel/admission.ts";
import { CelError } from "../../../machinery/cel/index.ts";
import type { CelMap } from "../../../machinery/cel/values.ts";
import { StatusError, forbidden, internalError } from "../../../machinery/errors.ts";
import { quote } from "../../../machinery/go-text.ts";
import { DecodeError, unknownField } from "../../../machinery/schema/decode.ts";
import { decodeObject } from "../../../machinery/schema/kind-codec.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { deepEqual } from "../../objects.ts";
import { replaceDraft } from "../draft.ts";
import type { Operation } from "../json-patch.ts";
import { canMatch, namespaceObjectOf } from "../matching.ts";
import { Reinvocation } from "../reinvocation.ts";
import type { Invoked } from "../reinvocation.ts";
import { Versions } from "../versions.ts";
import { Decisions } from "./decisions.ts";
import { Budget, Evaluation } from "./evaluation.ts";
import { applied, patched } from "./patches.ts";
import { Misconfigured, findingBound, paramsOf } from "./policies.ts";
import type { Binding, Bound, Param, Policy, PolicyHost } from "./policies.ts";

type MutatingPolicy = Policy & { readonly spec: MutatingAdmissionPolicySpec };
type BoundPolicy = Bound<MutatingPolicy, Binding>;

const NAME = "MutatingAdmissionPolicy";
const RESOURCES = { policies: "mutatingadmissionpolicies", bindings: "mutatingadmissionpolicybindings" };

export function mutatingPolicies(host: PolicyHost): AdmissionPlugin {
  const boundTo = findingBound<MutatingPolicy, Binding>(host, RESOURCES);
  return {
    name: NAME,
    handles: (attributes) => attributes.object !== undefined && canMatch(attributes),
    admit(attributes) {
      const found = boundTo(attributes);
      return found.length === 0 ? undefined : new Round(host, attributes).of(found);
    },
  };
}

interface Failure {
  readonly bound: BoundPolicy;
  readonly error: CelError;
}

/** All policies' turns at one object. A failure does not keep the others from theirs. */
class Round {
  readonly #host: PolicyHost;
  readonly #attributes: AdmissionAttributes;
  readonly #versions: Versions;
  readonly #decisions: Decisions;
  readonly #invoked: Invoked;
  readonly #failures: Failure[] = [];

  constructor(host: PolicyHost, attributes: AdmissionAttributes) {
    this.#host = host;
    this.#attributes = attributes;
    this.#versions = new Versions(attributes);
    this.#decisions = new Decisions(host.authorizer);
    this.#invoked = (attributes.reinvocation ??= new Reinvocation()).of(NAME);
  }

  async of(found: readonly BoundPolicy[]): Promise<void> {
    const attributes = this.#attributes;
    this.#invoked.begin(attributes.object);
    const due: [BoundPolicy, Param][] = [];
    for (const bound of found) {
      await this.#noting(bound, async () => {
        await this.#seen(bound);
        for (const param of await paramsOf(this.#host, bound, attributes)) due.push([bound, param]);
      });
    }
    for (const [bound, param] of due) await this.#noting(bound, () => this.#invoke(bound, param));
    this.#invoked.end(attributes.object);
    if (this.#failures.length > 0) throw refused(this.#failures, attributes);
  }

  async #noting(bound: BoundPolicy, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      if (bound.policy.spec.failurePolicy !== "Ignore") this.#failures.push({ bound, error });
    }
  }

  async #invoke(bound: BoundPolicy, param: Param): Promise<void> {
    const { mutations = [], reinvocationPolicy } = bound.policy.spec;
    const id = `${bound.policy.metadata.name}/${bound.binding.metadata.name}/${param.id}`;
    if ((await (await this.#evaluation(bound, param)).unmet()) !== undefined || !this.#invoked.isDue(id)) return;
    let changed = false;
    for (const mutation of mutations) {
      await this.#noting(bound, async () => {
        changed = (await this.#mutate(bound, param, mutation)) || changed;
      });
    }
    this.#invoked.asked(id, changed, reinvocationPolicy === "IfNeeded");
  }

  /** In the version that the policy looks at. */
  async #seen({ kind, misconfigured }: BoundPolicy): Promise<void> {
    if (misconfigured !== undefined) return;
    try {
      await this.#versions.in(kind);
    } catch (error) {
      throw error instanceof StatusError ? new Misconfigured(error.message, "policy") : error;
    }
  }

  /** Of the object as it is now: each mutation sees what the one before it made. */
  async #evaluation(bound: BoundPolicy, { object: params }: Param): Promise<Evaluation> {
    const attributes = this.#attributes;
    const versioned = await this.#versions.in(bound.kind);
    const namespace = namespaceObjectOf(this.#host.store, attributes);
    const subject = { attributes, place: bound, versioned, decisions: this.#decisions, namespace, params };
    return new Evaluation(bound.policy.spec, subject);
  }

  /** True where the object became another one. */
  async #mutate(bound: BoundPolicy, param: Param, mutation: Mutation): Promise<boolean> {
    const { kind } = bound;
    const evaluation = await this.#evaluation(bound, param);
    const object = (await this.#versions.in(kind)).object!;
    const { applyConfiguration, jsonPatch } = mutation;
    const source = (mutation.patchType === "JSONPatch" ? jsonPatch : applyConfiguration)?.expression ?? "";
    const value = await evaluation.run(source, new Budget());
    const made = jsonOf(value);
    const patches = mutation.patchType === "JSONPatch";
    checkPlaces(patches ? [...(value as Iterable<CelMap>)].map((each) => each.get("value")) : [value]);
    const next = patches ? patched(object, made as readonly Operation[]) : applied(kind, object, made);
    if (next === object) return false;
    try {
      const unknown: string[] = [];
      const decoded = { ...decodeObject(kind, next, unknown), apiVersion: object.apiVersion, kind: object.kind };
      if (patches && !kind.schema.custom && unknown.length > 0) {
        throw new DecodeError(`strict decoding error: ${unknown.map(unknownField).join(", ")}`);
      }
      if (deepEqual(decoded, object)) return false;
      await replaceDraft(this.#attributes, decoded, kind);
      return true;
    } catch (error) {
      throw error instanceof DecodeError ? internalError(error.message, error) : error;
    }
  }
}

function checkPlaces(values: readonly unknown[]): void {
  for (const value of values) {
    const wrong = misplaced(value);
    if (wrong.length > 0) throw new CelError(`type mismatch: ${wrong.join("\n")}`);
  }
}

/** The first failure is the answer, and each is a cause. */
function refused(failures: readonly Failure[], { group, resource, name }: AdmissionAttributes): StatusError {
  const causes = failures.map(({ bound: { policy, binding }, error }) => {
    const ofPolicy = error instanceof Misconfigured && error.what === "policy";
    const names = ofPolicy
      ? `policy ${quote(policy.metadata.name)}`
      : `policy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
    return { message: `${names} denied request: ${error.message}` };
  });
  const { message } = causes[0]!;
  const { status } = forbidden({ group, resource }, name, message, causes);
  const misconfigured = failures[0]!.error instanceof Misconfigured;
  return new StatusError({ ...status, message, ...(!misconfigured && { reason: "Invalid" }) });
}
