import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { StatusError } from "./errors.ts";
import { compileFields, parseFieldSelector } from "./field-selectors.ts";
import { compileLabels, compileSelector, parseLabelSelector, selectorText } from "./selectors.ts";

const labels = { app: "web", tier: "a", n: "5" };
const matches: [selector: string, holds: boolean][] = [
  ["", true],
  ["app=web", true],
  ["app==web,tier=b", false],
  ["app!=web", false],
  ["none!=web", true],
  ["tier in (a, b)", true],
  ["tier notin (a)", false],
  ["none notin (a)", true],
  ["app", true],
  ["!app", false],
  ["! none", true],
  ["constructor", false],
  ["!toString", true],
  ["constructor in (a)", false],
  ["constructor notin (a)", true],
  ["n>4", true],
  ["n<5", false],
  ["in=x", false],
];
for (const [selector, holds] of matches) {
  test(`"${selector}" ${holds ? "holds" : "does not hold"}`, () => {
    assert.equal(compileLabels(parseLabelSelector(selector))(labels), holds);
  });
}

const failures: [selector: string, text: string][] = [
  ["=a", "found '=', expected: !, identifier, or 'end of string'"],
  ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ["a=b=c", "found '=', expected: ',' or 'end of string'"],
  ["a in b", "unable to parse requirement: found 'b' expected: '('"],
  ["a,", "found '', expected: identifier after ','"],
  [
    "a in ()",
    "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
  ],
  [
    "a>x",
    "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
];
for (const [selector, text] of failures) {
  test(`"${selector}" is refused`, () => assert.throws(() => parseLabelSelector(selector), { message: text }));
}

test("a bad value is named with its place and key", () => {
  assert.throws(
    () => parseLabelSelector("a=inv@lid"),
    /^StatusError: unable to parse requirement: values\[0\]\[a\]: Invalid value: "inv@lid": a valid label/,
  );
});

test("an absent selector matches nothing, an empty one everything", () => {
  assert.deepEqual([compileSelector(undefined)(labels), compileSelector({})(labels)], [false, true]);
});

test("a selector's text is sorted and parses to itself", () => {
  const text = selectorText(parseLabelSelector("z in (b,a),!y,x=1"));
  assert.equal(text, "x=1,!y,z in (a,b)");
  assert.equal(selectorText(parseLabelSelector(text)), text);
});

test("any text gives requirements or a StatusError", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."a=!(),<> inot1-") }), (text) => {
      for (const parse of [parseLabelSelector, parseFieldSelector]) {
        try {
          parse(text);
        } catch (error) {
          assert.ok(error instanceof StatusError);
        }
      }
    }),
  );
});

const object = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", uid: "", resourceVersion: "", creationTimestamp: "" },
};
const pod = { selectableFields: { "status.phase": () => "Running" } };

test("field selectors read names and what the kind offers", () => {
  const holds = (text: string): boolean => compileFields(pod, parseFieldSelector(text))(object);
  assert.deepEqual(
    ["", "metadata.name=web", "metadata.namespace!=x", "status.phase==Pending", "metadata.name=a\\,b"].map(holds),
    [true, true, true, false, false],
  );
});

test("unknown fields and broken terms are refused in upstream's words", () => {
  assert.throws(() => compileFields(pod, parseFieldSelector("spec.x=1")), {
    message: "field label not supported: spec.x",
  });
  assert.throws(() => compileFields({ selectableFields: {} }, parseFieldSelector("data.v=1")), {
    message: '"data.v" is not a known field selector: only "metadata.name", "metadata.namespace"',
  });
  assert.throws(() => parseFieldSelector("metadata.name"), {
    message: "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
  });
});
