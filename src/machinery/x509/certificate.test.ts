import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateProblem, certificatesProblem, readCertificate } from "./certificate.ts";
import type { CertificateParts } from "./testing/certificates.ts";
import { ALGORITHM, CERTIFICATE_BYTES, certificateOf } from "./testing/certificates.ts";
import { bits, der, integer, oid, sequence } from "./testing/der.ts";

const attribute = (type: string, value: string): string => sequence(der(0x31, sequence(type, value)));
const validity = (...times: readonly string[]): string => sequence(...times.map((text) => der(0x17, text)));
const extension = (last: number, value: string, critical = ""): string =>
  sequence(oid(0x55, 29, last), critical, der(4, value));
const CRITICAL = der(1, "\xff");
const extended = (...each: readonly string[]): Partial<CertificateParts> => ({
  extensions: der(0xa3, sequence(...each)),
});
const CN = oid(0x55, 4, 3);

const PARTS: readonly [why: string | undefined, parts: Partial<CertificateParts>][] = [
  [undefined, {}],
  [undefined, { version: "" }],
  ["malformed version", { version: der(0xa0, der(4, "\x02")) }],
  ["malformed version", { version: der(0xa0, integer(4)) }],
  ["invalid version", { version: der(0xa0, integer(3)) }],
  ["malformed serial number", { serial: "" }],
  ["malformed serial number", { serial: der(2, "\0\x07") }],
  ["negative serial number", { serial: integer(0xfe) }],
  ["malformed signature algorithm identifier", { algorithm: integer(1) }],
  ["inner and outer signature algorithm identifiers don't match", { algorithm: sequence(CN) }],
  ["malformed issuer", { issuer: integer(1) }],
  ["malformed issuer", { subject: integer(1) }],
  ["invalid RDNSequence", { issuer: sequence(integer(1)) }],
  ["invalid RDNSequence: invalid attribute", { subject: sequence(der(0x31, integer(1))) }],
  ["invalid RDNSequence: invalid attribute type", { subject: attribute(integer(1), "") }],
  ["invalid RDNSequence: invalid attribute value: invalid PrintableString", { subject: attribute(CN, der(0x13, "@")) }],
  ["invalid RDNSequence: invalid attribute value: invalid UTF-8 string", { subject: attribute(CN, der(0x0c, "\xff")) }],
  ["invalid RDNSequence: invalid attribute value: invalid BMPString", { subject: attribute(CN, der(0x1e, "\xd8\0")) }],
  ["invalid RDNSequence: invalid attribute value: invalid ASN.1 element", { subject: attribute(CN, "") }],
  ["malformed validity", { validity: integer(1) }],
  ["unsupported time format", { validity: sequence() }],
  ["malformed UTCTime", { validity: validity("250101000000Z", "251301000000Z") }],
  ["malformed GeneralizedTime", { validity: sequence(der(0x18, "2025-01-01")) }],
  ["malformed spki", { key: integer(1) }],
  ["malformed public key algorithm identifier", { key: sequence() }],
  ["malformed OID", { key: sequence(sequence()) }],
  ["malformed subjectPublicKey", { key: sequence(ALGORITHM) }],
  ["wrong Ed25519 public key size", { key: sequence(ALGORITHM, bits("k")) }],
  ["malformed extensions", { extensions: der(0xa3, integer(1)) }],
  ["malformed extension", extended(integer(1))],
  ["malformed extension OID field", extended(sequence(integer(1)))],
  ["malformed extension critical field", extended(extension(14, der(4, "id"), der(1, "\x01")))],
  ["malformed extension value field", extended(sequence(CN))],
  ['certificate contains duplicate extension with OID "2.5.29.99"', extended(extension(99, ""), extension(99, ""))],
  [undefined, extended(extension(14, der(4, "id")), extension(19, sequence(CRITICAL), CRITICAL))],
  ["subject key identifier incorrectly marked critical", extended(extension(14, der(4, "id"), CRITICAL))],
  ["invalid subject key identifier", extended(extension(14, integer(1)))],
  ["authority key identifier incorrectly marked critical", extended(extension(35, sequence(), CRITICAL))],
  ["invalid key usage", extended(extension(15, integer(1)))],
  ["invalid extended key usages", extended(extension(37, sequence(integer(1))))],
  ["invalid basic constraints", extended(extension(19, integer(1)))],
  ["invalid certificate policies", extended(extension(32, sequence(sequence(CN), sequence(CN))))],
  ["invalid CRL distribution points", extended(extension(31, integer(1)))],
  ["SAN dNSName is malformed", extended(extension(17, sequence(der(0x82, "\xff"))))],
  ["invalid subject alternative names", extended(extension(17, integer(1)))],
];

for (const [why, parts] of PARTS) {
  test(`a certificate ${why ?? "is one"}: ${Object.keys(parts).join()}`, () =>
    assert.equal(certificateProblem(certificateOf(parts)), why && `x509: ${why}`));
}

for (const [why, bytes] of [
  ["malformed certificate", "x"],
  ["malformed tbs certificate", sequence()],
  ["malformed algorithm identifier", certificateOf({}, "")],
  ["malformed signature", certificateOf({}, ALGORITHM)],
  ["malformed signature", certificateOf({}, ALGORITHM, der(3, "\x09s"))],
  ["trailing data", `${CERTIFICATE_BYTES}\0`],
] as const) {
  test(`a certificate as a whole: ${why}`, () => assert.equal(certificateProblem(bytes), `x509: ${why}`));
}

test("certificates may stand one behind the other", () => {
  assert.equal(certificatesProblem(CERTIFICATE_BYTES.repeat(3)), undefined);
  assert.equal(certificatesProblem(`${CERTIFICATE_BYTES}x`), "x509: malformed certificate");
});

for (const [end, milliseconds] of [
  [der(0x17, "491231235959Z"), Date.UTC(2049, 11, 31, 23, 59, 59)],
  [der(0x17, "500101000000Z"), Date.UTC(1950, 0, 1)],
  [der(0x17, "5001010000Z"), Date.UTC(1950, 0, 1)],
  [der(0x17, "260101020000+0200"), Date.UTC(2026, 0, 1)],
  [der(0x18, "20600228000000Z"), Date.UTC(2060, 1, 28)],
] as const) {
  test(`a certificate is good until ${end.slice(2)}`, () => {
    const bytes = certificateOf({ validity: sequence(der(0x17, "250101000000Z"), end) });
    assert.equal(readCertificate(bytes).notAfter, milliseconds);
  });
}
