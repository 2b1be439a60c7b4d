import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { testServer } from "../testing/server.ts";
import type { Claims, TokenKeys } from "./keys.ts";
import { serviceAccountTokens } from "./service-account-tokens.ts";
import { tokenIssuer } from "./token-issuer.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const NS = "/api/v1/namespaces/default";

/** Signs nothing: what matters here is what is done with the claims. */
const keys: TokenKeys = {
  algorithms: ["none"],
  publicKeys: () => ({ keys: [] }),
  sign: async (claims) => `ey.${btoa(JSON.stringify(claims))}.x`,
  verify: async (token) => (token.endsWith(".x") ? (JSON.parse(atob(token.split(".")[1]!)) as Claims) : undefined),
};

async function withToken(boundTo?: { kind: string; path: string }) {
  const server = await testServer();
  const { store, clock, send } = server;
  const account = (await send("POST", `${NS}/serviceaccounts`, { metadata: { name: "robot" } })).json;
  const pod = { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "x" }] } };
  const bound = (await send("POST", `${NS}/pods`, pod)).json;
  const options = { keys, clock, issuer: ISSUER, apiAudiences: [ISSUER] };
  const { token } = await tokenIssuer({ ...options, random: new SeededRandom(3) }).issue({
    namespace: "default",
    serviceAccount: { name: "robot", uid: account.metadata.uid },
    audiences: [],
    expirationSeconds: 600,
    ...(boundTo && { boundTo: { kind: "Pod", apiVersion: "v1", name: "p", uid: bound.metadata.uid } }),
  });
  return { ...server, token, tokens: serviceAccountTokens({ ...options, store }) };
}

const POD = { kind: "Pod", path: `${NS}/pods/p` };

test("a token is its service account, and says through which pod", async () => {
  const { tokens, token } = await withToken(POD);
  const identity = await tokens.authenticateToken(token);
  assert.equal(identity?.user.username, "system:serviceaccount:default:robot");
  assert.deepEqual(identity?.user.groups, [
    "system:serviceaccounts",
    "system:serviceaccounts:default",
    "system:authenticated",
  ]);
  assert.deepEqual(identity?.user.extra?.["authentication.kubernetes.io/pod-name"], ["p"]);
});

for (const { rule, bound, before, asked } of [
  {
    rule: "when its time is over",
    before: ({ clock }: Awaited<ReturnType<typeof withToken>>) => clock.advance(600_000),
  },
  {
    rule: "when its account is gone",
    before: ({ send }: Awaited<ReturnType<typeof withToken>>) => send("DELETE", `${NS}/serviceaccounts/robot`),
  },
  {
    rule: "when its pod is gone",
    bound: POD,
    before: ({ send }: Awaited<ReturnType<typeof withToken>>) => send("DELETE", `${POD.path}?gracePeriodSeconds=0`),
  },
  {
    rule: "when its account was made anew under the same name",
    before: async ({ send }: Awaited<ReturnType<typeof withToken>>) => {
      await send("DELETE", `${NS}/serviceaccounts/robot`);
      await send("POST", `${NS}/serviceaccounts`, { metadata: { name: "robot" } });
    },
  },
  { rule: "for an audience it was not made for", before: async () => undefined, asked: ["other"] },
]) {
  test(`a token is no longer believed ${rule}`, async () => {
    const server = await withToken(bound);
    await before(server);
    assert.equal(await server.tokens.authenticateToken(server.token, asked), undefined);
  });
}

test("a token with a wrong signature, of another issuer, or no token at all is nobody's", async () => {
  const { tokens, clock } = await withToken();
  const other = await keys.sign({ iss: "https://elsewhere", aud: ISSUER, exp: clock.now() / 1000 + 60 });
  for (const token of [other, "ey.a.b", "plain"]) assert.equal(await tokens.authenticateToken(token), undefined);
});

test("a review is told which audiences a token is good for", async () => {
  const { tokens, token } = await withToken();
  assert.equal(
    await tokens.explain?.(token, ["other"]),
    `token audiences ["${ISSUER}"] is invalid for the target audiences ["other"]`,
  );
});
