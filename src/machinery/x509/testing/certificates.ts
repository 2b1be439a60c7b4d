/** A certificate in its parts, each of which a test may exchange for another. */
import { bits, der, integer, oid, sequence } from "./der.ts";

export const ALGORITHM = sequence(oid(0x2b, 0x65, 0x70));

const PARTS = {
  version: der(0xa0, integer(2)),
  serial: integer(7),
  algorithm: ALGORITHM,
  issuer: sequence(der(0x31, sequence(oid(0x55, 4, 3), der(0x0c, "issuer")))),
  validity: sequence(der(0x17, "250101000000Z"), der(0x18, "20600101000000Z")),
  subject: sequence(der(0x31, sequence(oid(0x55, 4, 3), der(0x13, "subject")))),
  key: sequence(ALGORITHM, bits("k".repeat(32))),
  extensions: "",
};

export type CertificateParts = typeof PARTS;

/** Any that is left out is a good one; an empty one is not there. */
export function certificateOf(parts: Partial<CertificateParts>, ...rest: readonly string[]): string {
  const tbs = sequence(...Object.values({ ...PARTS, ...parts }));
  return sequence(tbs, ...(rest.length > 0 ? rest : [ALGORITHM, bits("s")]));
}

export const CERTIFICATE_BYTES = certificateOf({});
