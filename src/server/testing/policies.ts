/** A test server with one admission policy and its binding, and no other plugin of admission. */
import assert from "node:assert/strict";
import { builtinKinds } from "../../api/index.ts";
import type { Log } from "../../machinery/log.ts";
import { createScheme } from "../../machinery/scheme.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { openStore } from "../../store/local-store.ts";
import { mutatingPolicies } from "../admission/policies/mutating.ts";
import { validatingPolicies } from "../admission/policies/validating.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { objectCodec } from "../encoding/json.ts";
import { testServer } from "./server.ts";
import type { TestServer } from "./server.ts";

export const POLICIES = "/apis/admissionregistration.k8s.io/v1";

/** Creations of config maps. */
export const MAP_RULES = {
  resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
};

export interface PolicyServerOptions {
  /** Whom expressions ask; absent: all is allowed. */
  readonly authorizer?: Authorizer;
  readonly log?: Log;
}

/** The policy is `p`, bound by `b`; one that validates denies. There is the namespace `default`. */
export async function policyServer(
  kind: "validating" | "mutating",
  spec: object,
  binding: object = {},
  { authorizer = { authorize: () => ({ verdict: "allow" }) }, ...rest }: PolicyServerOptions = {},
): Promise<TestServer> {
  const scheme = createScheme(builtinKinds);
  const clock = new VirtualClock(Date.UTC(2026, 0, 2));
  const store = await openStore({ clock, codec: objectCodec(scheme) });
  const host = { store, scheme, authorizer };
  const server = await testServer({
    store,
    scheme,
    admission: [mutatingPolicies(host), validatingPolicies(host)],
    ...rest,
  });
  const actions = kind === "validating" ? { validationActions: ["Deny"] } : {};
  const made = [
    await server.send("POST", "/api/v1/namespaces", { metadata: { name: "default" } }),
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
