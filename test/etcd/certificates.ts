/** A CA and one certificate of it that serves for a server on loopback and for its clients. */
import { certificate, newKey, privatePem } from "../../adapters/keys/certificate.ts";
import type { Certificates } from "./etcd-server.ts";

const DAY = 86_400_000;

export function testCertificates(): Certificates {
  const life = { notBefore: Date.now() - DAY, notAfter: Date.now() + DAY };
  const authority = { ...newKey(), subject: { commonName: "etcd-ca" } };
  const pair = newKey();
  return {
    ca: certificate({
      ...life,
      subject: authority.subject,
      publicKey: authority.publicKey,
      issuer: authority,
      authority: true,
    }),
    cert: certificate({
      ...life,
      subject: { commonName: "etcd" },
      publicKey: pair.publicKey,
      issuer: authority,
      usages: ["server", "client"],
      names: ["127.0.0.1", "localhost"],
    }),
    key: privatePem(pair.privateKey),
  };
}
