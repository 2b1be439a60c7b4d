/** A test server with one admission policy and its binding, for requests to all that the policy's rules name. */
import assert from "node:assert/strict";
import { securedServer } from "./secured.ts";
import type { SecuredServer, SecuredServerOptions } from "./secured.ts";

export const POLICIES = "/apis/admissionregistration.k8s.io/v1";

/** Creations of config maps. */
export const MAP_RULES = {
  resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
};

/** The policy is `p`, bound by `b`; one that validates denies. */
export async function policyServer(
  kind: "validating" | "mutating",
  spec: object,
  binding: object = {},
  options: SecuredServerOptions = {},
): Promise<SecuredServer> {
  const server = await securedServer(options);
  const actions = kind === "validating" ? { validationActions: ["Deny"] } : {};
  const made = [
    await server.send("POST", `${POLICIES}/${kind}admissionpolicies`, {
      metadata: { name: "p" },
      spec: { matchConstraints: MAP_RULES, ...spec },
    }),
    await server.send("POST", `${POLICIES}/${kind}admissionpolicybindings`, {
      metadata: { name: "b" },
      spec: { policyName: "p", ...actions, ...binding },
    }),
  ];
  for (const { status, json } of made) assert.equal(status, 201, JSON.stringify(json));
  return server;
}
