/** Of which type expressions are, and what their checker refuses: rows as upstream's checker answers them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CompileError, compile } from "./index.ts";
import { outputText } from "./types.ts";

const TYPES: [rule: string, source: string, type: string][] = [
  ["an empty list becomes what it stands beside", "[[], [1]]", "list(list(int))"],
  ["and so does an empty map", "[{}, {'a': 1}]", "list(map(string, int))"],
  ["an item of an empty list is what the first function that fits takes", "[].map(x, x + x)", "list(bytes)"],
  ["what nothing settles may be anything", "[].map(x, x.map(y, y))", "list(list(dyn))"],
  ["reading a member settles that it may be anything", "[].map(x, x.a.b == 1)", "list(bool)"],
  ["two branches settle each other", "true ? [] : [1]", "list(int)"],
  ["null fits what libraries make", "true ? null : quantity('1')", "null_type"],
  ["what is in nothing is what is done with it", "optional.none().optMap(x, x + 1)", "optional_type(int)"],
  ["a loop over a list makes a map by its indices", "[[]].transformMap(k, v, v)", "map(int, list(dyn))"],
  ["types have types", "type(type(1))", "type(type(int))"],
  ["lists that are joined settle each other", "[] + [1]", "list(int)"],
  ["a comma may stand alone", "[[,], [1]]", "list(list(int))"],
  ["an optional part of a list settles the rest", "[?{}.?missing, 1u]", "list(uint)"],
];
for (const [rule, source, type] of TYPES) {
  test(`${rule}: ${source}`, () => assert.equal(outputText(compile(source, { variables: {} }).type), type));
}

/** How upstream says that it waits for an operand, or for something else that could be there. */
const operand = (first = "'[', '{', '(', '.'", then = "'-', '!'"): string =>
  `{${first}, ${then}, 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`;

const REFUSED: [rule: string, source: string, issues: string[]][] = [
  ["a type is no part of itself", "{}.map(c, [c, type(c)])", ["1:19: expected type 'dyn' but found 'type(dyn)'"]],
  [
    "what is settled once is settled for the rest",
    "[].map(x, [].map(y, x in y && y in x))",
    ["1:33: found no matching overload for '@in' applied to '(list(dyn), dyn)'"],
  ],
  [
    "lists that are joined are alike",
    "[] + [1] + ['a']",
    ["1:10: found no matching overload for '_+_' applied to '(list(int), list(string))'"],
  ],
  [
    "what is wrong does not hide what is wrong beside it",
    "nope.x + 1 + 'a'",
    [
      "1:1: undeclared reference to 'nope' (in container '')",
      "1:12: found no matching overload for '_+_' applied to '(int, string)'",
    ],
  ],
  [
    "what is read twice is told twice",
    "nope.optMap(x, x)",
    ["1:1: undeclared reference to 'nope' (in container '')", "1:1: undeclared reference to 'nope' (in container '')"],
  ],
  ["a free type has its number", "[].length", ["1:3: type 'list(_var0)' does not support field selection"]],
  [
    "each entry of a map is told",
    "{1: 'a', 2: 1, 3: 2}",
    ["1:13: expected type 'string' but found 'int'", "1:19: expected type 'string' but found 'int'"],
  ],
  ["of a list only the first that differs", "[1, 'a', 2.0]", ["1:5: expected type 'int' but found 'string'"]],
  [
    "an entry is a map",
    "[1].transformMapEntry(i, v, 1)",
    ["1:22: found no matching overload for 'cel.@mapInsert' applied to '(map(dyn, dyn), int)'"],
  ],
  [
    "the value of what is not optional",
    "1.optMap(x, x)",
    [
      "1:9: found no matching overload for 'hasValue' applied to 'int.()'",
      "1:9: found no matching overload for 'value' applied to 'int.()'",
    ],
  ],
  [
    "words of later versions",
    "[1].map(var, 1)",
    ["1:9: reserved identifier: var", "1:9: argument is not an identifier"],
  ],
  ["names in backquotes", "{'a-b': 1}.`a-b`", ["1:12: unsupported syntax: '`'"]],
  ["the second name of a loop", "[].all(j, i.k, true)", ["1:12: argument must be a simple name"]],
  ["a number that is too large", "1.99e9000", ["1:1: invalid double literal"]],
  ["half a character", "'\\udead' == ''", ["1:1: invalid unicode code point"]],
  ["a bracket that is missing at the end", "(1", ["1:3: Syntax error: missing ')' at '<EOF>'"]],
  [
    "a bracket of a call that is missing at the end",
    "'a'.contains('b'",
    ["1:17: Syntax error: missing ')' at '<EOF>'"],
  ],
  ["a comma of a call that is missing", "f(1 2)", ["1:5: Syntax error: extraneous input '2' expecting ')'"]],
  [
    "a call without an end",
    "f(",
    [`1:3: Syntax error: mismatched input '<EOF>' expecting ${operand("'[', '{', '(', ')', '.'")}`],
  ],
  [
    "a map that does not begin with a key",
    "{:a}",
    [
      `1:2: Syntax error: extraneous input ':' expecting ${operand("'[', '{', '}', '(', '.', ','", "'-', '!', '?'")}`,
      "1:4: Syntax error: mismatched input '}' expecting ':'",
    ],
  ],
  ["a colon that is missing", "{'a' 1}", ["1:6: Syntax error: missing ':' at '1'"]],
  [
    "fields that are none",
    "func{{a}}",
    [
      "1:6: Syntax error: extraneous input '{' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}",
      "1:8: Syntax error: mismatched input '}' expecting ':'",
      "1:9: Syntax error: extraneous input '}' expecting <EOF>",
    ],
  ],
  ["more than one thing too much", "1 + 2 3 +", ["1:7: Syntax error: mismatched input '3' expecting <EOF>"]],
  [
    "two operands that are missing",
    "1 + +",
    [
      `1:5: Syntax error: mismatched input '+' expecting ${operand()}`,
      `1:6: Syntax error: mismatched input '<EOF>' expecting ${operand()}`,
    ],
  ],
  [
    "a name that is missing behind one that begins with a dot",
    "1 + .",
    ["1:6: Syntax error: no viable alternative at input '.'"],
  ],
  ["a list that does not end", "[1, 2", ["1:6: Syntax error: mismatched input '<EOF>' expecting {']', ','}"]],
  ["a comma that is missing", "[1 2]", ["1:4: Syntax error: extraneous input '2' expecting {']', ','}"]],
  [
    "half a mark, and what is behind it",
    "1 = 1",
    ["1:3: Syntax error: token recognition error at: '= '", "1:5: Syntax error: extraneous input '1' expecting <EOF>"],
  ],
  ["a name that is missing", "[].'b'", ["1:4: Syntax error: no viable alternative at input '.'b''"]],
  ["a text of three quotes that does not end", "'''abc", ["1:3: Syntax error: token recognition error at: ''abc'"]],
  ["a type that is no object", "int{}", ["1:4: 'int' is not a message type"]],
];
for (const [rule, source, issues] of REFUSED) {
  test(`${rule}: ${source}`, () => {
    assert.throws(
      () => compile(source, { variables: {} }),
      (error) => {
        assert.ok(error instanceof CompileError);
        const heads = error.message.split("\n").filter((line) => line.startsWith("ERROR"));
        assert.deepEqual(
          heads,
          issues.map((issue) => `ERROR: <input>:${issue}`),
        );
        return true;
      },
    );
  });
}

