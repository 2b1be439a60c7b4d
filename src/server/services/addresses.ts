/** Cluster IPs from one range, each with an IPAddress object that says whose it is. */
import { contains, formatIP, networkStart, parseCIDR, parseIP } from "../../machinery/ip.ts";
import type { IpNetwork } from "../../machinery/ip.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { uuid } from "../../machinery/random.ts";
import type { Random } from "../../machinery/random.ts";
import { formatTime } from "../../machinery/time.ts";
import type { Store, Write } from "../../store/store.ts";

const PREFIX = "/networking.k8s.io/ipaddresses/";
export const addressKey = (address: string): string => PREFIX + address;

const RANDOM_TRIES = 64;

export class AddressRange {
  readonly #store: Store;
  readonly #random: Random;
  readonly network: IpNetwork;
  readonly #start: bigint;
  /** Usable addresses: without the network's own and, in IPv4, the broadcast address. */
  readonly #size: number;

  /** Throws where `cidr` is none. */
  constructor(store: Store, random: Random, cidr: string) {
    const network = parseCIDR(cidr);
    if (network === undefined) throw new Error(`the service cluster IP range ${cidr} is no CIDR`);
    this.#store = store;
    this.#random = random;
    this.network = network;
    this.#start = networkStart(network) + 1n;
    const bits = (network.family === 4 ? 32 : 128) - network.prefix;
    this.#size = Math.max(0, 2 ** Math.min(bits, 32) - 2);
  }

  /** Whether `address` can be given out from this range at all. */
  holds(address: string): boolean {
    const parsed = parseIP(address);
    if (parsed === undefined || !contains(this.network, parsed)) return false;
    const offset = parsed.bits - this.#start;
    return offset >= 0n && offset < BigInt(this.#size);
  }

  isFree(address: string): boolean {
    return this.#store.head(addressKey(address)) === undefined;
  }

  /** A free address; undefined where the range is used up. The lower band is left for those who choose themselves. */
  choose(): string | undefined {
    const band = Math.min(256, Math.max(16, Math.floor(this.#size / 16)));
    const offset = this.#size > band * 2 ? band : 0;
    for (let tries = 0; tries < RANDOM_TRIES; tries++) {
      const address = this.#at(offset + Math.floor(this.#random.next() * (this.#size - offset)));
      if (this.isFree(address)) return address;
    }
    for (let i = 0; i < this.#size; i++) {
      const address = this.#at((offset + i) % this.#size);
      if (this.isFree(address)) return address;
    }
    return undefined;
  }

  #at(index: number): string {
    return formatIP({ family: this.network.family, bits: this.#start + BigInt(index) });
  }
}

export function takeAddress(address: string, owner: KubeObject, random: Random, now: number): Write {
  const { namespace, name } = owner.metadata;
  const family = address.includes(":") ? "IPv6" : "IPv4";
  return {
    key: addressKey(address),
    expected: 0,
    object: (revision) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "IPAddress",
      metadata: {
        name: address,
        uid: uuid(random),
        resourceVersion: String(revision),
        creationTimestamp: formatTime(now),
        labels: {
          "ipaddress.kubernetes.io/ip-family": family,
          "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
        },
      },
      spec: { parentRef: { resource: "services", namespace, name } },
    }),
  };
}
