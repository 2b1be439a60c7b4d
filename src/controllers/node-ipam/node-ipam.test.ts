import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../api/core/index.ts";
import { parseCIDR } from "../../machinery/ip.ts";
import { decide } from "./node-ipam.ts";

for (const { rule, cluster = "10.244.0.0/16", mask = 24, taken = [], present, network, events = [] } of [
  { rule: "the first node gets the first network", network: "10.244.0.0/24" },
  { rule: "host bits of the cluster's do not count", cluster: "10.244.7.9/16", network: "10.244.0.0/24" },
  { rule: "the next free one", taken: ["10.244.0.0/24", "10.244.1.0/24"], network: "10.244.2.0/24" },
  { rule: "one that became free", taken: ["10.244.0.0/24", "10.244.2.0/24"], network: "10.244.1.0/24" },
  { rule: "as large as the mask says", mask: 20, taken: ["10.244.0.0/20"], network: "10.244.16.0/20" },
  { rule: "of IPv6, too", cluster: "fd00:10::/56", mask: 64, taken: ["fd00:10::/64"], network: "fd00:10:0:1::/64" },
  { rule: "none that is a part of a larger one", taken: ["10.244.0.0/23"], network: "10.244.2.0/24" },
  { rule: "none that has a smaller one in it", mask: 20, taken: ["10.244.3.0/24"], network: "10.244.16.0/20" },
  { rule: "what a node has it keeps", present: "192.168.0.0/24", network: undefined },
  {
    rule: "where none is left the node is told",
    cluster: "10.0.0.0/24",
    taken: ["10.0.0.0/24"],
    network: undefined,
    events: ["CIDRNotAvailable: Node n status is now: CIDRNotAvailable"],
  },
]) {
  test(rule, () => {
    const node = { metadata: { name: "n" }, spec: { ...(present && { podCIDR: present }) } } as Node;
    const networks = { cluster: parseCIDR(cluster)!, mask };
    const plan = decide({ object: node, taken: new Set(taken), now: 0 }, networks);
    const specs = plan.writes.map((write) => write.verb === "patch" && (write.patch.body as { spec: object }).spec);
    assert.deepEqual(specs, network === undefined ? [] : [{ podCIDR: network, podCIDRs: [network] }]);
    assert.deepEqual(
      (plan.events ?? []).map(({ reason, message }) => `${reason}: ${message}`),
      events,
    );
  });
}
