import assert from "node:assert/strict";
import { test } from "node:test";
import { staticTokens } from "./static-tokens.ts";

for (const { rule, line, user } of [
  {
    rule: "three columns make a user",
    line: "t,alice,1",
    user: { username: "alice", uid: "1", groups: ["system:authenticated"] },
  },
  {
    rule: "the fourth column lists groups in quotes",
    line: 't,alice,1,"system:masters,dev"',
    user: { username: "alice", uid: "1", groups: ["system:masters", "dev", "system:authenticated"] },
  },
  {
    rule: "one group needs no quotes",
    line: "t,alice,1,dev",
    user: { username: "alice", uid: "1", groups: ["dev", "system:authenticated"] },
  },
  {
    rule: "comments and empty lines are passed over",
    line: "# who\n\nt,a,",
    user: { username: "a", groups: ["system:authenticated"] },
  },
]) {
  test(rule, async () => {
    assert.deepEqual((await staticTokens(line).authenticateToken("t"))?.user, user);
  });
}

test("a line with too few columns is refused by number", () => {
  assert.throws(() => staticTokens("t,alice,1\nt,alice"), /line 2 of the token file/);
});

test("an unknown token is nobody's", async () => {
  assert.equal(await staticTokens("t,alice,1").authenticateToken("other"), undefined);
});
