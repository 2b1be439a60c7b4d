import assert from "node:assert/strict";
import { test } from "node:test";
import { CERTIFICATE_BYTES } from "../../machinery/x509/testing/certificates.ts";
import { pem } from "../../machinery/x509/testing/der.ts";
import { caBundleError } from "./ca-bundle.validation.ts";

const bad = (why: string): string => `failed to parse certificate: x509: ${why}`;

for (const { rule, bundle, says } of [
  { rule: "may be absent", bundle: "", says: undefined },
  { rule: "holds a certificate", bundle: pem("CERTIFICATE", CERTIFICATE_BYTES), says: undefined },
  {
    rule: "may hold others beside it",
    bundle: `text\n${pem("CERTIFICATE", "x")}${pem("PRIVATE KEY", CERTIFICATE_BYTES)}${pem("CERTIFICATE", CERTIFICATE_BYTES)}more`,
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
    bundle: pem("PRIVATE KEY", CERTIFICATE_BYTES),
    says: "no valid certificate authority data seen",
  },
  {
    rule: "holds nothing but blocks, where none is a certificate",
    bundle: `${pem("PRIVATE KEY", CERTIFICATE_BYTES)}\n`,
    says: "unable to parse bytes as PEM block",
  },
  {
    rule: "holds certificates without headers",
    bundle: pem("CERTIFICATE", CERTIFICATE_BYTES, "Proc-Type: 4,ENCRYPTED\n\n"),
    says: "no valid certificate authority data seen",
  },
  {
    rule: "is told what is wrong with the first certificate of several that are none",
    bundle: pem("CERTIFICATE", `${CERTIFICATE_BYTES}x`) + pem("CERTIFICATE", "x"),
    says: bad("trailing data"),
  },
]) {
  test(`a bundle ${rule}`, () => {
    assert.equal(caBundleError(btoa(bundle)), says && `unable to load root certificates: ${says}`);
  });
}