const issuesOf = (source: string): string[] => {
  try {
    compile(source, { variables: {} });
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
};

test("a line is shown with spaces for tabs, and wide dots under wide characters", () => {
  assert.deepEqual(issuesOf("\t'ü' + 1"), [
    "ERROR: <input>:1:6: found no matching overload for '_+_' applied to '(string, int)'",
    " |  'ü' + 1",
    " | ..\uff0e..^",
  ]);
});

test("types that hold others many times over are looked into once", () => {
  const chain = (start: string): string =>
    start + Array.from({ length: 60 }, (_, index) => `.map(v${index}, {v${index}: v${index}})`).join("");
  for (const start of ["[]", "[1]"]) compile(`${chain(start)} == ${chain(start)}`, { variables: {} });
  assert.match(
    issuesOf(`${chain("[1]")} + 'a'`)[0]!,
    /found no matching overload for '_\+_' applied to '\(list\(map\(/,
  );
});

test("parts that are there twice, with others in them twice, are soon looked at once", () => {
  compile(`optional.of(1)${".optMap(x, x)".repeat(60)}`, { variables: {} });
  assert.equal(issuesOf(`y${".optMap(x, x)".repeat(5)}`).filter((line) => line.startsWith("ERROR")).length, 32);
  assert.match(issuesOf(`y${".optMap(x, x)".repeat(60)}`).at(-1)!, /more errors were truncated/);
});

test("a hundred issues are told, the others counted", () => {
  const lines = issuesOf(Array.from({ length: 103 }, (_, index) => `x${index}`).join(" || "));
  assert.equal(lines.filter((line) => line.startsWith("ERROR")).length, 100);
  assert.equal(lines.at(-1), "3 more errors were truncated");
});

test("after a hundred characters that are no tokens nothing is read any more", () => {
  const lines = issuesOf("#\n".repeat(300));
  assert.equal(lines.filter((line) => line.startsWith("ERROR")).length, 100);
  // The one that is left out says that there are more than a hundred.
  assert.equal(lines.at(-1), "1 more errors were truncated");
});

test("many issues in a long line do not show it each time", () => {
  const source = Array.from({ length: 1000 }, (_, index) => `x${index}`).join(" || ");
  const lines = issuesOf(source);
  assert.equal(lines[1], ` | ${source}`);
  assert.equal(lines.filter((line) => line.startsWith("ERROR")).length, 100);
  assert.ok(lines.join("\n").length < 20 * source.length);
});

test("of very many things that are wrong some are told", () => {
  for (const [source, last] of [
    ["1 " + "== ,".repeat(5000), "Syntax error: error recovery attempt limit exceeded: 30"],
    ["1 " + "== == 1".repeat(5000), "Syntax error: More than 100 syntax errors"],
  ] as const) {
    assert.throws(
      () => compile(source, { variables: {} }),
      (error) => error instanceof CompileError && error.issues.length <= 101 && error.issues.at(-1)!.text === last,
    );
  }
});
