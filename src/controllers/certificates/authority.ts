/** Who signs certificates, as a port: the cluster's CA. */

/** What a PKCS #10 request asks for. */
export interface RequestContent {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

export interface CertificateAuthority {
  /** Throws with the reason where the PEM is no request, or its sender does not hold the key. */
  read(request: string): RequestContent;
  /** PEM, good for so many seconds from now on. */
  sign(request: string, usages: readonly ("client" | "server")[], seconds: number): string;
}
