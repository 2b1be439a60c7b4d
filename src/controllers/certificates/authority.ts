/** Who signs certificates, as a port: the cluster's CA. */
import type { CertificateRequest } from "../../machinery/x509/certificate-request.ts";

export interface CertificateTerms {
  /** In the API's words, such as `digital signature` and `client auth`. */
  readonly usages: readonly string[];
  /** Milliseconds since the epoch. The CA's own end comes first where it is earlier. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface CertificateAuthority {
  /** PEM, for the request's key, subject and names. Throws where the sender of the request does not hold the key. */
  sign(request: CertificateRequest, terms: CertificateTerms): string;
}
