/**
 * Gives each node a network of its own for its pods, a part of the cluster's, as `--allocate-node-cidrs` asks for.
 *
 * Worked example: of 10.244.0.0/16 with /24 for each node, three nodes have 10.244.0.0/24, 10.244.1.0/24 and 10.244.2.0/24. When the
 * second goes and a fourth comes, that gets 10.244.1.0/24. A network that is given is never changed.
 */
import { Node } from "../../api/core/index.ts";
import { contains, formatCIDR, type IpNetwork, networkStart, parseCIDR } from "../../machinery/ip.ts";
import {
  type Controller,
  defineController,
  type NodeNetworks,
  type Observed,
  right,
  tellsEvents,
} from "../runtime/controller.ts";
import { patch, type Plan } from "../runtime/plan.ts";

export interface IpamView {
  /** The networks that nodes have, or are about to have. */
  readonly taken: ReadonlySet<string>;
}

export function nodeIpamController(networks: NodeNetworks): Controller {
  /** Ours, by the node's name: the cache may not show all of them yet. */
  const given = new Map<string, string>();
  return defineController<Node, IpamView>({
    name: "node-ipam-controller",
    account: "node-controller",
    component: "cidrAllocator",
    kind: Node,
    workers: 1,
    rbac: [right("list patch watch", "core", "nodes"), tellsEvents],
    observe(node, cache) {
      const taken = new Set<string>();
      if (node.spec.podCIDR !== undefined) return { taken };
      for (const name of given.keys()) if (cache.get(Node, name) === undefined) given.delete(name);
      // What was promised and could not be written may be promised again.
      given.delete(node.metadata.name);
      for (const network of given.values()) taken.add(network);
      for (const { spec } of cache.of(Node).list()) if (spec.podCIDR !== undefined) taken.add(spec.podCIDR);
      return { taken };
    },
    decide(observed) {
      const plan = decide(observed, networks);
      if (plan.network !== undefined) given.set(observed.object.metadata.name, plan.network);
      return plan;
    },
  });
}

export function decide(
  { object: node, taken }: Observed<Node> & IpamView,
  networks: NodeNetworks,
): Plan & { readonly network?: string } {
  if (node.spec.podCIDR !== undefined) return { writes: [] };
  const network = firstFree(networks, taken);
  if (network === undefined) {
    const message = `Node ${node.metadata.name} status is now: CIDRNotAvailable`;
    return { writes: [], events: [{ type: "Normal", reason: "CIDRNotAvailable", message }] };
  }
  const body = { spec: { podCIDR: network, podCIDRs: [network] } };
  return { writes: [patch(Node, node, { type: "strategic", body })], network };
}

/** Networks of another size, given by hand or before the mask was this one, may hold some of ours or lie in one. */
function firstFree({ cluster, mask }: NodeNetworks, taken: ReadonlySet<string>): string | undefined {
  const others = [...taken].filter((text) => !text.endsWith(`/${mask}`)).flatMap((text) => parseCIDR(text) ?? []);
  const { family } = cluster;
  const size = 1n << BigInt((family === 4 ? 32 : 128) - mask);
  const count = 1n << BigInt(mask - cluster.prefix);
  let bits = networkStart(cluster);
  for (let at = 0n; at < count; at++, bits += size) {
    const network = { family, prefix: mask, address: { ...cluster.address, bits } };
    const text = formatCIDR(network);
    if (!taken.has(text) && !others.some((other) => overlap(network, other))) return text;
  }
  return undefined;
}

function overlap(one: IpNetwork, other: IpNetwork): boolean {
  return contains(one, other.address) || contains(other, one.address);
}
