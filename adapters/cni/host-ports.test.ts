import assert from "node:assert/strict";
import { test } from "node:test";
import { idleChainRemoval } from "./host-ports.ts";

const rules = [
  "-P PREROUTING ACCEPT",
  "-N CNI-HOSTPORT-DNAT",
  "-N CNI-HOSTPORT-MASQ",
  "-N OTHER",
  "-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
  "-A PREROUTING -j OTHER",
  "-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE",
];

test("idle chains go with the rules that lead to them, and nothing else", () => {
  assert.equal(
    idleChainRemoval(rules.join("\n")),
    [
      "*nat",
      "-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT",
      "-F CNI-HOSTPORT-MASQ",
      "-X CNI-HOSTPORT-DNAT",
      "-X CNI-HOSTPORT-MASQ",
      "COMMIT",
      "",
    ].join("\n"),
  );
});

test("chains that serve a pod's port stay", () => {
  const used = [...rules, "-A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 80 -j CNI-DN-0123456789"];
  assert.equal(idleChainRemoval(used.join("\n")), undefined);
});

test("where there are none, nothing is done", () => {
  assert.equal(idleChainRemoval("-P PREROUTING ACCEPT\n"), undefined);
});
