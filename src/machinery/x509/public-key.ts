/** Public keys as certificates and requests hold them. */
import { DerReader, Malformed, NULL, OBJECT_IDENTIFIER, SEQUENCE } from "./der.ts";

export type KeyAlgorithm = "RSA" | "DSA" | "ECDSA" | "Ed25519" | "X25519";

const ALGORITHMS: ReadonlyMap<string, KeyAlgorithm> = new Map([
  ["1.2.840.113549.1.1.1", "RSA"],
  ["1.2.840.10040.4.1", "DSA"],
  ["1.2.840.10045.2.1", "ECDSA"],
  ["1.3.101.112", "Ed25519"],
  ["1.3.101.110", "X25519"],
]);

/** Curves by their identifier, with the bytes of a coordinate. */
const CURVES: ReadonlyMap<string, number> = new Map([
  ["1.3.132.0.33", 28],
  ["1.2.840.10045.3.1.7", 32],
  ["1.3.132.0.34", 48],
  ["1.3.132.0.35", 66],
]);

const NULL_PARAMETERS = String.fromCharCode(NULL, 0);
const EDWARDS_BYTES = 32;

export interface PublicKey {
  /** Undefined for what is not known here: nothing is looked at then. */
  readonly algorithm: KeyAlgorithm | undefined;
  /** The bits of an RSA key's modulus. */
  readonly size?: number;
}

/** Throws {@link Malformed} in Go's words for a key that is none of its algorithm. */
export function publicKeyOf(oid: string, parameters: string, bytes: string): PublicKey {
  const algorithm = ALGORITHMS.get(oid);
  if (algorithm === "RSA") return { algorithm, size: checkRsa(parameters, bytes) };
  if (algorithm === "ECDSA") checkCurve(parameters, bytes);
  if (algorithm === "DSA") checkDsa(parameters, bytes);
  if ((algorithm === "Ed25519" || algorithm === "X25519") && parameters !== "") {
    throw new Malformed(`x509: ${algorithm} key encoded with illegal parameters`);
  }
  if (algorithm === "Ed25519" && bytes.length !== EDWARDS_BYTES) {
    throw new Malformed("x509: wrong Ed25519 public key size");
  }
  return { algorithm };
}

const isNegative = (integer: string): boolean => integer.charCodeAt(0) > 0x7f;
const isPositive = (integer: string): boolean => !isNegative(integer) && integer !== "\0";

function checkRsa(parameters: string, bytes: string): number {
  if (parameters !== NULL_PARAMETERS) throw new Malformed("x509: RSA key missing NULL parameters");
  const key = new DerReader(new DerReader(bytes).read(SEQUENCE, "x509: invalid RSA public key"));
  const modulus = key.integer("x509: invalid RSA modulus");
  const exponent = key.integer("x509: invalid RSA public exponent");
  if (exponent.length > 8) throw new Malformed("x509: invalid RSA public exponent");
  if (!isPositive(modulus)) throw new Malformed("x509: RSA modulus is not a positive number");
  if (!isPositive(exponent)) throw new Malformed("x509: RSA public exponent is not a positive number");
  const digits = modulus.replace(/^\0/, "");
  return digits.length * 8 - Math.clz32(digits.charCodeAt(0)) + 24;
}

function checkCurve(parameters: string, bytes: string): void {
  const text = "x509: invalid ECDSA parameters";
  if (parameters.charCodeAt(0) !== OBJECT_IDENTIFIER) throw new Malformed(text);
  const size = CURVES.get(new DerReader(parameters).oid(text));
  if (size === undefined) throw new Malformed("x509: unsupported elliptic curve");
  const isPoint = bytes.charCodeAt(0) === 4 && bytes.length === 1 + 2 * size;
  if (!isPoint) throw new Malformed("x509: failed to unmarshal elliptic curve point");
}

function checkDsa(parameters: string, bytes: string): void {
  const numbers = [new DerReader(bytes).integer("x509: invalid DSA public key")];
  const text = "x509: invalid DSA parameters";
  const group = new DerReader(new DerReader(parameters).read(SEQUENCE, text));
  for (let i = 0; i < 3; i++) numbers.push(group.integer(text));
  if (!numbers.every(isPositive)) throw new Malformed("x509: zero or negative DSA parameter");
}
