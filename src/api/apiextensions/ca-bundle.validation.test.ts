import assert from "node:assert/strict";
import { test } from "node:test";
import { caBundleError } from "./ca-bundle.validation.ts";

const pem = (type: string, bytes: readonly number[]): string =>
  btoa(`-----BEGIN ${type}-----\n${btoa(String.fromCharCode(...bytes))}\n-----END ${type}-----\n`);
/** Sequences of ASN.1, of a short and of a long length. */
const SHORT = [0x30, 3, 2, 1, 1];
const LONG = [0x30, 0x81, 0x80, ...Array.from({ length: 0x80 }, () => 0)];

for (const { rule, bundle, says } of [
  { rule: "may be absent", bundle: "", says: undefined },
  { rule: "holds a certificate", bundle: pem("CERTIFICATE", SHORT), says: undefined },
  { rule: "holds a long certificate", bundle: pem("CERTIFICATE", LONG), says: undefined },
  { rule: "is PEM", bundle: btoa("bogus"), says: "unable to parse bytes as PEM block" },
  {
    rule: "is read in one go, however many blocks begin in it",
    bundle: btoa("-----BEGIN CERTIFICATE-----\n".repeat(50_000)),
    says: "unable to parse bytes as PEM block",
  },
  {
    rule: "holds not only keys",
    bundle: pem("PRIVATE KEY", SHORT),
    says: "no valid certificate authority data seen",
  },
  {
    rule: "holds whole certificates",
    bundle: pem("CERTIFICATE", LONG.slice(0, 9)),
    says: "failed to parse certificate: x509: malformed certificate",
  },
]) {
  test(`a bundle ${rule}`, () => {
    assert.equal(caBundleError(bundle), says && `unable to load root certificates: ${says}`);
  });
}
