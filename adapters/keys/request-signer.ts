/** Makes certificates of requests, as upstream's controller manager does: with the subject, the names and the usages that were asked for. */
import { createPublicKey } from "node:crypto";
import type { CertificateAuthority } from "../../src/controllers/certificates/authority.ts";
import { signatureProblem } from "../../src/machinery/x509/signature.ts";
import type { Issuer, Uses } from "./certificate.ts";
import { certificate } from "./certificate.ts";
import { bytesOf, verifySignature } from "./verify-signature.ts";

export interface Authority extends Issuer {
  readonly cert: string;
  readonly notAfter: number;
}

/** Bits of the key usage, by what the API calls them. */
const BITS: ReadonlyMap<string, number> = new Map([
  ["signing", 0],
  ["digital signature", 0],
  ["content commitment", 1],
  ["key encipherment", 2],
  ["data encipherment", 3],
  ["key agreement", 4],
  ["cert sign", 5],
  ["crl sign", 6],
  ["encipher only", 7],
  ["decipher only", 8],
]);

/** The same of purposes, in the order in which Go writes them. */
const PURPOSES: ReadonlyMap<string, string> = new Map([
  ["any", "2.5.29.37.0"],
  ["server auth", "1.3.6.1.5.5.7.3.1"],
  ["client auth", "1.3.6.1.5.5.7.3.2"],
  ["code signing", "1.3.6.1.5.5.7.3.3"],
  ["email protection", "1.3.6.1.5.5.7.3.4"],
  ["s/mime", "1.3.6.1.5.5.7.3.4"],
  ["ipsec end system", "1.3.6.1.5.5.7.3.5"],
  ["ipsec tunnel", "1.3.6.1.5.5.7.3.6"],
  ["ipsec user", "1.3.6.1.5.5.7.3.7"],
  ["timestamping", "1.3.6.1.5.5.7.3.8"],
  ["ocsp signing", "1.3.6.1.5.5.7.3.9"],
  ["microsoft sgc", "1.3.6.1.4.1.311.10.3.3"],
  ["netscape sgc", "2.16.840.1.113730.4.1"],
]);

export function requestSigner(authority: Authority): CertificateAuthority {
  return {
    sign(request, { usages, notBefore, notAfter }) {
      const problem = signatureProblem(request, verifySignature);
      if (problem !== undefined) throw new Error(`unable to verify certificate request signature: ${problem}`);
      if (notBefore >= authority.notAfter) {
        throw new Error(`the signer has expired: NotAfter=${new Date(authority.notAfter).toISOString()}`);
      }
      return certificate({
        subject: bytesOf(request.rawSubject),
        publicKey: createPublicKey({ key: bytesOf(request.publicKey), format: "der", type: "spki" }),
        issuer: authority,
        notBefore,
        notAfter: Math.min(notAfter, authority.notAfter),
        usages: usesOf(usages),
        names: bytesOf(request.alternativeNames),
      });
    },
  };
}

function usesOf(usages: readonly string[]): Uses {
  const bits = new Set(usages.flatMap((usage) => BITS.get(usage) ?? []));
  const asked = [...PURPOSES].filter(([usage]) => usages.includes(usage)).map(([, id]) => id);
  return { bits: [...bits], purposes: [...new Set(asked)] };
}
