/** Which credentials are tokens, which are none, and which are wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest } from "../../machinery/door.ts";
import { testServer } from "../testing/server.ts";
import { bearerAuthenticator } from "./authenticators.ts";
import { staticTokens } from "./static-tokens.ts";

const bearer = bearerAuthenticator(staticTokens("secret,jane,1"));
const PROTOCOL = "base64url.bearer.authorization.k8s.io.";
const SECRET = PROTOCOL + btoa("secret");

for (const [rule, authorization, protocols, expected] of [
  ["a token", "Bearer secret", [], "jane"],
  ["in other letters, with space around", " bEARER secret  ", [], "jane"],
  ["something behind the token is passed over", "Bearer secret x", [], "jane"],
  ["a wrong token", "Bearer other", [], "invalid"],
  ["a second space makes it none", "Bearer  secret", [], undefined],
  ["no token", "Bearer", [], undefined],
  ["another scheme", "Basic c2VjcmV0", [], undefined],
  ["nothing", undefined, [], undefined],
  ["a protocol beside another", undefined, ["v4.channel.k8s.io", SECRET], "jane"],
  ["a protocol, where the header says nothing of tokens", "Basic x", ["v4.channel.k8s.io", SECRET], "jane"],
  ["a protocol alone", undefined, [SECRET], "invalid"],
  ["two tokens", undefined, ["v4.channel.k8s.io", SECRET, SECRET], "invalid"],
  ["what is no base64", undefined, ["v4.channel.k8s.io", `${PROTOCOL}!`], "invalid"],
  ["an empty protocol", undefined, [PROTOCOL], undefined],
] as const) {
  test(`bearer: ${rule}`, async () => {
    const request = {
      headers: authorization === undefined ? {} : { authorization },
      upgrade: protocols.length === 0 ? undefined : { protocols },
    } as unknown as ApiRequest;
    const answer = await bearer.authenticate(request);
    assert.equal(typeof answer === "object" ? answer.username : answer, expected);
  });
}

test("a second space before the token is warned of", async () => {
  const server = await testServer({ authenticators: [bearer] });
  const { headers } = await server.send("GET", "/version", undefined, { authorization: "Bearer  secret" });
  assert.deepEqual(headers["warning"], [
    '299 - "the provided Authorization header contains extra space before the bearer token, and is ignored"',
  ]);
});
