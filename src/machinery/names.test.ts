import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCIDR, formatIP, isValidCIDR, isValidIP, parseCIDR, parseIP } from "./ip.ts";
import * as names from "./names.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "./validate-metadata.ts";
import { errorText } from "./field-errors.ts";

const rows: [rule: string, check: (value: string) => readonly string[], value: string, starts: string | undefined][] = [
  ["a label of 63 is fine", names.isDNS1123Label, "a".repeat(63), undefined],
  ["a label of 64 is too long", names.isDNS1123Label, "a".repeat(64), "must be no more than 63 characters"],
  ["dots in a label are named", names.isDNS1123Label, "a.b", "must not contain dots"],
  ["upper case is no subdomain", names.isDNS1123Subdomain, "A", "a lowercase RFC 1123 subdomain must consist"],
  ["a line feed does not slip through", names.isDNS1123Subdomain, "a\n", "a lowercase RFC 1123 subdomain must consist"],
  ["a 1035 label starts with a letter", names.isDNS1035Label, "1a", "a DNS-1035 label must consist"],
  ["a key may have a prefix", names.isQualifiedName, "example.com/Name_1", undefined],
  ["a prefix may not be empty", names.isQualifiedName, "/a", "prefix part must be non-empty"],
  ["a key has one slash", names.isQualifiedName, "a/b/c", "a valid label key must consist"],
  ["an empty key has no name part", names.isQualifiedName, "", "name part must be non-empty"],
  ["an empty label value is fine", names.isValidLabelValue, "", undefined],
  ["label values count bytes", names.isValidLabelValue, "é".repeat(32), "must be no more than 63 bytes"],
  ["a port name needs a letter", names.isValidPortName, "80", "must contain at least one letter (a-z)"],
  ["port names have single hyphens", names.isValidPortName, "a--b", "must not contain consecutive hyphens"],
  ["a config key stays in its directory", names.isConfigMapKey, "..x", "must not start with '..'"],
  ["a wildcard has one star in front", names.isWildcardDNS1123Subdomain, "*.a.b", undefined],
  ["environment names may be almost anything", names.isRelaxedEnvVarName, "a b-c.1", undefined],
  ["environment names have no equals sign", names.isRelaxedEnvVarName, "a=b", "a valid environment variable name"],
  ["a percent ends in its sign", names.isValidPercent, "10", "a valid percent string"],
  ["a path segment has no slash", names.isValidPathSegmentName, "a/b", "may not contain '/'"],
  ["a prefix may end in a dash", (value) => names.nameIsDNSSubdomain(value, true), "web-", undefined],
];

for (const [rule, check, value, starts] of rows) {
  test(rule, () => {
    const texts = check(value);
    if (starts === undefined) assert.deepEqual(texts, []);
    else assert.ok(texts[0]?.startsWith(starts), `${JSON.stringify(texts)} starts with ${starts}`);
  });
}

const meta: [rule: string, metadata: object, texts: string[]][] = [
  ["a name or a way to make one", {}, ["metadata.name: Required value: name or generateName is required"]],
  [
    "no namespace where none belongs",
    { name: "a", namespace: "b" },
    ["metadata.namespace: Forbidden: not allowed on this type"],
  ],
  [
    "finalizers have a domain",
    { name: "a", finalizers: ["nodomain", "orphan"] },
    [
      'metadata.finalizers[0]: Invalid value: "nodomain": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ],
  ["annotation keys may be upper case", { name: "a", annotations: { "Example.com/X": "" } }, []],
  [
    "annotations are bounded together",
    { name: "a", annotations: { k: "x".repeat(262144) } },
    ["metadata.annotations: Too long: may not be more than 262144 bytes"],
  ],
];

for (const [rule, metadata, texts] of meta) {
  test(rule, () => assert.deepEqual(validateObjectMeta(metadata, { namespaced: false }).map(errorText), texts));
}

test("what the server decides may not change, and no finalizer comes once deletion began", () => {
  const before = { name: "a", uid: "1", deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a/b"] };
  const after = { ...before, uid: "2", resourceVersion: "5", finalizers: ["a/b", "a/c"] };
  assert.deepEqual(validateObjectMetaUpdate(after, before).map(errorText), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/c"}',
    'metadata.uid: Invalid value: "2": field is immutable',
  ]);
});

const addresses: [text: string, canonical: string | undefined][] = [
  ["10.0.0.1", "10.0.0.1"],
  ["::", "::"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["::ffff:1.2.3.4", "1.2.3.4"],
  ["fd00::1.2.3.4", "fd00::102:304"],
  ["1.2.3", undefined],
  ["1.2.3.256", undefined],
  ["1::2::3", undefined],
  [":1", undefined],
  ["fe80::1%eth0", undefined],
];

for (const [text, canonical] of addresses) {
  test(`the address ${text} reads as ${canonical}`, () => {
    const address = parseIP(text);
    assert.equal(address && formatIP(address), canonical);
  });
}

test("networks keep no host bits, addresses no leading zeros", () => {
  assert.equal(formatCIDR(parseCIDR("10.1.2.3/16")!), "10.1.0.0/16");
  assert.equal(parseCIDR("10.0.0.0/33"), undefined);
  assert.match(isValidCIDR("f", "10.1.2.3/16")[0]!.message, /must not have bits set beyond the prefix length/);
  assert.match(isValidIP("f", "10.01.2.3")[0]!.message, /must not have leading 0s/);
});
