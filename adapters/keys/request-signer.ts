/** Makes certificates of requests, as upstream's controller manager does: with the subject, the names and the usages that were asked for. */
import { createPublicKey } from "node:crypto";
import type { CertificateAuthority } from "../../src/controllers/certificates/authority.ts";
import type { CertificateRequest } from "../../src/machinery/x509/certificate-request.ts";
import { signatureProblem } from "../../src/machinery/x509/signature.ts";
import type { Issuer, Uses } from "./certificate.ts";
import { certificate } from "./certificate.ts";
import * as der from "./der.ts";
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
        subject: subjectOf(request),
        publicKey: createPublicKey({ key: bytesOf(request.publicKey), format: "der", type: "spki" }),
        issuer: authority,
        notBefore,
        notAfter: Math.min(notAfter, authority.notAfter),
        usages: usesOf(usages),
        names: namesOf(request),
      });
    },
  };
}

/** Country, organisation, its unit, locality, province, street, postal code; then the common name and a serial number, once each. */
const MANY = ["2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.7", "2.5.4.8", "2.5.4.9", "2.5.4.17"];
const ONE = ["2.5.4.3", "2.5.4.5"];

/** What Go knows of names, in its order: nothing else gets into a certificate, and no second common name. */
function subjectOf({ attributes }: CertificateRequest): Buffer {
  const valuesOf = (type: string): string[] =>
    attributes.flatMap(([each, text]) => (each === type && text !== undefined ? [text] : []));
  const parts = [
    ...MANY.map((type) => [type, valuesOf(type)] as const),
    ...ONE.map(
      (type) =>
        [
          type,
          valuesOf(type)
            .slice(-1)
            .filter((text) => text !== ""),
        ] as const,
    ),
  ].filter(([, values]) => values.length > 0);
  return der.sequence(
    ...parts.map(([type, values]) => {
      const each = values.map((text) => der.sequence(der.oid(type), der.utf8(text)));
      return der.set(...each.toSorted(Buffer.compare));
    }),
  );
}

/** The content of the extension; empty where there are none. */
function namesOf({ dnsNames, emailAddresses, ipAddresses, uris }: CertificateRequest): Buffer {
  const all = [
    ...dnsNames.map((name) => der.implicit(2, bytesOf(name))),
    ...emailAddresses.map((name) => der.implicit(1, bytesOf(name))),
    ...ipAddresses.map((address) => der.implicit(7, bytesOf(address))),
    ...uris.map((uri) => der.implicit(6, bytesOf(uri))),
  ];
  return all.length > 0 ? der.sequence(...all) : Buffer.alloc(0);
}

function usesOf(usages: readonly string[]): Uses {
  const bits = new Set(usages.flatMap((usage) => BITS.get(usage) ?? []));
  const asked = [...PURPOSES].filter(([usage]) => usages.includes(usage)).map(([, id]) => id);
  return { bits: [...bits], purposes: [...new Set(asked)] };
}
