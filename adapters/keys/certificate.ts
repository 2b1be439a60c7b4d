/**
 * X.509 certificates as a cluster needs them: ECDSA P-256 keys, SHA-256 signatures, one CA that signs all.
 * Made here and not by a library because a start must not wait for one: issuing takes half a millisecond.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import * as der from "./der.ts";

export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

export interface KeyPair {
  /** PEM, PKCS #8 as generated here; other forms as read. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
}

export interface Issuer {
  /** Its name as a subject, or as the bytes that stand in its certificate. */
  readonly subject: Subject | Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export type Usage = "server" | "client";

/** What a key may be used for: bits of the key usage by number, and purposes by their identifiers. */
export interface Uses {
  readonly bits: readonly number[];
  readonly purposes: readonly string[];
}

export interface CertificateOptions {
  /** As {@link Issuer.subject}. */
  readonly subject: Subject | Uint8Array;
  readonly publicKey: KeyObject;
  /** Absent in a CA's own certificate: it signs itself. */
  readonly issuer: Issuer;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly authority?: boolean;
  readonly usages?: readonly Usage[] | Uses;
  /** DNS names and IP addresses; or the content of the extension. */
  readonly names?: readonly string[] | Uint8Array;
}

const OID = {
  commonName: der.oid("2.5.4.3"),
  organization: der.oid("2.5.4.10"),
  ecdsaWithSha256: der.oid("1.2.840.10045.4.3.2"),
  sha256WithRsa: der.oid("1.2.840.113549.1.1.11"),
  subjectKeyId: der.oid("2.5.29.14"),
  keyUsage: der.oid("2.5.29.15"),
  subjectAltName: der.oid("2.5.29.17"),
  basicConstraints: der.oid("2.5.29.19"),
  authorityKeyId: der.oid("2.5.29.35"),
  extendedKeyUsage: der.oid("2.5.29.37"),
};

const PURPOSES: Readonly<Record<Usage, string>> = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" };
/** digitalSignature and keyEncipherment, as TLS needs them. */
const TLS_BITS = [0, 2];
const AUTHORITY_BITS = [...TLS_BITS, 5];

export function newKey(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

export function privatePem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

/** A signed certificate, PEM. */
export function certificate(options: CertificateOptions): string {
  const { issuer } = options;
  const algorithm = algorithmOf(issuer.privateKey);
  const serial = randomBytes(16);
  // The first bit stays 0 (a positive number) and the second is 1 (all serials are equally long).
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const toSign = der.sequence(
    der.explicit(0, der.integer(2)),
    der.integer(serial),
    algorithm,
    name(issuer.subject),
    der.sequence(der.time(options.notBefore), der.time(options.notAfter)),
    name(options.subject),
    spki(options.publicKey),
    der.explicit(3, der.sequence(...extensions(options))),
  );
  const signature = sign("sha256", toSign, issuer.privateKey);
  return der.pem("CERTIFICATE", der.sequence(toSign, algorithm, der.bits(signature)));
}

function algorithmOf(key: KeyObject): der.Der {
  return key.asymmetricKeyType === "rsa"
    ? der.sequence(OID.sha256WithRsa, der.value(0x05))
    : der.sequence(OID.ecdsaWithSha256);
}

function name(subject: Subject | Uint8Array): der.Der {
  if (subject instanceof Uint8Array) return Buffer.from(subject);
  const { commonName, organizations = [] } = subject;
  const part = (type: der.Der, text: string): der.Der => der.set(der.sequence(type, der.utf8(text)));
  return der.sequence(
    ...organizations.map((organization) => part(OID.organization, organization)),
    part(OID.commonName, commonName),
  );
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" }) as Buffer;
}

/** SHA-1 of the key itself, RFC 5280's first method. */
function keyId(key: KeyObject): Buffer {
  const bitString = der.parseAll(der.parseAll(spki(key))[0]!.content)[1]!;
  return createHash("sha1").update(bitString.content.subarray(1)).digest();
}

function extensions(options: CertificateOptions): der.Der[] {
  const extension = (id: der.Der, critical: boolean, content: der.Der): der.Der =>
    critical ? der.sequence(id, der.boolean(true), der.octets(content)) : der.sequence(id, der.octets(content));
  const list: der.Der[] = [];
  const { bits, purposes } = usesOf(options);
  if (bits.length > 0) list.push(extension(OID.keyUsage, true, der.namedBits(...bits)));
  if (purposes.length > 0) list.push(extension(OID.extendedKeyUsage, false, der.sequence(...purposes.map(der.oid))));
  if (options.authority) {
    list.push(extension(OID.basicConstraints, true, der.sequence(der.boolean(true))));
  } else {
    list.push(extension(OID.basicConstraints, true, der.sequence()));
    const authority = der.sequence(der.implicit(0, keyId(options.issuer.publicKey)));
    list.push(extension(OID.authorityKeyId, false, authority));
  }
  list.push(extension(OID.subjectKeyId, false, der.octets(keyId(options.publicKey))));
  const { names = [] } = options;
  if (names.length > 0) {
    const content = names instanceof Uint8Array ? Buffer.from(names) : der.sequence(...names.map(alternative));
    list.push(extension(OID.subjectAltName, false, content));
  }
  return list;
}

function usesOf({ authority, usages = [] }: CertificateOptions): Uses {
  if (authority) return { bits: AUTHORITY_BITS, purposes: [] };
  return "bits" in usages ? usages : { bits: TLS_BITS, purposes: usages.map((usage) => PURPOSES[usage]) };
}

function alternative(text: string): der.Der {
  return isIP(text) ? der.implicit(7, addressBytes(text)) : der.implicit(2, Buffer.from(text, "latin1"));
}

/** 4 bytes of an IPv4, 16 of an IPv6 address. */
export function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [left = "", right] = address.split("::");
  const words = (part: string): number[] =>
    part === ""
      ? []
      : part.split(":").flatMap((word) => {
          if (!word.includes(".")) return [Number.parseInt(word, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = word.split(".").map(Number);
          return [(a << 8) | b, (c << 8) | d];
        });
  const head = words(left);
  const tail = right === undefined ? [] : words(right);
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

/** The subject's bytes, which certificates it issues must repeat exactly: a CA brought along may have any name. */
export function subjectName(parsed: X509Certificate): Buffer {
  const [toSign] = der.parseAll(der.parseAll(parsed.raw)[0]!.content);
  // version, serial number, algorithm, issuer, validity, subject
  return der.parseAll(toSign!.content)[5]!.whole;
}

/** A PKCS #10 request for a certificate (PEM). */
export function requestFor(
  subject: Subject,
  { privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
): string {
  const info = der.sequence(der.integer(0), name(subject), spki(publicKey), der.explicit(0));
  const signature = der.bits(sign("sha256", info, privateKey));
  return der.pem("CERTIFICATE REQUEST", der.sequence(info, algorithmOf(privateKey), signature));
}
