/**
 * Tells in the status of each ValidatingAdmissionPolicy what is wrong with its expressions for the kinds that it matches.
 * They are checked once a generation: what kinds look like later changes no warning.
 */
import { ValidatingAdmissionPolicy } from "../../api/admissionregistration/index.ts";
import type { ExpressionWarning } from "../../api/admissionregistration/validating-admission-policy.ts";
import type { Client } from "../../client/client.ts";
import { apiVersionOf, parseApiVersion } from "../../machinery/scheme.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import { Published } from "./matched-kinds.ts";
import { expressionWarnings } from "./type-checker.ts";
import type { TypedKind } from "./type-checker.ts";

const NAME = "validatingadmissionpolicy-status-controller";

export const validatingAdmissionPolicyStatusController = defineController<ValidatingAdmissionPolicy>({
  name: NAME,
  kind: ValidatingAdmissionPolicy,
  workers: 5,
  rbac: [
    right("get list watch", "admissionregistration.k8s.io", "validatingadmissionpolicies"),
    right("get patch update", "admissionregistration.k8s.io", "validatingadmissionpolicies/status"),
    tellsEvents,
  ],
  async reconcile({ name }, { cache, client }) {
    const policy = cache.get(ValidatingAdmissionPolicy, name);
    const { generation = 0 } = policy?.metadata ?? {};
    if (policy === undefined || generation <= (policy.status.observedGeneration ?? 0)) return;
    const warnings = await warningsOf(policy, client);
    const status = { observedGeneration: generation, typeChecking: { expressionWarnings: warnings } };
    const { kind } = ValidatingAdmissionPolicy;
    const body = { apiVersion: apiVersionOf(ValidatingAdmissionPolicy), kind, metadata: { name }, status };
    const options = { subresource: "status", fieldManager: NAME, force: true };
    await client.patch(ValidatingAdmissionPolicy, name, undefined, { type: "apply", body }, options);
  },
});

async function warningsOf({ spec }: ValidatingAdmissionPolicy, client: Client): Promise<ExpressionWarning[]> {
  const published = new Published(client);
  const kinds: TypedKind[] = [];
  for (const kind of await published.kindsOf(spec.matchConstraints ?? {})) {
    const type = await published.typeOf(kind);
    if (type !== undefined) kinds.push({ kind, type });
  }
  const { apiVersion = "", kind = "" } = spec.paramKind ?? {};
  const params = kind === "" ? undefined : await published.typeOf({ ...parseApiVersion(apiVersion), kind });
  return expressionWarnings(spec, kinds, params);
}
