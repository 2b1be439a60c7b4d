/** Short runs of the soak test/soak/linearizability.ts: on the embedded store, and on three members that die, stand still and are cut off. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../wire/test-cluster.ts";
import { noMachines } from "../soak/machines.ts";
import { noEtcd } from "./etcd-server.ts";

const PROGRAM = join(import.meta.dirname, "../soak/linearizability.ts");

for (const { rule, flags, skip } of [
  {
    rule: "clients of the embedded store cannot tell it from a register a key",
    flags: ["--seconds", "1", "--members", "0"],
  },
  {
    rule: "nor those of two API servers over three etcds that are killed, paused and cut off",
    flags: ["--seconds", "4", "--members", "3", "--faults", "kill,pause,cut"],
    skip: noEtcd ?? noMachines(),
  },
]) {
  test(rule, { skip, timeout: 90_000 }, async () => {
    const { code, out, err } = await run(process.execPath, [PROGRAM, ...flags]);
    assert.equal(code, 0, out + err);
    assert.match(out, /^acknowledged writes lost +0$/m);
    if (flags.includes("--faults")) assert.match(out, /^faults done +\w+ [1-9]/m);
    assert.match(out, /^writes acknowledged +[1-9]/m);
  });
}
