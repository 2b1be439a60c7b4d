import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../machinery/clock.ts";
import { silent } from "../machinery/log.ts";
import { keepKubernetesEndpoints, onlyThisServer } from "./kubernetes-endpoints.ts";
import type { ServerLeases } from "./kubernetes-endpoints.ts";
import { testServer } from "./testing/server.ts";
import type { TestServer } from "./testing/server.ts";

const ENDPOINTS = "/api/v1/namespaces/default/endpoints/kubernetes";
const SLICE = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";

/** Leases as a database has them: over by its own clock. */
class Leases {
  readonly #until = new Map<string, number>();
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One server's way to them. */
  door(): ServerLeases & { cut: boolean } {
    const check = (): void => {
      if (door.cut) throw new Error("cut off");
    };
    const door = {
      cut: false,
      renew: async (address: string, seconds: number) => {
        check();
        this.#until.set(address, this.#clock.now() + seconds * 1000);
      },
      list: async () => {
        check();
        return [...this.#until].filter(([, until]) => until > this.#clock.now()).map(([address]) => address);
      },
      remove: async (address: string) => {
        check();
        this.#until.delete(address);
      },
    };
    return door;
  }
}

async function addresses(server: TestServer): Promise<string[]> {
  const { json: endpoints } = await server.send("GET", ENDPOINTS);
  const { json: slice } = await server.send("GET", SLICE);
  const listed = endpoints.subsets[0].addresses.map(({ ip }: { ip: string }) => ip);
  assert.deepEqual(
    slice.endpoints.map((endpoint: { addresses: string[] }) => endpoint.addresses[0]),
    listed,
  );
  assert.deepEqual(slice.ports, endpoints.subsets[0].ports);
  return listed;
}

async function setUp() {
  const server = await testServer();
  await server.send("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "default" },
  });
  const leases = new Leases(server.clock);
  const join = (address: string, door: ServerLeases = leases.door()): Promise<() => Promise<void>> =>
    keepKubernetesEndpoints({ door: server.door, leases: door, address, port: 6443, clock: server.clock, log: silent });
  return { server, leases, join };
}

test("each server that comes is added, and one that stops takes itself out at once", async () => {
  const { server, join } = await setUp();
  const leaveOne = await join("10.0.0.1");
  assert.deepEqual(await addresses(server), ["10.0.0.1"]);
  const leaveTwo = await join("10.0.0.2");
  assert.deepEqual(await addresses(server), ["10.0.0.1", "10.0.0.2"]);
  const before = server.clock.now();
  await leaveOne();
  assert.deepEqual([await addresses(server), server.clock.now()], [["10.0.0.2"], before]);
  await leaveTwo();
  assert.deepEqual(await addresses(server), ["10.0.0.2"], "the last one erases nothing");
  assert.equal(server.clock.pending, 0);
});

test("a server that died is out when its lease is over and the next one looks; one that comes back is in", async () => {
  const { server, leases, join } = await setUp();
  const leave = await join("10.0.0.1");
  const dying = leases.door();
  const leaveTwo = await join("10.0.0.2", dying);
  dying.cut = true;
  await server.clock.advance(14_000);
  assert.deepEqual(await addresses(server), ["10.0.0.1", "10.0.0.2"]);
  await server.clock.advance(11_000);
  assert.deepEqual(await addresses(server), ["10.0.0.1"]);
  dying.cut = false;
  await server.clock.advance(10_000);
  assert.deepEqual(await addresses(server), ["10.0.0.1", "10.0.0.2"]);
  await Promise.all([leave(), leaveTwo()]);
});

test("what somebody else wrote is put right, and then nothing is written any more", async () => {
  const { server, join } = await setUp();
  const leave = await join("10.0.0.1");
  await server.send("DELETE", SLICE);
  const { json: found } = await server.send("GET", ENDPOINTS);
  const subsets = [{ ...found.subsets[0], addresses: [{ ip: "10.9.9.9" }] }];
  await server.send("PUT", ENDPOINTS, { ...found, subsets });
  await server.clock.advance(10_000);
  assert.deepEqual(await addresses(server), ["10.0.0.1"]);
  const { revision } = server.store;
  await server.clock.advance(60_000);
  assert.equal(server.store.revision, revision);
  await leave();
});

test("a stop does not wait for ever for a database that is gone", async () => {
  const { server, join } = await setUp();
  const never: ServerLeases = { ...onlyThisServer(), remove: () => new Promise(() => {}) };
  const leave = await join("10.0.0.1", never);
  const left = leave();
  await server.clock.advance(5000);
  await left;
});

test("a server over a store of its own is the only one", async () => {
  const { server, join } = await setUp();
  const leave = await join("10.0.0.1", onlyThisServer());
  assert.deepEqual(await addresses(server), ["10.0.0.1"]);
  await leave();
});
