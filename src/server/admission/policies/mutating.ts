/** MutatingAdmissionPolicy: objects are changed by what expressions say: a configuration to apply, or a JSON patch. */
import type {
  MutatingAdmissionPolicySpec,
  Mutation,
} from "../../../api/admissionregistration/mutating-admission-policy.ts";
import { mergeTyped } from "../../../machinery/apply/typed.ts";
import { jsonOf } from "../../../machinery/cel/admission.ts";
import { CelError, CompileError } from "../../../machinery/cel/index.ts";
import { StatusError, forbidden } from "../../../machinery/errors.ts";
import { jsonPatch } from "../../../machinery/patch/json-patch.ts";
import { DecodeError } from "../../../machinery/schema/decode.ts";
import { decodeObject } from "../../../machinery/schema/kind-codec.ts";
import type { Store } from "../../../store/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import { deepEqual } from "../../objects.ts";
import { replaceDraft } from "../draft.ts";
import { canMatch } from "../matching.ts";
import { Reinvocation } from "../reinvocation.ts";
import { Evaluation, NO_PARAMS, boundTo, paramsOf } from "./policies.ts";
import type { Binding, Bound, Locate, Policy } from "./policies.ts";

type MutatingPolicy = Policy & { readonly spec: MutatingAdmissionPolicySpec };
type BoundPolicy = Bound<MutatingPolicy, Binding>;

const NAME = "MutatingAdmissionPolicy";
const RESOURCES = { policies: "mutatingadmissionpolicies", bindings: "mutatingadmissionpolicybindings" };

export function mutatingPolicies(store: Store, locate: Locate): AdmissionPlugin {
  return {
    name: NAME,
    handles: (attributes) => attributes.object !== undefined && canMatch(attributes),
    admit(attributes) {
      const all = boundTo<MutatingPolicy, Binding>(store, RESOURCES, attributes);
      if (all.length === 0) return;
      const invoked = (attributes.reinvocation ??= new Reinvocation()).of(NAME);
      invoked.begin(attributes.object);
      for (const bound of all) {
        const id = `${bound.policy.metadata.name}/${bound.binding.metadata.name}`;
        if (!invoked.isDue(id)) continue;
        const changed = attempted(store, locate, bound, attributes);
        invoked.asked(id, changed, bound.policy.spec.reinvocationPolicy === "IfNeeded");
      }
      invoked.end(attributes.object);
    },
  };
}

/** True where the object became another one. A failure refuses, or changes nothing, as the policy has it. */
function attempted(store: Store, locate: Locate, bound: BoundPolicy, attributes: AdmissionAttributes): boolean {
  try {
    return mutate(store, locate, bound, attributes);
  } catch (error) {
    if (!isFailure(error)) throw error;
    if (bound.policy.spec.failurePolicy !== "Ignore") throw refused(bound, error, attributes);
    return false;
  }
}

const isFailure = (error: unknown): error is Error =>
  error instanceof CelError ||
  error instanceof CompileError ||
  error instanceof StatusError ||
  error instanceof DecodeError;

function refused(
  { policy, binding }: BoundPolicy,
  { message }: Error,
  { group, resource, name }: AdmissionAttributes,
): StatusError {
  const names = `policy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
  return forbidden({ group, resource }, name, `${names} denied request: ${message}`);
}

function mutate(store: Store, locate: Locate, bound: BoundPolicy, attributes: AdmissionAttributes): boolean {
  let changed = false;
  const params = paramsOf(store, locate, bound, attributes);
  if (params === "missing") throw new CelError(NO_PARAMS);
  for (const param of params) {
    if (new Evaluation(bound.policy.spec, bound.namespace, attributes, param).unmet() !== undefined) continue;
    for (const mutation of bound.policy.spec.mutations ?? []) {
      // Each mutation sees what the one before it made.
      const evaluation = new Evaluation(bound.policy.spec, bound.namespace, attributes, param);
      const made = mutated(mutation, evaluation, attributes);
      if (made === attributes.object) continue;
      const next = decodeObject(attributes.kind, made);
      changed ||= !deepEqual(next, attributes.object);
      replaceDraft(attributes, next);
    }
  }
  return changed;
}

function mutated(
  { applyConfiguration, jsonPatch: patch }: Mutation,
  evaluation: Evaluation,
  { object, kind }: AdmissionAttributes,
): unknown {
  if (applyConfiguration?.expression) {
    return mergeTyped(kind.schema, object, jsonOf(evaluation.run(applyConfiguration.expression)));
  }
  return patch?.expression ? jsonPatch(object, jsonOf(evaluation.run(patch.expression))) : object;
}
