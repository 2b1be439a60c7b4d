/** The addresses of simulated pods. */
import { Node } from "../../src/api/core/index.ts";
import type { SharedInformers } from "../../src/client/index.ts";
import { type Clock, sleep } from "../../src/machinery/clock.ts";
import { formatIP, type IpNetwork, networkStart, parseCIDR } from "../../src/machinery/ip.ts";

export interface PodAddresses {
  address(): string | Promise<string>;
  release(address: string): void;
}

/** For a cluster whose nodes are all in this process: 10.244.0.1 to 10.247.255.254 without those taken, those given back last. */
export function sharedAddresses(taken: ReadonlySet<string> = new Set()): PodAddresses {
  const range = parseCIDR("10.244.0.0/14")!;
  return poolOf(range, taken);
}

/** How long a pod waits for its node's network, in milliseconds. */
const PATIENCE = 30_000;

/** For a node among others that nobody here knows: of the network that the controller manager gives it. */
export function nodeAddresses(informers: SharedInformers, clock: Clock, nodeName: string): PodAddresses {
  const nodes = informers.of(Node);
  const current = (): string | undefined => nodes.get(nodeName)?.spec.podCIDR;
  let pool: { readonly network: string; readonly addresses: PodAddresses } | undefined;
  return {
    async address() {
      if (current() === undefined) {
        const ending = new AbortController();
        const late = sleep(clock, PATIENCE, ending.signal).catch(() => {});
        await Promise.race([nodes.until(() => current() !== undefined), late]);
        ending.abort();
      }
      const network = current();
      if (network === undefined) {
        throw new Error(`node ${nodeName} has no podCIDR: does a kube-controller-manager allocate node CIDRs?`);
      }
      if (pool?.network !== network) pool = { network, addresses: poolOf(parseCIDR(network)!) };
      return pool.addresses.address();
    },
    release: (address) => pool?.addresses.release(address),
  };
}

/** All but the first and the last. */
function poolOf(network: IpNetwork, taken: ReadonlySet<string> = new Set()): PodAddresses {
  const { family, prefix } = network;
  const first = networkStart(network);
  const last = 2 ** ((family === 4 ? 32 : 128) - prefix) - 1;
  const free: string[] = [];
  let next = 1;
  return {
    address() {
      while (next < last) {
        const address = formatIP({ family, bits: first + BigInt(next++) });
        if (!taken.has(address)) return address;
      }
      const address = free.shift();
      if (address === undefined) throw new Error("no pod address is free");
      return address;
    },
    release: (address) => void free.push(address),
  };
}
