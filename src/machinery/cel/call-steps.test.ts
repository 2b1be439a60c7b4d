/** What expressions cost when they run. Each number is upstream's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, typeOfSchema, types, valueOfJson } from "./index.ts";
import type { Environment } from "./index.ts";
import { fn } from "./functions.ts";
import { AUTHORIZER, authorizerValue } from "./library/authorizer.ts";

const request = { group: "", resource: "pods", subresource: "", namespace: "", name: "" };
const authorizer = authorizerValue(
  { username: "a", groups: [] },
  () => ({ allowed: true, reason: "", error: "" }),
  request,
);
const escaping = [fn("jsonpatch.escapeKey(string): string", (key: string) => key)];

/** `what` and each of the ends. */
const LITERAL: [what: string, steps: number, ends: string[]][] = [
  ["[1, 2, 3, 4, 5]", 15, [".sum()", ".isSorted()", ".max()", ".min()", ".indexOf(3)", ".lastIndexOf(3)"]],
  ["[uint(1), uint(2), uint(3), uint(4), uint(5)]", 20, [".sum()", ".isSorted()", ".max()", ".min()"]],
  ["[uint(1), uint(2), uint(3), uint(4), uint(5)]", 21, [".indexOf(uint(3))", ".lastIndexOf(uint(3))"]],
  [
    "[1.0, 2.0, 3.0, 4.0, 5.0]",
    15,
    [".sum()", ".isSorted()", ".max()", ".min()", ".indexOf(3.0)", ".lastIndexOf(3.0)"],
  ],
  [
    "[duration('1s'), duration('2s'), duration('3s'), duration('4s'), duration('5s')]",
    20,
    [".sum()", ".isSorted()", ".max()", ".min()"],
  ],
  [
    "[duration('1s'), duration('2s'), duration('3s'), duration('4s'), duration('5s')]",
    21,
    [".indexOf(duration('3s'))", ".lastIndexOf(duration('3s'))"],
  ],
  [
    "[false, true, false, true, false]",
    15,
    [".isSorted()", ".max()", ".min()", ".indexOf(true)", ".lastIndexOf(true)"],
  ],
  [
    "['012345678901', '012345678901', '012345678901', '012345678901', '012345678901']",
    15,
    [".isSorted()", ".max()", ".min()", ".indexOf('x')", ".lastIndexOf('x')"],
  ],
  [
    "[bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901')]",
    25,
    [".isSorted()", ".max()", ".min()"],
  ],
  [
    "[bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901')]",
    26,
    [".indexOf(bytes('x'))", ".lastIndexOf(bytes('x'))"],
  ],
  [
    "[timestamp('2011-01-01T00:00:00.000+01:00'), timestamp('2011-01-02T00:00:00.000+01:00'), timestamp('2011-01-03T00:00:00.000+01:00'), timestamp('2011-01-04T00:00:00.000+01:00'), timestamp('2011-01-05T00:00:00.000+01:00')]",
    20,
    [".isSorted()", ".max()", ".min()"],
  ],
  [
    "[timestamp('2011-01-01T00:00:00.000+01:00'), timestamp('2011-01-02T00:00:00.000+01:00'), timestamp('2011-01-03T00:00:00.000+01:00'), timestamp('2011-01-04T00:00:00.000+01:00'), timestamp('2011-01-05T00:00:00.000+01:00')]",
    21,
    [
      ".indexOf(timestamp('2011-01-03T00:00:00.000+01:00'))",
      ".lastIndexOf(timestamp('2011-01-03T00:00:00.000+01:00'))",
    ],
  ],
  ["'01234567890123456789012345678901234567890123456789'", 5, [".indexOf('123')", ".lastIndexOf('123')"]],
  [
    "",
    3,
    [
      "'ABCDEFGHIJ abcdefghij'.lowerAscii()",
      "'ABCDEFGHIJ abcdefghij'.upperAscii()",
      "strings.quote('ABCDEFGHIJ abcdefghij')",
      "'abc 123 def 123'.replace('123', '456')",
      "'abc 123 def 123'.replace('', 'x')",
      "'abc 123 def 123'.replace('123', '')",
      "'abc 123 def 123'.replace('123', '456', 1)",
      "'abc 123 def 123'.split(' ')",
      "'abc 123 def 123'.split(' ', 1)",
      'quantity("200M") == quantity("200M")',
      'quantity("50M").isLessThan(quantity("50Mi"))',
      'quantity("50Mi").isGreaterThan(quantity("50M"))',
      'quantity("50k").asInteger() > 0',
      'quantity("50.703k").asApproximateFloat() > 0.0',
      'semver("1.0.0").isLessThan(semver("1.1.0"))',
      'semver("1.1.0").isGreaterThan(semver("1.0.0"))',
      'semver("1.0.0").compareTo(semver("1.2.3"))',
      "ip.isCanonical('192.168.0.1')",
      "ip.isCanonical('2001:db8::abcd')",
    ],
  ],
  [
    "",
    9,
    [
      "'ABCDEFGHIJ abcdefghij'.lowerAscii() == 'abcdefghij ABCDEFGHIJ'.lowerAscii()",
      "'ABCDEFGHIJ abcdefghij'.upperAscii() == 'abcdefghij ABCDEFGHIJ'.upperAscii()",
      "strings.quote('ABCDEFGHIJ abcdefghij') == strings.quote('ABCDEFGHIJ abcdefghij')",
      'quantity("2M") == quantity("0.002G") && quantity("2000k") == quantity("2M") && quantity("0.002G") == quantity("2000k")',
    ],
  ],
  [
    "",
    2,
    [
      "'abc 123 def 123'.substring(5)",
      "'abc 123 def 123'.substring(5, 8)",
      "'  abc 123 def 123  '.trim()",
      "'abc 123 def 123'.find('123')",
      "'abc 123 def 123'.findAll('123')",
      "'abc 123 def 123'.findAll('123', 1)",
      "jsonpatch.escapeKey('abc/def~ abc/def~')",
      "authorizer.path('/healthz')",
      'quantity("50").isInteger()',
      'semver("1.2.3").major()',
      'semver("1.2.3").minor()',
      'semver("1.2.3").patch()',
      "ip('192.168.0.1')",
      "cidr('192.168.0.0/16')",
      "cidr('2001:db8::/32')",
    ],
  ],
  [
    "",
    6,
    [
      "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend')",
      'quantity("200M") == quantity("0.2G") && quantity("0.2G") == quantity("200M")',
      'quantity("50k").add(20).sub(quantity("100k")).asInteger() > 0',
    ],
  ],
  [
    "",
    1821,
    [
      "authorizer.group('').resource('pods').fieldSelector('spec.nodeName=example-node-name.fully.qualified.domain.name.example.com')",
      "authorizer.group('').resource('pods').labelSelector('spec.nodeName=example-node-name.fully.qualified.domain.name.example.com')",
    ],
  ],
  ["", 350003, ["authorizer.path('/healthz').check('get').allowed()"]],
  [
    "",
    350007,
    [
      "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend').check('create').allowed()",
      "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend').check('create').errored()",
      "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend').check('create').error()",
    ],
  ],
  [
    "",
    1,
    [
      'quantity("12Mi")',
      'isQuantity("20")',
      'isQuantity("20M")',
      'format.named("dns1123subdomain")',
      'semver("1.0.0")',
      'isSemver("1.0.0")',
    ],
  ],
  [
    "",
    4,
    [
      'quantity("200M").compareTo(quantity("0.2G")) > 0',
      'quantity("50k").sub(20) == quantity("49980")',
      'semver("1234.56789012345.67890123456789")',
      'isSemver("1234.56789012345.67890123456789")',
      "ip('2001:db8:3333:4444:5555:6666:7777:8888')",
    ],
  ],
  [
    "",
    5,
    [
      'quantity("50k").add(quantity("20")) == quantity("50.02k")',
      'quantity("50k").sub(quantity("20")) == quantity("49.98k")',
      'format.named("dns1123Label").value() == format.named("dns1123Label").value()',
    ],
  ],
  ["", 7, ['quantity("50k").add(20).sub(quantity("100k")).sub(-50000).asInteger() > 0']],
  ["", 17, ['format.named("dns1123Subdomain").value().validate("my-name")']],
  ["", 10, ['format.named("dns1123Label").value().validate("my-name")']],
  ["", 21, ["sets.contains([], [])", "sets.contains([1], [])", "sets.equivalent([], [])"]],
  [
    "",
    22,
    ["sets.contains([1], [1])", "sets.intersects([1], [1])", "!sets.intersects([], [])", "!sets.intersects([1], [])"],
  ],
  [
    "",
    23,
    [
      "sets.contains([1], [1, 1])",
      "sets.contains([1, 1], [1])",
      "sets.contains([2, 1], [1])",
      "!sets.contains([1], [2])",
      "sets.equivalent([1], [1])",
      "sets.intersects([1], [1, 1])",
      "sets.intersects([1, 1], [1])",
      "sets.intersects([2, 1], [1])",
      "sets.intersects([1], [1, 2])",
      "!sets.intersects([1], [2])",
    ],
  ],
  ["", 29, ["sets.contains([1, 2, 3, 4], [2, 3])"]],
  ["", 24, ["!sets.contains([1], [1, 2])"]],
  ["", 25, ["sets.equivalent([1], [1, 1])", "sets.equivalent([1, 1], [1])"]],
  ["", 26, ["!sets.equivalent([2, 1], [1])", "!sets.equivalent([1], [1, 2])"]],
  ["", 8, ["ip.isCanonical('2001:db8:3333:4444:5555:6666:7777:8888')"]],
  ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j']", 15, [".join(' ')"]],
  ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j']", 13, [".join()"]],
  ["{'a': 1, 'b': 2}", 41, [".all(k, v, v > 0)"]],
  ["{'a': 1, 'b': 2}", 40, [".exists(k, v, v > 0)", ".existsOne(k, v, v > 0)"]],
  ["{'a': 1, 'b': 2}", 71, [".transformMap(k, v, v + 1)"]],
  ["{'a': 1, 'b': 2}", 75, [".transformMap(k, v, v < 5, v + 1)"]],
  ["{'a': 1, 'b': 2}", 131, [".transformMapEntry(k, v, {k: v + 1})"]],
  ["{'a': 1, 'b': 2}", 135, [".transformMapEntry(k, v, v < 5, {k: v + 1})"]],
  ["[1, 2]", 21, [".all(i, v, v > 0)"]],
  ["[1, 2]", 20, [".exists(i, v, v > 0)", ".existsOne(i, v, v > 0)"]],
  ["[1, 2]", 49, [".transformList(i, v, v + 1)"]],
  ["[1, 2]", 53, [".transformList(i, v, v < 5, v + 1)"]],
  [
    "url('https:://kubernetes.io/')",
    4,
    [".getScheme()", ".getHostname()", ".getHost()", ".getPort()", ".getEscapedPath()", ".getQuery()"],
  ],
  ["url('https:://kubernetes.io/')", 7, [" == url('https:://kubernetes.io/')"]],
  ["url('https:://kubernetes.io/')", 5, [" == url('http://x.b')"]],
  [
    "ip('192.168.0.1')",
    3,
    [
      ".family()",
      ".isUnspecified()",
      ".isLoopback()",
      ".isLinkLocalMulticast()",
      ".isLinkLocalUnicast()",
      ".isGlobalUnicast()",
    ],
  ],
  ["ip('192.168.0.1')", 5, [" == ip('192.168.0.1')"]],
  [
    "ip('2001:db8:3333:4444:5555:6666:7777:8888')",
    5,
    [
      ".family()",
      ".isUnspecified()",
      ".isLoopback()",
      ".isLinkLocalMulticast()",
      ".isLinkLocalUnicast()",
      ".isGlobalUnicast()",
    ],
  ],
  ["ip('2001:db8:3333:4444:5555:6666:7777:8888')", 7, [" == ip('192.168.0.1')"]],
  ["cidr('192.168.0.0/16')", 3, [".ip()", ".prefixLength()", ".masked()"]],
  [
    "cidr('192.168.0.0/16')",
    5,
    [
      " == cidr('2001:db8::/32')",
      ".containsIP(ip('192.169.0.1'))",
      ".containsIP(ip('192.169.169.250'))",
      ".containsIP('192.169.0.1')",
    ],
  ],
  [
    "cidr('192.168.0.0/16')",
    7,
    [
      ".containsCIDR(cidr('192.0.0.0/30'))",
      ".containsCIDR(cidr('192.168.0.0/16'))",
      ".containsCIDR('192.0.0.0/30')",
      ".containsCIDR('192.168.0.0/16')",
    ],
  ],
  ["cidr('192.168.0.0/16')", 4, [".containsIP(ip('192.0.0.1'))", ".containsIP('192.0.0.1')"]],
  ["cidr('2001:db8::/32')", 3, [".ip()", ".prefixLength()", ".masked()"]],
  [
    "cidr('2001:db8::/32')",
    5,
    [" == cidr('2001:db8::/32')", ".containsIP(ip('2001:db8::1'))", ".containsIP('2001:db8::1')"],
  ],
  [
    "cidr('2001:db8::/32')",
    7,
    [
      ".containsCIDR(cidr('2001:db8::/126'))",
      ".containsCIDR(cidr('2001:db8::/32'))",
      ".containsCIDR('2001:db8::/126')",
      ".containsCIDR('2001:db8::/32')",
      ".containsIP(ip('2001:db8:3333:4444:5555:6666:7777:8888'))",
      ".containsIP('2001:db8:3333:4444:5555:6666:7777:8888')",
    ],
  ],
];
for (const [what, steps, ends] of LITERAL) {
  for (const end of ends) {
    test(`${steps} steps: ${what}${end}`, () => {
      const environment = {
        variables: { authorizer: AUTHORIZER },
        libraries: [escaping],
        optimize: false,
      };
      assert.equal(compile(what + end, environment).measure(() => authorizer).cost, steps);
    });
  }
}

