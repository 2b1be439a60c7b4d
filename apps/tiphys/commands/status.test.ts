import assert from "node:assert/strict";
import { test } from "node:test";
import { failedChecks, shown } from "./status.ts";

test("the checks that fail are named, and no others", () => {
  const readyz =
    "[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\n[-]poststarthook/rbac failed: reason withheld\nreadyz check failed\n";
  assert.deepEqual(failedChecks(readyz), ["the check etcd fails", "the check poststarthook/rbac fails"]);
  assert.deepEqual(failedChecks("ok"), []);
});

test("what is wrong stands below the server that it is wrong with", () => {
  const state = { dataDir: "/d", running: true, pid: 7, server: "https://127.0.0.1:6443", nodes: [] };
  assert.equal(
    shown({ ...state, ready: false, problems: ["the check etcd fails"] }),
    "cluster  /d (process 7)\napi      https://127.0.0.1:6443 NOT READY\n         the check etcd fails\n",
  );
  assert.equal(shown({ ...state, ready: true }).includes("fails"), false);
});
