/** Whether DER is a certificate, in the words of Go's crypto/x509, and how long it is good. Whom it is from is not looked at. */
import { quote } from "../go-text.ts";
import {
  BOOLEAN,
  DerReader,
  GENERALIZED_TIME,
  INTEGER,
  Malformed,
  NULL,
  OCTET_STRING,
  SEQUENCE,
  SET,
  UTC_TIME,
  constructed,
  primitive,
} from "./der.ts";
import { checkExtension } from "./extensions.ts";
import { publicKeyOf } from "./public-key.ts";
import { TEXTS } from "./strings.ts";

export interface Certificate {
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

/** What is wrong with a certificate (a character for each byte); undefined where it is one. */
export function certificateProblem(der: string): string | undefined {
  return problemOf(() => {
    if (take(der).rest !== "") throw new Malformed("x509: trailing data");
  });
}

/** The same of several, one right behind the other. */
export function certificatesProblem(der: string): string | undefined {
  return problemOf(() => {
    for (let rest = der; rest !== "";) ({ rest } = take(rest));
  });
}

/** The first of them. Throws {@link Malformed} in Go's words. */
export const readCertificate = (der: string): Certificate => take(der).certificate;

function problemOf(read: () => void): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
  return undefined;
}

function take(der: string): { readonly certificate: Certificate; readonly rest: string } {
  const all = new DerReader(der);
  const outer = new DerReader(all.read(SEQUENCE, "x509: malformed certificate"));
  const tbs = new DerReader(outer.read(SEQUENCE, "x509: malformed tbs certificate"));
  const version = versionOf(tbs);
  const serial = tbs.integer("x509: malformed serial number");
  if (serial.charCodeAt(0) > 0x7f) throw new Malformed("x509: negative serial number");
  const inner = tbs.read(SEQUENCE, "x509: malformed signature algorithm identifier");
  if (inner !== outer.read(SEQUENCE, "x509: malformed algorithm identifier")) {
    throw new Malformed("x509: inner and outer signature algorithm identifiers don't match");
  }
  algorithmOf(inner);
  checkName(tbs.read(SEQUENCE, "x509: malformed issuer"));
  const validity = new DerReader(tbs.read(SEQUENCE, "x509: malformed validity"));
  timeOf(validity);
  const notAfter = timeOf(validity);
  // Go says issuer of both.
  checkName(tbs.read(SEQUENCE, "x509: malformed issuer"));
  checkKey(new DerReader(tbs.read(SEQUENCE, "x509: malformed spki")));
  if (version > 0) {
    tbs.optional(primitive(1), "x509: malformed issuerUniqueID");
    tbs.optional(primitive(2), "x509: malformed subjectUniqueID");
  }
  if (version === 2) checkExtensions(tbs.optional(constructed(3), "x509: malformed extensions"));
  outer.bits("x509: malformed signature");
  return { certificate: { notAfter }, rest: all.rest };
}

/** 0 for the first, where none is said. */
function versionOf(tbs: DerReader): number {
  const text = "x509: malformed version";
  const tagged = tbs.optional(constructed(0), text);
  if (tagged === undefined) return 0;
  const version = new DerReader(tagged);
  const bytes = version.integer(text);
  const number = bytes.charCodeAt(0);
  if (!version.done || bytes.length !== 1 || number > 3) throw new Malformed(text);
  if (number > 2) throw new Malformed("x509: invalid version");
  return number;
}

function algorithmOf(content: string): { readonly oid: string; readonly parameters: string } {
  const fields = new DerReader(content);
  const oid = fields.oid("x509: malformed OID");
  return { oid, parameters: fields.done ? "" : fields.any("x509: malformed parameters").whole };
}

function checkKey(spki: DerReader): void {
  const { oid, parameters } = algorithmOf(spki.read(SEQUENCE, "x509: malformed public key algorithm identifier"));
  publicKeyOf(oid, parameters, spki.bits("x509: malformed subjectPublicKey"));
}

function checkName(content: string): void {
  const text = "x509: invalid RDNSequence";
  for (const sets = new DerReader(content); !sets.done;) {
    for (const set = new DerReader(sets.read(SET, text)); !set.done;) {
      const attribute = new DerReader(set.read(SEQUENCE, `${text}: invalid attribute`));
      attribute.oid(`${text}: invalid attribute type`);
      checkAttribute(attribute, `${text}: invalid attribute value: `);
    }
  }
}

function checkAttribute(attribute: DerReader, before: string): void {
  const { tag, content, whole } = attribute.any(`${before}invalid ASN.1 element`);
  const text = TEXTS.get(tag);
  if (text !== undefined && text.decode(content) === undefined) throw new Malformed(`${before}invalid ${text.name}`);
  const value = new DerReader(whole);
  if (tag === INTEGER) value.integer(`${before}invalid ASN.1 integer`);
  if (tag === BOOLEAN) value.boolean(`${before}invalid ASN.1 BOOLEAN`);
  if (tag === NULL || text !== undefined) return;
  if (tag === UTC_TIME || tag === GENERALIZED_TIME) timeOf(value, before);
}

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})$/;
const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(Z|[+-]\d{4})$/;

/** Milliseconds since the epoch; a year of two digits is from 1950 to 2049. */
function timeOf(reader: DerReader, before = ""): number {
  const isUtc = reader.isNext(UTC_TIME);
  if (!isUtc && !reader.isNext(GENERALIZED_TIME)) throw new Malformed(`${before}x509: unsupported time format`);
  const text = `${before}x509: malformed ${isUtc ? "UTCTime" : "GeneralizedTime"}`;
  const content = reader.read(isUtc ? UTC_TIME : GENERALIZED_TIME, text);
  const match = (isUtc ? UTC : GENERALIZED).exec(content);
  if (match === null) throw new Malformed(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const full = isUtc ? year + (year < 50 ? 2000 : 1900) : year;
  const zone = match[7]!;
  const offset =
    zone === "Z" ? 0 : (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))) * (zone.startsWith("-") ? -1 : 1);
  const date = new Date(Date.UTC(full, month - 1, day, hour, minute, second));
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!isReal) throw new Malformed(text);
  return date.getTime() - offset * 60_000;
}

function checkExtensions(tagged: string | undefined): void {
  if (tagged === undefined) return;
  const list = new DerReader(new DerReader(tagged).read(SEQUENCE, "x509: malformed extensions"));
  const found = new Map<string, { readonly critical: boolean; readonly value: string }>();
  while (!list.done) {
    const fields = new DerReader(list.read(SEQUENCE, "x509: malformed extension"));
    const oid = fields.oid("x509: malformed extension OID field");
    const critical = fields.isNext(BOOLEAN) && fields.boolean("x509: malformed extension critical field");
    const value = fields.read(OCTET_STRING, "x509: malformed extension value field");
    if (found.has(oid)) {
      throw new Malformed(`x509: certificate contains duplicate extension with OID ${quote(oid)}`);
    }
    found.set(oid, { critical, value });
  }
  for (const [oid, { critical, value }] of found) checkExtension(oid, value, critical);
}
