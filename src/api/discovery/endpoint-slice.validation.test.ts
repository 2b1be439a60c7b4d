import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { EndpointSlice } from "./endpoint-slice.ts";

const slice = (endpoint: object, more: object = {}): object => ({
  addressType: "IPv4",
  endpoints: [{ addresses: ["10.0.0.1"], ...endpoint }],
  ...more,
});
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);
const named = (count: number): object[] => many(count).map((name) => ({ name }));

for (const [rule, object, ...says] of [
  ["has ports of any number", slice({}, { ports: [{ port: 0 }, { name: "b", port: 99_999 }] })],
  [
    "has each port once, of a protocol that is known",
    slice({}, { ports: [{ port: 1 }, { port: 2, protocol: "ICMP" }] }),
    'ports[1].name: Duplicate value: ""',
    'ports[1].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
  ],
  [
    "has addresses of its family",
    slice({ addresses: ["::1", "127.0.0.1"] }),
    'endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address',
    'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    'endpoints[0].addresses[1]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ],
  [
    "has addresses, none of which begins with nothing",
    slice({ addresses: ["a.b", "10.0.0.01"] }),
    'endpoints[0].addresses[0]: Invalid value: "a.b": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'endpoints[0].addresses[1]: Invalid value: "10.0.0.01": must not have leading 0s',
  ],
  [
    "has the newer addresses in one spelling",
    slice({ addresses: ["FD00::1", "1.2.3.4"] }, { addressType: "IPv6" }),
    'endpoints[0].addresses[0]: Invalid value: "FD00::1": must be in canonical form ("fd00::1")',
    'endpoints[0].addresses: Invalid value: "1.2.3.4": must be an IPv6 address',
  ],
  [
    "has a zone in a field of its own",
    slice({ deprecatedTopology: { "topology.kubernetes.io/zone": "a" } }),
    "endpoints[0].deprecatedTopology[topology.kubernetes.io/zone]: Internal error: reserved key was not removed in conversion",
  ],
  [
    "has few labels of topology",
    slice({ deprecatedTopology: Object.fromEntries(many(17).map((name) => [name, ""])) }),
    "endpoints[0].deprecatedTopology: Too many: 17: must have at most 16 items",
  ],
  [
    "hints at few zones, and then at no nodes",
    slice({ hints: { forZones: named(9), forNodes: [{ name: "-" }] } }),
    "endpoints[0].hints.forZones: Too many: 9: must have at most 8 items",
  ],
] as const) {
  test(`an EndpointSlice ${rule}`, () => assert.deepEqual(saidOfNew(EndpointSlice, object), says));
}

test("an EndpointSlice keeps endpoints that could be said earlier, and its family", () => {
  const odd = slice({ hostname: "A" });
  assert.deepEqual(saidOfChange(EndpointSlice, odd, { ...odd, ports: [{ port: 1 }] }), []);
  assert.deepEqual(saidOfChange(EndpointSlice, slice({}), slice({ addresses: ["::1:1"] }, { addressType: "IPv6" })), [
    'addressType: Invalid value: "IPv6": field is immutable',
  ]);
});