const VALUES: Readonly<Record<string, unknown>> = {
  text: "x".repeat(500),
  other: "y".repeat(500),
  short: "idc",
  empty: "",
  list: [1, 2],
  none: [],
  map: { key: "v", val: { n: 1 } },
  deep: { a: { b: { c: "d" } } },
  i: 0,
  k: "key",
  yes: true,
  no: false,
};
const SCHEMA = {
  type: "object",
  properties: {
    text: { type: "string" },
    other: { type: "string" },
    short: { type: "string" },
    empty: { type: "string" },
    list: { type: "array", items: { type: "integer" } },
    none: { type: "array", items: { type: "integer" } },
    i: { type: "integer" },
    k: { type: "string" },
    yes: { type: "boolean" },
    no: { type: "boolean" },
  },
} as const;
const declared = typeOfSchema(SCHEMA);
const variables = Object.fromEntries(Object.keys(VALUES).map((name) => [name, declared.field?.(name) ?? types.DYN]));
const stepsOf = (source: string, environment?: Partial<Environment>): number => {
  const { value, cost } = compile(source, { variables, optimize: false, bindings: true, ...environment }).measure(
    (name) => valueOfJson(VALUES[name]),
  );
  if (value instanceof Error) throw value;
  return cost;
};

test.suite("steps of a run", () => {
  const rows: [rule: string, source: string, steps: number][] = [
    ["a literal is free", "'Hello World!'", 0],
    ["a name is a step", "list", 1],
    ["and so is each link of a chain", "deep.a.b.c", 4],
    ["whatever it is written as", "map['key']", 2],
    ["what a chain begins with beside a name is one more", "{'a': 1}.a", 32],
    ["an index that is computed costs what computing it costs", "map['ke' + 'y']", 3],
    ["an index that is a name costs nothing", "map[k]", 2],
    ["nor the head of one that is a chain", "list[map.val.n]", 4],
    ["a question for a field costs its chain", "has(deep.a.b)", 2],
    ["what is not there costs nothing when asked for as optional", "deep.?x.y.z", 1],
    ["what is there costs its link", "deep.?a.b", 3],
    ["a branch that is a name costs nothing", "yes ? list : none", 1],
    ["a branch that is a chain costs its links", "no ? i : map.val.n", 3],
    ["a link behind a condition is one link", "(yes ? map : deep).key", 2],
    ["a type is a literal", "type(1) == int", 2],
    ["and", "yes && no && yes", 2],
    ["or", "no || yes || no", 2],
    ["an empty text is compared for nothing", "empty == short", 2],
    ["the shorter text counts", "'12345678901234567890' == '123456789012345678901234567890'", 2],
    ["a list is read through to find something", "2 in [1, 2, 3]", 13],
    ["the text counts where its begin is looked for", "short.startsWith(text)", 3],
    ["and so with its end", "short.endsWith(text)", 3],
    ["a text in a text", "text.contains(other)", 2502],
    ["a pattern", "text.matches('[0-9]')", 103],
    ["a pattern of a function is thought to be short", "matches(text, '[0-9]')", 2],
    ["a text as bytes, and back", "string(bytes(text))", 101],
    ["texts are put together", "'abcdefg'.contains('val1' + 'val2222222')", 4],
    ["what may be several things is a step", "dyn(text) + dyn(other)", 5],
    ["all", "[1, 2, 3].all(x, true)", 20],
    ["all, of nothing", "none.all(x, true)", 2],
    ["all, until it is decided", "[1, 2, 3].all(x, x < 1)", 10 + 5 + 2 + 1],
    ["of a condition", "(i > 2 ? list : none).all(y, true)", 3],
    ["of a map", "map.all(k, map[k] == 'v')", 1 + 2 * (3 + 3) + 1],
    ["filter", "[1,2,3,4,5].filter(x, x % 2 == 0)", 62],
    ["map", "[1,2,3,4,5].map(x, x)", 86],
    ["map and map", "[1,2,3,4,5].map(x, x).map(x, x)", 162],
    ["map and filter", "[1,2,3,4,5].map(x, x).filter(x, x % 2 == 0)", 138],
    ["map and exists", "[1,2,3,4,5].map(x, x).exists(x, x == 5) == true", 118],
    ["lists of lists", "[1,2,3,4,5].map(x, [x, x]).filter(z, z.size() == 2)", 232],
    ["folds in folds", "[1,2,3,4,5].map(x, [x, x]).all(y, y.all(y, y == 1))", 171],
    ["folds and a sum", "[1,2,3,4,5].map(x, x).map(x, x) + [1]", 173],
    ["a fold that is looked through", "[1,2,3].all(i, i in [1,2,3].map(j, j + j))", 86],
    ["conditions", "(1 > 2 ? 5 : 3) > 1", 2],
    ["maps in a list", "[{'k1': 1}, {'k2': 2}].all(x, true)", 77],
    ["a list that is made costs its items", "lists.range(5).reverse()", 2 * (5 + 11)],
    ["a part of a list costs the part", "[1, 2, 3].slice(1, 3)", 10 + 2 + 11],
    ["each level of lists counts", "[[1], [2]].flatten(2)", 30 + 4 + 11],
    ["sorting compares all with all", "[3, 1, 2].sort()", 10 + 18 + 11],
    ["texts are dearer to sort", "['b', 'a', 'c'].sort()", 10 + 18 + 11],
    ["sorting by a key makes the keys", "list.sortBy(e, e)", 10 + 1 + 1 + (1 + 10 + 2 * 13 + 1) + 8 + 11],
    ["a binding makes an empty list", "cel.bind(x, i, x + x)", 10 + 1 + 3],
    ["another value for what is not there is free", "deep.?x.orValue(text)", 2],
    ["and not looked at where it is", "deep.?a.orValue(text)", 2],
    ["what is made of an optional value reads it twice", "deep.?a.optMap(v, v.b)", 3 + (10 + 3 + 2) + 1],
    ["nothing is made of nothing", "deep.?x.optMap(v, v.b)", 1 + 1 + 1],
  ];
  for (const [rule, source, steps] of rows) {
    test(`${rule}: ${source}`, () => assert.equal(stepsOf(source), steps));
  }
});

