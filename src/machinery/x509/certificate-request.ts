/** Requests for certificates (PKCS #10) in PEM, read as Go's crypto/x509 reads them and in its words where it cannot. */
import { pemBlocks } from "../pem.ts";
import { Asn1Reader, listOf, syntaxError } from "./asn1.ts";
import { BOOLEAN, Malformed, OCTET_STRING, SEQUENCE, SET, constructed } from "./der.ts";
import type { AlternativeNames, NameAttribute, Subject } from "./names.ts";
import { NO_NAMES, SUBJECT_ALTERNATIVE_NAME, alternativeNames, subjectOf } from "./names.ts";
import type { PublicKey } from "./public-key.ts";
import { publicKeyOf } from "./public-key.ts";
import type { SignatureVerifier } from "./signature.ts";
import { signatureProblem } from "./signature.ts";
import { asn1Text } from "./strings.ts";

export interface CertificateRequest extends AlternativeNames {
  readonly subject: Subject;
  /** All that the subject says, in order. */
  readonly attributes: readonly NameAttribute[];
  readonly key: PublicKey;
  /** The key as certificates hold it, a SubjectPublicKeyInfo: a character for each byte, as in the rest. */
  readonly publicKey: string;
  readonly signed: string;
  readonly algorithm: { readonly oid: string; readonly parameters: string };
  readonly signature: string;
}

/** Throws {@link Malformed} with the reason. */
export function readCertificateRequest(pem: string): CertificateRequest {
  const [block] = pemBlocks(pem).blocks;
  if (block?.type !== "CERTIFICATE REQUEST") throw new Malformed("PEM block type must be CERTIFICATE REQUEST");
  return parse(block.bytes);
}

/** Why a request is not to be believed; undefined where it can be, as far as `verify` is there to tell. */
export function certificateRequestProblem(pem: string, verify: SignatureVerifier | undefined): string | undefined {
  try {
    return signatureProblem(readCertificateRequest(pem), verify);
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

function parse(der: string): CertificateRequest {
  const all = new Asn1Reader(der);
  const request = new Asn1Reader(all.field(SEQUENCE, "certificateRequest").content);
  const { content, whole: signed } = request.field(SEQUENCE, "tbsCertificateRequest");
  const info = new Asn1Reader(content);
  info.integer();
  const subject = info.any().whole;
  const { content: spki, whole: publicKey } = info.field(SEQUENCE, "publicKeyInfo");
  const keyFields = new Asn1Reader(spki);
  const { oid, parameters } = keyFields.algorithm();
  const bytes = keyFields.bits();
  const attributes = listOf(info.field(constructed(0), "").content).map(({ whole }) => whole);
  const algorithm = request.algorithm();
  const signature = request.bits();
  if (!all.done) throw syntaxError("trailing data");
  const key = publicKeyOf(oid, parameters, bytes);
  const name = nameOf(subject);
  return {
    key,
    subject: subjectOf(name),
    attributes: name,
    ...namesIn(attributes),
    publicKey,
    signed,
    algorithm,
    signature,
  };
}

function nameOf(whole: string): NameAttribute[] {
  const sets = listOf(new Asn1Reader(whole).field(SEQUENCE, "RDNSequence").content, SET);
  return sets.flatMap(({ content }) =>
    listOf(content, SEQUENCE).map((attribute) => {
      const fields = new Asn1Reader(attribute.content);
      const type = fields.oid();
      const { header, content: value } = fields.any();
      const text = header.class === 0 && !header.compound ? asn1Text(header.tag, value) : undefined;
      return [type, text] as const;
    }),
  );
}

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

function namesIn(attributes: readonly string[]): AlternativeNames {
  const extensions = new Map<string, string>();
  for (const attribute of attributes) {
    for (const [oid, value] of extensionsOf(attribute)) {
      if (extensions.has(oid)) {
        throw new Malformed("x509: certificate request contains duplicate requested extensions");
      }
      extensions.set(oid, value);
    }
  }
  const names = extensions.get(SUBJECT_ALTERNATIVE_NAME);
  return names === undefined ? NO_NAMES : alternativeNames(names);
}

/** The extensions that an attribute asks for; none where it is of another kind or none at all. */
function extensionsOf(attribute: string): (readonly [oid: string, value: string])[] {
  const wanted = requested(attribute);
  if (wanted === undefined) return [];
  return listOf(new Asn1Reader(wanted).field(SEQUENCE, "").content, SEQUENCE).map(({ content }) => {
    const fields = new Asn1Reader(content);
    const oid = fields.oid();
    if (fields.isNext(BOOLEAN)) fields.any();
    return [oid, fields.field(OCTET_STRING, "").content] as const;
  });
}

function requested(attribute: string): string | undefined {
  try {
    const fields = new Asn1Reader(new Asn1Reader(attribute).field(SEQUENCE, "pkcs10Attribute").content);
    const oid = fields.oid();
    const [first] = listOf(fields.field(SET, "").content);
    return oid === EXTENSION_REQUEST ? first?.whole : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
