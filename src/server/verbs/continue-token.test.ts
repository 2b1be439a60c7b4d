/** What a list can be continued with, and what is said of all else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "../../machinery/errors.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";

const base64 = (text: string): string => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const token = (start: string, more: object = {}): string =>
  base64(JSON.stringify({ v: "meta.k8s.io/v1", rv: 5, start, ...more }));

test("a token comes back as it went", () => {
  const given = { revision: 42, after: "default/web" };
  assert.deepEqual(decodeContinue(encodeContinue(given)), given);
});

test("a slash in front of the key is as good as none", () => {
  assert.deepEqual(decodeContinue(token("/a/b\u0000")), { revision: 5, after: "a/b" });
});

const WORDS = "storage.continueToken";
const rows: readonly (readonly [rule: string, token: string, said: string])[] = [
  ["no JSON", "garbage", "invalid character '\\u0081' looking for beginning of value"],
  ["an end too early", base64('{"v":'), "unexpected end of JSON input"],
  ["no base64", "%", "illegal base64 data at input byte 0"],
  ["half a byte", "abcde", "illegal base64 data at input byte 4"],
  ["nothing", base64("{}"), "server does not recognize this encoded version "],
  ["null", base64("null"), "server does not recognize this encoded version "],
  ["another version", token("x", { v: "v9", rv: 0 }), "server does not recognize this encoded version v9"],
  ["no revision", token("", { rv: 0 }), "incorrect encoded start resourceVersion (version meta.k8s.io/v1)"],
  ["no key", token(""), "encoded start key empty (version meta.k8s.io/v1)"],
  ["a key that leads out", token("../x"), "../x"],
  ["a key that is not the shortest", token("a//b"), "a//b"],
  ["a key that ends in a slash", token("a/"), "a/"],
  ["a list", base64("[]"), `json: cannot unmarshal array into Go value of type ${WORDS}`],
  ["a text", base64('"x"'), `json: cannot unmarshal string into Go value of type ${WORDS}`],
  [
    "a revision as a text",
    token("x", { rv: "5" }),
    "json: cannot unmarshal string into Go struct field continueToken.rv of type int64",
  ],
  [
    "a broken revision",
    token("x", { rv: 1.5 }),
    "json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64",
  ],
];
for (const [rule, given, said] of rows) {
  test(`no token: ${rule}`, () => {
    assert.throws(
      () => decodeContinue(given),
      (error) =>
        error instanceof StatusError &&
        error.status.code === 400 &&
        error.status.message === `invalid continue token: continue key is not valid: ${said}`,
    );
  });
}
