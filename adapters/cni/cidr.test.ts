import assert from "node:assert/strict";
import { test } from "node:test";
import { firstAddress, hasPrefixLength, overlap, routesOf } from "./cidr.ts";

for (const [text, expected] of [
  ["10.244.0.0/24", true],
  ["10.244.0.0/31", false],
  ["10.244.0.1/24", false],
  ["10.244.0.256/32", false],
  ["fd00::/64", false],
  ["10.244.0.0", false],
] as const) {
  test(`${text} is ${expected ? "a" : "no"} network for pods`, () => assert.equal(hasPrefixLength(text), expected));
}

for (const [one, other, expected] of [
  ["10.0.0.0/8", "10.244.0.0/16", true],
  ["10.244.0.0/24", "10.244.0.0/16", true],
  ["10.244.0.0/24", "10.244.1.0/24", false],
  ["0.0.0.0/0", "10.244.1.0/24", true],
  ["192.168.0.0/16", "10.0.0.0/8", false],
] as const) {
  test(`${one} and ${other} ${expected ? "overlap" : "are apart"}`, () => {
    assert.equal(overlap(one, other), expected);
    assert.equal(overlap(other, one), expected);
  });
}

test("the node takes the first address of its pods' network", () => {
  assert.equal(firstAddress("10.244.3.0/24"), "10.244.3.1");
  assert.equal(firstAddress("200.0.0.0/16"), "200.0.0.1");
});

test("the kernel's table of routes is read, without the default route", () => {
  const table = [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
    "br0\t0000F40A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
    "tun\t0100000A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0",
    "",
  ].join("\n");
  assert.deepEqual(routesOf(table), ["192.0.2.0/24", "10.244.0.0/16", "10.0.0.1/32"]);
});
