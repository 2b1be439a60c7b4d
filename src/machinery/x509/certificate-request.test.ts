import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateRequestProblem, readCertificateRequest } from "./certificate-request.ts";
import type { SignatureCheck } from "./signature.ts";
import { bits, der, integer, oid, pem, sequence } from "./testing/der.ts";
import { EVERY_NAME_REQUEST, NODE_REQUEST } from "./testing/requests.ts";

const problem = (bytes: string): string | undefined =>
  certificateRequestProblem(pem("CERTIFICATE REQUEST", bytes), undefined);

const ED25519 = sequence(oid(0x2b, 0x65, 0x70));
const KEY = sequence(ED25519, bits("k".repeat(32)));
const CN = oid(0x55, 4, 3);
const attribute = (type: string, value: string): string => der(0x31, sequence(type, value));
const NAME = sequence(attribute(CN, der(0x0c, "jane")));
const NONE = der(0xa0, "");
const info = (...parts: readonly string[]): string => sequence(integer(0), ...parts);
const whole = (tbs: string, algorithm = ED25519, signature = bits("s")): string => sequence(tbs, algorithm, signature);
const named = (name: string): string => whole(info(name, KEY, NONE));
const keyed = (key: string): string => whole(info(NAME, key, NONE));
const rsa = (parameters: string, key: string): string =>
  keyed(sequence(sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1), parameters), bits(key)));
const curve = (parameters: string, point: string): string =>
  keyed(sequence(sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1), parameters), bits(point)));
const extension = (type: string, value: string): string => sequence(type, der(4, value));
const asking = (...extensions: readonly string[]): string => {
  const wanted = sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14), der(0x31, sequence(...extensions)));
  return whole(info(NAME, KEY, der(0xa0, wanted)));
};
const SAN = oid(0x55, 29, 17);
const alternative = (tag: number, value: string): string => asking(extension(SAN, sequence(der(tag, value))));
const mismatch = (wanted: number, of: string, type: string, at: number): string =>
  `asn1: structure error: tags don't match (${wanted} vs {${of}}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} ${type} @${at}`;

