/** Checks signatures with Node's cryptography. */
import { constants, createPublicKey, verify } from "node:crypto";
import type { SignatureVerifier } from "../../src/machinery/x509/signature.ts";

export const verifySignature: SignatureVerifier = ({ scheme, hash, publicKey, signed, signature }) => {
  const padding = scheme === "rsa-pss" ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
  try {
    const key = createPublicKey({ key: bytesOf(publicKey), format: "der", type: "spki" });
    return verify(hash ?? null, bytesOf(signed), { key, ...padding }, bytesOf(signature));
  } catch {
    // OpenSSL throws for a key that is none, such as a point beside its curve.
    return false;
  }
};

/** A byte for each character. */
export const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");
