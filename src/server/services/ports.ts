/**
 * Which node ports and cluster addresses are taken, as facts in the store: an IPAddress object for each cluster IP, and an
 * entry of our own for each node port. They are written in the same revision as the Service, so that two servers (or one
 * after a restart) can never give the same one out twice.
 */
import type { KubeObject } from "../../machinery/kind.ts";
import type { Random } from "../../machinery/random.ts";
import type { Store, Write } from "../../store/store.ts";

/** Node ports have no kind; nobody lists them. */
const PREFIX = "/tiphys/nodeports/";

export const portKey = (protocol: string, port: number): string => `${PREFIX}${protocol}-${port}`;

const PROTOCOLS = ["TCP", "UDP", "SCTP"];

/** Ports below the first are left for those who choose themselves, as upstream's bands. */
const STATIC_BAND = 86;
const RANDOM_TRIES = 64;

export class PortRange {
  readonly #store: Store;
  readonly #random: Random;
  readonly first: number;
  readonly last: number;

  constructor(store: Store, random: Random, [first, last]: readonly [number, number]) {
    this.#store = store;
    this.#random = random;
    this.first = first;
    this.last = last;
  }

  contains(port: number): boolean {
    return port >= this.first && port <= this.last;
  }

  /** A port belongs to one Service, whatever its protocols. */
  isFree(port: number): boolean {
    return PROTOCOLS.every((protocol) => this.#store.head(portKey(protocol, port)) === undefined);
  }

  /** A port that is free; undefined where the range is used up. */
  choose(taken: ReadonlySet<number>): number | undefined {
    const size = this.last - this.first + 1;
    const band = size > STATIC_BAND * 2 ? STATIC_BAND : 0;
    const usable = (port: number): boolean => !taken.has(port) && this.isFree(port);
    for (let tries = 0; tries < RANDOM_TRIES; tries++) {
      const port = this.first + band + Math.floor(this.#random.next() * (size - band));
      if (usable(port)) return port;
    }
    // Nearly full: the upper part in order, then the one for static use.
    for (let i = 0; i < size; i++) {
      const port = this.first + ((band + i) % size);
      if (usable(port)) return port;
    }
    return undefined;
  }
}

export function takePort(protocol: string, port: number, owner: KubeObject): Write {
  const { namespace, name } = owner.metadata;
  return {
    key: portKey(protocol, port),
    expected: 0,
    object: () => ({ metadata: { name: String(port) }, namespace, owner: name }),
  };
}

/** Gives back what lies at `key`; nothing where it is gone already. */
export function giveBack(store: Store, key: string): Write[] {
  const entry = store.head(key);
  return entry === undefined ? [] : [{ key, expected: entry.revision, object: undefined }];
}