const TEXTS: readonly [rule: string, bytes: string, says: string | undefined][] = [
  ["a request without names beside its own", named(NAME), undefined],
  ["nothing", "", "asn1: syntax error: sequence truncated"],
  ["another value", integer(7), mismatch(16, "class:0 tag:2 length:1 isCompound:false", "certificateRequest", 2)],
  ["a length without bytes", "\x30", "asn1: syntax error: truncated tag or length"],
  ["a length that is cut off", "\x30\x82\x01", "asn1: syntax error: truncated tag or length"],
  ["content that is cut off", named(NAME).slice(0, -1), "asn1: syntax error: data truncated"],
  ["more behind it", `${named(NAME)}\0`, "asn1: syntax error: trailing data"],
  ["a length that is open", "\x30\x80\0\0", "asn1: syntax error: indefinite length found (not DER)"],
  ["a length with a zero before it", "\x30\x82\0\x80", "asn1: structure error: superfluous leading zeros in length"],
  ["a length in more bytes than it needs", "\x30\x81\x05", "asn1: structure error: non-minimal length"],
  ["a length beyond all", "\x30\x84\xff\xff\xff\xff", "asn1: structure error: length too large"],
  ["a tag in more bytes than it needs", "\x3f\x10\0", "asn1: syntax error: non-minimal tag"],
  ["an empty request", sequence(), "asn1: syntax error: sequence truncated"],
  [
    "a version that is a text",
    whole(sequence(der(0x0c, "0"))),
    mismatch(2, "class:0 tag:12 length:1 isCompound:false", "int", 2),
  ],
  ["a version without bytes", whole(sequence(der(2, ""))), "asn1: structure error: empty integer"],
  [
    "a version that is too long",
    whole(sequence(der(2, "\0\x01"))),
    "asn1: structure error: integer not minimally-encoded",
  ],
  [
    "a version that is too large",
    whole(sequence(der(2, "\x01".repeat(9)))),
    "asn1: structure error: integer too large",
  ],
  ["no attributes", whole(info(NAME, KEY)), "asn1: syntax error: sequence truncated"],
  [
    "a signature of odd bits",
    whole(info(NAME, KEY, NONE), ED25519, der(3, "\x09s")),
    "asn1: syntax error: invalid padding bits in BIT STRING",
  ],
  [
    "a signature without bits",
    whole(info(NAME, KEY, NONE), ED25519, der(3, "")),
    "asn1: syntax error: zero length BIT STRING",
  ],
  [
    "an algorithm without a name",
    whole(info(NAME, KEY, NONE), sequence(der(6, ""))),
    "asn1: syntax error: zero length OBJECT IDENTIFIER",
  ],
  [
    "a name that is cut off",
    whole(info(NAME, KEY, NONE), sequence(der(6, "\x2b\x81"))),
    "asn1: syntax error: truncated base 128 integer",
  ],
  [
    "a number of a name that is too large",
    whole(info(NAME, KEY, NONE), sequence(der(6, "\x2b\x8f\xff\xff\xff\x7f"))),
    "asn1: structure error: base 128 integer too large",
  ],
  [
    "a number with a zero before it",
    whole(info(NAME, KEY, NONE), sequence(der(6, "\x2b\x80\x01"))),
    "asn1: syntax error: integer is not minimally encoded",
  ],
  [
    "a subject that is no list",
    named(integer(1)),
    mismatch(16, "class:0 tag:2 length:1 isCompound:false", "RDNSequence", 2),
  ],
  ["a subject of other parts", named(sequence(integer(1))), "asn1: structure error: sequence tag mismatch"],
  [
    "a text with what it cannot hold",
    named(sequence(attribute(CN, der(0x13, "a@b")))),
    "asn1: syntax error: PrintableString contains invalid character",
  ],
  ["a text that is no UTF-8", named(sequence(attribute(CN, der(0x0c, "\xff")))), "asn1: invalid UTF-8 string"],
  ["RSA without its empty parameters", rsa("", ""), "x509: RSA key missing NULL parameters"],
  ["an RSA key that is none", rsa("\x05\0", integer(1)), "x509: invalid RSA public key"],
  ["an RSA key without a modulus", rsa("\x05\0", sequence()), "x509: invalid RSA modulus"],
  [
    "an RSA key whose modulus is nothing",
    rsa("\x05\0", sequence(integer(0), integer(3))),
    "x509: RSA modulus is not a positive number",
  ],
  ["an RSA key without an exponent", rsa("\x05\0", sequence(integer(5))), "x509: invalid RSA public exponent"],
  ["a curve without a name", curve("\x05\0", ""), "x509: invalid ECDSA parameters"],
  ["a curve that is not known", curve(oid(0x2b, 0x81, 4, 0, 0x0a), ""), "x509: unsupported elliptic curve"],
  [
    "a point that is too short",
    curve(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7), "\x04"),
    "x509: failed to unmarshal elliptic curve point",
  ],
  ["a short Ed25519 key", keyed(sequence(ED25519, bits("k"))), "x509: wrong Ed25519 public key size"],
  [
    "attributes of other kinds",
    whole(info(NAME, KEY, der(0xa0, integer(1) + sequence(CN, der(0x31, integer(1)))))),
    undefined,
  ],
  [
    "an extension twice",
    asking(extension(SAN, sequence()), extension(SAN, sequence())),
    "x509: certificate request contains duplicate requested extensions",
  ],
  ["extensions that are none", asking(integer(1)), "asn1: structure error: sequence tag mismatch"],
  ["a mailbox beyond ASCII", alternative(0x81, "\xe4"), "x509: SAN rfc822Name is malformed"],
  ["a domain beyond ASCII", alternative(0x82, "\xe4"), "x509: SAN dNSName is malformed"],
  ["an address of three bytes", alternative(0x87, "abc"), "x509: cannot parse IP address of length 3"],
  ["a URI that is none", alternative(0x86, ":"), 'x509: cannot parse URI ":": parse ":": missing protocol scheme'],
  [
    "a URI whose host is no domain",
    alternative(0x86, "http://a..b"),
    'x509: cannot parse URI "http://a..b": invalid domain',
  ],
  [
    "an algorithm of signing that is not known",
    whole(info(NAME, KEY, NONE), sequence(CN)),
    "x509: cannot verify signature: algorithm unimplemented",
  ],
  [
    "a signature of another kind of key",
    whole(info(NAME, KEY, NONE), sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2))),
    "x509: signature algorithm specifies an ECDSA public key, but have public key of type ed25519.PublicKey",
  ],
  [
    "a key whose signatures are not known",
    keyed(sequence(sequence(CN), bits(""))),
    "x509: cannot verify signature: algorithm unimplemented",
  ],
  [
    "a signature that is broken since long",
    whole(info(NAME, KEY, NONE), sequence(oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4))),
    "x509: cannot verify signature: insecure algorithm MD5-RSA",
  ],
];

for (const [rule, bytes, says] of TEXTS) {
  test(`a request: ${rule}`, () => assert.equal(problem(bytes), says));
}

for (const [rule, text] of [
  ["no PEM", "not a csr"],
  ["a certificate", pem("CERTIFICATE", named(NAME))],
  ["a request behind another block", pem("CERTIFICATE", named(NAME)) + NODE_REQUEST],
  ["a request of old", NODE_REQUEST.replaceAll("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")],
] as const) {
  test(`no request: ${rule}`, () =>
    assert.equal(certificateRequestProblem(text, undefined), "PEM block type must be CERTIFICATE REQUEST"));
}

test("a request says whom it is for", () => {
  const { subject, dnsNames, emailAddresses, ipAddresses, uris } = readCertificateRequest(EVERY_NAME_REQUEST);
  assert.deepEqual(subject, { commonName: "jane", organizations: ["a", "b"] });
  assert.deepEqual([dnsNames, emailAddresses, uris], [["n1"], ["a@b.c"], ["spiffe://x/y"]]);
  assert.deepEqual(ipAddresses, ["\xfd" + "\0".repeat(14) + "\x01"]);
});

test("the port is asked about what was signed, and believed", () => {
  const asked: SignatureCheck[] = [];
  const answering = (answer: boolean) =>
    certificateRequestProblem(NODE_REQUEST, (check) => {
      asked.push(check);
      return answer;
    });
  assert.equal(answering(true), undefined);
  assert.equal(answering(false), "x509: Ed25519 verification failure");
  const { publicKey, signed, signature } = readCertificateRequest(NODE_REQUEST);
  assert.deepEqual(asked[0], { scheme: "ed25519", hash: undefined, publicKey, signed, signature });
});
