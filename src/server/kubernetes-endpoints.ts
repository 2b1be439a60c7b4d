/**
 * Where the Service `kubernetes` leads: the addresses of all API servers that are there.
 *
 * Each keeps a lease of its own beside the objects (`masterleases/<address>`) and renews it each 10 s; one that is silent for
 * 15 s has none any more. Whoever looks makes Endpoints and EndpointSlice say what the leases say. So a server that
 * died is taken out by the others within 25 s, and one that stops takes itself out at once. As upstream's reconciler
 * of the sort `lease`, with its keys and times, so that both can serve one cluster.
 */
import { sleep } from "../machinery/clock.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Door } from "../machinery/door.ts";
import type { Log } from "../machinery/log.ts";
import { OwnRequests } from "./own-requests.ts";
import type { Reconcile, Thing } from "./own-requests.ts";
import { deepEqual } from "./objects.ts";

/** The API servers that are there, as a port; see `src/store/master-leases.ts` for several over one database. */
export interface ServerLeases {
  /** Takes part, or goes on to, for so many seconds. */
  renew(address: string, seconds: number): Promise<void>;
  list(): Promise<readonly string[]>;
  remove(address: string): Promise<void>;
}

export interface EndpointsOptions {
  readonly door: Door;
  readonly leases: ServerLeases;
  /** Where members of the cluster reach this server. */
  readonly address: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Seconds that a server may be silent, and milliseconds between two looks. */
const LEASE = 15;
const EVERY = 10_000;
/** How long a stop may wait for a database that does not answer, in milliseconds. */
const STOP_LIMIT = 5000;

/** Takes part and goes on to. The result takes this server out again. */
export async function keepKubernetesEndpoints(options: EndpointsOptions): Promise<() => Promise<void>> {
  const { clock, leases, address, log } = options;
  const end = new AbortController();
  const api = new OwnRequests(options.door, end.signal);
  const look = async (): Promise<void> => {
    await leases.renew(address, LEASE);
    await publish(api, options);
  };
  let looking = Promise.resolve();
  let cancel = (): void => {};
  const wait = (): void => {
    cancel = clock.after(EVERY, () => {
      looking = look().catch((error: unknown) => {
        log.warn("the endpoints of the Service kubernetes could not be kept", { error: String(error) });
      });
      void looking.then(() => end.signal.aborted || wait());
    });
  };
  await look();
  wait();
  const leave = async (): Promise<void> => {
    await looking;
    await leases.remove(address);
    await publish(api, options);
  };
  return async () => {
    cancel();
    const left = leave().catch((error: unknown) => {
      log.warn("this server could not be taken out of the Service kubernetes", { error: String(error) });
    });
    await Promise.race([left, sleep(clock, STOP_LIMIT, end.signal).catch(() => {})]);
    cancel();
    end.abort(new Error("the server stops"));
  };
}

/** Only the server itself, for a store that nobody shares: there is nobody who could take it out. */
export function onlyThisServer(): ServerLeases {
  const there = new Set<string>();
  return {
    renew: async (address) => void there.add(address),
    list: async () => [...there],
    remove: async () => {},
  };
}

async function publish(api: OwnRequests, { leases, port }: EndpointsOptions): Promise<void> {
  const addresses = (await leases.list()).toSorted();
  // None at all, though somebody just looked: the last one leaves, or something is wrong. What is there stays.
  if (addresses.length === 0) return;
  const { endpoints, slice } = thingsOf(addresses, port);
  await api.put("/api/v1", "endpoints", endpoints, corrected(["subsets"]));
  await api.put("/apis/discovery.k8s.io/v1", "endpointslices", slice, corrected(["endpoints", "ports"]));
}

const NAME = { name: "kubernetes", namespace: "default" };

function thingsOf(addresses: readonly string[], port: number): { endpoints: Thing; slice: Thing } {
  const ports = [{ name: "https", port, protocol: "TCP" }];
  const six = addresses[0]!.includes(":");
  return {
    endpoints: {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { ...NAME, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
      subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }],
    },
    slice: {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...NAME, labels: { "kubernetes.io/service-name": "kubernetes" } },
      addressType: six ? "IPv6" : "IPv4",
      endpoints: addresses
        .filter((address) => address.includes(":") === six)
        .map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports,
    },
  };
}

/** Makes `fields` and the labels as wanted; everything else of what is there stays. */
function corrected(fields: readonly string[]): Reconcile {
  return (wanted, found) => {
    const labels = { ...found.metadata.labels, ...wanted.metadata.labels };
    const right = fields.every((field) => deepEqual(found[field], wanted[field]));
    if (right && deepEqual(labels, found.metadata.labels)) return undefined;
    return { ...wanted, metadata: { ...found.metadata, labels } };
  };
}
