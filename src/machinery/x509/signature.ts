/** Whether a signature is one, in the words of Go's crypto/x509. The cryptography itself is a port. */
import type { KeyAlgorithm, PublicKey } from "./public-key.ts";

export type Hash = "sha1" | "sha256" | "sha384" | "sha512";

/** Bytes are texts of a character for each. */
export interface SignatureCheck {
  readonly scheme: "rsa" | "rsa-pss" | "ecdsa" | "ed25519";
  /** Undefined for Ed25519, which needs none. */
  readonly hash: Hash | undefined;
  /** The key as certificates hold it: a SubjectPublicKeyInfo. */
  readonly publicKey: string;
  readonly signed: string;
  readonly signature: string;
}

/** Checks signatures, as a port. False also for keys that cannot be used. */
export type SignatureVerifier = (check: SignatureCheck) => boolean;

interface Algorithm {
  readonly name: string;
  readonly key: KeyAlgorithm;
  readonly hash: Hash | "md5" | undefined;
}

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ["1.2.840.113549.1.1.4", { name: "MD5-RSA", key: "RSA", hash: "md5" }],
  ["1.2.840.113549.1.1.5", { name: "SHA1-RSA", key: "RSA", hash: "sha1" }],
  ["1.3.14.3.2.29", { name: "SHA1-RSA", key: "RSA", hash: "sha1" }],
  ["1.2.840.113549.1.1.11", { name: "SHA256-RSA", key: "RSA", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { name: "SHA384-RSA", key: "RSA", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { name: "SHA512-RSA", key: "RSA", hash: "sha512" }],
  ["1.2.840.10040.4.3", { name: "DSA-SHA1", key: "DSA", hash: "sha1" }],
  ["2.16.840.1.101.3.4.3.2", { name: "DSA-SHA256", key: "DSA", hash: "sha256" }],
  ["1.2.840.10045.4.1", { name: "ECDSA-SHA1", key: "ECDSA", hash: "sha1" }],
  ["1.2.840.10045.4.3.2", { name: "ECDSA-SHA256", key: "ECDSA", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { name: "ECDSA-SHA384", key: "ECDSA", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { name: "ECDSA-SHA512", key: "ECDSA", hash: "sha512" }],
  ["1.3.101.112", { name: "Ed25519", key: "Ed25519", hash: undefined }],
]);

const PSS = "1.2.840.113549.1.1.10";

/** The parameters of RSA-PSS that may be: the hash, MGF1 of the same hash, and a salt as long as it. */
const PSS_HASHES: ReadonlyMap<string, Hash> = new Map(
  (["sha256", "sha384", "sha512"] as const).flatMap((hash, index) =>
    ["", "\x05\0"].map((nothing) => {
      const of = sequence("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" + String.fromCharCode(index + 1) + nothing);
      const generator = sequence("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" + of);
      const salt = `\x02\x01${String.fromCharCode(32 + 16 * index)}`;
      return [sequence(tagged(0, of) + tagged(1, generator) + tagged(2, salt)), hash] as const;
    }),
  ),
);

function sequence(content: string): string {
  return `0${String.fromCharCode(content.length)}${content}`;
}

function tagged(number: number, content: string): string {
  return String.fromCharCode(0xa0 | number, content.length) + content;
}

const GO_TYPES: Partial<Record<KeyAlgorithm, string>> = {
  RSA: "*rsa.PublicKey",
  ECDSA: "*ecdsa.PublicKey",
  Ed25519: "ed25519.PublicKey",
};

const UNSUPPORTED = "x509: cannot verify signature: algorithm unimplemented";
const SHORTEST_RSA = 1024;

interface Signed {
  readonly algorithm: { readonly oid: string; readonly parameters: string };
  readonly key: PublicKey;
  readonly publicKey: string;
  readonly signed: string;
  readonly signature: string;
}

/** Undefined for a good one, and where there is nobody to check it. Signatures with SHA-1 are believed: they sign requests only. */
export function signatureProblem(
  { algorithm, key, publicKey, signed, signature }: Signed,
  verify: SignatureVerifier | undefined,
): string | undefined {
  const pss = algorithm.oid === PSS ? PSS_HASHES.get(algorithm.parameters) : undefined;
  const isPlain = algorithm.oid !== "1.3.101.112" || algorithm.parameters === "";
  const known: Algorithm | undefined = pss
    ? { name: "RSAPSS", key: "RSA", hash: pss }
    : isPlain
      ? ALGORITHMS.get(algorithm.oid)
      : undefined;
  if (known === undefined) return UNSUPPORTED;
  if (known.hash === "md5") return `x509: cannot verify signature: insecure algorithm ${known.name}`;
  const type = key.algorithm && GO_TYPES[key.algorithm];
  if (type === undefined) return UNSUPPORTED;
  if (key.algorithm !== known.key) {
    return `x509: signature algorithm specifies an ${known.key} public key, but have public key of type ${type}`;
  }
  if (key.size !== undefined && key.size < SHORTEST_RSA) {
    return `crypto/rsa: ${key.size}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)`;
  }
  const scheme = pss ? "rsa-pss" : (known.key.toLowerCase() as "rsa" | "ecdsa" | "ed25519");
  if (verify === undefined || verify({ scheme, hash: known.hash, publicKey, signed, signature })) return undefined;
  return known.key === "RSA" ? "crypto/rsa: verification error" : `x509: ${known.key} verification failure`;
}
