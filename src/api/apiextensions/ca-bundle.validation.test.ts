import assert from "node:assert/strict";
import { test } from "node:test";
import { caBundleError } from "./ca-bundle.validation.ts";

const pem = (type: string, bytes: readonly number[], headers = ""): string =>
  `-----BEGIN ${type}-----\n${headers}${btoa(String.fromCharCode(...bytes))}\n-----END ${type}-----\n`;

const sequence = (...parts: readonly (readonly number[])[]): number[] => element(0x30, parts.flat());
const element = (tag: number, content: readonly number[]): number[] =>
  content.length < 0x80 ? [tag, content.length, ...content] : [tag, 0x81, content.length, ...content];
const ALGORITHM = sequence([5, 0]);
const BITS = element(3, [0, 1]);
const NAME = sequence();
const KEY = sequence(ALGORITHM, BITS);
/** What stands in it before the issuer. */
const BEGINNING = [element(0xa0, [2, 1, 2]), element(2, [7]), ALGORITHM] as const;
const tbs = (...beginning: readonly (readonly number[])[]): number[] => sequence(...beginning, NAME, NAME, NAME, KEY);
const SHORT = sequence(tbs(...BEGINNING), ALGORITHM, BITS);
const LONG = sequence(sequence(...BEGINNING, NAME, NAME, element(0x30, Array(0x60).fill(0)), KEY), ALGORITHM, BITS);

const bad = (why: string): string => `failed to parse certificate: x509: ${why}`;
const MALFORMED: readonly [certificate: readonly number[], why: string][] = [
  [LONG.slice(0, 9), "malformed certificate"],
  [sequence(), "malformed tbs certificate"],
  [sequence(tbs(element(0xa0, [4, 1, 2]))), "malformed version"],
  [sequence(tbs(element(0xa0, [2, 1, 3]))), "invalid version"],
  [sequence(tbs(ALGORITHM)), "malformed serial number"],
  [sequence(tbs(element(2, [0, 7]))), "malformed serial number"],
  [sequence(tbs(element(2, [0xfe]))), "negative serial number"],
  [sequence(sequence(element(2, [7]))), "malformed signature algorithm identifier"],
  [sequence(tbs(...BEGINNING)), "malformed algorithm identifier"],
  [sequence(tbs(...BEGINNING), NAME), "inner and outer signature algorithm identifiers don't match"],
  [sequence(sequence(...BEGINNING), ALGORITHM), "malformed issuer"],
  [sequence(sequence(...BEGINNING, NAME), ALGORITHM), "malformed validity"],
  [sequence(sequence(...BEGINNING, NAME, NAME), ALGORITHM), "malformed issuer"],
  [sequence(sequence(...BEGINNING, NAME, NAME, NAME), ALGORITHM), "malformed spki"],
  [sequence(sequence(...BEGINNING, NAME, NAME, NAME, NAME), ALGORITHM), "malformed public key algorithm identifier"],
  [sequence(sequence(...BEGINNING, NAME, NAME, NAME, sequence(ALGORITHM)), ALGORITHM), "malformed subjectPublicKey"],
  [sequence(tbs(...BEGINNING), ALGORITHM), "malformed signature"],
  [[...SHORT, 0], "trailing data"],
];

for (const { rule, bundle, says } of [
  { rule: "may be absent", bundle: "", says: undefined },
  { rule: "holds a certificate", bundle: pem("CERTIFICATE", SHORT), says: undefined },
  { rule: "holds a long certificate", bundle: pem("CERTIFICATE", LONG), says: undefined },
  {
    rule: "may hold others beside it",
    bundle: `text\n${pem("CERTIFICATE", [1])}${pem("PRIVATE KEY", SHORT)}${pem("CERTIFICATE", SHORT)}more`,
    says: undefined,
  },
  { rule: "is PEM", bundle: "bogus", says: "unable to parse bytes as PEM block" },
  {
    rule: "is read in one go, however many blocks begin in it",
    bundle: "-----BEGIN CERTIFICATE-----\n".repeat(50_000),
    says: "unable to parse bytes as PEM block",
  },
  {
    rule: "holds not only keys",
    bundle: pem("PRIVATE KEY", SHORT),
    says: "no valid certificate authority data seen",
  },
  {
    rule: "holds nothing but blocks, where none is a certificate",
    bundle: `${pem("PRIVATE KEY", SHORT)}\n`,
    says: "unable to parse bytes as PEM block",
  },
  {
    rule: "holds certificates without headers",
    bundle: pem("CERTIFICATE", SHORT, "Proc-Type: 4,ENCRYPTED\n\n"),
    says: "no valid certificate authority data seen",
  },
  ...MALFORMED.map(([certificate, why]) => ({
    rule: `is told: ${why}`,
    bundle: pem("CERTIFICATE", certificate),
    says: bad(why),
  })),
]) {
  test(`a bundle ${rule}`, () => {
    assert.equal(caBundleError(btoa(bundle)), says && `unable to load root certificates: ${says}`);
  });
}
