import assert from "node:assert/strict";
import { test } from "node:test";
import { addressProblem, prefixProblem } from "./go-address.ts";

for (const text of [
  "1.2.3.4",
  "0.0.0.0",
  "::",
  "::1",
  "1::",
  "1:2:3:4:5:6:7:8",
  "fe80::1%eth0",
  "::ffff:1.2.3.4",
  "1:2:3:4:5:6:7::",
]) {
  test(`${text} is an address`, () => assert.equal(addressProblem(text), undefined));
}

for (const [text, why] of [
  ["", "unable to parse IP"],
  ["host", "unable to parse IP"],
  ["%eth0", "missing IPv6 address"],
  ["192.168.0.1.0", "IPv4 address too long"],
  ["1.2.3", "IPv4 address too short"],
  ["1.2.3.256", "IPv4 field has value >255"],
  ["1.02.3.4", "IPv4 field has octet with leading zero"],
  ["1..2.3", 'IPv4 field must have at least one digit (at ".2.3")'],
  ["1.2.3.x", 'unexpected character (at "x")'],
  ["2001:db8:::68", 'each colon-separated field must have at least one digit (at ":68")'],
  ["::%", "zone must be a non-empty string"],
  ["12345::", 'each group must have 4 or fewer digits (at "12345::")'],
  ["1::2::3", 'multiple :: in address (at ":3")'],
  ["1:2", "address string too short"],
  ["1:2:3:4:5:6:7:8:9", 'trailing garbage after address (at "9")'],
  ["::1:2:3:4:5:6:7:8", "the :: must expand to at least one field of zeros"],
  ["1:2:", 'colon must be followed by more characters (at ":")'],
  ["1:g::", 'each colon-separated field must have at least one digit (at "g::")'],
  ["1g::", 'unexpected character, want colon (at "g::")'],
  ["1:1.2.3.4", 'embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")'],
] as const) {
  test(`"${text}" is no address`, () =>
    assert.equal(addressProblem(text), `ParseAddr(${JSON.stringify(text)}): ${why}`));
}

for (const [text, why] of [
  ["10.0.0.0/8", undefined],
  ["::/0", undefined],
  ["10.0.0.0", "no '/'"],
  ["10.0.0/8", 'ParseAddr("10.0.0"): IPv4 address too short'],
  ["10.0.0.0/", 'bad bits after slash: ""'],
  ["10.0.0.0/08", 'bad bits after slash: "08"'],
  ["10.0.0.0/33", "prefix length out of range"],
  ["fe80::%a/64", "IPv6 zones cannot be present in a prefix"],
] as const) {
  const says = why === undefined ? undefined : `netip.ParsePrefix("${text}"): ${why}`;
  test(`${text} as a network: ${why ?? "is one"}`, () => assert.equal(prefixProblem(text), says));
}
