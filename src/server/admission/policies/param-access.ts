/**
 * Nobody shows a policy what he may not read himself: whoever names a kind of parameters must be allowed to get all of
 * its objects, and whoever binds the policy to some of them, those.
 */
import type { ParamKind, ParamRef } from "../../../api/admissionregistration/matching.ts";
import type { UserInfo } from "../../../machinery/door.ts";
import { invalid } from "../../../machinery/errors.ts";
import { forbidden } from "../../../machinery/field-errors.ts";
import { goValue } from "../../../machinery/go-text.ts";
import { parseApiVersion } from "../../../machinery/scheme.ts";
import type { ResourceAttributes } from "../../authorization/authorizer.ts";
import { deepEqual } from "../../objects.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admission.ts";
import type { PolicyHost } from "./policies.ts";

const GROUP = "admissionregistration.k8s.io";

/** Policies by their bindings. */
const BINDINGS: Readonly<Record<string, string>> = {
  validatingadmissionpolicybindings: "validatingadmissionpolicies",
  mutatingadmissionpolicybindings: "mutatingadmissionpolicies",
};
const POLICIES: ReadonlySet<string> = new Set(Object.values(BINDINGS));

interface Spec {
  readonly paramKind?: ParamKind;
  readonly policyName?: string;
  readonly paramRef?: ParamRef;
}

/** What must be allowed, where it is said, and what is said otherwise. */
interface Demand {
  readonly field: string;
  readonly resource: Pick<ResourceAttributes, "group" | "version" | "resource">;
  readonly name: string;
  readonly namespace: string;
  readonly refusal: string;
}

export function paramAccess(host: PolicyHost): AdmissionPlugin {
  return {
    name: "ParamAccess",
    handles: ({ operation, group, resource, user }) =>
      group === GROUP &&
      (operation === "CREATE" || operation === "UPDATE") &&
      (POLICIES.has(resource) || resource in BINDINGS) &&
      !user.groups.includes("system:masters"),
    async validate(attributes) {
      const demand = demandOf(host, attributes);
      if (demand === undefined) return;
      const { resource, name, namespace, field, refusal } = demand;
      const { user, kind } = attributes;
      const asked = { user, verb: "get", ...resource, ...(name && { name }), ...(namespace && { namespace }) };
      const { verdict } = await host.authorizer.authorize(asked);
      if (verdict === "allow") return;
      throw invalid({ group: GROUP, kind: kind.kind }, attributes.name, [
        forbidden(field, `user ${shown(user)} ${refusal}`),
      ]);
    },
  };
}

/** Undefined where nothing is named, or nothing else than before. */
function demandOf(host: PolicyHost, { resource, object, previous }: AdmissionAttributes): Demand | undefined {
  const { spec } = object as unknown as { readonly spec: Spec };
  const before = (previous as unknown as { readonly spec: Spec } | undefined)?.spec;
  const { paramKind, paramRef, policyName } = spec;
  if (POLICIES.has(resource)) {
    if (paramKind === undefined || deepEqual(paramKind, before?.paramKind)) return undefined;
    const { kind = "", apiVersion = "" } = paramKind;
    const refusal = `must have "get" permission on all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`;
    return { field: "spec.paramKind", resource: resourceOf(host, paramKind), name: "*", namespace: "*", refusal };
  }
  if (paramRef === undefined) return undefined;
  if (deepEqual(paramRef, before?.paramRef) && policyName === before?.policyName) return undefined;
  const policy = host.store.head(`/${GROUP}/${BINDINGS[resource]}/${policyName}`)?.object as { spec: Spec } | undefined;
  return {
    field: "spec.paramRef",
    resource: resourceOf(host, policy?.spec.paramKind),
    name: paramRef.name ?? "",
    namespace: paramRef.namespace ?? "",
    refusal: 'does not have "get" permission on the object referenced by paramRef',
  };
}

/** As much as can be told; what cannot means all. */
function resourceOf({ scheme }: PolicyHost, of: ParamKind | undefined): Demand["resource"] {
  if (of === undefined) return { group: "*", version: "*", resource: "*" };
  const { apiVersion = "", kind = "" } = of;
  return { ...parseApiVersion(apiVersion), resource: scheme.byApiVersion(apiVersion, kind)?.names.plural ?? "*" };
}

/** As Go prints its struct of a user. */
const shown = ({ username, uid = "", groups, extra = {} }: UserInfo): string =>
  `&{${username} ${uid} ${goValue(groups)} ${goValue(extra)}}`;
