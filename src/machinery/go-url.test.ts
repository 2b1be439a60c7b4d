import assert from "node:assert/strict";
import { test } from "node:test";
import { urlProblem } from "./go-url.ts";

for (const url of [
  "",
  "*",
  "https://host",
  "https://host:8443/a%20b?q=%zz#f",
  "https://[::1]:8443/",
  "https://user:word@host/",
  "mailto:somebody@host",
  "//host/path",
  "///path",
  "a/b:c",
  "https://host:",
  "https://höst/",
  "1https/x",
]) {
  test(`${url} is parsed`, () => assert.equal(urlProblem(url), undefined));
}

for (const [url, says] of [
  ["https://host\u0001", 'parse "https://host\\x01": net/url: invalid control character in URL'],
  [":host", 'parse ":host": missing protocol scheme'],
  ["1https://host", 'parse "1https://host": first path segment in URL cannot contain colon'],
  ["https://host:port/", 'parse "https://host:port/": invalid port ":port" after host'],
  ["https://[::1/", "parse \"https://[::1/\": missing ']' in host"],
  ["https://[::1]x/", 'parse "https://[::1]x/": invalid port "x" after host'],
  ["https://a b/", 'parse "https://a b/": invalid character " " in host name'],
  ["https://a%20b/", 'parse "https://a%20b/": invalid URL escape "%20"'],
  ["https://us er@host/", 'parse "https://us er@host/": net/url: invalid userinfo'],
  ["https://host/%zz", 'parse "https://host/%zz": invalid URL escape "%zz"'],
  ["https://host/%1", 'parse "https://host/%1": invalid URL escape "%1"'],
  ["https://host/#%", 'parse "https://host/#%": invalid URL escape "%"'],
  ["https://host:x/#fragment", 'parse "https://host:x/": invalid port ":x" after host'],
] as const) {
  test(`${url} is not parsed`, () => assert.equal(urlProblem(url), says));
}
