import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";
import { bootstrapTokens } from "./bootstrap-tokens.ts";

const TOKEN = "abcdef.0123456789abcdef";
const DATA = {
  "token-id": "abcdef",
  "token-secret": "0123456789abcdef",
  "usage-bootstrap-authentication": "true",
  "auth-extra-groups": "system:bootstrappers:tiphys:node",
  expiration: "2026-01-03T00:00:00Z",
};
const USER = {
  username: "system:bootstrap:abcdef",
  groups: ["system:bootstrappers", "system:bootstrappers:tiphys:node", "system:authenticated"],
};

for (const { rule, token = TOKEN, data, type = "bootstrap.kubernetes.io/token", user } of [
  { rule: "a token is its id's user, in its groups", data: {}, user: USER },
  { rule: "without an end it never ends", data: { expiration: undefined }, user: USER },
  {
    rule: "without extra groups it is a bootstrapper",
    data: { "auth-extra-groups": undefined },
    user: { ...USER, groups: ["system:bootstrappers", "system:authenticated"] },
  },
  { rule: "another secret is refused", token: "abcdef.0123456789abcdee", data: {} },
  { rule: "a secret that only begins like it is refused", token: "abcdef.0123456789abcde", data: {} },
  { rule: "an id that is not there is refused", token: "abcdeg.0123456789abcdef", data: {} },
  { rule: "one that is over is refused", data: { expiration: "2026-01-02T03:04:05Z" } },
  { rule: "one whose end cannot be read is refused", data: { expiration: "soon" } },
  { rule: "one that is not for authentication is refused", data: { "usage-bootstrap-authentication": "false" } },
  { rule: "one with a group that is not a bootstrapper's is refused", data: { "auth-extra-groups": "system:masters" } },
  { rule: "one whose id is another is refused", data: { "token-id": "abcdeg" } },
  { rule: "a Secret of another type is none", data: {}, type: "Opaque" },
] as const) {
  test(rule, async () => {
    const server = await testServer();
    const metadata = { name: "bootstrap-token-abcdef" };
    const stringData = Object.fromEntries(
      Object.entries({ ...DATA, ...data }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    await server.send("POST", "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "kube-system" },
    });
    const made = await server.send("POST", "/api/v1/namespaces/kube-system/secrets", {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      type,
      stringData,
    });
    assert.equal(made.status, 201, made.text);
    const found = await bootstrapTokens(server.store, server.clock).authenticateToken(token);
    assert.deepEqual(found?.user, user);
  });
}