test.suite("what is made of literals is made when compiled and costs nothing", () => {
  const rows: [source: string, steps: number][] = [
    ["[1, 2, 3]", 0],
    ["{'a': [1]}", 0],
    ["duration('1s') < duration('2s')", 1],
    ["i in [1, 2, 3]", 1],
    ["text in []", 0],
    ["k in {'a': 1}", 2],
    ["[1, 2, 3].map(x, 1)", 3 * 2 + 1],
    ["[1, 2, 3].map(x, x)", 3 * 13 + 1],
    ["cel.bind(x, i, x + x)", 4],
    ["[i].size()", 12],
  ];
  for (const [source, steps] of rows) {
    test(source, () => assert.equal(stepsOf(source, { optimize: true }), steps));
  }
});

test.suite("what fails takes the steps that were done", () => {
  const rows: [rule: string, source: string, error: string, steps: number][] = [
    ["a call takes its steps though an argument fails", "1 / 0 == 1 / 0", "division by zero", 3],
    ["both arguments are evaluated", "map.nope == text", "no such key: nope", 2 + 1 + 1],
    [
      "of three arguments none behind the first that fails is",
      "text.replace(map.nope, text)",
      "no such key: nope",
      1 + 2,
    ],
    [
      "the last of three that fails counts the call",
      "text.replace(text, map.nope)",
      "no such key: nope",
      1 + 1 + 2 + 100,
    ],
    ["so it is where the pattern is written out", "map.nope.matches('[a-z]')", "no such key: nope", 2],
    ["a link that is not there is a step", "deep.a.x.y", "no such key: x", 3],
    ["and so is one whose place fails", "list[1 / 0]", "division by zero", 1 + 1 + 1],
    ["a list takes its steps though an item fails", "[1 / 0, 2]", "division by zero", 11],
    ["and so does a map", "{'a': 1 / 0}", "division by zero", 31],
    [
      "what gives a part of a list counts a failure as one",
      "list.slice(0, 5)",
      "cannot slice(0, 5), list is length 2",
      1 + 12,
    ],
    ["a loop goes on with a failure", "[0, 1, 2].map(x, 1 / x)", "division by zero", 3 * (1 + 2 + 10 + 1) + 1],
    ["and counts the rounds that count", "[0, 1].filter(x, 1 / x == 1)", "division by zero", 2 * 3 + 13 + 1],
    ["what is bound is worked out when it is read", "cel.bind(x, 1 / 0, i > 5 ? x : 1)", "", 2],
    ["and fails whenever it is read", "cel.bind(x, 1 / 0, x + x)", "division by zero", 1 + 2 + 1],
    [
      "what is wrong with an optional value is found when it is asked",
      "optional.of(1 / 0).optMap(v, v)",
      "division by zero",
      3,
    ],
    [
      "sorting what failed breaks the run down, whatever else decides it",
      "[1 / 0].sort() == [] || yes",
      "internal error: interface conversion: *types.Err is not traits.Lister: missing method Add",
      11,
    ],
  ];
  for (const [rule, source, error, steps] of rows) {
    test(`${rule}: ${source}`, () => {
      const { value, cost } = compile(source, { variables, bindings: true }).measure((name) =>
        valueOfJson(VALUES[name]),
      );
      assert.deepEqual([value instanceof Error ? value.message : "", cost], [error, steps]);
    });
  }
});
