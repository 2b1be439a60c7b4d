/** A CA with a server, an administrator, and a stranger whom another CA vouches for. */
import { certificate, type KeyPair, newKey, privatePem, type Subject, type Usage } from "../../keys/certificate.ts";

const DAY = 24 * 3600 * 1000;

export interface TestCertificates {
  readonly ca: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
  readonly stranger: KeyPair;
}

export function testCertificates(): TestCertificates {
  const ours = authority();
  return {
    ca: ours.cert,
    server: ours.issue({ commonName: "server" }, "server", ["localhost", "127.0.0.1"]),
    client: ours.issue({ commonName: "admin", organizations: ["system:masters", "team"] }, "client"),
    stranger: authority().issue({ commonName: "admin", organizations: ["system:masters"] }, "client"),
  };
}

function authority() {
  const keys = newKey();
  const issuer = { subject: { commonName: "test-ca" }, ...keys };
  const times = { notBefore: Date.now() - DAY, notAfter: Date.now() + DAY };
  return {
    cert: certificate({ ...times, subject: issuer.subject, publicKey: keys.publicKey, issuer, authority: true }),
    issue(subject: Subject, usage: Usage, names: readonly string[] = []): KeyPair {
      const { privateKey, publicKey } = newKey();
      const cert = certificate({ ...times, subject, publicKey, issuer, usages: [usage], names });
      return { key: privatePem(privateKey), cert };
    },
  };
}
